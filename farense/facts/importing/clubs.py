"""Clubs that the tables know, by every spelling they have for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rapidfuzz import fuzz, process

from farense.facts.cells import read_rows
from farense.facts.rows import Match
from farense.text import fold


def read_clubs(folder: Path, matches: Iterable[Match]) -> dict[str, str]:
    """Folded spelling to name: of ``club_names.csv``, the matches and the league tables.

    Raises:
        FactTableError: a table is missing or broken.
    """
    spelt = read_rows(folder / "club_names.csv", ("raw", "normalised"))
    clubs = {fold(row.cells["raw"]): row.cells["normalised"] for row in spelt}
    tables = read_rows(folder / "standings_full.csv", ("team",))
    names = [*clubs.values(), *(m.opponent for m in matches), *(r.cells["team"] for r in tables)]
    for name in names:
        clubs.setdefault(fold(name), name)
    return clubs


def nearest_club(name: str, clubs: Mapping[str, str]) -> str:
    """The club whose spelling is likest to ``name``, to be shown; empty where none is known."""
    found = process.extractOne(fold(name), list(clubs), scorer=fuzz.WRatio)
    return f"nearest known: {clubs[found[0]]}" if found else ""
