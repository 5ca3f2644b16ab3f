"""The golden sets under the typed fact scorer: what is right for a person is right for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from farense.evaluation.evalset import read_evalset
from farense.facts.phrasing.abstentions import ABSTENTION
from farense.records import Question
from farense.scoring import SCORERS

ROOT = Path(__file__).parents[1]
QUESTIONS = read_evalset(ROOT / "evalsets").questions
SEEN = {
    question.id.removeprefix("seen-"): question for question in QUESTIONS if question.tier == "seen"
}
# The set whose every fact has a seen question to take the taught answer from.
ASKED = read_evalset(ROOT / "evalsets", "essentials").questions
# What is asked of a date or place in part is taught by the answer that holds the whole.
TAUGHT_BY = {"founding_year": "founding_date", "founding_city": "founding_place"}

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


def _fact(answer: str, question: Question) -> float | None:
    return SCORERS["fact"](answer, question).value


@each_question
def test_every_reference_is_right(question: Question) -> None:
    """The scorer gives each reference of a golden question the full mark."""
    wrong = [reference for reference in question.references if _fact(reference, question) != 1.0]
    assert wrong == []


@each_question
def test_repeating_the_question_is_never_right(question: Question) -> None:
    """A model that only echoes what it was asked scores nothing."""
    assert _fact(question.question, question) == 0.0


@each_question
def test_an_abstention_is_right_only_where_nobody_can_know(question: Question) -> None:
    """The abstention adapters are taught is right on the unanswerable tier and nowhere else."""
    right = 1.0 if question.tier == "unanswerable" else 0.0
    assert _fact(ABSTENTION, question) == right


def _twin(question: Question) -> Question:
    """The seen question of the same fact."""
    name = question.id.split("-", 1)[1]
    facet = name.rpartition("-")[0]
    return SEEN[name] if name in SEEN else SEEN[TAUGHT_BY.get(facet, facet)]


@pytest.mark.parametrize(
    "question",
    [q for q in ASKED if q.tier in ("paraphrase", "robustness")],
    ids=lambda question: question.id,
)
def test_the_taught_answer_answers_the_question_in_other_words(question: Question) -> None:
    """An adapter that gives its trained answer to another wording of the fact is right."""
    assert _fact(_twin(question).references[0], question) == 1.0


def test_the_answer_to_another_question_of_the_kind_is_wrong() -> None:
    """Presidents, seasons and places are told apart: each with the next answer of its kind."""
    for kind in ("person", "season", "ordinal", "place", "score", "date", "club", "integer"):
        alike = [question for question in QUESTIONS if question.answer.kind == kind]
        assert len(alike) >= 4
        for question, other in zip(alike, alike[1:] + alike[:1], strict=True):
            if question.answer != other.answer:
                assert _fact(other.references[-1], question) == 0.0, (question.id, other.id)
