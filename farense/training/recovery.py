"""A training's folder after a crash: what is there, what is damaged, what would mend it.

Only names that a training writes are ever looked at or touched. Nothing here imports MLX.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from farense.datasets.packs import TRAIN
from farense.errors import InputError, StorageError
from farense.models.adapters import CONFIG, SUMMARY, WEIGHTS
from farense.storage import remove, storage_errors
from farense.training.checkpoints import Checkpoint, checkpoints_of
from farense.training.metrics import METRICS
from farense.training.state import STATE
from farense.training.workplace import LOCK, holding, is_held, unfinished


@dataclass(frozen=True)
class Repair:
    """One thing that is wrong, and how it is put right.

    ``keep_bytes`` is the length the file is cut back to; None removes file or folder.
    """

    path: Path
    found: str
    keep_bytes: int | None = None

    def __str__(self) -> str:
        what = "remove it" if self.keep_bytes is None else f"cut it back to {self.keep_bytes} bytes"
        return f"{self.path}: {self.found}; {what}"


@dataclass(frozen=True)
class Inspection:
    """What stands in one training's folder.

    Attributes:
        folder: The folder.
        facts: Sentences about it, in the order in which they help.
        repairs: What to mend; none in a folder in which a training runs.
    """

    folder: Path
    facts: tuple[str, ...]
    repairs: tuple[Repair, ...]


def trainings_in(folder: Path) -> tuple[Path, ...]:
    """``folder`` when it is a training's, else those directly in it.

    Raises:
        InputError: neither; nothing of it is farense's.
    """
    if _is_training(folder):
        return (folder,)
    inside = sorted(folder.iterdir()) if folder.is_dir() else ()
    found = tuple(path for path in inside if path.is_dir() and _is_training(path))
    if not found:
        raise InputError(
            folder,
            "no training's folder" if folder.is_dir() else "no such folder",
            "a folder `farense train` worked in, or one that holds such folders",
            "Name models/adapters or a folder in it; hidden ones are interrupted trainings.",
        )
    return found


def inspect_training(folder: Path) -> Inspection:
    """Look at a training's folder; nothing is changed."""
    if is_held(folder):
        return Inspection(folder, ("A training is running in it.",), ())
    checkpoints = [(each, each.damage()) for each in checkpoints_of(folder)]
    intact = [checkpoint.step for checkpoint, damage in checkpoints if damage is None]
    finished = (folder / SUMMARY).is_file()
    facts = [
        "A finished adapter." if finished else "A training that did not end.",
        f"Intact checkpoints: {', '.join(f'step {step}' for step in intact) or 'none'}.",
    ]
    if not finished:
        place = f"goes on after step {intact[-1]}" if intact else "starts from the first step"
        facts.append(f"The same `farense train` {place}.")
    repairs = [*_half_written(folder), *_damaged(checkpoints), *_cut_log(folder)]
    weights = _weights_damage(folder)
    if weights and finished:
        facts.append(f"{WEIGHTS} is {weights}: train it again with --again.")
    elif weights:
        repairs.append(Repair(folder / WEIGHTS, f"{weights}; the checkpoint holds them, too"))
    return Inspection(folder, tuple(facts), tuple(repairs))


def repair_training(folder: Path) -> tuple[Repair, ...]:
    """Make the repairs that an inspection of ``folder`` proposes now; says which.

    Raises:
        StorageError: a training runs in it, or it is not writable.
    """
    if is_held(folder):
        raise StorageError(
            folder, "a training is running in it", "a folder nobody works in", "Wait for its end."
        )
    repairs = inspect_training(folder).repairs
    if not repairs:
        return ()
    with holding(folder):
        for repair in repairs:
            if repair.keep_bytes is None:
                remove([repair.path])
            else:
                with storage_errors(repair.path), repair.path.open("r+b") as stream:
                    stream.truncate(repair.keep_bytes)
        (folder / LOCK).unlink()
    return repairs


def _is_training(folder: Path) -> bool:
    traces = (SUMMARY, CONFIG, TRAIN, STATE)
    recorded = (folder / METRICS).is_file() and any((folder / name).is_file() for name in traces)
    return recorded or bool(checkpoints_of(folder))


def _half_written(folder: Path) -> Iterator[Repair]:
    for path in unfinished(folder):
        yield Repair(path, "half-written when the training was killed")


def _damaged(checkpoints: list[tuple[Checkpoint, str | None]]) -> Iterator[Repair]:
    for checkpoint, damage in checkpoints:
        if damage is not None:
            yield Repair(checkpoint.folder, f"a damaged checkpoint ({damage})")


def _cut_log(folder: Path) -> Iterator[Repair]:
    log = folder / METRICS
    content = log.read_bytes() if log.is_file() else b""
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        yield Repair(log, "its last row is only half there", whole)


def _weights_damage(folder: Path) -> str | None:
    path = folder / WEIGHTS
    if not path.is_file():
        return None
    try:
        with safe_open(path, "numpy") as tensors:
            return None if list(tensors.keys()) else "without tensors"
    except SafetensorError as error:
        return f"damaged ({error})"
