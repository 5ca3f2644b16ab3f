"""Is a golden wording one that a pack teaches? By its letters, and by thirteen words in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from farense.evaluation.training_text import GRAM_WORDS
from farense.records import Example
from farense.text import fold

# From here on two wordings are twins: rapidfuzz's ratio of the folded texts, in [0, 100].
TWIN_RATIO = 95
_QUESTIONS_AT_ONCE = 500


@dataclass(frozen=True)
class Twin:
    """A taught row whose wording is too like a golden one.

    Attributes:
        phrasing, prompt: The row's own.
        ratio: rapidfuzz's ratio of the folded prompts, in [0, 100]; None where thirteen words
            in a row are the same.
    """

    phrasing: str
    prompt: str
    ratio: float | None


class TaughtWordings:
    """The prompts and answers of some rows, each folded once (case, accents, punctuation)."""

    def __init__(self, rows: Iterable[Example]) -> None:
        self._rows = list({fold(row.prompt): row for row in rows}.items())
        self._prompts = [folded for folded, _ in self._rows]
        self._grams: dict[str, Example] = {}
        for folded, row in self._rows:
            for text in (folded, fold(row.completion)):
                self._grams.update((gram, row) for gram in _grams(text))

    def twins(self, wordings: Sequence[str]) -> Iterator[Twin | None]:
        """For each wording in order, the taught row most like it, where one is a twin."""
        for start in range(0, len(wordings), _QUESTIONS_AT_ONCE):
            block = [fold(text) for text in wordings[start : start + _QUESTIONS_AT_ONCE]]
            ratio_Q_R = process.cdist(
                block,
                self._prompts,
                scorer=fuzz.ratio,
                score_cutoff=TWIN_RATIO,
                dtype=np.float32,
                workers=-1,
            )
            for text, ratio_R in zip(block, ratio_Q_R, strict=True):
                yield self._twin(text, int(ratio_R.argmax()), float(ratio_R.max()))

    def _twin(self, text: str, best: int, ratio: float) -> Twin | None:
        if ratio:
            row = self._rows[best][1]
            return Twin(row.phrasing, row.prompt, ratio)
        shared = next((gram for gram in _grams(text) if gram in self._grams), None)
        if shared is None:
            return None
        row = self._grams[shared]
        return Twin(row.phrasing, row.prompt, None)


def _grams(folded: str) -> list[str]:
    words = folded.split()
    last = len(words) - GRAM_WORDS + 1
    return [" ".join(words[at : at + GRAM_WORDS]) for at in range(last)]
