"""One spelling for text that reads the same: Unicode, dashes, quotes, case, spaces."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_QUOTES = "’‘‛`´"
_CHARACTERS = str.maketrans(
    {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys(_QUOTES, "'"), "×": "x", "⁄": "/", "∕": "/"}
)
_INSIDE_NUMBERS = "-/.:,"
_SPACED_SCORE = re.compile(r"(?<![\w/:.,-])(\d{1,2}) - (\d{1,2})(?![\w/:-]|[.,]\d|\.?[ºª])")
_ORDINAL_SIGN = re.compile(r"(?<=\d)\.? ?([ºª])|(?<=\d)\.([oa])\b")
_SIGN = {"o": "º", "a": "ª"}
_PERHAPS_DROPPED = re.compile(r"[^\w\s]|_")
# Each scorer asks for the same answer and references; a pass over a large set must not
# push out what the question at hand needs.
_KEPT = 4096


class _Visible(dict[int, int | None]):
    """For ``str.translate``: drops characters of category Cf; each is looked up once."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) == "Cf" else code
        return self[code]


class _Bare(dict[int, str]):
    """For ``str.translate``: the letter under its diacritics; each is looked up once."""

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize("NFD", chr(code))[0]
        return self[code]


_VISIBLE, _BARE = _Visible(), _Bare()


@lru_cache(maxsize=_KEPT)
def prepare(text: str) -> str:
    """Unify the characters but keep case, punctuation and line ends.

    NFC, no invisible characters, every dash ``-``, every apostrophe ``'``, ``×`` as ``x``,
    runs of blanks one space. Parsers and clause rules work on this form.
    """
    visible = text if text.isascii() else text.translate(_VISIBLE)
    unified = unicodedata.normalize("NFC", visible).translate(_CHARACTERS)
    unified = re.sub(r"(?<=\d)°", "º", unified)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*[\r\n\u2028\u2029]\s*", "\n", unified)).strip()


@lru_cache(maxsize=_KEPT)
def normalise(text: str) -> str:
    """Fold what a reader does not see as a difference; diacritics stay.

    Case, dashes, quotes, blanks and punctuation are folded. Punctuation between two digits
    stays (``2-1``, ``1989/90``, ``2.372``), and so do a hyphen between two letters and a minus
    before a number. ``2 – 1``
    becomes ``2-1``, and ``5.º`` becomes ``5º``.
    """
    folded = unicodedata.normalize("NFC", prepare(text).casefold()).replace("\n", " ")
    folded = _SPACED_SCORE.sub(r"\1-\2", folded)
    folded = _signed(folded)
    kept = _PERHAPS_DROPPED.sub(lambda m: m[0] if _stays(folded, m.start()) else " ", folded)
    # What stood between a digit and its sign may be gone now.
    return unicodedata.normalize("NFC", _signed(" ".join(kept.split())))


def _signed(text: str) -> str:
    return _ORDINAL_SIGN.sub(lambda m: m.group(1) or _SIGN[m.group(2)], text)


def fold(text: str) -> str:
    """``normalise`` without diacritics: lenient, for where ``é`` may be written ``e``.

    The ordinal signs stay.
    """
    decomposed = unicodedata.normalize("NFD", normalise(text))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def words(text: str) -> list[str]:
    """The words of ``normalise(text)``; scores, seasons and numeric dates stay whole."""
    return normalise(text).split()


def without_accents(text: str) -> str:
    """Drop diacritics and keep the length in characters, so that positions still hold.

    Args:
        text: In the form of ``prepare``.
    """
    return text.translate(_BARE)


def _stays(text: str, index: int) -> bool:
    """Whether a character that is no letter or digit is part of what is read."""
    character = text[index]
    if unicodedata.category(character).startswith("M"):
        return True
    if index == len(text) - 1:
        return False
    before, after = text[index - 1] if index else " ", text[index + 1]
    if character in _INSIDE_NUMBERS and before.isdigit() and after.isdigit():
        return True
    if character != "-":
        return False
    return (before.isalpha() and after.isalpha()) or (before == " " and after.isdigit())
