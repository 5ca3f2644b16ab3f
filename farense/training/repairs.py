"""What can be wrong in a training's folder after a crash, and how each of it is mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safetensors import SafetensorError, safe_open

from farense.errors import InputError
from farense.models.adapters import SUMMARY, WEIGHTS
from farense.storage import read_json, remove, storage_errors, write_text
from farense.training.checkpoints import checkpoints_of
from farense.training.exports import exported
from farense.training.log_file import bad_rows, blank_out, read_metrics, whole_bytes
from farense.training.metrics import METRICS
from farense.training.state import STATE, mark_ended, read_state, restore_state, state_damage
from farense.training.workplace import SETTINGS, unfinished


@dataclass(frozen=True)
class Repair:
    """One thing that is wrong, where, what will be done about it, and that deed."""

    where: object
    found: str
    deed: str
    make: Callable[[], object]

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; {self.deed}"


def repairs_of(folder: Path) -> tuple[Repair, ...]:
    """Everything to mend in a folder in which no training runs, in the order to do it in."""
    log = folder / METRICS
    bad = bad_rows(log)
    return (
        *_half_written(folder),
        *_damaged_checkpoints(folder),
        *_cut(log),
        *(
            Repair(f"{log}:{row.line}", row.found, "blank it out", partial(blank_out, log, [row]))
            for row in bad
        ),
        *_weights(folder),
        *_state(folder),
        *_exports(folder, [row.line for row in bad]),
    )


def weights_damage(folder: Path) -> str | None:
    """What is wrong with the best step's tensors; None when they are whole, or not there."""
    path = folder / WEIGHTS
    if not path.is_file():
        return None
    try:
        with safe_open(path, "numpy") as tensors:
            return None if list(tensors.keys()) else "without tensors"
    except SafetensorError as error:
        return f"damaged ({error})"


def _removal(path: Path, found: str) -> Repair:
    return Repair(path, found, "remove it", partial(remove, [path]))


def _half_written(folder: Path) -> Iterator[Repair]:
    for path in unfinished(folder):
        yield _removal(path, "half-written when the training was killed")


def _damaged_checkpoints(folder: Path) -> Iterator[Repair]:
    for checkpoint in checkpoints_of(folder):
        damage = checkpoint.damage()
        if damage is not None:
            yield _removal(checkpoint.folder, f"a damaged checkpoint ({damage})")


def _cut(log: Path) -> Iterator[Repair]:
    whole = whole_bytes(log)
    if log.is_file() and whole != log.stat().st_size:
        deed = f"cut it back to {whole} bytes"
        yield Repair(log, "its last row is only half there", deed, partial(_truncate, log, whole))


def _truncate(path: Path, size_bytes: int) -> None:
    with storage_errors(path), path.open("r+b") as stream:
        stream.truncate(size_bytes)


def _weights(folder: Path) -> Iterator[Repair]:
    damage = weights_damage(folder)
    # Of a finished adapter nothing else holds them: it has to be trained again.
    if damage and not (folder / SUMMARY).is_file():
        yield _removal(folder / WEIGHTS, f"{damage}; the checkpoint holds them, too")


def _state(folder: Path) -> Iterator[Repair]:
    path, finished = folder / STATE, (folder / SUMMARY).is_file()
    damage, planned = state_damage(folder), _planned(folder)
    if path.is_file() and damage is None:
        yield from _gone(folder)
    elif path.is_file() and planned is None:
        yield _removal(path, str(damage))
    elif planned is not None and not (finished and damage is None):
        # A finished adapter without a state is of an earlier farense.
        write = partial(restore_state, folder, *planned, finished)
        yield Repair(path, damage or "missing", "write it from the log", write)


def _gone(folder: Path) -> Iterator[Repair]:
    try:
        state = read_state(folder)
    except InputError:
        return  # of a newer farense
    if state is not None and state.seen() == "crashed":
        end = partial(mark_ended, folder, "failed", f"process {state.pid} is gone without a word")
        found = "it says that the training runs, and its process is gone"
        yield Repair(folder / STATE, found, "say in it that it failed", end)


def _planned(folder: Path) -> tuple[int, int] | None:
    """Steps and patience, by the settings that were written before the first step."""
    try:
        settings = read_json(folder / SETTINGS)
        return int(settings["steps"]["value"]), int(settings["patience"]["value"])
    except (InputError, KeyError, TypeError, ValueError):
        return None


def _exports(folder: Path, without: Collection[int]) -> Iterator[Repair]:
    try:
        metrics = read_metrics(folder / METRICS, without)
    except InputError:
        return  # of a newer farense
    for name, text in exported(metrics).items() if metrics.rows else ():
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            found = "not what the log says" if path.is_file() else "missing"
            yield Repair(path, found, "write it from the log", partial(write_text, path, text))
