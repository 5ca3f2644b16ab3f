"""Dates, seasons and spans of years, as they are written in Portuguese.

Each reader takes a regular-expression match and returns ``(kind, value)`` pairs; an empty
list means the characters are spoken for but state nothing (31/02/1990).
"""

from __future__ import annotations

import re
from datetime import date

from farense.text.numerals import CARDINAL, SMALL_CARDINAL, cardinal_value

MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
_MONTH_NUMBER = {name[:3]: number for number, name in enumerate(MONTHS, start=1)}
_LAST_YEAR_OF_THIS_CENTURY = 39

_MONTH = (
    r"(?P<month>janeiro|fevereiro|mar[çc]o|abril|maio|junho|julho|agosto|setembro|outubro"
    r"|novembro|dezembro|(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)\b\.?)"
)
_YEAR = r"(?:1[89]|20)\d\d"
_DAY = rf"(?P<day>\d{{1,2}}(?:\.?[ºª]|\.[oa]\b)?|primeiro|{SMALL_CARDINAL})"
_OF = r"(?: de | do |[ ,/-]+)"
_ALONE = r"(?<![\w])(?<!\d[./:,-])"
_END = r"(?![\w]|[./:-]\d)"

DATE_IN_WORDS = re.compile(
    rf"\b{_DAY}{_OF}{_MONTH}(?:(?:, | do ano)?{_OF}(?:ano de )?(?P<year>{_YEAR}\b|{CARDINAL}))?",
    re.IGNORECASE,
)
MONTH_AND_YEAR = re.compile(
    rf"\b{_MONTH}(?: de | do ano de |[ /])(?P<year>{_YEAR})\b", re.IGNORECASE
)
ISO_DATE = re.compile(rf"{_ALONE}(?P<year>{_YEAR})([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?){_END}")
DAY_FIRST = re.compile(rf"{_ALONE}(?P<day>\d\d?)([-/.])(?P<month>\d\d?)\2(?P<year>{_YEAR}){_END}")
SHORT_YEAR = re.compile(rf"{_ALONE}(?P<day>\d\d?)([/.])(?P<month>\d\d?)\2(?P<year>\d\d){_END}")

SEASON = re.compile(rf"{_ALONE}(?P<first>{_YEAR}) ?[/-] ?(?P<last>\d{{4}}|\d\d){_END}")
SHORT_SEASON = re.compile(rf"{_ALONE}(?P<first>\d\d) ?(?P<sign>[/-]) ?(?P<last>\d\d){_END}")
SEASON_IN_WORDS = re.compile(
    rf"\b(?:[ée]poca|temporada)(?: desportiva)?(?: de)? (?P<first>{_YEAR}) [ae] "
    rf"(?P<last>{_YEAR})\b",
    re.IGNORECASE,
)
SPAN = re.compile(
    rf"\b(?P<first>{_YEAR})(?: a | até (?:a |ao ano de )?)(?P<last>{_YEAR})\b"
    rf"|\bentre (?:os anos de )?(?P<from>{_YEAR}) e (?P<to>{_YEAR})\b",
    re.IGNORECASE,
)
DECADE = re.compile(
    r"\b(?:d[ée]cadas?(?: dos anos)? de|anos(?: de)?) (?:\d{4}|\d0|vinte|trinta|quarenta|cinquenta"
    r"|sessenta|setenta|oitenta|noventa)\b(?! \w*s\b)",
    re.IGNORECASE,
)

Reading = list[tuple[str, str]]


def full_year(two_digits: int) -> int:
    """The year of two digits: 00 to 39 are of this century, the rest of the last."""
    return two_digits + (2000 if two_digits <= _LAST_YEAR_OF_THIS_CENTURY else 1900)


def read_date(match: re.Match[str]) -> Reading:
    """A day with its year is a ``date``, a day without one a ``day`` (``04-01``)."""
    parts = match.groupdict()
    day, month = _day(parts["day"]), _month(parts["month"])
    year = _year(parts["year"]) if parts["year"] else 0
    if year and not 1800 <= year <= 2099:
        return []
    try:
        found = date(year or 2000, month, day)
    except ValueError:
        return []
    return [("date", found.isoformat())] if year else [("day", f"{month:02d}-{day:02d}")]


def read_month(match: re.Match[str]) -> Reading:
    return [("month", f"{match['year']}-{_month(match['month']):02d}")]


def read_season(match: re.Match[str]) -> Reading:
    """Consecutive years are a season; later ones a span of years; anything else neither."""
    first, last = int(match["first"]), match["last"]
    if last == f"{first + 1}" or last == f"{(first + 1) % 100:02d}":
        return [("season", f"{first}/{first + 1}")]
    until = int(last) if len(last) == 4 else first - first % 100 + int(last)
    return [("span", f"{first}-{until}")] if until > first else []


def read_short_season(match: re.Match[str]) -> Reading | None:
    """``89/90`` and ``89-90``; None where the digits may be something else."""
    first, last = int(match["first"]), int(match["last"])
    if last != (first + 1) % 100:
        return None
    return [("season", f"{full_year(first)}/{full_year(first) + 1}")]


def read_span(match: re.Match[str]) -> Reading:
    first = int(match["first"] or match["from"])
    return [("span", f"{first}-{match['last'] or match['to']}")]


def _day(text: str) -> int:
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits.group())
    return 1 if text.lower() == "primeiro" else cardinal_value(text)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTH_NUMBER[text[:3].lower()]


def _year(text: str) -> int:
    if not text.isdigit():
        return cardinal_value(text)
    return full_year(int(text)) if len(text) == 2 else int(text)
