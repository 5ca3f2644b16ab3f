"""A second byte-level BPE, written from the GPT-2 paper's description, to compare with.

It shares no code with the imported tokenizer: the merges come straight from the GGUF
and the splitting is a hand-written scanner, not a regular expression.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable, Iterator, Sequence

_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def byte_letters() -> dict[int, str]:
    """GPT-2's bijection from bytes to printable letters."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    letters, spare = {}, 0x100
    for byte in range(256):
        if byte in printable:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(spare)
            spare += 1
    return letters


class ByteBpe:
    """Encode text with a vocabulary and ranked merges, split as ``split`` says.

    The default split is SmolLM2's: digits stand alone, then GPT-2's rule.
    """

    def __init__(
        self,
        tokens: Sequence[str],
        merges: Sequence[str],
        split: Callable[[str], Iterator[str]] | None = None,
    ) -> None:
        self.split = split or _smollm_words
        self.ids = {token: number for number, token in enumerate(tokens)}
        self.ranks = {(m.split(" ")[0], m.split(" ")[1]): n for n, m in enumerate(merges)}
        self.letters = byte_letters()

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``, special tokens not recognised."""
        return [
            self.ids[token]
            for word in self.split(text)
            for token in self._merged([self.letters[byte] for byte in word.encode("utf-8")])
        ]

    def _merged(self, parts: list[str]) -> list[str]:
        while len(parts) > 1:
            pairs = list(itertools.pairwise(parts))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            joined, position = [], 0
            while position < len(parts):
                if tuple(parts[position : position + 2]) == best:
                    joined.append(parts[position] + parts[position + 1])
                    position += 2
                else:
                    joined.append(parts[position])
                    position += 1
            parts = joined
        return parts


def _smollm_words(text: str) -> Iterator[str]:
    for run in _digits_apart(text):
        yield from _words(run)


def _digits_apart(text: str) -> Iterator[str]:
    run = ""
    for char in text:
        if unicodedata.category(char).startswith("N"):
            if run:
                yield run
            yield char
            run = ""
        else:
            run += char
    if run:
        yield run


def _kind(char: str) -> str:
    if char.isspace():
        return "space"
    category = unicodedata.category(char)[0]
    return {"L": "letter", "N": "number"}.get(category, "other")


def _words(run: str) -> Iterator[str]:
    """GPT-2's split: contractions, then letters, numbers or marks with one leading space."""
    start = 0
    while start < len(run):
        end = _word_end(run, start)
        yield run[start:end]
        start = end


def _word_end(run: str, start: int) -> int:
    for contraction in _CONTRACTIONS:
        if run.startswith(contraction, start):
            return start + len(contraction)
    first = start + (run[start] == " ")
    if first < len(run) and _kind(run[first]) != "space":
        end = first
        while end < len(run) and _kind(run[end]) == _kind(run[first]):
            end += 1
        return end
    end = start
    while end < len(run) and _kind(run[end]) == "space":
        end += 1
    # The last blank before a word belongs to the word, unless it is the only one.
    return end - 1 if end < len(run) and end - start > 1 else end


def qwen_words(text: str) -> Iterator[str]:
    """Qwen2's split, worded in its model card's pattern: one mark may lead a word, digits stand
    alone, other marks take one space before and line ends after, blanks end at a line end."""
    start = 0
    while start < len(text):
        end = _qwen_word_end(text, start)
        yield text[start:end]
        start = end


def _qwen_word_end(text: str, start: int) -> int:
    for contraction in _CONTRACTIONS:
        if text[start : start + len(contraction)].lower() == contraction:
            return start + len(contraction)
    first = start + (text[start] not in "\r\n" and _kind(text[start]) not in ("letter", "number"))
    if (end := _run_end(text, first, "letter")) > first:
        return end
    if _kind(text[start]) == "number":
        return start + 1
    first = start + (text[start] == " ")
    if (end := _run_end(text, first, "other")) > first:
        while end < len(text) and text[end] in "\r\n":
            end += 1
        return end
    end = _run_end(text, start, "space")
    last_line_end = max(text.rfind(mark, start, end) for mark in "\r\n")
    if last_line_end >= 0:
        return last_line_end + 1
    return end - 1 if end < len(text) and end - start > 1 else end


def _run_end(text: str, start: int, kind: str) -> int:
    while start < len(text) and _kind(text[start]) == kind:
        start += 1
    return start
