"""The overfitting gap and the gap between wordings."""

from __future__ import annotations

import math

import pytest

from farense.errors import ScoringError
from farense.evaluation.gap import gap, phrasing_gap


@pytest.mark.parametrize(
    ("value", "label"),
    [  # the bounds of the project's definition: < 0.05, < 0.15, < 0.30, beyond
        (-0.4, "EXCELENTE"),
        (0.0, "EXCELENTE"),
        (0.0499, "EXCELENTE"),
        (0.05, "BOM"),
        (0.1499, "BOM"),
        (0.15, "MODERADO"),
        (0.2999, "MODERADO"),
        (0.30, "CRÍTICO"),
        (9.0, "CRÍTICO"),
    ],
)
def test_label_follows_the_definition(value: float, label: str) -> None:
    """A gap equal to a bound has the worse label."""
    # From a training loss of 0 (or -value) the difference is exact in binary.
    train, validation = (0.0, value) if value >= 0 else (-value, 0.0)
    assert label == gap(train, 10, validation, 5).label


def test_gap_is_validation_minus_training() -> None:
    """0.75 on validation and 0.5 on training is a gap of 0.25, and the rows are kept."""
    found = gap(0.5, 132, 0.75, 44)
    assert (found.value, found.train_rows, found.validation_rows) == (0.25, 132, 44)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -0.1])
def test_a_loss_that_is_no_loss_is_refused(loss: float) -> None:
    """A gap is never computed from NaN, infinity or a negative loss."""
    with pytest.raises(ScoringError, match="training loss"):
        gap(loss, 10, 0.5, 5)


def test_an_empty_split_is_refused() -> None:
    """Without validation rows there is no gap."""
    with pytest.raises(ScoringError, match="validation split: 0 rows"):
        gap(0.1, 10, 0.0, 0)


def test_phrasing_gap_uses_only_facts_asked_both_ways() -> None:
    """Facts a (1 and 1/2) and b (1 and 0) are in both: seen 1, unseen 1/4, gap 3/4; c and d
    are asked one way only and change nothing."""
    seen = {"a": [1.0], "b": [1.0, 1.0], "c": [0.0]}
    paraphrase = {"a": [1.0, 0.0], "b": [0.0], "d": [1.0]}
    found = phrasing_gap(seen, paraphrase, seed=7)
    assert found is not None
    assert (found.seen, found.paraphrase, found.value, found.facts) == (1.0, 0.25, 0.75, 2)
    # Draws of two facts have means 1/2, 3/4 and 1, the outer ones a quarter of the time each.
    assert (found.low, found.high) == (0.5, 1.0)


def test_no_shared_fact_no_phrasing_gap() -> None:
    """Different facts on both sides say nothing about wording."""
    assert phrasing_gap({"a": [1.0]}, {"b": [0.0]}, seed=7) is None
