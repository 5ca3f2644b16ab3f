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
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ROMAN_MONTH = r"(?:XI{0,2}|IX|IV|V?I{1,3}|V)"
_DAY = rf"(?P<day>\d{{1,2}}(?:\.?[ºª]|\.[oa]\b)?|primeiro|{SMALL_CARDINAL})"
_OF = r"(?: de | do (?:m[êe]s de )?|[ ,/-]+)"
_ALONE = r"(?<![\w])(?<!\d[./:,-])"
_END = r"(?![\w]|[./:-]\d)"

DATE_IN_WORDS = re.compile(
    rf"\b{_DAY}{_OF}{_MONTH}(?!\w)"
    rf"(?:(?:, | do ano|,? em)?{_OF}(?:ano de )?(?P<year>{_YEAR}\b|{CARDINAL})"
    rf"|(?: de |[/-])'?(?P<short>\d\d)\b)?",
    re.IGNORECASE,
)
MONTH_AND_YEAR = re.compile(
    rf"\b{_MONTH}(?: de | do ano de |[ /])(?P<year>{_YEAR})\b", re.IGNORECASE
)
ISO_DATE = re.compile(rf"{_ALONE}(?P<year>{_YEAR})([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?){_END}")
DAY_FIRST = re.compile(
    rf"{_ALONE}(?P<day>\d\d?)( ?[-/.] ?)(?P<month>\d\d?|{_ROMAN_MONTH})\2"
    rf"(?P<year>{_YEAR}){_END}"
)
# 13-5-16 is a record of wins, draws and defeats; 27-05-90 and 27-5-90 can be none.
SHORT_YEAR = re.compile(
    rf"{_ALONE}(?P<day>\d\d?)(?:(?P<sign>[/.])(?P<month>\d\d?)(?P=sign)(?P<year>\d\d)"
    rf"|-(?P<padded>0\d)-(?P<after>\d\d)|-(?P<plain>\d\d?)-(?P<late>[4-9]\d)){_END}"
)

SEASON = re.compile(rf"{_ALONE}(?P<first>{_YEAR}) ?[/\\-] ?(?P<last>\d{{4}}|\d\d){_END}")
SHORT_SEASON = re.compile(
    rf"{_ALONE}'?(?P<first>\d\d) ?(?P<sign>[/-]) ?(?:'?(?P<last>\d\d)|(?P<whole>{_YEAR})){_END}"
)
SPOKEN_SEASON = re.compile(
    rf"(?P<first>{SMALL_CARDINAL}) ?[/-] ?(?P<last>{SMALL_CARDINAL})", re.IGNORECASE
)
# A year told by its last digits: em 90, '90, no ano de 90.
YEAR_OF_TWO_DIGITS = re.compile(
    r"(?:\b(?:em|ano de|desde|maio de|ver[ãa]o de|inverno de|outono de|primavera de) '?"
    r"|(?<!\w)')(?P<year>[4-9]\d)"
    r"(?=$|[.;:!?)\n]|,(?!\d)| (?:e|quando|com|na|no|em|o|a|por|foi|que)\b)",
    re.IGNORECASE,
)
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
    day = _day(parts["day"])
    month = _month(_first(parts, "month", "padded", "plain"))
    told = _first(parts, "year", "short", "after", "late")
    year = _year(told) if told else 0
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
    first, last = int(match["first"]), int(match["last"] or match["whole"][-2:])
    if last != (first + 1) % 100:
        return None
    return [("season", f"{full_year(first)}/{full_year(first) + 1}")]


def read_spoken_season(match: re.Match[str]) -> Reading | None:
    """*oitenta e nove/noventa*; None where the words may be goals."""
    first, last = (cardinal_value(match[side]) for side in ("first", "last"))
    if last != first + 1 or first <= _LAST_YEAR_OF_THIS_CENTURY:
        return None
    return [("season", f"{1900 + first}/{1900 + last}")]


def read_short_year(match: re.Match[str]) -> Reading:
    return [("short_year", f"19{match['year']}")]


def read_span(match: re.Match[str]) -> Reading:
    first = int(match["first"] or match["from"])
    return [("span", f"{first}-{match['last'] or match['to']}")]


def _day(text: str) -> int:
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits.group())
    return 1 if text.lower() == "primeiro" else cardinal_value(text)


def _first(parts: dict[str, str | None], *names: str) -> str:
    return next((told for name in names if (told := parts.get(name))), "")


def _month(text: str) -> int:
    if text in _ROMAN_MONTHS:
        return _ROMAN_MONTHS.index(text) + 1
    return int(text) if text.isdigit() else _MONTH_NUMBER[text[:3].lower()]


def _year(text: str) -> int:
    if not text.isdigit():
        spoken = cardinal_value(text)
        return 1900 + spoken if _LAST_YEAR_OF_THIS_CENTURY < spoken < 100 else spoken
    return full_year(int(text)) if len(text) == 2 else int(text)
