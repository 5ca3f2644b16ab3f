"""Going on from a checkpoint: the very bits of a training that was never interrupted."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from farense.config import TrainingSettings
from farense.models.adapters import WEIGHTS, write_tensors
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.training.batches import Row
from farense.training.loop import Saving, train
from farense.training.loss import choose_logits
from farense.training.methods import make_trainable
from farense.training.order import DataOrder
from farense.training.recomputing import recomputed_blocks
from farense.training.snapshot import Snapshot
from farense.training.trainer import Event, Outcome

ROWS = tuple(Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(7))
# Dropout draws random numbers; two micro-batches a step leave a smaller one in every epoch.
SETTINGS = TrainingSettings(
    rank=2,
    dropout=0.2,
    learning_rate=1e-2,
    warmup_steps=2,
    steps=9,
    batch_size=2,
    accumulation=2,
    evaluate_every=4,
)


def trained(
    base: Path, settings: TrainingSettings, saving: Saving
) -> tuple[Outcome, dict[str, bytes], list[Event]]:
    """Outcome, bytes of the final tensors, and the log."""
    model = load_model(base, prepare_backend()).model
    make_trainable(model, settings)
    log: list[Event] = []
    with recomputed_blocks(model, settings.gradient_checkpointing):
        outcome = train(
            *(model, choose_logits(model), ROWS, ROWS[:2], settings),
            *(log.append, lambda _: None),
            saving=saving,
        )
    tensors = {name: np.array(tensor).tobytes() for name, tensor in outcome.weights.items()}
    return outcome, tensors, log


def on_disk(folder: Path) -> tuple[Callable[[Snapshot], None], dict[int, dict[str, bytes]]]:
    """Something to save snapshots with, and the files of each by its step."""
    files: dict[int, dict[str, bytes]] = {}

    def save(snapshot: Snapshot) -> None:
        place = folder / str(snapshot.step)
        write_tensors(place / WEIGHTS, snapshot.weights)
        snapshot.write(place, {})
        files[snapshot.step] = {path.name: path.read_bytes() for path in place.iterdir()}

    return save, files


@pytest.mark.parametrize("patience", [5, 1])
def test_from_every_step_the_same_bits_come_out(
    tiny_base: Path, tmp_path: Path, patience: int
) -> None:
    """Taken after each step of an uninterrupted training, written, read, gone on from: final
    tensors, losses still to come and what was batched are equal to the last bit. With patience
    1 and a gain no validation reaches, the training stops early."""
    settings = dataclasses.replace(SETTINGS, patience=patience)
    if patience == 1:
        settings = dataclasses.replace(settings, min_delta=9.0, evaluate_every=3)
    save, files = on_disk(tmp_path)
    expected, tensors, log = trained(tiny_base, settings, Saving(1, save))
    assert expected.stopped == ("steps" if patience == 5 else "early_stopping")
    assert list(files) == list(range(1, expected.steps + 1))
    for step in (1, 4, 5, expected.steps):
        start = Snapshot.from_files(files[step])
        outcome, again, rest = trained(tiny_base, settings, Saving(0, start=start))
        assert again == tensors, f"from step {step}"
        assert losses(rest) == [row for row in losses(log) if row[1] > step]
        facts = ("steps", "epochs", "best_step", "best_validation_loss", "stopped", "batched")
        assert {name: getattr(outcome, name) for name in facts} == {
            name: getattr(expected, name) for name in facts
        }


@pytest.mark.parametrize(
    "choice",
    [
        {"method": "dora", "optimizer": "muon"},
        {"method": "full", "optimizer": "adafactor", "layers": 1, "dropout": 0.0},
        {"optimizer": "lion", "gradient_checkpointing": True},
    ],
    ids=lambda choice: "-".join(map(str, choice.values())),
)
def test_every_kind_of_state_goes_on_exactly(
    tiny_base: Path, tmp_path: Path, choice: dict[str, Any]
) -> None:
    """Magnitudes, matrices' row and column sums, whole blocks, dropout drawn twice: the same
    bits from the fifth of nine steps on."""
    settings = dataclasses.replace(SETTINGS, **choice)
    save, files = on_disk(tmp_path)
    _, tensors, _ = trained(tiny_base, settings, Saving(5, save))
    start = Snapshot.from_files(files[5])
    assert trained(tiny_base, settings, Saving(0, start=start))[1] == tensors


def losses(log: list[Event]) -> list[tuple[str, int, float]]:
    return [(row["event"], row["step"], row["loss"]) for row in log]


def test_checkpoints_change_nothing(tiny_base: Path) -> None:
    """Taken after every step or never: the same bytes, dropout included."""
    never = trained(tiny_base, SETTINGS, Saving())[1]
    assert trained(tiny_base, SETTINGS, Saving(1))[1] == never


def test_when_checkpoints_are_taken(tiny_base: Path, tmp_path: Path) -> None:
    """Every fourth of nine steps, and the last one."""
    save, files = on_disk(tmp_path)
    trained(tiny_base, SETTINGS, Saving(4, save))
    assert list(files) == [4, 8, 9]


def test_the_best_tensors_are_kept_once(tiny_base: Path, tmp_path: Path) -> None:
    """Not beside the checkpoint of the best step itself, and not before a validation."""
    save, files = on_disk(tmp_path)
    outcome = trained(tiny_base, SETTINGS, Saving(1, save))[0]
    assert outcome.best_step in (4, 8, 9)
    for step, written in files.items():
        best = json.loads(written["progress.json"])["stopping"]["best_step"]
        assert ("best.safetensors" in written) == (best not in (0, step))


def test_the_order_is_left_and_found_again() -> None:
    """After every step of three epochs: the five steps that follow have the same rows."""
    order = DataOrder(ROWS, SETTINGS)
    positions, steps = [], []
    for _ in range(3 * 2 + 5):
        positions.append(json.dumps(order.position()))
        steps.append(names(order))
    for taken in range(3 * 2):
        other = DataOrder(ROWS, SETTINGS)
        other.go_to(json.loads(positions[taken]))
        assert [names(other) for _ in range(5)] == steps[taken : taken + 5]


def names(order: DataOrder) -> list[str]:
    return [row.prompt_sha256 for batch in order.next_step() for row in batch.rows]
