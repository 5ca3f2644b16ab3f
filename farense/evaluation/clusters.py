"""Which questions stand or fall together: those that share a fact, directly or by a chain."""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from farense.records import Question

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """N questions in C clusters, each with at least one question.

    Attributes:
        index_N: The cluster of every question, 0 to C - 1, numbered by first appearance.
    """

    index_N: IntArray

    @classmethod
    def of_keys(cls, keys: Sequence[Hashable]) -> Clusters:
        """Questions with equal keys are one cluster."""
        numbers: dict[Hashable, int] = {}
        index = [numbers.setdefault(key, len(numbers)) for key in keys]
        return cls(np.asarray(index, dtype=np.int64))

    @classmethod
    def of_questions(cls, questions: Sequence[Question]) -> Clusters:
        """Questions that share a fact are one cluster; one without facts is its own.

        A question about several facts joins their clusters to one.
        """
        above: dict[str, str] = {}
        for question in questions:
            names = _names(question)
            for name in names:
                above[_root(above, name)] = _root(above, names[0])
        return cls.of_keys([_root(above, _names(question)[0]) for question in questions])

    @property
    def questions(self) -> int:
        return len(self.index_N)

    @cached_property
    def sizes(self) -> FloatArray:
        """Questions in every cluster."""
        return np.bincount(self.index_N).astype(np.float64)

    @property
    def count(self) -> int:
        return len(self.sizes)

    @property
    def mean_size(self) -> float:
        """Mean size of the cluster a question is in: what sets the price of clustering."""
        return float((self.sizes**2).sum() / self.questions)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sums by cluster over the last axis: ``(..., N)`` to ``(..., C)``."""
        values_by_cluster = values[..., self._order]
        starts_C = np.concatenate([[0], np.cumsum(self.sizes[:-1])]).astype(np.int64)
        sums: FloatArray = np.add.reduceat(values_by_cluster, starts_C, axis=-1)
        return sums

    @cached_property
    def _order(self) -> IntArray:
        return np.argsort(self.index_N, kind="stable")

    def variance(self, sums: FloatArray) -> FloatArray:
        """Variance of the mean over all questions, allowing for clustering.

        Args:
            sums: Sums by cluster, ``(..., C)``, of at least two clusters.

        Source: bias-reduced linearization (CR2) for a mean: McCaffrey, Bell & Botts (2001).
        """
        mean = sums.sum(axis=-1, keepdims=True) / self.questions
        left_over = sums - mean * self.sizes
        variance: FloatArray = (left_over**2 @ (1 / (1 - self.shares))) / self.questions**2
        return variance

    @property
    def shares(self) -> FloatArray:
        """The share of all questions that each cluster holds."""
        return self.sizes / self.questions

    @cached_property
    def degrees_of_freedom(self) -> float:
        """Of ``variance``, were the questions of a cluster all alike; C - 1 for equal sizes.

        Source: Satterthwaite's approximation as Bell & McCaffrey (2002) use it. With
        ``variance = y' B y`` for the C cluster means y, it is ``tr(B)² / tr(B²)``, here
        written out for ``B = (I - 1w')' A (I - 1w')`` with diagonal A.
        """
        w = self.shares
        a = w**2 / (1 - w)
        ww, aw, total = w @ w, a @ w, a.sum()
        trace = total - 2 * aw + total * ww
        trace_of_square = (
            (a @ a)
            + 2 * aw**2
            + 2 * (a @ a) * ww
            + (total * ww) ** 2
            - 4 * (a**2 @ w)
            + 2 * total * (a @ w**2)
            - 4 * total * aw * ww
        )
        return float(trace**2 / trace_of_square)


def _names(question: Question) -> tuple[str, ...]:
    return question.fact_ids or (f"question:{question.id}",)


def _root(above: dict[str, str], name: str) -> str:
    while (parent := above.setdefault(name, name)) != name:
        above[name] = above[parent]
        name = parent
    return name
