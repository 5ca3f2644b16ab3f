"""LoRA and DoRA layers on a frozen base, and the sum of both in one product."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm.models.switch_layers import QuantizedSwitchLinear, SwitchLinear
from mlx_lm.tuner.dora import DoRALinear
from mlx_lm.tuner.lora import LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers

from farense.config import TrainingSettings
from farense.errors import InputError

# The tensors that LoRA and DoRA layers add to a base.
LEAVES = ("lora_a", "lora_b", "m")
_LINEAR = (nn.Linear, nn.QuantizedLinear)
_EXPERTS = (SwitchLinear, QuantizedSwitchLinear)


def attach_lora(model: Any, settings: TrainingSettings) -> None:
    """Freeze ``model`` and put seeded LoRA or DoRA layers on its last blocks, in place.

    Raises:
        InputError: a target module that the blocks do not have.
    """
    mx.random.seed(settings.seed)
    model.freeze()
    linear_to_lora_layers(
        model,
        trained_layers(model, settings),
        lora_parameters(model, settings),
        use_dora=settings.method == "dora",
    )


def lora_parameters(model: Any, settings: TrainingSettings) -> dict[str, Any]:
    """The ``lora_parameters`` of mlx-lm's adapter_config.json, for a model without layers yet.

    Raises:
        InputError: a target module that the blocks do not have.
    """
    return {
        "rank": settings.rank,
        "scale": settings.scale,
        "dropout": settings.dropout,
        "keys": _target_keys(model, settings),
    }


def trained_layers(model: Any, settings: TrainingSettings) -> int:
    """How many of the model's last blocks are trained."""
    blocks = len(model.layers)
    return min(settings.layers, blocks) or blocks


def _target_keys(model: Any, settings: TrainingSettings) -> list[str]:
    """The targets' names inside a block: ``self_attn.q_proj`` for ``q_proj``."""
    kinds = _LINEAR if settings.method == "dora" else (*_LINEAR, *_EXPERTS)
    blocks = model.layers[-trained_layers(model, settings) :]
    there = sorted(
        {name for b in blocks for name, module in b.named_modules() if isinstance(module, kinds)}
    )
    keys: list[str] = []
    for target in settings.target_modules:
        found = [name for name in there if f".{name}".endswith(f".{target}")]
        # The default names the projections of most bases; what one of them lacks is no slip.
        if not found and settings.target_modules != TrainingSettings.target_modules:
            raise _no_target(target, there)
        keys += [name for name in found if name not in keys]
    if not keys:
        raise _no_target(", ".join(settings.target_modules), there)
    return keys


def _no_target(target: str, there: list[str]) -> InputError:
    return InputError(
        "--target-modules",
        f"{target}, which no trained block of this base has",
        f"one or more of {', '.join(there) or 'no linear layer at all'}",
        "Name some of these, whole or by their last part.",
    )


def trainable(model: Any) -> Mapping[str, mx.array]:
    """The trainable tensors by name; MLX arrays never change, so this is a snapshot."""
    return dict(tree_flatten(model.trainable_parameters()))


@contextmanager
def merged(model: Any) -> Iterator[None]:
    """Inside, LoRA and DoRA layers on float32 weights are plain layers with the sum of both.

    A pass over the model then takes as long as one over the bare base. The sum is rounded
    once to float32, so values agree to about 1e-6. A model with other weights, to which the
    sum would have to be rounded more, stays as it is.
    """
    kinds = (LoRALinear, DoRALinear)
    layers = [(n, layer) for n, layer in model.named_modules() if isinstance(layer, kinds)]
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
