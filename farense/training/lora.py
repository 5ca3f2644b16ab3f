"""LoRA layers on a frozen base, and the proof that they are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
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
    linear_to_lora_layers(model, len(model.layers), lora_parameters(settings))
    check_trainable(model)


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
