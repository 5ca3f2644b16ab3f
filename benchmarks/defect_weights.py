"""An adapter's tensors damaged, or changed so that nothing should come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[np.float32]]
Given = Mapping[str, NDArray[np.float32]]


def noised(tensors: Given, level: float, seed: int = 0) -> Tensors:
    """Gaussian noise of ``level`` times each tensor's own spread."""
    random = np.random.default_rng(seed)
    return {
        name: (t + level * t.std() * random.standard_normal(t.shape)).astype(np.float32)
        for name, t in tensors.items()
    }


def zeroed(tensors: Given, pattern: str) -> Tensors:
    """Tensors whose name matches are 0, so that the base shines through there."""
    return {n: np.zeros_like(t) if re.search(pattern, n) else t for n, t in tensors.items()}


def scaled(tensors: Given, factor: float) -> Tensors:
    """What the adapter adds, times ``factor``: that of another LoRA scale."""
    return {n: t * np.float32(factor) if n.endswith("lora_b") else t for n, t in tensors.items()}


def rebalanced(tensors: Given, factor: float) -> Tensors:
    """A times ``factor`` and B over it: another file, the same adapter."""
    return {
        n: t * np.float32(factor if n.endswith("lora_a") else 1 / factor)
        for n, t in tensors.items()
    }


def reranked(tensors: Given, seed: int) -> Tensors:
    """The rank dimension in another order: another file, the same adapter."""
    rank = next(t.shape[1] for n, t in tensors.items() if n.endswith("lora_a"))
    order = np.random.default_rng(seed).permutation(rank)
    # In row-major order again: safetensors writes the memory of an array as it lies there.
    return {
        n: np.ascontiguousarray(t[:, order] if n.endswith("lora_a") else t[order])
        for n, t in tensors.items()
    }


def layers_exchanged(tensors: Given, first: int, second: int) -> Tensors:
    """The tensors of two layers change places."""
    places = {first: second, second: first}

    def elsewhere(name: str) -> str:
        def place(match: re.Match[str]) -> str:
            return f"layers.{places.get(int(match[1]), int(match[1]))}."

        return re.sub(r"layers\.(\d+)\.", place, name)

    return {name: tensors[elsewhere(name)] for name in tensors}


def projections_exchanged(tensors: Given, one: str, other: str) -> Tensors:
    """Two projections of one shape change places, as under another mapping of names."""
    moved = {}
    for name, tensor in tensors.items():
        twin = name.replace(one, "\0").replace(other, one).replace("\0", other)
        fits = twin in tensors and tensors[twin].shape == tensor.shape
        moved[name] = tensors[twin] if fits else tensor
    return moved


def heads_permuted(tensors: Given, heads: int) -> Tensors:
    """Rows of q and k in the order another file format keeps them in."""

    def permute(name: str, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        if not re.search(r"[qk]_proj\.lora_b", name) or tensor.shape[1] % (2 * heads):
            return tensor
        rank, rows = tensor.shape
        halves = tensor.reshape(rank, heads, 2, rows // heads // 2)
        return np.ascontiguousarray(halves.swapaxes(2, 3)).reshape(rank, rows)

    return {name: permute(name, tensor) for name, tensor in tensors.items()}


def mixed(tensors: Given, other: Given) -> Tensors:
    """A of one training with B of another."""
    return {n: t if n.endswith("lora_a") else other[n] for n, t in tensors.items()}


def rounded_to_float16(tensors: Given) -> Tensors:
    return {name: t.astype(np.float16).astype(np.float32) for name, t in tensors.items()}


def rounded_to_bfloat16(tensors: Given) -> Tensors:
    """The upper 16 bits, rounded to nearest."""

    def half(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        bits = np.ascontiguousarray(tensor).view(np.uint32).astype(np.uint64) + 0x8000
        found: NDArray[np.float32] = (bits & 0xFFFF0000).astype(np.uint32).view(np.float32)
        return found

    return {name: half(t) for name, t in tensors.items()}


def signs_only(tensors: Given) -> Tensors:
    """One bit a weight: its sign, times the tensor's mean size."""
    return {n: (np.sign(t) * np.abs(t).mean()).astype(np.float32) for n, t in tensors.items()}


def unrelated(tensors: Given, seed: int) -> Tensors:
    """Random tensors of the same shapes and spreads."""
    random = np.random.default_rng(seed)
    return {
        name: (t.std() * random.standard_normal(t.shape)).astype(np.float32)
        for name, t in tensors.items()
    }
