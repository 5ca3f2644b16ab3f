"""Canonical values written the way a Portuguese sentence wants them."""

from __future__ import annotations

from datetime import date

from farense.text.calendar import MONTHS


def season_short(season: str) -> str:
    """``"1989/1990"`` as ``"1989/90"``; a calendar year stays as it is."""
    first, _, last = season.partition("/")
    return f"{first}/{last[-2:]}" if last else first


def ordinal_pt(number: int, *, feminine: bool = False) -> str:
    """``5`` as ``"5.º"``, or ``"5.ª"``."""
    return f"{number}.{'ª' if feminine else 'º'}"


def date_in_words(iso: str) -> str:
    """``"1910-04-01"`` as ``"1 de abril de 1910"``.

    Raises:
        ValueError: not an ISO date.
    """
    day = date.fromisoformat(iso)
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"
