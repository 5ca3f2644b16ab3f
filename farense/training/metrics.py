"""The rows of metrics.jsonl, the one record of a training that trainer, monitor and report share.

One JSON object a row: :class:`TrainRow` after every step, :class:`ValidationRow` after every
validation. Readers pass over kinds of rows they do not know.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

from farense.errors import InputError

METRICS = "metrics.jsonl"
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
    def of(cls, rows: Iterable[Mapping[str, Any]], places: Iterable[str] | None = None) -> Self:
        """Typed rows from JSON objects.

        Args:
            rows: As in metrics.jsonl.
            places: Where each stands, for messages.

        Raises:
            InputError: a row lacks a field, has another type, or is of a newer farense.
        """
        named = places or (f"{METRICS}:{number}" for number in itertools.count(1))
        typed = [typed_row(row, place) for row, place in zip(rows, named, strict=False)]
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


KINDS: tuple[type[TrainRow] | type[ValidationRow], ...] = (TrainRow, ValidationRow)
_BY_EVENT: dict[str, type[TrainRow] | type[ValidationRow]] = {kind.event: kind for kind in KINDS}


def typed_row(row: Mapping[str, Any], where: str) -> TrainRow | ValidationRow | None:
    """A row from its JSON object; None for a kind this farense does not know.

    Raises:
        InputError: it lacks a field, one has another type, or it is of a newer farense.
    """
    kind = _BY_EVENT.get(str(row.get("event")))
    if kind is None:
        return None
    if is_newer(row):
        raise InputError(
            where,
            f"version {row['version']}",
            f"at most {VERSION}",
            "It was written by a newer farense: update this one.",
        )
    known = {field.name for field in fields(kind)}
    values = {name: value for name, value in row.items() if name in known}
    for name, value in values.items():
        if not isinstance(value, int | float | None):
            raise bad_row(where, f"{name} = {str(value)[:40]!r}")
    try:
        return kind(**values)
    except TypeError as error:
        raise bad_row(where, str(error).partition("() ")[2]) from error


def is_newer(row: Mapping[str, Any]) -> bool:
    """Whether a farense wrote this row that is newer than this one."""
    version = row.get("version", 1)
    return isinstance(version, int) and version > VERSION


def bad_row(where: str, found: str) -> InputError:
    """The error for a row that is none, and who mends it."""
    remedy = "`farense recover` on its folder, with --repair, takes it out."
    return InputError(where, found, "a row of a training's log", remedy)
