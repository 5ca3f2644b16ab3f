"""LoRA layers on a frozen base, and the proof that they are there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from farense.config import PROJECTIONS, TrainingSettings
from farense.errors import TrainingError

_LEAVES = ("lora_a", "lora_b")


def lora_parameters(settings: TrainingSettings) -> dict[str, Any]:
    """The ``lora_parameters`` of mlx-lm's adapter_config.json."""
    return {
        "rank": settings.rank,
        "scale": settings.scale,
        "dropout": settings.dropout,
        "keys": list(PROJECTIONS),
    }


def attach_lora(model: Any, settings: TrainingSettings) -> None:
    """Freeze ``model`` and put seeded LoRA layers on all its blocks, in place.

    Raises:
        TrainingError: no LoRA tensor came to be, or something else is trainable.
    """
    mx.random.seed(settings.seed)
    model.freeze()
    linear_to_lora_layers(model, trained_layers(model, settings), lora_parameters(settings))
    check_trainable(model)


def trained_layers(model: Any, settings: TrainingSettings) -> int:
    """How many of the model's last blocks get LoRA layers."""
    blocks = len(model.layers)
    return min(settings.layers, blocks) or blocks


def check_trainable(model: Any) -> None:
    """Refuse a model in which anything but LoRA tensors would be trained.

    Raises:
        TrainingError: see above.
    """
    names = trainable(model)
    if not names:
        raise TrainingError(
            "model",
            "no LoRA tensor",
            "LoRA layers on the projections",
            f"This base has none of {', '.join(PROJECTIONS)}; use a base of the list.",
        )
    strangers = [name for name in names if name.rsplit(".", 1)[-1] not in _LEAVES]
    if strangers:
        raise TrainingError(
            "model",
            f"{len(strangers)} base tensors are trainable, such as {strangers[0]}",
            "a frozen base",
            "Report this: the base must not change.",
        )


def trainable(model: Any) -> Mapping[str, mx.array]:
    """The trainable tensors by name; MLX arrays never change, so this is a snapshot."""
    return dict(tree_flatten(model.trainable_parameters()))


@contextmanager
def merged(model: Any) -> Iterator[None]:
    """Inside, LoRA layers on float32 weights are plain layers with the sum of both.

    A pass over the model then takes as long as one over the bare base. The sum is rounded
    once to float32, so values agree to about 1e-6. A model with quantised weights, where the
    sum would have to be rounded to 4 bits, stays as it is.
    """
    layers = [(n, layer) for n, layer in model.named_modules() if isinstance(layer, LoRALinear)]
    if not all(_is_float32(layer.linear) for _, layer in layers):
        yield
        return
    model.update_modules(tree_unflatten([(name, layer.fuse()) for name, layer in layers]))
    try:
        yield
    finally:
        model.update_modules(tree_unflatten(layers))


def _is_float32(layer: Any) -> bool:
    return type(layer) is nn.Linear and layer.weight.dtype == mx.float32


def flatten(tree: Any) -> mx.array:
    """All arrays of a tree, one after the other, as one array (P,)."""
    return mx.concatenate([array.reshape(-1) for _, array in tree_flatten(tree)])


def unflatten(flat_P: mx.array, like: Any) -> Any:
    """The tree that :func:`flatten` made ``flat_P`` of; ``like`` has its names and shapes."""
    named = tree_flatten(like)
    ends = list(itertools.accumulate(array.size for _, array in named))
    parts = mx.split(flat_P, ends[:-1])
    return tree_unflatten(
        [
            (name, part.reshape(array.shape))
            for (name, array), part in zip(named, parts, strict=True)
        ]
    )
