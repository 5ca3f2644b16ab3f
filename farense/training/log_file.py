"""metrics.jsonl on the disk: every row there as soon as it happened, and read while it grows."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from farense.errors import InputError
from farense.storage import storage_errors
from farense.training.metrics import Metrics, bad_row, is_newer, typed_row


class MetricsLog:
    """An open metrics.jsonl; rows are flushed one by one so that a crash loses none.

    Args:
        path: The file; created when missing.
        keep_bytes: Length of its beginning that stays: what came later belongs to steps that
            are made again.

    Raises:
        StorageError: the disk is full or not writable.
    """

    def __init__(self, path: Path, keep_bytes: int = 0) -> None:
        self._path = path
        with storage_errors(path):
            self._stream = path.open("ab")
            self._stream.truncate(min(keep_bytes, path.stat().st_size))

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def write(self, row: dict[str, Any]) -> None:
        """Append one row."""
        with storage_errors(self._path):
            self._stream.write(json.dumps(row).encode() + b"\n")
            self._stream.flush()

    def position(self) -> int:
        """Its length in bytes, all of them on the disk and not only with the system."""
        with storage_errors(self._path):
            os.fsync(self._stream.fileno())
            return os.fstat(self._stream.fileno()).st_size


def read_metrics(path: Path, without: Collection[int] = ()) -> Metrics:
    """Read a metrics.jsonl, of a training that still runs too.

    A last row that is only half on disk is passed over, and so are the lines ``without``, counted
    from 1; a file that is not there yet has no rows.

    Raises:
        InputError: another row is not JSON or not of this schema.
    """
    numbered = list(_numbered(path, without))
    return Metrics.of((row for _, row in numbered), [f"{path}:{number}" for number, _ in numbered])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a metrics.jsonl, as tolerant as :func:`read_metrics`."""
    return [row for _, row in _numbered(path)]


def _numbered(path: Path, without: Collection[int] = ()) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        found = f"cannot be read ({error.strerror})"
        raise InputError(path, found, "a training's log", "Check its permissions.") from error
    for number, line in enumerate(lines, start=1):
        if number in without:
            continue
        try:
            row = _object(line, f"{path}:{number}")
        except InputError:
            if number == len(lines):
                return  # the writer is in the middle of it, or died there
            raise
        if row is not None:
            yield number, row


def _object(line: bytes, where: str) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise bad_row(where, f"not JSON ({error})") from error
    if not isinstance(row, dict):
        raise bad_row(where, f"a JSON {type(row).__name__}")
    return row


@dataclass(frozen=True)
class BadRow:
    """Where a row stands that cannot be read, in lines from 1 and in bytes, and what it is."""

    line: int
    start: int
    length: int
    found: str


def whole_bytes(log: Path) -> int:
    """Length of a log up to its last line end: what follows is half a row."""
    return _content(log).rfind(b"\n") + 1


def bad_rows(log: Path, until: int | None = None) -> tuple[BadRow, ...]:
    """The rows that are none of a training's log; a last one without its line end is not meant.

    Args:
        log: A metrics.jsonl; one that is not there has no rows.
        until: How many bytes of it count; None for all.
    """
    content = _content(log)[: whole_bytes(log)][:until]
    found, start = [], 0
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            row = _object(line, "")
            if row is not None and not is_newer(row):
                typed_row(row, "")
        except InputError as error:
            found.append(BadRow(number, start, len(line), error.found))
        start += len(line) + 1
    return tuple(found)


def blank_out(log: Path, rows: Sequence[BadRow]) -> None:
    """Overwrite rows with spaces, which readers pass over.

    The length stays: checkpoints say by it how far the log had come.

    Raises:
        StorageError: the disk is not writable.
    """
    with storage_errors(log), log.open("r+b") as stream:
        for row in rows:
            stream.seek(row.start)
            stream.write(b" " * row.length)
        stream.flush()
        os.fsync(stream.fileno())


def _content(log: Path) -> bytes:
    return log.read_bytes() if log.is_file() else b""
