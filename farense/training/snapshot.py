"""Everything a training is after a step, as files and back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import mlx.core as mx

from farense.models.adapters import WEIGHTS, write_tensors
from farense.storage import write_json
from farense.training.team import Team

Stopped = Literal["steps", "early_stopping"]
OPTIMIZER = "optimizer.safetensors"
BEST = "best.safetensors"
PROGRESS = "progress.json"
_FILES = (WEIGHTS, OPTIMIZER, BEST, PROGRESS)


@dataclass
class Progress:
    """What a training has done.

    Attributes:
        step: Optimiser steps.
        rows: Rows trained, counted again in each epoch.
        tokens: Unpadded tokens fed.
        padded_tokens: Those with their padding.
        seconds: Of the steps alone.
        stopped: Why it has ended; None while it has not.
        batched: ``Row.prompt_sha256`` of every row trained.
    """

    step: int = 0
    rows: int = 0
    tokens: int = 0
    padded_tokens: int = 0
    seconds: float = 0.0
    stopped: Stopped | None = None
    batched: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "batched": sorted(self.batched)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Progress:
        known = {each.name: value[each.name] for each in fields(cls)}
        return cls(**{**known, "batched": set(value["batched"])})


@dataclass(frozen=True)
class Snapshot:
    """A training after a step.

    Attributes:
        weights: The trained tensors by name.
        optimizer: The optimiser's tensors by their path in its state.
        best: The tensors of the best step; none before the first validation.
        state: All the rest, JSON-ready: ``progress``, ``stopping``, ``order``, ``random``
            (of every process), ``rows_at_once``, ``measured_at_once``, ``watch``.
    """

    weights: Mapping[str, mx.array]
    optimizer: Mapping[str, mx.array]
    best: Mapping[str, mx.array]
    state: Mapping[str, Any]

    @property
    def step(self) -> int:
        """The step it was taken after."""
        return int(self.state["progress"]["step"])

    def write(self, folder: Path, more: Mapping[str, Any]) -> None:
        """Write all files but the adapter's own; ``more`` goes into progress.json."""
        write_tensors(folder / OPTIMIZER, self.optimizer)
        if self.best and self.state["stopping"]["best_step"] != self.step:
            write_tensors(folder / BEST, self.best)
        write_json(folder / PROGRESS, {**self.state, **more})

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Snapshot:
        """What :meth:`write` and ``write_adapter`` wrote."""
        state = json.loads(files[PROGRESS])
        weights = _arrays(files[WEIGHTS])
        newest_is_best = state["stopping"]["best_step"] == state["progress"]["step"]
        best = weights if newest_is_best else _arrays(files.get(BEST, b""))
        return cls(weights, _arrays(files[OPTIMIZER]), best, state)


def shared_snapshot(files: Mapping[str, bytes], team: Team) -> Snapshot | None:
    """The leading process's checkpoint in every process; None when it has none.

    Args:
        files: Of the checkpoint, in the leading process; ignored in the others.
        team: All processes have to call this.
    """
    received = {name: team.from_leader(files.get(name, b"")) for name in _FILES}
    return Snapshot.from_files(received) if received[PROGRESS] else None


def _arrays(content: bytes) -> dict[str, mx.array]:
    if not content:
        return {}
    arrays = mx.load(io.BytesIO(content), format="safetensors")
    assert isinstance(arrays, dict)
    mx.eval(arrays)
    return arrays
