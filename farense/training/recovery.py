"""Trainings' folders after a crash: what is there, what is damaged, what would mend it.

Only names that a training writes are ever looked at or touched. Nothing here imports MLX.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from farense.datasets.packs import TRAIN
from farense.errors import InputError, StorageError
from farense.models.adapters import CONFIG, SUMMARY, WEIGHTS
from farense.storage import remove, storage_errors
from farense.training.checkpoints import checkpoints_of
from farense.training.metrics import METRICS
from farense.training.repairs import Repair, repairs_of, weights_damage
from farense.training.state import STATE, read_state, state_damage
from farense.training.workplace import (
    LOCK,
    adapter_of,
    holding,
    is_held,
    is_partial,
    partial_of,
    set_aside,
)


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
    """``folder`` when it is a training's, else those directly in it, replaced adapters among them.

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
    if _in_use(folder):
        return Inspection(folder, ("A training is running in it.",), ())
    if set_aside(folder):
        return _inspect_aside(folder)
    return Inspection(folder, tuple(_facts(folder)), repairs_of(folder))


def repair_training(folder: Path) -> tuple[Repair, ...]:
    """Make the repairs that an inspection of ``folder`` proposes now; says which.

    Raises:
        StorageError: a training runs in it, or it is not writable.
    """
    if _in_use(folder):
        raise StorageError(
            folder, "a training is running in it", "a folder nobody works in", "Wait for its end."
        )
    repairs = inspect_training(folder).repairs
    if set_aside(folder):
        _make(repairs)
    elif repairs:
        with holding(folder):
            _make(repairs)
            (folder / LOCK).unlink()
    return repairs


def _make(repairs: tuple[Repair, ...]) -> None:
    for repair in repairs:
        repair.make()


def _in_use(folder: Path) -> bool:
    # What is set aside belongs to the training that puts another one in its place.
    return is_held(partial_of(adapter_of(folder)) if set_aside(folder) else folder)


def _facts(folder: Path) -> Iterator[str]:
    damages = [(each.step, each.damage()) for each in checkpoints_of(folder)]
    intact = [step for step, damage in damages if damage is None]
    finished, steps = (folder / SUMMARY).is_file(), ", ".join(f"step {step}" for step in intact)
    yield "A finished adapter." if finished else "A training that did not end."
    state = read_state(folder) if state_damage(folder) is None else None
    if state is not None and state.reason:
        yield f"Why it ended: {state.reason}"
    yield f"Intact checkpoints: {steps or 'none'}."
    if finished and is_partial(folder):
        yield "It is not in its place yet: the same `farense train` puts it there."
    elif not finished:
        place = f"goes on after step {intact[-1]}" if intact else "starts from the first step"
        yield f"The same `farense train` {place}."
    elif damage := weights_damage(folder):
        yield f"{WEIGHTS} is {damage}: train it again with --again."


def _inspect_aside(folder: Path) -> Inspection:
    adapter = adapter_of(folder)
    found = "left when a training was killed that replaced it"
    if adapter.exists():
        repair = Repair(folder, found, "remove it", partial(remove, [folder]))
    else:
        repair = Repair(folder, found, f"put it back as {adapter.name}", partial(_move, folder))
    return Inspection(folder, ("An adapter that was set aside for its successor.",), (repair,))


def _move(aside: Path) -> None:
    adapter = adapter_of(aside)
    with storage_errors(adapter):
        aside.rename(adapter)


def _is_training(folder: Path) -> bool:
    if set_aside(folder):
        # Half removed, it is still that of the adapter in its place.
        return _has_traces(folder) or _has_traces(adapter_of(folder))
    return _has_traces(folder)


def _has_traces(folder: Path) -> bool:
    traces = (SUMMARY, CONFIG, TRAIN, STATE)
    recorded = (folder / METRICS).is_file() and any((folder / name).is_file() for name in traces)
    return recorded or bool(checkpoints_of(folder))
