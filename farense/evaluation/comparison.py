"""An adapter against another adapter, its baseline, on the same questions."""

# Arrays carry their axes in their names, capital letters after an underscore:
# N questions, K categories, C clusters of questions that share facts.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from farense.evaluation.clusters import Clusters, FloatArray
from farense.evaluation.paired import (
    ALPHA,
    bootstrap_difference,
    detectable_difference,
    difference_interval,
    holm,
    mcnemar_p,
    sign_flip_p,
)
from farense.evaluation.results import Judged

Outcome = Literal["better", "not_worse", "worse", "not_enough_data"]

# Scores between right and wrong; they are shown and decide nothing.
GRADED = ("token_f1", "bleu", "chrf", "rouge_l", "fuzzy")


@dataclass(frozen=True)
class Difference:
    """Adapter minus baseline with its 95 % interval, shares in [-1, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CategoryDifference:
    """Facts right in one category; ``p_worse`` is one-sided, after Holm over all categories."""

    category: str
    n: int
    adapter: float
    baseline: float
    p_worse: float

    @property
    def lost(self) -> bool:
        """Whether the adapter is significantly worse here."""
        return self.p_worse <= ALPHA / 2


@dataclass(frozen=True)
class GradedDifference:
    """Means in [0, 1] of a graded score; ``p`` is two-sided."""

    metric: str
    adapter: float
    baseline: float
    difference: Difference
    p: float


@dataclass(frozen=True)
class Comparison:
    """Everything the gate and a reader need to know about adapter and baseline.

    Attributes:
        n: Questions.
        clusters: Groups of questions that share facts; what is independent.
        adapter, baseline: Share of facts right; the baseline's is the mean of its two
            answerings when there are two.
        better, worse: Questions only the adapter, or only the baseline, has right; the
            baseline's first answers count.
        difference: ``adapter - baseline``.
        p_better, p_worse: One-sided, by flipping the signs of clusters.
        p_mcnemar: Two-sided, as if questions were independent; decides nothing.
        detectable: The smallest loss this set would have shown in 4 of 5 cases.
        must_pass_lost: Ids of must-pass questions that the baseline always has right and
            the adapter has not.
        noise: Share of questions right in one answering of the baseline and wrong in the
            other; None when it was answered once.
    """

    n: int
    clusters: int
    adapter: float
    baseline: float
    better: int
    worse: int
    difference: Difference
    p_better: float
    p_worse: float
    p_mcnemar: float
    detectable: float
    categories: tuple[CategoryDifference, ...]
    graded: tuple[GradedDifference, ...]
    must_pass_lost: tuple[str, ...]
    noise: float | None

    @property
    def equal(self) -> int:
        return self.n - self.better - self.worse

    @property
    def categories_lost(self) -> tuple[str, ...]:
        return tuple(found.category for found in self.categories if found.lost)

    def outcome(self, margin: float | None) -> Outcome:
        """What the data show, when a loss of up to ``margin`` is allowed; None allows none.

        Better and worse mean a one-sided p of at most 2.5 %; not worse, that the whole
        interval lies above the margin.
        """
        if self.p_better <= ALPHA / 2:
            return "better"
        if margin is not None and self.difference.low >= -margin:
            return "not_worse"
        return "worse" if self.p_worse <= ALPHA / 2 else "not_enough_data"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Comparison:
        """The record written by ``to_json``."""
        graded = (
            GradedDifference(**{**found, "difference": Difference(**found["difference"])})
            for found in row["graded"]
        )
        records = {
            "difference": Difference(**row["difference"]),
            "categories": tuple(CategoryDifference(**found) for found in row["categories"]),
            "graded": tuple(graded),
            "must_pass_lost": tuple(row["must_pass_lost"]),
        }
        return cls(**{**row, **records})


def compare(
    adapter: Sequence[Judged],
    baseline: Sequence[Judged],
    baseline_again: Sequence[Judged] = (),
    *,
    seed: int,
) -> Comparison | None:
    """Hold an adapter against its baseline.

    Args:
        adapter: At least one judged answer.
        baseline: To the same questions in the same order.
        baseline_again: The same from answering the baseline a second time, or nothing.
        seed: Of flips and resamples.

    Returns:
        The comparison, or None when the fact scorer failed on one of the answers.
    """
    first_N, second_N = _right(baseline), _right(baseline_again or baseline)
    adapter_N = _right(adapter)
    if adapter_N is None or first_N is None or second_N is None:
        return None
    questions = [item.question for item in adapter]
    clusters, generator = Clusters.of_questions(questions), np.random.default_rng(seed)
    baseline_N = (first_N + second_N) / 2
    d_N = adapter_N - baseline_N
    names = sorted({question.category for question in questions})
    chosen_K_N = np.array([[question.category == name for question in questions] for name in names])
    sums = clusters.sums(np.vstack([d_N, d_N * chosen_K_N]))
    p_better, p_worse = sign_flip_p(sums, generator)
    low, high = difference_interval(d_N, clusters)
    better, worse = int(np.sum(adapter_N > first_N)), int(np.sum(adapter_N < first_N))
    return Comparison(
        n=clusters.questions,
        clusters=clusters.count,
        adapter=float(adapter_N.mean()),
        baseline=float(baseline_N.mean()),
        better=better,
        worse=worse,
        difference=Difference(float(d_N.mean()), float(low), float(high)),
        p_better=float(p_better[0]),
        p_worse=float(p_worse[0]),
        p_mcnemar=mcnemar_p(better, worse),
        detectable=float(detectable_difference(d_N, clusters)),
        categories=_categories(names, chosen_K_N, adapter_N, baseline_N, p_worse[1:]),
        graded=_graded(adapter, baseline, clusters, generator),
        must_pass_lost=tuple(
            question.id
            for question, mine, theirs in zip(questions, adapter_N, baseline_N, strict=True)
            if question.must_pass and theirs == 1 and mine < 1
        ),
        noise=float(np.mean(first_N != second_N)) if baseline_again else None,
    )


def _right(judged: Sequence[Judged]) -> FloatArray | None:
    right = [item.right for item in judged]
    return None if None in right else np.array(right, dtype=np.float64)


def _categories(
    names: Sequence[str],
    chosen_K_N: FloatArray,
    adapter_N: FloatArray,
    baseline_N: FloatArray,
    p_worse_K: FloatArray,
) -> tuple[CategoryDifference, ...]:
    adjusted = holm([float(p) for p in p_worse_K])
    return tuple(
        CategoryDifference(
            category=name,
            n=int(chosen_N.sum()),
            adapter=float(adapter_N[chosen_N].mean()),
            baseline=float(baseline_N[chosen_N].mean()),
            p_worse=p,
        )
        for name, chosen_N, p in zip(names, chosen_K_N, adjusted, strict=True)
    )


def _graded(
    adapter: Sequence[Judged],
    baseline: Sequence[Judged],
    clusters: Clusters,
    generator: np.random.Generator,
) -> tuple[GradedDifference, ...]:
    """Every graded metric that both have on all questions; they share their resamples."""
    pairs = {
        metric: [[item.metric(metric) for item in side] for side in (adapter, baseline)]
        for metric in GRADED
    }
    whole = {m: np.array(p) for m, p in pairs.items() if not any(None in side for side in p)}
    if not whole:
        return ()
    d_M_N = np.array([mine - theirs for mine, theirs in whole.values()])
    low_M, high_M, p_M = bootstrap_difference(clusters.sums(d_M_N), clusters, generator)
    return tuple(
        GradedDifference(
            metric,
            float(means_2_N[0].mean()),
            float(means_2_N[1].mean()),
            Difference(float(d_N.mean()), float(low), float(high)),
            float(p),
        )
        for (metric, means_2_N), d_N, low, high, p in zip(
            whole.items(), d_M_N, low_M, high_M, p_M, strict=True
        )
    )
