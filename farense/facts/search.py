"""Every line of the fact tables that speaks of a name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from farense.errors import InputError
from farense.facts.gaps import GAPS, KnownGap
from farense.facts.golden import why_unfit
from farense.facts.schema import TABLES
from farense.text import fold


@dataclass(frozen=True)
class Mention:
    """One line: where it stands, its filled cells, and why it is not golden (None: it is)."""

    table: str
    where: str
    fact_id: str
    cells: dict[str, str]
    unfit: str | None


def find_mentions(folder: Path, text: str) -> tuple[Mention, ...]:
    """Lines that hold every word of ``text``, whatever its case and accents.

    Only whole words count: *Hassan* is not found in *Hassani*. The columns ``source`` and
    ``competition_raw`` are not searched.

    Raises:
        InputError: no word to look for, or nothing found.
        FactTableError: a table breaks its schema.
    """
    wanted = set(fold(text).split())
    if not wanted:
        raise InputError("NAME", "no word", "a name, a season or a date", "Give one word or more.")
    gaps = tuple(gap for _, gap in GAPS.read(folder))
    found = tuple(_mentions(folder, wanted, gaps))
    if not found:
        raise InputError(
            folder, f"no line with {text!r}", "a name of the tables", "Try one word of it."
        )
    return found


def _mentions(folder: Path, wanted: set[str], gaps: tuple[KnownGap, ...]) -> Iterator[Mention]:
    for table in TABLES:
        for row, record in table.read(folder):
            told = {k: v for k, v in row.cells.items() if v}
            searched = (v for k, v in told.items() if k not in ("source", "competition_raw"))
            if wanted <= set(fold(" | ".join(searched)).split()):
                fact_id = getattr(record, "fact_id", "")
                yield Mention(table.name, row.where, fact_id, told, why_unfit(record, gaps))


def conflicts_about(folder: Path, text: str) -> tuple[dict[str, str], ...]:
    """Recorded disagreements whose subject holds every word of ``text``."""
    wanted = set(fold(text).split())
    with (folder / "conflicts.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(row for row in rows if wanted <= set(fold(row["subject"]).split()))
