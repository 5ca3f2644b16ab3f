"""What a golden answer's value may look like, kind by kind, and a fact id, table by table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from farense.records import Kind

FACT_ID_FORMS = {
    "club": (r"club/[a-z0-9_]+", "club/<key>"),
    "matches": (r"matches/[a-z0-9-]+", "matches/<match_id>"),
    "people": (r"people/[a-z0-9-]+", "people/<name slug>"),
    "presidents": (r"presidents/[1-9][0-9]*", "presidents/<order>"),
    # A season can hold two tables of one competition; a third part may name the phase.
    "standings": (
        r"standings/[0-9]{4}-[0-9]{4}/[a-z0-9-]+(/[a-z0-9-]+)?",
        "standings/<season with a dash>/<competition slug>",
    ),
}


def canonical_value(kind: Kind, value: str) -> str | None:
    """Return ``value`` in the canonical form of its kind (see ``TypedAnswer``).

    A season may be written short ("1989/90"), a score with an en dash, an ordinal
    with its sign ("5.º"). None when ``value`` does not fit the kind.
    """
    return _form(kind)[0](value)


def expected_form(kind: Kind) -> str:
    """Describe the values of ``kind`` for an error message."""
    return _form(kind)[1]


def _form(kind: Kind) -> tuple[Callable[[str], str | None], str]:
    return _FORMS.get(kind, (_name, "a name or phrase that is not empty"))


def iso_date(value: str) -> str | None:
    """Return ``value`` when it is a day of the calendar written YYYY-MM-DD, else None."""
    # fromisoformat alone would also take 19100401 and 1910-W13-5.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _name(value: str) -> str | None:
    return value or None


def _nothing(value: str) -> str | None:
    return "" if value == "" else None


def _digits(value: str) -> str | None:
    return str(int(value)) if re.fullmatch(r"[0-9]{1,18}", value) else None


def _ordinal(value: str) -> str | None:
    return _digits(re.sub(r"\.?[ºª°]$", "", value))


def _score(value: str) -> str | None:
    found = re.fullmatch(r"([0-9]{1,2})\s*[-–]\s*([0-9]{1,2})", value)
    return f"{int(found[1])}-{int(found[2])}" if found else None


def _year(value: str) -> str | None:
    return value if re.fullmatch(r"[12][0-9]{3}", value) else None


def _date_or_year(value: str) -> str | None:
    return iso_date(value) or _year(value)


def _season(value: str) -> str | None:
    found = re.fullmatch(r"([12][0-9]{3})\s*[/–-]\s*([0-9]{4}|[0-9]{2})", value)
    if not found:
        return None
    following = str(int(found[1]) + 1)
    return f"{found[1]}/{following}" if found[2] in (following, following[2:]) else None


_FORMS: dict[Kind, tuple[Callable[[str], str | None], str]] = {
    "score": (_score, 'a score such as "2-1"'),
    "date": (_date_or_year, 'a day such as "1910-04-01" or a year'),
    "year": (_year, "a year of four digits"),
    "season": (_season, 'a season such as "1989/1990"'),
    "ordinal": (_ordinal, 'digits such as "5"'),
    "integer": (_digits, 'digits such as "116"'),
    "abstain": (_nothing, 'the empty value ""'),
}
