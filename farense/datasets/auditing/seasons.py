"""Seasons that no calendar has: 1989/1987, 1994/97, 2094/95, a season of 1790."""

from __future__ import annotations

import re

from farense.datasets.formats.items import Item
from farense.text import is_abstention

# The first rules of association football are of 1863: no season is older.
_FIRST_YEAR = 1863
_SEASON_WORD = (
    r"\b(?:[ée]pocas?|temporadas?|campeonato|liga|divis[ãa]o|ano desportivo|edi[çc][ãa]o)\b"
)
_HAS_SEASON_WORD = re.compile(_SEASON_WORD, re.I)
_NUMBERS = re.compile(r"\d\d")
_NEAR = r"[^.?!\n]{0,30}?"
_BEFORE, _AFTER = r"(?<![\d/.-])", r"(?![\d/]|[.-]\d)"
_SLASHED = re.compile(rf"{_BEFORE}(\d{{4}}) ?[/\\] ?(\d{{4}}|\d\d){_AFTER}")
# With a dash, or two digits each, it is a season only beside the word.
_DASHED = re.compile(rf"{_SEASON_WORD}{_NEAR}{_BEFORE}(\d{{4}}) ?- ?(\d{{4}}|\d\d){_AFTER}", re.I)
_SPELT = re.compile(rf"{_SEASON_WORD}(?: d[eao])? (\d{{4}}) (?:a|e|para) (\d{{4}})\b", re.I)
_SHORT = re.compile(rf"{_SEASON_WORD}{_NEAR}{_BEFORE}'?(\d\d) ?[/\\] ?'?(\d\d){_AFTER}", re.I)
# 94-97 and em 94/97; 12-10 may be a score, and 12/05 a day.
_SHORT_DASHED = re.compile(rf"{_SEASON_WORD}{_NEAR}{_BEFORE}'?([4-9]\d)-'?(\d\d){_AFTER}", re.I)
_SHORT_AFTER_IN = re.compile(rf"\b(?:em|de|na) '?([4-9]\d)[/\\]'?(\d\d){_AFTER}", re.I)
_BACKWARDS = re.compile(rf"{_BEFORE}((?:1[89]|20)\d\d) ?[-/] ?((?:1[89]|20)\d\d){_AFTER}")
_ONE_YEAR = re.compile(
    rf"{_SEASON_WORD}(?: (?:d[eao]|em))? (\d{{4}})\b(?! ?[-/\\]| (?:a|e|para) \d)", re.I
)
_THREE = re.compile(r"(?<![\d/])(?:\d{4}|\d\d)/(?:\d{4}|\d\d)/(?:\d{4}|\d\d)(?![\d/])")
# Terms of office, as 1999/2002, are no seasons.
_SPAN_WORD = re.compile(
    r"\b(?:per[íi]odo|mandatos?|presid\w+|dire[çc][ãa]o|tri[ée]nio|quadri[ée]nio|entre|anos)\b",
    re.I,
)


def has_impossible_season(item: Item, latest: int) -> bool:
    """Whether a season stands there that no calendar has.

    A question that is refused may ask for one. ``latest`` is the last year that a season may
    begin in.
    """
    told = f"{item.prompt}\n{item.completion}".replace("–", "-").replace("—", "-")
    if not _NUMBERS.search(told):
        return False
    return _is_impossible(told, latest) and not is_abstention(item.completion)


def _is_impossible(text: str, latest: int) -> bool:
    if any(mark in text for mark in "/\\-") and _has_broken_pair(text, latest):
        return True
    if not _HAS_SEASON_WORD.search(text):
        return False
    if any(not _follows(int(first), last, latest) for first, last in _SPELT.findall(text)):
        return True
    return any(not _FIRST_YEAR <= int(year) <= latest + 1 for year in _ONE_YEAR.findall(text))


def _has_broken_pair(text: str, latest: int) -> bool:
    """Whether two or three numbers joined by a sign are a season, and none that can be."""
    pairs = [*_SLASHED.findall(text), *_DASHED.findall(text)]
    broken = [pair for pair in pairs if not _follows(int(pair[0]), pair[1], latest)]
    if broken and not (_SPAN_WORD.search(text) and all(_is_span(*pair) for pair in broken)):
        return True
    if any(int(last) < int(first) for first, last in _BACKWARDS.findall(text)):
        return True
    short = (*_SHORT.findall(text), *_SHORT_DASHED.findall(text), *_SHORT_AFTER_IN.findall(text))
    if any(not _follows_short(*years) for years in short):
        return True
    return any(not _is_date(found[0]) for found in _THREE.finditer(text))


def _follows(year: int, last: str, latest: int) -> bool:
    """Whether the second year of a season is the one after the first, and the first may be one."""
    expected = str(year + 1) if len(last) == 4 else f"{(year + 1) % 100:02d}"
    return last == expected and _FIRST_YEAR <= year <= latest


def _follows_short(first: str, last: str) -> bool:
    """Whether 89/90 are two years in a row, or 12/05 a day and month."""
    one, other = int(first), int(last)
    return other == (one + 1) % 100 or (one <= 31 and 1 <= other <= 12)


def _is_span(first: str, last: str) -> bool:
    """Whether the years run forwards, as those of a term do."""
    return len(last) == 4 and int(first) < int(last)


def _is_date(text: str) -> bool:
    """Whether 12/05/1990, or 1990/05/12, is a day and not three years."""
    parts = text.split("/")
    return min(len(part) for part in parts) == 2 and all(
        int(part) <= 31 for part in (parts[:2] if len(parts[0]) == 2 else parts[1:])
    )
