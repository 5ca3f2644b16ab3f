"""metrics.jsonl: the one record of a training that trainer, monitor and report share.

One JSON object a row, on disk as soon as it happened: :class:`TrainRow` after every step,
:class:`ValidationRow` after every validation. Readers pass over kinds of rows they do not know.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from farense.errors import InputError
from farense.storage import storage_errors, write_json, write_text

METRICS = "metrics.jsonl"
METRICS_CSV = "training_metrics.csv"
METRICS_JSON = "training_metrics.json"
# Raised when a field changes its meaning. Rows of version 1 carry no number and lack the
# fields that may be None.
VERSION = 2


@dataclass(frozen=True)
class TrainRow:
    """One optimiser step.

    Attributes:
        step: Counted from 1.
        epoch: Rows trained so far over rows there are.
        loss: Mean over the step's completion tokens before its update, in nats per token.
        learning_rate: Of this step.
        gradient_norm: Before clipping.
        tokens: Tokens fed, prompts included, padding not.
        tokens_per_second: Of those.
        seconds: Wall time of the step.
        memory_bytes: Resident memory of the process that writes.
        padded_tokens: Tokens fed with their padding.
        padded_tokens_per_second: Of those; the work done, useful or not.
        device_bytes: Memory MLX holds for arrays, in that process.
        device_peak_bytes: The most it has held so far.
        eta_seconds: Until the last step, validations included, at the pace so far.
    """

    event: ClassVar[str] = "train"
    step: int
    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int
    tokens_per_second: float
    seconds: float
    memory_bytes: int
    padded_tokens: int | None = None
    padded_tokens_per_second: float | None = None
    device_bytes: int | None = None
    device_peak_bytes: int | None = None
    eta_seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a row of metrics.jsonl."""
        return {"event": self.event, "version": VERSION, **asdict(self)}


@dataclass(frozen=True)
class ValidationRow:
    """The whole validation split after a step.

    Attributes:
        step: The step it was measured after.
        loss: Token-weighted mean in eval mode, in nats per token.
        tokens: Completion tokens it is a mean of.
        seconds: What measuring took.
        best: Whether it is the lowest so far by at least ``min_delta``.
        without_gain: Validations since the best one; the training ends at ``patience``.
        epoch: As in :class:`TrainRow`.
    """

    event: ClassVar[str] = "validation"
    step: int
    loss: float
    tokens: int
    seconds: float
    best: bool
    without_gain: int | None = None
    epoch: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a row of metrics.jsonl."""
        return {"event": self.event, "version": VERSION, **asdict(self)}


@dataclass(frozen=True)
class Metrics:
    """The rows of one training, each kind in the order of the steps."""

    train: tuple[TrainRow, ...] = ()
    validation: tuple[ValidationRow, ...] = ()

    @property
    def rows(self) -> list[TrainRow | ValidationRow]:
        """Both kinds in the order of the steps, a validation behind the step it is of."""
        every: list[TrainRow | ValidationRow] = [*self.train, *self.validation]
        return sorted(every, key=lambda row: row.step)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], where: object = METRICS) -> Self:
        """Typed rows from JSON objects.

        Raises:
            InputError: a row lacks a field, or was written by a newer farense.
        """
        typed = [_typed(row, f"{where}:{number}") for number, row in enumerate(rows, start=1)]
        return cls(
            tuple(row for row in typed if isinstance(row, TrainRow)),
            tuple(row for row in typed if isinstance(row, ValidationRow)),
        )


def padding_share(rows: Sequence[TrainRow]) -> float | None:
    """Padding among all the tokens these steps fed, in [0, 1); None where a row does not say."""
    padded = [row.padded_tokens for row in rows if row.padded_tokens is not None]
    if not padded or len(padded) < len(rows):
        return None
    return 1 - sum(row.tokens for row in rows) / sum(padded)


def read_metrics(path: Path) -> Metrics:
    """Read a metrics.jsonl, of a training that still runs too.

    A last row that is only half on disk is passed over; a file that is not there yet has no
    rows.

    Raises:
        InputError: another row is not JSON or not of this schema.
    """
    return Metrics.of(read_rows(path), where=path)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a metrics.jsonl, as tolerant as :func:`read_metrics`."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _bad(str(path), f"cannot be read ({error.strerror})") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                break  # the writer is in the middle of it, or died there
            raise _bad(f"{path}:{number}", f"not JSON ({error})") from error
        if isinstance(row, dict):
            rows.append(row)
        elif row is not None:
            raise _bad(f"{path}:{number}", f"a JSON {type(row).__name__}")
    return rows


def export_metrics(folder: Path) -> None:
    """Write the rows of a folder's metrics.jsonl as training_metrics.csv and .json.

    The table has one column a field and an empty cell where a row has none; the JSON object
    ``{"version", "train": […], "validation": […]}``.

    Raises:
        InputError: metrics.jsonl is damaged.
        StorageError: the disk is full or not writable.
    """
    metrics = read_metrics(folder / METRICS)
    content = {
        "train": [asdict(row) for row in metrics.train],
        "validation": [asdict(row) for row in metrics.validation],
    }
    write_json(folder / METRICS_JSON, {"version": VERSION, **content})
    columns = ["event", *dict.fromkeys(f.name for t in _KINDS.values() for f in fields(t))]
    table = io.StringIO()
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    for typed in metrics.rows:
        row = typed.to_json()
        del row["version"]
        writer.writerow(row)
    write_text(folder / METRICS_CSV, table.getvalue())


_KINDS: dict[str, type[TrainRow] | type[ValidationRow]] = {
    kind.event: kind for kind in (TrainRow, ValidationRow)
}


def _typed(row: Mapping[str, Any], where: str) -> TrainRow | ValidationRow | None:
    kind = _KINDS.get(str(row.get("event")))
    if kind is None:
        return None
    if row.get("version", 1) > VERSION:
        raise InputError(
            where,
            f"version {row['version']}",
            f"at most {VERSION}",
            "It was written by a newer farense: update this one.",
        )
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{name: value for name, value in row.items() if name in known})
    except TypeError as error:
        raise _bad(where, str(error).partition("() ")[2]) from error


def _bad(where: str, found: str) -> InputError:
    return InputError(where, found, "a row of a training's log", "Delete the row, or train again.")


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
