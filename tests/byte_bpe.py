"""A second byte-level BPE, written from the GPT-2 paper's description, to compare with.

It shares no code with the imported tokenizer: the merges come straight from the GGUF
and the splitting is a hand-written scanner, not a regular expression.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence

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
    """Encode text with a vocabulary and ranked merges; digits stand alone before the split."""

    def __init__(self, tokens: Sequence[str], merges: Sequence[str]) -> None:
        self.ids = {token: number for number, token in enumerate(tokens)}
        self.ranks = {(m.split(" ")[0], m.split(" ")[1]): n for n, m in enumerate(merges)}
        self.letters = byte_letters()

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``, special tokens not recognised."""
        return [
            self.ids[token]
            for run in _digits_apart(text)
            for word in _words(run)
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
