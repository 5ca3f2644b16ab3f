"""Trainings that end before their time: said in their state, exported, and told to the user.

Nothing here imports MLX.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from farense.errors import (
    DivergedError,
    FarenseError,
    StoppedError,
    StorageError,
    TerminatedError,
)
from farense.storage import remove
from farense.training.checkpoints import checkpoints_of
from farense.training.exports import export_metrics
from farense.training.metrics import METRICS
from farense.training.state import mark_ended
from farense.training.workplace import clear, holding, is_held, worth_keeping

if TYPE_CHECKING:
    from farense.training.plan import TrainingPlan


def record_end(folder: Path, error: BaseException) -> None:
    """Say in a training's folder what ended it, and export what it had measured.

    A folder in which another process trains is let be. So is what cannot be written any more,
    on a full disk for example: ``error`` is what has to be told.
    """
    if is_held(folder):
        return
    stopped = isinstance(error, KeyboardInterrupt | StoppedError)
    with suppress(FarenseError, OSError):
        mark_ended(folder, "stopped" if stopped else "failed", _reason(error))
    with suppress(FarenseError, OSError):
        if (folder / METRICS).is_file():
            export_metrics(folder)


def go_back(folder: Path, error: DivergedError) -> DivergedError:
    """Remove the checkpoints of what a bad update left; the error, with the last good one."""
    for checkpoint in reversed(checkpoints_of(folder)):
        if checkpoint.step <= error.last_sound and checkpoint.damage() is None:
            good = f"The last good checkpoint is {checkpoint.folder}, an adapter like any other;"
            good += f" go on from it with other settings: `--start-from {checkpoint.folder}`"
            break
        with suppress(StorageError):
            remove([checkpoint.folder])
    else:
        good = "No checkpoint is left from before it"
    remedy = f"{error.remedy} {good}."
    return DivergedError(error.where, error.found, error.expected, remedy, error.last_sound)


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "Ctrl-C"
    if isinstance(error, FarenseError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def discard(plan: TrainingPlan) -> None:
    """Remove what an interrupted training of this plan left.

    Raises:
        StorageError: a process is training in it.
    """
    if plan.partial.is_dir():
        with holding(plan.partial):
            clear(plan.partial)


def discard_if_empty(plan: TrainingPlan) -> None:
    """Remove what an unfinished training left, unless it measured anything or can go on."""
    folder = plan.partial
    if folder.is_dir() and not worth_keeping(folder) and not is_held(folder):
        clear(folder)


def stopped(plan: TrainingPlan, interrupt: KeyboardInterrupt) -> StoppedError:
    """The error for a training the user ended; it names what is left of it."""
    last = checkpoints_of(plan.partial)[-1:]
    left = (
        f"The same command goes on after step {last[0].step}"
        if last
        else "It had come to no checkpoint: the same command starts anew"
    )
    error = StoppedError(
        plan.partial,
        f"training was stopped by {_reason(interrupt)}",
        "a training that ends",
        f"{left}; no adapter was put in place.",
    )
    if isinstance(interrupt, TerminatedError):
        error.exit_code = interrupt.exit_code
    return error
