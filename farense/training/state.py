"""training_state.json: what a watcher needs to know while a training runs.

Written whole each time, at most once a second, into the folder the training works in.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from farense.errors import InputError
from farense.storage import read_json, write_json
from farense.training.log_file import read_metrics
from farense.training.metrics import METRICS, Metrics

STATE = "training_state.json"
VERSION = 1
Status = Literal["running", "finished", "stopped", "failed"]
Phase = Literal["starting", "trunk", "training", "measure"]
# What a watcher sees: "crashed" is a running one whose process is gone, "elsewhere" one whose
# process is on another machine.
Seen = Literal["running", "finished", "stopped", "failed", "crashed", "elsewhere"]

_WRITE_SECONDS = 1.0
# Clocks that set themselves move a process's start by a little.
_SAME_START_SECONDS = 2.0
_UPDATE = "It was written by a newer farense: update this one."
_MEND = "`farense recover` on its folder, with --repair, mends it."


@dataclass(frozen=True)
class TrainingState:
    """Where a training stands.

    Attributes:
        status: ``running`` until its process said otherwise.
        phase: What it is at: the frozen blocks (trunk), its steps, or measuring the gap.
        rows, total: Rows done of this phase, where it counts rows; 0 otherwise.
        pid, host: The process that writes, and its machine.
        started: When that process started, seconds since 1970; a number of a process is used
            again by the system, both together are not.
        updated: When this was written, likewise.
        step, steps: Done, and planned.
        epoch: Rows trained over rows there are.
        best_step, best_validation_loss: None before the first validation.
        without_gain, patience: The early-stopping counter, and where it ends the training.
        eta_seconds: Until the last step; None before the first one.
        reason: Why it stopped or failed.
    """

    steps: int
    patience: int
    pid: int
    host: str
    started: float
    updated: float
    version: int = VERSION
    status: Status = "running"
    phase: Phase = "starting"
    rows: int = 0
    total: int = 0
    step: int = 0
    epoch: float = 0.0
    best_step: int | None = None
    best_validation_loss: float | None = None
    without_gain: int = 0
    eta_seconds: float | None = None
    reason: str | None = None

    def seen(self) -> Seen:
        """What is true now: a training that died cannot say so itself."""
        if self.status != "running":
            return self.status
        if self.host != socket.gethostname():
            return "elsewhere"
        try:
            started = psutil.Process(self.pid).create_time()
        except psutil.Error:
            return "crashed"
        return "running" if abs(started - self.started) < _SAME_START_SECONDS else "crashed"

    def after(self, event: dict[str, Any]) -> TrainingState:
        """The state after an event of the training; others change nothing."""
        kind = event["event"]
        if kind == "train":
            return replace(
                self,
                phase="training",
                rows=0,
                total=0,
                **{name: event[name] for name in ("step", "epoch", "eta_seconds")},
            )
        if kind == "validation":
            best = {"best_step": event["step"], "best_validation_loss": event["loss"]}
            gained = best if event["best"] else {}
            return replace(self, without_gain=event["without_gain"], **gained)
        if kind in ("trunk", "measure"):
            return replace(self, phase=kind, rows=event["rows"], total=event["total"])
        return self

    def caught_up(self, metrics: Metrics) -> TrainingState:
        """With the steps of the log that came after this was written."""
        state = self
        for row in metrics.rows:
            if row.step > self.step:
                state = state.after({"event": row.event, **asdict(row)})
        return state


class StateFile:
    """Keeps a folder's training_state.json while this process trains.

    Args:
        folder: Exists.
        steps, patience: As planned.

    Raises:
        StorageError: the disk is full or not writable.
    """

    def __init__(self, folder: Path, steps: int, patience: int) -> None:
        self._path = folder / STATE
        self._state = TrainingState(
            steps=steps,
            patience=patience,
            pid=os.getpid(),
            host=socket.gethostname(),
            started=psutil.Process().create_time(),
            updated=0.0,
        )
        self._written = 0.0
        # A training that goes on begins with what the log says it had reached.
        for row in read_metrics(folder / METRICS).validation:
            self._state = self._state.after({"event": "validation", **asdict(row)})
        self._write()

    def see(self, event: dict[str, Any]) -> None:
        """Take an event of the training in."""
        before, self._state = self._state, self._state.after(event)
        # Written through to the disk: for every short step that would cost more than the step.
        due = time.monotonic() - self._written >= _WRITE_SECONDS
        if due or event["event"] == "validation" or self._state.phase != before.phase:
            self._write()

    def finish(self) -> None:
        """Say that the training has ended as planned."""
        self._state = replace(self._state, status="finished", eta_seconds=0.0)
        self._write()

    def _write(self) -> None:
        self._state = replace(self._state, updated=time.time())
        write_json(self._path, asdict(self._state))
        self._written = time.monotonic()


def read_state(folder: Path) -> TrainingState | None:
    """The state in a training's folder; None where there is none.

    Raises:
        InputError: it is not of this schema, or was written by a newer farense.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    row = read_json(path)
    if not isinstance(row, dict) or not isinstance(row.get("version"), int):
        raise InputError(path, "no JSON object with a version", "a training's state", _MEND)
    if row["version"] > VERSION:
        raise InputError(path, f"version {row['version']}", f"at most {VERSION}", _UPDATE)
    known = {field.name for field in fields(TrainingState)}
    try:
        return TrainingState(**{name: row[name] for name in row if name in known})
    except TypeError as error:
        found = str(error).partition("() ")[2]
        raise InputError(path, found, "a training's state", _MEND) from error


def state_damage(folder: Path) -> str | None:
    """What is wrong with the state in a folder; None also where none is, or a newer one."""
    try:
        read_state(folder)
    except InputError as error:
        return None if error.remedy == _UPDATE else error.found
    return None


def restore_state(folder: Path, steps: int, patience: int, finished: bool) -> None:
    """Write the state of a training that has ended and lost it, from its log.

    Raises:
        InputError: the log is damaged.
        StorageError: the disk is full or not writable.
    """
    state = TrainingState(
        steps=steps,
        patience=patience,
        pid=0,
        host=socket.gethostname(),
        started=0.0,
        updated=time.time(),
        status="finished" if finished else "failed",
        reason=None if finished else "its state was lost, and with it the reason",
    )
    write_json(folder / STATE, asdict(state.caught_up(read_metrics(folder / METRICS))))


def mark_ended(folder: Path, status: Status, reason: str) -> None:
    """Say in a folder's state that its training stopped or failed, if it says it still runs.

    Steps that were made since the state was written are taken from the log.

    Raises:
        InputError: state or log is damaged.
        StorageError: the disk is full or not writable.
    """
    state = read_state(folder)
    if state is not None and state.status == "running":
        state = state.caught_up(read_metrics(folder / METRICS))
        ended = replace(state, status=status, reason=reason, updated=time.time())
        write_json(folder / STATE, asdict(ended))
