"""The typed fact scorer against an adversary's answers, each judged by hand.

``data/fact_traps.jsonl`` holds one question a line with answers a careful person marks
right and answers that only look right.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.records import Kind, TypedAnswer
from farense.scoring import score_fact
from farense.storage import read_jsonl

TRAPS = [row for _, row in read_jsonl(Path(__file__).parent / "data" / "fact_traps.jsonl")]
MARKED = [
    pytest.param(row, answer, expected, id=f"{row['kind']}-{expected:.0f}-{answer[:40]}")
    for row in TRAPS
    for expected, answers in ((1.0, row["right"]), (0.0, row["wrong"]))
    for answer in answers
]

SOUP = (
    *("O", "Farense", "Olhanense", "2-1", "2–1", "1989/90", "ou", "não", "foi", "em", "1910", "a"),
    *(
        ".",
        ",",
        "?",
        "!",
        ":",
        ";",
        "(",
        ")",
        "-",
        "'",
        "º",
        "²",
        "٣",
        "🙂",
        "mas",
        "e",
        "com",
        "ao",
    ),
    *("5.º", "1", "de", "abril", "António", "Boronha", "Dr.", "São", "Luís", "perdeu", "ganhou"),
    *("por", "empate", "um", "26", "épocas", "golos", "vitória", "do", "31/02/1990", "1-2-3"),
    *("mil", "cento", "Faro", "branco", "preto", "nunca", "sei", "tenho", "informação"),
)


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


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: f"{row['kind']}-{row['value']}")
def test_decomposed_letters_change_no_mark(row: dict[str, Any]) -> None:
    """An answer typed in NFD, as macOS does, is marked like the composed one."""
    expected = TypedAnswer(row["kind"], row["value"])
    for answer in (*row["right"], *row["wrong"]):
        marks = {
            score_fact(
                unicodedata.normalize(form, answer),
                expected,
                row["references"],
                question=row["question"],
            )
            for form in ("NFC", "NFD")
        }
        assert len(marks) == 1, answer


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: f"{row['kind']}-{row['value']}")
@settings(max_examples=25)
@given(words=st.lists(st.sampled_from(SOUP), max_size=25))
def test_any_answer_gets_a_mark(row: dict[str, Any], words: list[str]) -> None:
    """Whatever a model babbles, the mark is 0 or 1 and nothing is raised."""
    expected = TypedAnswer(row["kind"], row["value"])
    score = score_fact(" ".join(words), expected, row["references"], question=row["question"])
    assert score.value in (0.0, 1.0)


@pytest.mark.parametrize("kind", ["person", "club", "place", "text"])
@pytest.mark.parametrize("value", ["O", "de", "Dr.", "Clube"])
def test_a_name_without_telling_words_matches_nothing_else(kind: Kind, value: str) -> None:
    """A golden name made of particles and titles marks no other answer right."""
    assert score_fact("Foi em Faro.", TypedAnswer(kind, value), [value]).value == 0.0
