"""What every similarity scorer shares: no invented numbers, best reference counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from farense.errors import ScoringError
from farense.records import Score
from farense.text import normalise


def check_references(references: Sequence[str], where: str) -> None:
    """Refuse to score against nothing.

    Raises:
        ScoringError: there is no reference, or one that holds no word.
    """
    if references and all(normalise(reference) for reference in references):
        return
    found = "a reference without a word" if references else "no reference"
    raise ScoringError(
        where, found, "at least one reference, each with text", "Mend the golden question."
    )


def best_over_references(
    signature: str,
    answer: str,
    references: Sequence[str],
    where: str,
    similarity: Callable[[str, str], float],
) -> Score:
    """The highest ``similarity(answer, reference)``, in [0, 1].

    An answer without a word is ``no_answer``. The scorer's name is the first part of
    ``signature``.

    Raises:
        ScoringError: there is nothing to compare with.
    """
    check_references(references, where)
    name = signature.split("|")[0]
    if not normalise(answer):
        return Score(name, 0.0, "no_answer", None, signature)
    best = max(similarity(answer, reference) for reference in references)
    # sacrebleu's sums of logarithms overshoot 100 by an ulp.
    return Score(name, min(1.0, max(0.0, best)), "scored", None, signature)
