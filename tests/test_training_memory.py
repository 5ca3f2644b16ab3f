"""What saves memory: blocks computed again, weights in half precision; and the same learning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from farense.config import TrainingSettings
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.training.batches import Row, collate
from farense.training.loop import train
from farense.training.lora import flatten, trainable, trained_layers
from farense.training.loss import choose_logits, summed_loss
from farense.training.methods import make_trainable
from farense.training.recomputing import recomputed_blocks
from farense.training.team import ALONE
from farense.training.trunk import frozen_trunk

# Few answers after long questions: most memory is the blocks' activations, not the logits.
LONG = [Row(tuple(range(10, 260)), (40, 50, 60), f"{n}") for n in range(8)]
ROWS = tuple(Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(6))


def with_lora(base: Path, dropout: float) -> Any:
    """The tiny model with random LoRA tensors, so that dropout has something to drop."""
    model = load_model(base, prepare_backend()).model
    make_trainable(model, TrainingSettings(rank=2, dropout=dropout))
    random = np.random.default_rng(0)
    model.load_weights(
        [
            (name, mx.array(0.1 * random.standard_normal(tensor.shape).astype(np.float32)))
            for name, tensor in tree_flatten(model.trainable_parameters())
        ],
        strict=False,
    )
    return model.train()


def gradient(model: Any, recomputed: bool) -> tuple[mx.array, int]:
    """The flat gradient of one batch, and the most memory it took, in bytes."""
    logits = choose_logits(model)
    mx.random.seed(7)
    with recomputed_blocks(model, recomputed):
        both = nn.value_and_grad(model, lambda batch: summed_loss(model, logits, batch))
        batch = collate(LONG)
        mx.eval(model.parameters())
        mx.reset_peak_memory()
        _, found = both(batch)
        flat = flatten(found)
        mx.eval(flat)
    return flat, mx.get_peak_memory()


def test_blocks_computed_again_give_the_same_gradient_in_less_memory(tiny_base: Path) -> None:
    """Without dropout, against the plain gradient; after it the blocks are as they were."""
    model = with_lora(tiny_base, dropout=0.0)
    compute = type(model.layers[0]).__call__
    plain, most = gradient(model, recomputed=False)
    again, less = gradient(model, recomputed=True)
    assert mx.allclose(again, plain, rtol=1e-5, atol=1e-4)
    assert less < 0.95 * most
    assert type(model.layers[0]).__call__ is compute


def test_dropout_is_the_same_when_a_block_is_computed_again(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the gradient with the same draws and every activation kept."""
    model = with_lora(tiny_base, dropout=0.5)
    again, _ = gradient(model, recomputed=True)
    monkeypatch.setattr(mx, "checkpoint", lambda function: function)
    kept, _ = gradient(model, recomputed=True)
    assert mx.array_equal(again, kept)
    monkeypatch.undo()
    assert not mx.allclose(again, gradient(with_lora(tiny_base, 0.0), True)[0], atol=1e-2)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_each_precision_learns_with_float32_tensors_on_top(tiny_base: Path, dtype: str) -> None:
    """The frozen weights are held so, the trained ones stay float32, the loss falls.

    One block is trained: the states of the frozen one below are kept in this precision too.
    """
    loaded = load_model(tiny_base, prepare_backend(), dtype=dtype)
    assert loaded.dtype == f"{dtype} unpacked from 4-bit group 32"
    assert bool(loaded.warnings) is (dtype != "float32")
    model = loaded.model
    settings = TrainingSettings(
        rank=2, layers=1, steps=8, batch_size=3, warmup_steps=1, learning_rate=1e-2
    )
    make_trainable(model, settings)
    expected = getattr(mx, dtype)
    for name, tensor in tree_flatten(model.parameters()):
        assert tensor.dtype == (mx.float32 if name in trainable(model) else expected), name
    events: list[dict[str, Any]] = []
    whole = choose_logits(model)
    frozen = len(model.layers) - trained_layers(model, settings)
    with frozen_trunk(model, whole, ROWS, frozen, ALONE) as logits:
        assert logits is not whole
        train(model, logits, ROWS, ROWS[:2], settings, events.append, lambda weights: None)
    losses = [event["loss"] for event in events if event["event"] == "train"]
    assert losses[-1] < losses[0]
