"""One spelling for texts that ask the same, to find them again."""

from __future__ import annotations

import re

from farense.text import fold, prepare

_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d) ?-+ ?(?=\d)")


def one_spelling(text: str) -> str:
    """`fold`, and each dash alike: *Farense – Benfica* as *Farense-Benfica*.

    Between letters a dash is a blank, between numbers it stands without blanks.
    """
    prepared = prepare(text)
    if "-" not in prepared:
        return fold(prepared)
    joined = fold(_BETWEEN_NUMBERS.sub("-", prepared))
    return _BETWEEN_LETTERS.sub(" ", joined)
