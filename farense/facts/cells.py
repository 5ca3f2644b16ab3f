"""CSV lines with their line number, and cells read as what they should be."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from farense.errors import FactTableError

_RESTORE = "Restore the table from the repository."
_SEASON = re.compile(r"^(\d{4})(?:/(\d{4}))?$")


@dataclass(frozen=True)
class Row:
    """One line of a table: where it stands (``file:line``) and its cells by column."""

    where: str
    cells: dict[str, str]

    def error(self, found: str, expected: str) -> FactTableError:
        """The error to raise about this line."""
        return FactTableError(self.where, found, expected, "Correct the line or remove it.")

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        if not self.cells[column]:
            raise self.error(f"empty {column}", f"a {column}")
        return self.cells[column]

    def count(self, column: str) -> int:
        """A whole number ≥ 0."""
        value = self.cells[column]
        if not (value.isascii() and value.isdigit()):
            raise self.error(f"{column} is {value!r}", "a whole number, zero or more")
        return int(value)

    def count_or_none(self, column: str) -> int | None:
        """A whole number ≥ 0, or None for an empty cell."""
        return self.count(column) if self.cells[column] else None

    def date(self, column: str) -> str:
        """An ISO date that the calendar has, or the empty string."""
        value = self.cells[column]
        if value and not _is_date(value):
            raise self.error(f"{column} is {value!r}", "a date of the calendar as YYYY-MM-DD")
        return value

    def year_or_date(self, column: str) -> str:
        """An ISO date, a year alone, or the empty string."""
        value = self.cells[column]
        return value if re.fullmatch(r"[12]\d{3}", value) else self.date(column)

    def season(self, column: str) -> str:
        """``YYYY/YYYY`` of two years in a row, or one year ``YYYY``."""
        value = self.cells[column]
        found = _SEASON.match(value)
        if not found or (found[2] and int(found[2]) != int(found[1]) + 1):
            raise self.error(f"{column} is {value!r}", "a season such as 1994/1995")
        return value

    def one_of(self, column: str, allowed: Sequence[str]) -> str:
        """One of a fixed set of words."""
        value = self.cells[column]
        if value not in allowed:
            words = ", ".join(word or "(empty)" for word in allowed)
            raise self.error(f"{column} is {value!r}", f"one of {words}")
        return value


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def stop_at(error: FactTableError) -> None:
    """The strict way to meet a bad line: raise it."""
    raise error


def read_rows(
    path: Path, columns: Sequence[str], report: Callable[[FactTableError], None] = stop_at
) -> Iterator[Row]:
    """Yield the lines of a table, first data line as ``path:2``.

    ``report`` gets what is wrong: no such file, not UTF-8, a missing column, a quote never
    closed (after these nothing more is read), or a line with more or fewer cells than the
    header, which is left out. By default it raises.

    Raises:
        FactTableError: by way of ``report``.
    """
    try:
        text = _table_text(path)
    except FactTableError as error:
        report(error)
        return
    # Strict, because a quote left open would else swallow the rest of the table unseen.
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        for column in missing:
            report(
                FactTableError(f"{path}:1", f"no column {column!r}", "it in the header", _RESTORE)
            )
        if not missing:
            yield from _whole_rows(path, reader, header, report)
    except csv.Error as error:
        report(
            FactTableError(
                f"{path}:{reader.line_num}", f"not CSV ({error})", "one row", "Mend the quotes."
            )
        )


def _whole_rows(
    path: Path,
    reader: Any,
    header: Sequence[str],
    report: Callable[[FactTableError], None],
) -> Iterator[Row]:
    for cells in reader:
        where = f"{path}:{reader.line_num}"
        if len(cells) == len(header):
            yield Row(where, dict(zip(header, cells, strict=True)))
            continue
        remedy = "Mend the commas or quotes."
        report(FactTableError(where, f"{len(cells)} cells", f"{len(header)}", remedy))


def _table_text(path: Path) -> str:
    try:
        # Spreadsheets put a byte order mark before the header.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FactTableError(path, "no such file", "a fact table", _RESTORE) from error
    except OSError as error:
        said = f"cannot be read ({error.strerror})"
        raise FactTableError(path, said, "a fact table", _RESTORE) from error
    except UnicodeDecodeError as error:
        raise FactTableError(path, f"not UTF-8 ({error.reason})", "UTF-8 text", _RESTORE) from error
