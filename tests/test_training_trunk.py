"""The frozen blocks: computed once, and nothing else changes."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from farense.config import TrainingSettings
from farense.errors import StorageError
from farense.models.backend import prepare_backend
from farense.models.loading import LoadedModel, load_model
from farense.training.batches import Row, collate
from farense.training.loop import train
from farense.training.lora import attach_lora, trainable
from farense.training.loss import Logits, choose_logits, measure_loss
from farense.training.team import ALONE
from farense.training.trainer import Event
from farense.training.trunk import _reserve, frozen_trunk

# Rows of different lengths, so that padding would show; blocks of the tiny model: 2.
ROWS = tuple(Row(tuple(range(3, 5 + n)), (20 + n, 30 + n), f"row {n}") for n in range(7))
SETTINGS = TrainingSettings(
    layers=1, rank=2, steps=6, batch_size=3, warmup_steps=1, learning_rate=5e-3
)


@pytest.fixture
def loaded(tiny_base: Path) -> LoadedModel:
    return load_model(tiny_base, prepare_backend())


def with_lora(loaded: LoadedModel) -> Any:
    attach_lora(loaded.model, SETTINGS)
    return loaded.model


def events_of(model: Any, logits: Logits) -> list[Event]:
    events: list[Event] = []
    train(model, logits, ROWS, ROWS[:2], SETTINGS, events.append, lambda weights: None)
    return events


def test_only_the_last_block_is_trained(loaded: LoadedModel) -> None:
    """One block of two, seven projections, two tensors each."""
    names = list(trainable(with_lora(loaded)))
    assert len(names) == 14
    assert all(name.startswith("model.layers.1.") for name in names)


def test_logits_and_losses_are_those_of_the_whole_model(loaded: LoadedModel) -> None:
    """Every row's logits, and the loss of the split, computed from the kept states."""
    model = with_lora(loaded)
    whole = choose_logits(model)
    expected = [whole(model, collate([row])) for row in ROWS]
    loss = measure_loss(model, whole, ROWS)
    with frozen_trunk(model, whole, ROWS, 1, ALONE) as logits:
        assert logits is not whole
        for row, wanted in zip(ROWS, expected, strict=True):
            assert mx.allclose(logits(model, collate([row])), wanted, atol=1e-5)
        assert measure_loss(model, logits, ROWS).loss == pytest.approx(loss.loss, abs=1e-6)


def test_the_first_block_is_not_computed_again(loaded: LoadedModel) -> None:
    """With its weights ruined after the states are kept, nothing changes."""
    model = with_lora(loaded)
    whole = choose_logits(model)
    loss = measure_loss(model, whole, ROWS).loss
    first = model.model.layers[0]
    with frozen_trunk(model, whole, ROWS, 1, ALONE) as logits:
        first.input_layernorm.weight = mx.full(first.input_layernorm.weight.shape, float("nan"))
        assert measure_loss(model, logits, ROWS).loss == pytest.approx(loss, abs=1e-6)


def test_training_is_the_same_with_and_without(tiny_base: Path) -> None:
    """Every logged loss and gradient norm agrees to 1e-4."""
    plain, kept = (with_lora(load_model(tiny_base, prepare_backend())) for _ in range(2))
    expected = events_of(plain, choose_logits(plain))
    with frozen_trunk(kept, choose_logits(kept), ROWS, 1, ALONE) as logits:
        found = events_of(kept, logits)
    for one, other in zip(expected, found, strict=True):
        assert other["loss"] == pytest.approx(one["loss"], rel=1e-4)
        if one["event"] == "train":
            assert other["gradient_norm"] == pytest.approx(one["gradient_norm"], rel=1e-4)


def test_the_model_is_whole_again_afterwards(loaded: LoadedModel) -> None:
    """Also when something fails inside."""
    model = with_lora(loaded)
    blocks = list(model.model.layers)
    with (
        pytest.raises(RuntimeError, match="stop here"),
        frozen_trunk(model, choose_logits(model), ROWS, 1, ALONE),
    ):
        raise RuntimeError("stop here")
    assert all(one is other for one, other in zip(model.model.layers, blocks, strict=True))


@pytest.mark.parametrize("frozen", [0, 2])
def test_nothing_is_done_where_nothing_can_be_skipped(loaded: LoadedModel, frozen: int) -> None:
    """No frozen block, or no trained one."""
    model = with_lora(loaded)
    whole = choose_logits(model)
    with frozen_trunk(model, whole, ROWS, frozen, ALONE) as logits:
        assert logits is whole


def test_a_kill_leaves_nothing_of_the_states_behind(
    loaded: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While they are used, their file has no name any more in the temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model = with_lora(loaded)
    whole = choose_logits(model)
    with frozen_trunk(model, whole, ROWS, 1, ALONE) as logits:
        assert logits is not whole
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_an_error_before_anything_is_kept() -> None:
    """A device that is always full: an error with a remedy, not a killed process."""
    with pytest.raises(StorageError, match="/dev/full"):
        _reserve(Path("/dev/full"), 1 << 25)


def test_room_is_made_for_every_state(tmp_path: Path) -> None:
    """To the byte, also beyond one piece of 16 MiB."""
    _reserve(tmp_path / "room", (1 << 24) + 5)
    assert (tmp_path / "room").stat().st_size == (1 << 24) + 5


def test_more_layers_than_there_are_means_all(loaded: LoadedModel) -> None:
    """0 and 99 train both blocks."""
    attach_lora(loaded.model, dataclasses.replace(SETTINGS, layers=99))
    assert len(trainable(loaded.model)) == 28
