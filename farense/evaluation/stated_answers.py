"""Does a golden answer stand in the rows of the fact tables that it names?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from farense.facts.rows import Match, President, Standing
from farense.facts.tables import FactTables
from farense.records import TypedAnswer
from farense.text import fold

# Kinds whose value is a number, which must not be found inside a longer one.
_NUMBERS = ("integer", "ordinal", "year")
_WHOLE_TERM = "de {} a {}"


def records_by_id(tables: FactTables) -> dict[str, list[Any]]:
    """Every record that can be asked about, by its fact id; namesakes and phases share one."""
    found: dict[str, list[Any]] = {}
    records: tuple[Any, ...] = (
        *tables.matches,
        *tables.standings,
        *tables.presidents,
        *tables.people,
        *tables.club.values(),
    )
    for record in records:
        found.setdefault(record.fact_id, []).append(record)
    return found


def stating_columns(answer: TypedAnswer, record: Any) -> list[str]:
    """The columns of a record that hold the value, as a whole cell or inside a text.

    Necessary and not sufficient: whether it is the cell that was asked for, only a reader of
    the question can tell.
    """
    return [name for name, cell in _cells(record) if _holds(answer, record, cell)]


def _holds(answer: TypedAnswer, record: Any, cell: str) -> bool:
    number = answer.kind in _NUMBERS
    if answer.value == cell:
        return True
    if number and isinstance(record, Match | Standing):
        # These rows are full of numbers; only a whole cell is one that could be asked for.
        return False
    if isinstance(record, President) and cell == record.term and not number:
        return _WHOLE_TERM.format(*re.findall(r"\d{4}", f"{cell} 9999")[:2]) in answer.value
    if answer.kind == "season":
        short = f"{answer.value[:5]}{answer.value[7:]}"
        return _within(short, cell, number=False) or _within(answer.value, cell, number=True)
    return _within(answer.value, cell, number)


def _cells(record: Any) -> Iterator[tuple[str, str]]:
    for name, value in asdict(record).items():
        if value is not None and name not in ("source", "notes", "note"):
            yield name, str(value)
    if isinstance(record, Match):
        yield "score", record.score


def _within(wanted: str, cell: str, number: bool) -> bool:
    if number:
        return re.search(rf"(?<!\d){re.escape(wanted)}(?!\d)", cell) is not None
    return f" {fold(wanted)} " in f" {fold(cell)} "
