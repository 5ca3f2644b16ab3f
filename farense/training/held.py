"""Interrupted trainings that a new one with other settings would leave lying beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farense.datasets.packs import TRAIN, read_rows
from farense.errors import InputError
from farense.storage import read_json
from farense.training.checkpoints import checkpoints_of
from farense.training.workplace import SETTINGS, adapter_of, is_held, is_partial

if TYPE_CHECKING:
    from farense.training.plan import TrainingPlan

# What counts with epochs follows from them.
_COUNTED = ("steps", "warmup_steps")


def left_behind(plan: TrainingPlan) -> Iterator[str]:
    """A sentence for each interrupted training of the same base and data that ``plan`` is not.

    It names the folder, the step it goes on after, and what it has other than ``plan``. None
    when ``plan`` itself goes on: it was said when that began.
    """
    if checkpoints_of(plan.partial) or not plan.adapters_dir.is_dir():
        return
    for folder in sorted(plan.adapters_dir.iterdir()):
        last = checkpoints_of(folder)[-1:] if _is_other(folder, plan) else ()
        if last and not is_held(folder):
            yield (
                f"{folder} holds an interrupted training, after step {last[0].step}, with"
                f" {_difference(folder, plan)}. The same command with what it had goes on with it;"
                f" `rm -r {folder}` drops it."
            )


def _is_other(folder: Path, plan: TrainingPlan) -> bool:
    # Up to the eight digits of the key, which alone tells trainings of a base and data apart.
    named_alike = adapter_of(folder).name[:-8] == plan.folder.name[:-8]
    return is_partial(folder) and named_alike and folder != plan.partial


def _difference(folder: Path, plan: TrainingPlan) -> str:
    try:
        differing = _settings(read_json(folder / SETTINGS), plan)
        if read_rows(folder / TRAIN) != tuple(plan.data.train):
            differing.append("other rows")
    except (InputError, KeyError, TypeError):
        differing = ["files that cannot be read"]
    return ", ".join(differing) or "another base, other libraries or another number of processes"


def _settings(recorded: dict[str, Any], plan: TrainingPlan) -> list[str]:
    ours = plan.resolved.settings.shaping()
    theirs = {name: recorded[name]["value"] for name in ours}
    names = [name for name in ours if _text(theirs[name]) != _text(ours[name])]
    if "epochs" in names:
        names = [name for name in names if name not in _COUNTED]
    return [f"{name} {_text(theirs[name])} (now {_text(ours[name])})" for name in names]


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list | tuple) else f"{value}"
