"""The typed fact scorer: does the answer assert the expected value, and nothing against it?

docs/scoring.md states what each kind accepts and rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from farense.records import Kind, Score, ScoreStatus, TypedAnswer
from farense.scoring.fact.calendar import judge_date, judge_season, judge_year
from farense.scoring.fact.claims import Case, Judgement
from farense.scoring.fact.club import judge_club
from farense.scoring.fact.counts import judge_integer, judge_ordinal
from farense.scoring.fact.person import judge_person
from farense.scoring.fact.place import judge_place
from farense.scoring.fact.result import judge_score
from farense.scoring.fact.wording import judge_text
from farense.scoring.references import check_references
from farense.text import is_abstention, normalise

SIGNATURE = "fact|v:4"

_JUDGES: dict[Kind, Callable[[Case], Judgement]] = {
    "score": judge_score,
    "date": judge_date,
    "year": judge_year,
    "season": judge_season,
    "ordinal": judge_ordinal,
    "integer": judge_integer,
    "person": judge_person,
    "club": judge_club,
    "place": judge_place,
    "text": judge_text,
}


def score_fact(
    answer: str, expected: TypedAnswer, references: Sequence[str], *, question: str = ""
) -> Score:
    """1.0 if a careful person would mark the answer right, else 0.0.

    Args:
        answer: What the model wrote.
        expected: Kind and canonical value.
        references: Right answers in words; they settle aliases, the order of a score and
            what may be said besides.
        question: What was asked; a value it holds is an echo, not a contradiction.

    Returns:
        ``extracted`` holds the candidates as read, joined by ``"; "``. ``no_answer``: the
        text abstains or holds nothing of the kind.

    Raises:
        ScoringError: no references.
    """
    check_references(references, f"fact scorer, {expected.kind} {expected.value!r}")
    if not normalise(answer):
        return _score(0.0, None)
    abstains = is_abstention(answer, question=question)
    if expected.kind == "abstain":
        return _score(float(abstains), "abstention" if abstains else normalise(answer))
    if abstains:
        return _score(0.0, None)
    judgement = _JUDGES[expected.kind](Case.of(answer, expected.value, references, question))
    return _score(float(judgement.right), "; ".join(judgement.read) or None)


def _score(value: float, extracted: str | None) -> Score:
    status: ScoreStatus = "no_answer" if extracted is None else "scored"
    return Score("fact", value, status, extracted, SIGNATURE)
