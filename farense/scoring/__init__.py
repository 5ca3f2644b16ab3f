"""How good is one answer? Pure functions from an answer and its question to a Score."""

from __future__ import annotations

from collections.abc import Sequence

from farense.errors import InputError
from farense.records import Question, Score
from farense.scoring.exact import score_exact_match
from farense.scoring.fact import score_fact
from farense.scoring.fuzzy import score_fuzzy
from farense.scoring.registered import Scorer, registered_scorers
from farense.scoring.rouge import score_rouge_l
from farense.scoring.sacre import score_bleu, score_chrf
from farense.scoring.semantic import score_semantic, semantic_signature
from farense.scoring.token_f1 import score_token_f1


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
# Off unless asked for.
OPTIONAL: dict[str, Scorer] = {"semantic": score_semantic}


def scorers(optional: Sequence[str] = ()) -> dict[str, Scorer]:
    """The built-in scorers, the ``optional`` ones asked for, and the registered ones.

    Raises:
        InputError: an optional name is unknown or not installed, or a registered scorer is
            broken.
    """
    for name in optional:
        if name not in OPTIONAL:
            raise InputError(
                f"scorer {name!r}", "unknown", f"one of {', '.join(OPTIONAL)}", "Use one of those."
            )
    if "semantic" in optional:
        semantic_signature()  # before anything is answered, not after
    chosen = {name: OPTIONAL[name] for name in optional}
    return SCORERS | chosen | registered_scorers(frozenset(SCORERS | OPTIONAL))


def score_answer(
    answer: str, question: Question, optional: Sequence[str] = ()
) -> tuple[Score, ...]:
    """The answer under every scorer, in the order of ``scorers``.

    Raises:
        ScoringError: the question has no references.
        InputError: as ``scorers``.
    """
    return tuple(score(answer, question) for score in scorers(optional).values())


__all__ = ["OPTIONAL", "SCORERS", "Scorer", "score_answer", "score_fact", "scorers"]
