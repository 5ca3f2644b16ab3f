"""One row of any dataset, and what is reported about rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from farense.records import Message

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, slots=True)
class Item:
    """One sound row.

    Attributes:
        where: ``file:line``; in JSON and Parquet ``file[row]``, counted from 0.
        messages: The conversation; empty for a row of plain text.
        text: The plain text; empty for a conversation.
        input: The part of the first user message that an instruction row has as ``input``.
        extra: Every other column of the row, kept as it is.
        split: The file of an mlx-lm folder it came from; empty otherwise.
    """

    where: str
    messages: tuple[Message, ...] = ()
    text: str = ""
    input: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    split: Split | Literal[""] = ""

    @property
    def prompt(self) -> str:
        """The last thing the user says; empty for plain text."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def completion(self) -> str:
        """The last thing the assistant says; the whole of a plain text."""
        if not self.messages:
            return self.text
        return next((m.content for m in reversed(self.messages) if m.role == "assistant"), "")


@dataclass(frozen=True, slots=True)
class Report:
    """One line about one row.

    Attributes:
        kind: ``not_json``, ``unknown_shape``, ``empty``, ``damaged``, ``mojibake``, …
        skipped: The row was left out; otherwise it was repaired and kept.
        shown: The beginning of the row as it stands.
    """

    where: str
    kind: str
    message: str
    skipped: bool
    shown: str = ""

    def __str__(self) -> str:
        action = "skipped" if self.skipped else "repaired"
        return f"{self.where}: {action}: {self.message}"


@dataclass(frozen=True)
class Reading:
    """What became of a file: ``rows == len(items) + rows skipped``.

    Attributes:
        path: The file or folder.
        rows: Rows met, blank lines not counted.
        items: Those kept, in order.
        reports: Rows skipped and repaired.
        faults: Of the file as a whole: ``bom``, ``crlf``, ``not_utf8``.
    """

    path: Path
    rows: int
    items: tuple[Item, ...]
    reports: tuple[Report, ...]
    faults: tuple[str, ...]

    @property
    def skipped(self) -> tuple[Report, ...]:
        return tuple(report for report in self.reports if report.skipped)
