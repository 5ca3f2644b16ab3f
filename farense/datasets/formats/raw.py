"""Rows as files hold them, before anything is known of their shape."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from farense.errors import InputError

# Cells of these columns are text, whatever they look like.
TEXT_COLUMNS = frozenset(
    [
        "prompt",
        "completion",
        "response",
        "question",
        "answer",
        "pergunta",
        "resposta",
        "instruction",
        "input",
        "output",
        "text",
    ]
)


@dataclass(frozen=True, slots=True)
class Raw:
    """One row; ``kind`` and ``message`` say why it is none, ``value`` is then its text."""

    where: str
    value: Any
    kind: str = ""
    message: str = ""


def raw_jsonl(text: str, name: str) -> Iterator[Raw]:
    """One row a line that is not blank."""
    # Not splitlines: U+2028 and the like stand inside JSON strings.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip(" \t\r\ufeff"):
            yield _parsed(line.strip(" \t\r\ufeff"), f"{name}:{number}")


def raw_json(text: str, name: str) -> Iterator[Raw]:
    """The objects of a list, or of the one list that an object holds.

    Raises:
        InputError: not JSON, or no list in it.
    """
    try:
        value = _loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            name, f"not JSON ({error})", "a list of objects", "Mend it, or write JSON Lines."
        ) from error
    lists = [v for v in value.values() if isinstance(v, list)] if isinstance(value, dict) else []
    rows = value if isinstance(value, list) else (lists[0] if len(lists) == 1 else None)
    if rows is None:
        raise InputError(
            name, "no list of rows", "a list of objects", "Put the rows into one list."
        )
    return (_object(row, f"{name}[{number}]") for number, row in enumerate(rows))


def raw_csv(text: str, name: str) -> Iterator[Raw]:
    """One row a record after the header; the separator is a comma, semicolon or tab."""
    csv.field_size_limit(sys.maxsize)
    text = text.lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    header: list[str] = []
    started, met = 1, False
    try:
        header = next(reader, [])
        started = reader.line_num + 1
        for cells in reader:
            where, started = f"{name}:{started}", reader.line_num + 1
            if cells:
                met = True
                yield _record(header, cells, where)
        if header and not met and not set(header) <= TEXT_COLUMNS:
            # It may be a row that stands where the header was.
            yield Raw(f"{name}:1", ",".join(header), "unknown_shape", "one line, and no row below")
    except csv.Error as error:
        # What follows an open quote cannot be told apart: it is reported as one row.
        # Not splitlines: the reader's lines end in CR and LF only.
        rest = "".join(list(StringIO(text, newline=""))[started - 1 :])
        # The columns are named: a row may have slipped into the header's place.
        message = f"not CSV from here to the end ({error}); columns: {', '.join(header)}"
        yield Raw(f"{name}:{started}", rest, "not_csv", message)


def _record(header: list[str], cells: list[str], where: str) -> Raw:
    if len(cells) != len(header):
        message = f"{len(cells)} cells; expected {len(header)}: {', '.join(header)}"
        return Raw(where, ",".join(cells), "wrong_cells", message)
    if len(set(header)) != len(header):
        return Raw(where, ",".join(cells), "key_twice", "two columns have one name")
    row = zip(header, cells, strict=True)
    return Raw(where, {name: cell if name in TEXT_COLUMNS else _cell(cell) for name, cell in row})


def _cell(cell: str) -> Any:
    """A list or object that was written into a cell as JSON, or the text."""
    if cell[:2] in ('["', "[{", '{"') or cell == "[]":
        try:
            return _loads(cell)
        except (ValueError, RecursionError):
            return cell
    return cell


def raw_parquet(path: Path) -> Iterator[Raw]:
    """One row a record.

    Raises:
        InputError: pyarrow is not installed, or the file is not Parquet.
    """
    parquet = pyarrow_parquet()
    try:
        table = parquet.read_table(path)
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a Parquet file", "Check the path.") from error
    except (OSError, ValueError) as error:
        raise InputError(path, f"not Parquet ({error})", "a Parquet file", "Mend it.") from error
    return (_object(row, f"{path}[{number}]") for number, row in enumerate(table.to_pylist()))


def pyarrow_parquet() -> Any:
    """The module ``pyarrow.parquet``.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise InputError(
            "Parquet", "pyarrow is not installed", "it", "Run pip install 'farense[parquet]'."
        ) from error


def _parsed(line: str, where: str) -> Raw:
    try:
        return _object(_loads(line), where)
    except (ValueError, RecursionError) as error:
        kind = "key_twice" if isinstance(error, _KeyTwiceError) else "not_json"
        return Raw(where, line, kind, f"bad JSON ({error})")


def _object(value: Any, where: str) -> Raw:
    if isinstance(value, dict):
        return Raw(where, value)
    return Raw(where, value, "not_an_object", f"a {type(value).__name__}, not an object")


class _KeyTwiceError(ValueError):
    """An object with one key twice: the first value would vanish."""


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwiceError("one key twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")
