"""Documents in, ``matches.csv`` and ``conflicts.csv`` out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from io import StringIO
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.facts.importing.building import Imported, Known, import_lines
from farense.facts.importing.conflicts import Conflict
from farense.facts.importing.lines import Line
from farense.facts.importing.markdown import read_markdown
from farense.facts.importing.tabular import read_csv, read_json
from farense.facts.rows import Match
from farense.storage import write_text
from farense.text.encoding import is_damaged, mend, read_decoded

MATCHES_FILE = "matches.csv"
CONFLICTS_FILE = "conflicts.csv"
_READERS = {".md": read_markdown, ".csv": read_csv, ".json": read_json}


def import_documents(paths: Iterable[Path], known: Known) -> Imported:
    """Read the result lines of all documents together, so that they can deny each other.

    Raises:
        InputError: no such file, no known suffix, broken JSON, or text damaged beyond repair.
    """
    lines: list[Line] = []
    for path in paths:
        lines.extend(_lines(path))
    return import_lines(lines, known)


def _lines(path: Path) -> list[Line]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        expected = ", ".join(sorted(_READERS))
        raise InputError(path, f"suffix {path.suffix!r}", expected, "Rename or convert the file.")
    text = mend(read_decoded(path).text).text
    for number, line in enumerate(text.split("\n"), start=1):
        if is_damaged(line):
            raise InputError(
                f"{path}:{number}", "characters lost", "readable text", "Restore the file."
            )
    try:
        return list(reader(text, path.as_posix()))
    except (json.JSONDecodeError, csv.Error, RecursionError) as error:
        raise InputError(path, f"unreadable ({error})", "a whole file", "Mend the file.") from error


def write_import(imported: Imported, folder: Path) -> Path:
    """Write the two tables; returns ``folder``.

    Raises:
        StorageError: the disk is full or the folder not writable.
    """
    write_text(folder / CONFLICTS_FILE, _table(Conflict, [*_all_conflicts(imported)]))
    write_text(folder / MATCHES_FILE, _table(Match, imported.matches))
    return folder


def _all_conflicts(imported: Imported) -> Iterable[Conflict]:
    yield from imported.conflicts
    for line in imported.unread:
        yield Conflict(
            "row damaged in source", line.text, "", "", "not in the table", line.reason, line.where
        )


def _table(record: type[Any], rows: Sequence[Any]) -> str:
    stream = StringIO()
    names = [field.name for field in fields(record)]
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: "" if v is None else v for k, v in asdict(row).items()})
    return stream.getvalue()
