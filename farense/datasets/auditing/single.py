"""Faults that one row shows by itself: too long, parser junk, seasons missing or impossible."""

from __future__ import annotations

import re

from farense.datasets.formats.items import Item
from farense.text import is_abstention

# Left behind by HTML, Markdown tables, templates, spreadsheets and logs.
_JUNK = re.compile(
    r"</?[a-zA-Z][^<>]{0,80}>|&(?:nbsp|amp|lt|gt|quot|#\d+);|\|\s*:?-{2,}|\|[^|\n]+\|[^|\n]+\|"
    r"|!\[[^\]]*\]\(|\]\(https?:|\{\{[^}]*\}\}|\$\{\w+\}|\{(?:[a-z_]+)\}|%\([a-z_]+\)s"
    r"|\b(?:NaN|nan|None|null|undefined|NULL|#N/A|#REF!)\b|\[object Object\]|\\u[0-9a-f]{4}"
    r"|Traceback \(most recent|📊|✅|❌|\*\*|[\x00-\x08\x0b\x0c\x0e-\x1f]|(.)\1{9,}"
)
_MATCH = re.compile(
    r"\b(?:jog[oa]\w*|resultado|partida|ganh\w+|venc\w+|perd\w+|empat\w+|golead\w+|derrot\w+)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:contra|frente a[os]?|com o|diante d[oa]s?|vs\.?|[-–x])\s", re.IGNORECASE
)
_TIME = re.compile(r"(?:1[89]|20)\d\d|\b\d\d[/-]\d\d\b|'\d\d\b")
_SEASON = re.compile(r"(?<![\d/])(\d{4})/(\d{4}|\d{2})(?![\d/])")
_SHORT_SEASON = re.compile(
    r"\b(?:época|temporada|campeonato|liga)\b[^.?!]{0,30}?(?<![\d/])(\d\d)/(\d\d)(?![\d/])",
    re.IGNORECASE,
)
# The first rules of association football are of 1863: no season is older.
_FIRST_YEAR = 1863


def is_junk(item: Item) -> bool:
    """Whether markup, a placeholder or a null value of some program was left in the row."""
    return bool(_JUNK.search(item.prompt) or _JUNK.search(item.completion))


def lacks_season(item: Item) -> bool:
    """Whether a question about one match against a club names no season, date or year."""
    prompt = item.prompt
    if _TIME.search(prompt) or not _MATCH.search(prompt) or not _AGAINST.search(prompt):
        return False
    return not is_abstention(item.completion)


def has_impossible_season(item: Item, latest: int) -> bool:
    """Whether a season stands there that no calendar has: 1989/1987, 2094/95, 1989/90/91.

    A question that is refused may ask for one. ``latest`` is the last year that a season may
    begin in.
    """
    told = f"{item.prompt}\n{item.completion}"
    if "/" not in told:
        return False
    for first, last in _SEASON.findall(told):
        year = int(first)
        expected = str(year + 1) if len(last) == 4 else f"{(year + 1) % 100:02d}"
        if last != expected or not _FIRST_YEAR <= year <= latest:
            return not is_abstention(item.completion)
    for first, last in _SHORT_SEASON.findall(told):
        if int(last) != (int(first) + 1) % 100:
            return not is_abstention(item.completion)
    return False


def is_too_long(item: Item, limit: int) -> bool:
    """Whether prompt and completion together have more than ``limit`` characters."""
    return len(item.prompt) + len(item.completion) > limit
