"""Two answerers that know nothing: the floor every model has to clear.

Their answers go through the same scorers as a model's, so a scorer that rewards
parroting, or a golden set with one dominant answer, shows at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from farense.datasets.packs import TRAIN, read_rows
from farense.errors import ScoringError
from farense.evaluation.results import System
from farense.records import Answer, Example, Question


def trained_rows(adapter: Path) -> tuple[Example, ...]:
    """The rows an adapter was trained on; none where its folder does not keep them."""
    rows = adapter / TRAIN
    return read_rows(rows) if rows.is_file() else ()


def ignorant_answers(
    questions: Sequence[Question], training: Sequence[Example]
) -> dict[System, tuple[Answer, ...]]:
    """The answers of both; *majority* only where there are training rows."""
    answers: dict[System, tuple[Answer, ...]] = {"echo": echo_answers(questions)}
    if training:
        answers["majority"] = majority_answers(questions, training)
    return answers


def majority_answers(
    questions: Iterable[Question], training: Sequence[Example]
) -> tuple[Answer, ...]:
    """Answer every question with the most frequent training completion of its category.

    A category never trained on gets the most frequent completion of all. Ties go to the
    completion that comes first in ``training``.

    Raises:
        ScoringError: there is no training row to take an answer from.
    """
    if not training:
        raise ScoringError(
            "majority baseline",
            "no training rows",
            "the rows the adapter was trained on",
            "Pass the pack's training split, or leave this baseline out.",
        )
    overall = _most_frequent(example.completion for example in training)
    categories = {example.category for example in training}
    by_category = {
        category: _most_frequent(e.completion for e in training if e.category == category)
        for category in sorted(categories)
    }
    return tuple(_answer(q, by_category.get(q.category, overall)) for q in questions)


def echo_answers(questions: Iterable[Question]) -> tuple[Answer, ...]:
    """Answer every question with the question itself."""
    return tuple(_answer(question, question.question) for question in questions)


def _most_frequent(completions: Iterable[str]) -> str:
    # Counter keeps insertion order among equals, which settles ties.
    return Counter(completions).most_common(1)[0][0]


def _answer(question: Question, text: str) -> Answer:
    return Answer(question.id, text, 0, 0, 0.0, "stop")
