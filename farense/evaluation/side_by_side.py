"""Several systems on the same questions: shares, differences, and which answers flipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from farense.errors import InputError
from farense.evaluation.clusters import Clusters
from farense.evaluation.comparison import Comparison, Difference, compare
from farense.evaluation.paired import difference_interval
from farense.evaluation.results import Judged
from farense.evaluation.run import Run
from farense.records import TIERS, Question

ALL = "all"


@dataclass(frozen=True)
class Side:
    """One system: how it is called here, the run its answers come from, and those answers."""

    name: str
    run: str
    adapter_sha256: str | None
    judged: tuple[Judged, ...]


@dataclass(frozen=True)
class Row:
    """A tier, a category or all questions.

    Attributes:
        n: Questions.
        right: Share of facts right by side, in [0, 1]; None where the fact scorer failed.
        differences: Of every side but the first: its share minus the first one's, in
            [-1, 1], with the 95 % interval over facts; None as above.
    """

    name: str
    n: int
    right: tuple[float | None, ...]
    differences: tuple[Difference | None, ...]


@dataclass(frozen=True)
class Flip:
    """A question that not all sides get right, nor all wrong; answers and marks by side."""

    question: Question
    answers: tuple[str, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True)
class SideBySide:
    """Two or more sides, the first of which the others are held against.

    ``comparisons`` are the tests of every side but the first, as the gate makes them; None
    where the fact scorer failed.
    """

    golden_set: str
    golden_set_sha256: str
    sides: tuple[Side, ...]
    overall: Row
    tiers: tuple[Row, ...]
    categories: tuple[Row, ...]
    flips: tuple[Flip, ...]
    comparisons: tuple[Comparison | None, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything but the answers that did not flip."""
        return {
            "golden_set": {"name": self.golden_set, "sha256": self.golden_set_sha256},
            "sides": [
                {"name": s.name, "run": s.run, "adapter_sha256": s.adapter_sha256}
                for s in self.sides
            ],
            "overall": asdict(self.overall),
            "tiers": [asdict(row) for row in self.tiers],
            "categories": [asdict(row) for row in self.categories],
            "comparisons": [found.to_json() if found else None for found in self.comparisons],
            "flips": [
                {
                    "id": flip.question.id,
                    "question": flip.question.question,
                    "tier": flip.question.tier,
                    "category": flip.question.category,
                    "answers": list(flip.answers),
                    "right": list(flip.right),
                }
                for flip in self.flips
            ],
        }


def side_by_side(runs: Sequence[tuple[str, Run]]) -> SideBySide:
    """Set the subjects of named runs side by side.

    Args:
        runs: At least two, with the name each is shown under.

    Raises:
        InputError: fewer than two, two of one name, or not the same golden set.
    """
    _check(runs)
    first = runs[0][1]
    order = [question.id for question in first.questions]
    sides = tuple(_side(name, run, order) for name, run in runs)
    return SideBySide(
        golden_set=first.golden_set.name,
        golden_set_sha256=first.golden_set.sha256,
        sides=sides,
        overall=_row(ALL, sides, lambda question: True),
        tiers=_rows(sides, lambda question: question.tier, TIERS),
        categories=_rows(
            sides,
            lambda question: question.category,
            sorted({question.category for question in first.questions}),
        ),
        flips=tuple(_flips(sides)),
        comparisons=tuple(
            compare(side.judged, sides[0].judged, seed=first.provenance.seed) for side in sides[1:]
        ),
    )


def _check(runs: Sequence[tuple[str, Run]]) -> None:
    names = [name for name, _ in runs]
    if len(runs) < 2 or len(set(names)) < len(names):
        raise InputError(
            "compare", f"{', '.join(names) or 'nothing'}", "two or more, each once", "Name others."
        )
    first = runs[0][1].golden_set
    for name, run in runs[1:]:
        if run.golden_set.sha256 != first.sha256:
            raise InputError(
                name,
                f"answers to {run.golden_set.name} ({run.golden_set.sha256[:12]})",
                f"to {first.name} ({first.sha256[:12]}), as {runs[0][0]} gave",
                "Evaluate both on one golden set.",
            )


def _side(name: str, run: Run, order: Sequence[str]) -> Side:
    adapter = run.provenance.adapter
    by_id = {item.question.id: item for item in run.judged[run.subject]}
    judged = tuple(by_id[identifier] for identifier in order)
    return Side(name, run.provenance.name, adapter.sha256 if adapter else None, judged)


def _rows(
    sides: Sequence[Side], key: Callable[[Question], str], names: Sequence[str]
) -> tuple[Row, ...]:
    present = {key(item.question) for item in sides[0].judged}
    return tuple(
        _row(name, sides, lambda question, name=name: key(question) == name)  # type: ignore[misc]
        for name in names
        if name in present
    )


def _row(name: str, sides: Sequence[Side], belongs: Callable[[Question], bool]) -> Row:
    chosen = [[item for item in side.judged if belongs(item.question)] for side in sides]
    marks = [_marks(items) for items in chosen]
    return Row(
        name,
        len(chosen[0]),
        tuple(sum(found) / len(found) if found else None for found in marks),
        tuple(paired_difference(chosen[0], other) for other in chosen[1:]),
    )


def paired_difference(first: Sequence[Judged], other: Sequence[Judged]) -> Difference | None:
    """Share right of ``other`` minus that of ``first``, with its 95 % interval.

    Question by question, facts as clusters: three wordings of a fact are one finding.

    Args:
        first: At least one judged answer.
        other: To the same questions in the same order.

    Returns:
        None when the fact scorer failed on one of the answers.
    """
    here, there = _marks(first), _marks(other)
    if here is None or there is None:
        return None
    d_N = np.array(there) - np.array(here)
    low, high = difference_interval(d_N, Clusters.of_questions([i.question for i in first]))
    return Difference(float(d_N.mean()), float(low), float(high))


def _marks(judged: Sequence[Judged]) -> list[float] | None:
    marks = [item.metric("fact_accuracy") for item in judged]
    measured = [mark for mark in marks if mark is not None]
    return measured if len(measured) == len(marks) else None


def _flips(sides: Sequence[Side]) -> list[Flip]:
    flips = []
    for items in zip(*(side.judged for side in sides), strict=True):
        right = tuple(item.right is True for item in items)
        if len(set(right)) > 1:
            answers = tuple(item.answer.text for item in items)
            flips.append(Flip(items[0].question, answers, right))
    return flips
