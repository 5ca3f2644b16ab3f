"""How good is one answer? Pure functions from an answer and its question to a Score."""

from __future__ import annotations

from collections.abc import Callable

from farense.records import Question, Score
from farense.scoring.exact import score_exact_match
from farense.scoring.fact import score_fact
from farense.scoring.fuzzy import score_fuzzy
from farense.scoring.rouge import score_rouge_l
from farense.scoring.sacre import score_bleu, score_chrf
from farense.scoring.token_f1 import score_token_f1

Scorer = Callable[[str, Question], Score]


def score_typed_fact(answer: str, question: Question) -> Score:
    """``score_fact`` with everything the question holds."""
    return score_fact(answer, question.answer, question.references, question=question.question)


SCORERS: dict[str, Scorer] = {
    "exact_match": score_exact_match,
    "token_f1": score_token_f1,
    "bleu": score_bleu,
    "chrf": score_chrf,
    "rouge_l": score_rouge_l,
    "fuzzy": score_fuzzy,
    "fact": score_typed_fact,
}


def score_answer(answer: str, question: Question) -> tuple[Score, ...]:
    """The answer under every scorer, in the order of ``SCORERS``.

    Raises:
        ScoringError: the question has no references.
    """
    return tuple(score(answer, question) for score in SCORERS.values())


__all__ = ["SCORERS", "Scorer", "score_answer", "score_fact"]
