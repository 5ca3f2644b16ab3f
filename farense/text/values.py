"""Every number a Portuguese sentence states, read once, with its place and its kind.

The rules run from the most to the least specific and each takes its characters away from
those after it, so that a date is never also a score, nor a season two years.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from farense.text import calendar, results
from farense.text.calendar import Reading
from farense.text.normal import prepare
from farense.text.numerals import (
    CARDINAL,
    ORDINAL,
    ROMAN,
    cardinal_value,
    ordinal_value,
    roman_value,
)
from farense.text.results import NUMBER, small_number


@dataclass(frozen=True)
class Found:
    """One value read from ``prepare(text)``.

    ``kind``: score, date, day (no year), month (with year), season, span (of years), year,
    short_year (*em 90*), ordinal, roman (*XVII*), integer, article (a lone *um* or *uma*),
    record (wins-draws-defeats), or other.
    ``value`` is canonical; ``raw`` is ``prepare(text)[start:end]``.
    """

    kind: str
    value: str
    start: int
    end: int
    raw: str


_THOUSANDS = re.compile(
    r"(?<![\w.,])(?P<count>\d{1,3})(?:,(?P<tenth>\d))? (?P<unit>mil|milh(?:ão|ões|oes))\b",
    re.IGNORECASE,
)
_GROUPS = {"dúzia": 12, "duzia": 12, "dezena": 10, "centena": 100, "milhar": 1000}
_GROUP = re.compile(
    rf"(?:\b(?P<half>meia)|(?P<count>{NUMBER})) (?P<unit>d[úu]zia|dezena|centena|milhar)(?:e?s)?\b"
    r"|\b(?:d[úu]zias|dezenas|centenas|milhares)\b",
    re.IGNORECASE,
)
_ROMAN_ORDER = re.compile(rf"(?<![\w.'-])(?<!século )(?<!séc\. )(?P<roman>{ROMAN})(?![\w'-]|\.\w)")
_RECORD = re.compile(r"(?<![\w-])\d{1,2} ?- ?\d{1,2} ?- ?\d{1,2}(?![\w-])")
_COMPETITION = re.compile(
    rf"(?:\b\d\.?[ªº]|{ORDINAL}) (?:liga|divis[ãa]o)\b(?! lugar)|\bliga (?:[123]|pro)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<!\w)(?:[01]?\d|2[0-4])h(?:[0-5]\d)?\b|(?<!\w)(?:1\d|2[0-4]):[0-5]\d\b")
_ORDINAL = re.compile(r"(?<![\w])(?<!\d[.,])(?P<digits>\d{1,4})(?:\.?[ºª]|\.[oa]\b|[oa]\b)")
_ORDINAL_WORD = re.compile(rf"(?P<words>{ORDINAL})(?!-feira)", re.IGNORECASE)
_ACCORDING = re.compile(
    r" (?:o|a|os|as|um|uma|est[ea]s?|ess[ea]s?|dados|fontes|registos|consta|informa\w+|relatos)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\w)(?<!\d[.,/:-])(?:1[89]|20)\d\d(?!\w|[.,/:-]\d)")
_WORD = re.compile(CARDINAL, re.IGNORECASE)
_DIGITS = re.compile(
    r"(?<!\w)(?<!\d[.,/:-])-?(?P<digits>\d{1,3}(?:[. ]\d{3})+|\d+)(?P<rest>[.,/:]\d+)?(?!\w)"
)


def _read_ordinal_word(match: re.Match[str]) -> Reading | None:
    after = match.string[match.end() :]
    if match["words"].lower() == "segundo" and _ACCORDING.match(after):
        return []
    return [("ordinal", str(ordinal_value(match["words"])))]


def _read_words(match: re.Match[str]) -> Reading:
    value = cardinal_value(match.group())
    if match.group().lower() in ("um", "uma"):
        return [("article", "1")]
    return [("year" if 1800 <= value <= 2099 else "integer", str(value))]


def _read_digits(match: re.Match[str]) -> Reading:
    if match["rest"]:
        return []
    sign = "-" if match.group().startswith("-") else ""
    return [("integer", sign + str(int(re.sub(r"\D", "", match["digits"]))))]


def _read_thousands(match: re.Match[str]) -> Reading:
    tenths = 10 * int(match["count"]) + int(match["tenth"] or 0)
    unit = 1000 if match["unit"].lower() == "mil" else 1_000_000
    return [("integer", str(tenths * unit // 10))]


def _read_group(match: re.Match[str]) -> Reading:
    """*uma dúzia*; *dúzias* without a number states none."""
    if match["unit"] is None:
        return []
    size = _GROUPS[match["unit"].lower()]
    return [("integer", str(size // 2 if match["half"] else size * small_number(match["count"])))]


def _read_roman(match: re.Match[str]) -> Reading | None:
    """Capital letters are a number if they are the whole text, or more than one."""
    alone = match.group() == match.string.strip(" .\n")
    if not alone and len(match.group()) == 1:
        return None
    return [("roman", str(roman_value(match["roman"])))]


Reader = Callable[[re.Match[str]], Reading | None]
_RULES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (calendar.ISO_DATE, calendar.read_date),
    (calendar.DAY_FIRST, calendar.read_date),
    (calendar.DATE_IN_WORDS, calendar.read_date),
    (calendar.SHORT_YEAR, calendar.read_date),
    (calendar.MONTH_AND_YEAR, calendar.read_month),
    (calendar.SEASON_IN_WORDS, calendar.read_season),
    (calendar.SEASON, calendar.read_season),
    (calendar.SPAN, calendar.read_span),
    (_RECORD, lambda match: [("record", match.group())]),
    (calendar.DECADE, lambda match: []),
    (calendar.SHORT_SEASON, calendar.read_short_season),
    (calendar.SPOKEN_SEASON, calendar.read_spoken_season),
    (_CLOCK, lambda match: []),
    (_COMPETITION, lambda match: []),
    (results.SPOKEN_TEAMS, results.read_spoken_teams),
    (results.DRAW, results.read_draw),
    (results.SCORE, results.read_score),
    (results.TEAMS, lambda match: [("score", f"{int(match['left'])}-{int(match['right'])}")]),
    (_ROMAN_ORDER, _read_roman),
    (_ORDINAL, lambda match: [("ordinal", str(int(match["digits"])))]),
    (_ORDINAL_WORD, _read_ordinal_word),
    (_YEAR, lambda match: [("year", match.group())]),
    (calendar.YEAR_OF_TWO_DIGITS, calendar.read_short_year),
    (_THOUSANDS, _read_thousands),
    (_GROUP, _read_group),
    (_WORD, _read_words),
    (_DIGITS, _read_digits),
)


# Rules that cannot match without a digit, or without one of some letters: most texts are
# spared half of the patterns.
_NEED_DIGITS = frozenset(
    (
        *(calendar.ISO_DATE, calendar.DAY_FIRST, calendar.SHORT_YEAR, calendar.MONTH_AND_YEAR),
        *(calendar.SEASON_IN_WORDS, calendar.SEASON, calendar.SPAN, calendar.SHORT_SEASON),
        *(calendar.YEAR_OF_TWO_DIGITS, _RECORD, _CLOCK, results.TEAMS, _ORDINAL, _YEAR),
        *(_THOUSANDS, _DIGITS),
    )
)
_NEED_LETTERS = {
    calendar.SPOKEN_SEASON: ("/", "-"),
    calendar.DECADE: ("cada", "anos"),
    _COMPETITION: ("liga", "divis"),
    results.DRAW: ("mpat", "igual", "nulo", "para cada", "golo", "marcou"),
    _GROUP: ("zia", "ezena", "entena", "ilhar"),
}


# Looked up once: a pattern is dear to hash.
_CHOOSY = tuple((*rule, rule[0] in _NEED_DIGITS, _NEED_LETTERS.get(rule[0])) for rule in _RULES)


def _rules_for(text: str) -> Iterator[tuple[re.Pattern[str], Reader]]:
    lowered, any_digit = text.lower(), any(map(str.isdigit, text))
    for pattern, read, digits, letters in _CHOOSY:
        if digits and not any_digit:
            continue
        if letters is None or any(found in lowered for found in letters):
            yield pattern, read


@lru_cache(maxsize=4096)
def find_values(text: str) -> tuple[Found, ...]:
    """All values of all kinds, in the order of the text; positions are in ``prepare(text)``."""
    prepared = prepare(text)
    left = prepared
    found: list[Found] = []
    for pattern, read in _rules_for(prepared):
        for match in list(pattern.finditer(left)):
            reading = read(match)
            if reading is None:
                continue
            start, end = match.span()
            left = f"{left[:start]}{chr(0) * (end - start)}{left[end:]}"
            found += [Found(k, v, start, end, prepared[start:end]) for k, v in reading]
    return tuple(sorted(found, key=lambda f: f.start))


def _of_kind(text: str, *kinds: str) -> Iterator[Found]:
    return (found for found in find_values(text) if found.kind in kinds)


def find_scores(text: str) -> list[str]:
    """Results in the order written, as ``"2-1"``; never a season, a date or a span of years."""
    return [f.value for f in _of_kind(text, "score")]


def find_dates(text: str) -> list[str]:
    """Complete dates as ``"1910-04-01"``; digits are read day first."""
    return [f.value for f in _of_kind(text, "date")]


def find_years(text: str) -> list[str]:
    """Years 1800 to 2099, alone, in a date or as the ends of a span; not those of a season."""
    years: list[str] = []
    for found in _of_kind(text, "year", "date", "month", "span"):
        years += found.value.split("-") if found.kind == "span" else [found.value[:4]]
    return years


def find_seasons(text: str) -> list[str]:
    """Seasons as ``"1989/1990"``."""
    return [f.value for f in _of_kind(text, "season")]


def find_ordinals(text: str) -> list[str]:
    """Ordinals as ``"5"``, from ``5.º``, ``5ª`` or words."""
    return [f.value for f in _of_kind(text, "ordinal")]


def find_integers(text: str) -> list[str]:
    """Whole numbers as ``"2372"``, lone years among them; *um* and *uma* are read as articles."""
    return [f.value for f in _of_kind(text, "integer", "year")]
