"""Gradient checkpointing: what a block computed is computed again instead of being kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import numpy as np

_SEEDS = 2**31 - 1


@contextmanager
def recomputed_blocks(model: Any, wanted: bool) -> Iterator[None]:
    """Inside, a gradient keeps the inputs of the model's blocks only.

    The backward pass computes each block once more: about a third more time, and memory for the
    activations of one block instead of all. Dropout draws the same the second time. Without
    ``wanted``, nothing is changed.
    """
    kinds = {type(block): type(block).__call__ for block in model.layers} if wanted else {}
    for kind, compute in kinds.items():
        kind.__call__ = _recomputing(compute)
    try:
        yield
    finally:
        for kind, compute in kinds.items():
            kind.__call__ = compute


def _recomputing(compute: Callable[..., Any]) -> Callable[..., Any]:
    def call(block: Any, *arguments: Any, **named: Any) -> Any:
        drawn: Any = mx.random.randint(0, _SEEDS).item()
        seed = int(drawn)

        def inner(parameters: Any, *arguments: Any, **named: Any) -> Any:
            block.update(parameters)
            with _seeded(seed):
                return compute(block, *arguments, **named)

        return mx.checkpoint(inner)(block.trainable_parameters(), *arguments, **named)

    return call


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Inside, MLX draws from ``seed``; after, from where it stood."""
    state: Any = mx.random.state
    # The seed of a state is its two words side by side.
    high, low = (int(word) for word in np.array(state[0]))
    mx.random.seed(seed)
    try:
        yield
    finally:
        mx.random.seed(high << 32 | low)
