"""The typed fact scorer against an adversary's answers, each judged by hand.

``data/fact_traps.jsonl`` holds one question a line with answers a careful person marks
right and answers that only look right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farense.records import TypedAnswer
from farense.scoring import score_fact
from farense.storage import read_jsonl

TRAPS = [row for _, row in read_jsonl(Path(__file__).parent / "data" / "fact_traps.jsonl")]
MARKED = [
    pytest.param(row, answer, expected, id=f"{row['kind']}-{expected:.0f}-{answer[:40]}")
    for row in TRAPS
    for expected, answers in ((1.0, row["right"]), (0.0, row["wrong"]))
    for answer in answers
]


@pytest.mark.parametrize(("row", "answer", "expected"), MARKED)
def test_the_scorer_marks_as_a_careful_person_would(
    row: dict[str, Any], answer: str, expected: float
) -> None:
    """Every answer of the table gets the mark it was given by hand."""
    score = score_fact(
        answer,
        TypedAnswer(row["kind"], row["value"]),
        row["references"],
        question=row["question"],
    )
    assert score.value == expected, score


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: f"{row['kind']}-{row['value']}")
def test_a_reference_is_a_right_answer(row: dict[str, Any]) -> None:
    """What the question itself gives as right is marked right."""
    for reference in row["references"]:
        expected = TypedAnswer(row["kind"], row["value"])
        score = score_fact(reference, expected, row["references"], question=row["question"])
        assert score.value == 1.0, reference
