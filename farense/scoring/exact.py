"""Exact match: the same text once case, dashes and punctuation are folded."""

from __future__ import annotations

from farense.records import Question, Score
from farense.scoring.references import best_over_references
from farense.text import normalise

SIGNATURE = "exact_match|norm:pt|v:1"


def score_exact_match(answer: str, question: Question) -> Score:
    """1.0 if ``normalise`` makes the answer equal to a reference, else 0.0."""
    return best_over_references(
        SIGNATURE,
        answer,
        question.references,
        question.id,
        lambda a, r: float(normalise(a) == normalise(r)),
    )
