"""Search among training rows: the row most like a question, and rows that hold its answer."""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_, or_

import numpy as np
from rapidfuzz import fuzz, process

from farense.records import Example, Question
from farense.text import fold, prepare

GRAM_WORDS = 13
# One block of similarities takes this many times the number of rows in bytes.
_QUESTIONS_AT_ONCE = 500
# A word in more rows than this share says nothing about the subject (Farense, jogo, que).
_COMMON_SHARE = 0.1
_PIECES = re.compile(r"[-/.:,]")
_ASKING = frozenset(
    fold(
        "a à ao as com como contra da das de diz do dos e é em entre foi há houve na nas no nos o"
        " os onde para por porque quais qual quando quanta quantas quanto quantos que quem sabes"
        " se um uma"
    ).split()
)


@dataclass(frozen=True)
class Neighbour:
    """The training row whose prompt is most like a question.

    Attributes:
        prompt, completion, phrasing: The row's own.
        similarity: rapidfuzz's ratio of the folded prompts, in [0, 1], to a hundredth.
        overlap: Share in [0, 1] of the question's 13-word grams that stand word for word in
            some training row; a shorter question is one gram.
    """

    prompt: str
    completion: str
    phrasing: str
    similarity: float
    overlap: float


class TrainingText:
    """Training rows, folded once (case, accents, punctuation); at least one row."""

    def __init__(self, rows: Sequence[Example]) -> None:
        self._rows = rows
        folded: dict[str, str] = {}
        for row in rows:
            for text in (row.prompt, row.completion):
                folded.setdefault(text, fold(text))
        self._prompts = [folded[row.prompt] for row in rows]
        self._completions = [folded[row.completion] for row in rows]
        self._grams: dict[int, set[str]] = {}

    def neighbours(self, questions: Sequence[Question]) -> Iterator[Neighbour]:
        """The nearest row of each question, in order; the first among equals."""
        for start in range(0, len(questions), _QUESTIONS_AT_ONCE):
            block = [fold(q.question) for q in questions[start : start + _QUESTIONS_AT_ONCE]]
            ratio_Q_R = process.cdist(
                block, self._prompts, scorer=fuzz.ratio, dtype=np.uint8, workers=-1
            )
            for text, ratio_R in zip(block, ratio_Q_R, strict=True):
                best = int(ratio_R.argmax())
                row, similarity = self._rows[best], int(ratio_R[best]) / 100
                overlap = self._overlap(text)
                yield Neighbour(row.prompt, row.completion, row.phrasing, similarity, overlap)

    def holds_answer(self, question: Question) -> bool:
        """Whether a row that speaks of the question's subject holds its answer string."""
        about = self._about(question)
        return any(self._has(answer, about) for answer in _answer_strings(question))

    def _overlap(self, text: str) -> float:
        asked = text.split()
        size = min(GRAM_WORDS, len(asked))
        if not size:
            return 0.0
        found = [gram in self._grams_of(size) for gram in _grams(asked, size)]
        return sum(found) / len(found)

    def _grams_of(self, size: int) -> set[str]:
        if size not in self._grams:
            texts = {*self._prompts, *self._completions}
            self._grams[size] = {g for text in texts for g in _grams(text.split(), size)}
        return self._grams[size]

    @cached_property
    def _rows_of(self) -> dict[str, int]:
        """Folded word to the rows that hold it, as bits: sets of rows meet in one AND."""
        places: dict[str, list[int]] = {}
        for number, both in enumerate(zip(self._prompts, self._completions, strict=True)):
            for word in _words_and_pieces(" ".join(both)):
                places.setdefault(word, []).append(number)
        return {word: _bits(numbers) for word, numbers in places.items()}

    def _about(self, question: Question) -> int:
        """Rows, as bits, that share a telling word with the question; all when it has none."""
        for words_of in (_names_and_numbers, _content_words):
            words = sorted(words_of(question))
            telling = [self._rows_of.get(word, 0) for word in words if not self._is_common(word)]
            if telling:
                return reduce(or_, telling)
        return (1 << len(self._rows)) - 1

    def _is_common(self, word: str) -> bool:
        return self._rows_of.get(word, 0).bit_count() > max(1, _COMMON_SHARE * len(self._rows))

    def _has(self, answer: str, about: int) -> bool:
        words = answer.split()
        if not words:
            return False
        candidates = reduce(and_, (self._rows_of.get(word, 0) for word in words), about)
        return any(
            f" {answer} " in f" {self._prompts[row]} | {self._completions[row]} "
            for row in _numbers(candidates)
        )


def _bits(numbers: Sequence[int]) -> int:
    mask = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        mask[number // 8] |= 1 << number % 8
    return int.from_bytes(mask, "little")


def _numbers(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _grams(words: Sequence[str], size: int) -> list[str]:
    return [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]


def _words_and_pieces(folded: str) -> set[str]:
    """The words, and the longer parts of those with punctuation inside: 1989/90, 1989."""
    whole = folded.split()
    pieces = (p for word in whole for p in _PIECES.split(word) if len(p) > 2)
    return {*whole, *pieces}


def _answer_strings(question: Question) -> set[str]:
    """The canonical value and the shortest reference, folded."""
    value = question.answer.value
    ordinal = [f"{value}º"] if question.answer.kind == "ordinal" else []
    return {fold(text) for text in (value, min(question.references, key=len), *ordinal)} - {""}


def _names_and_numbers(question: Question) -> set[str]:
    """Who and when a question is about: capitals and digits, and the name in a fact id."""
    asked = re.findall(r"[\w/-]+", prepare(question.question))
    shown = [word for word in asked if word[0].isupper() or any(c.isdigit() for c in word)]
    named = [fact.partition("/")[2].replace("/", "-") for fact in question.fact_ids]
    words = _words_and_pieces(fold(" ".join((*shown, *(n.replace("-", " ") for n in named)))))
    return words - _ASKING


def _content_words(question: Question) -> set[str]:
    return {w for w in _words_and_pieces(fold(question.question)) if len(w) > 3} - _ASKING
