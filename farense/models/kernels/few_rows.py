"""Layers that answers are computed with: rows times the packed weight, positions in one pass.

Answering one question at a time reads every weight once a token. Packed it is an eighth of the
bytes. From some rows on the arithmetic counts: there the weight is unpacked in panels that many
rows share, where that is faster than the BLAS on float32 (AMD's processors), and else left to the
BLAS. MLX computes rotary positions on a CPU in some twenty passes, which were a quarter of the
rest of a token.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.tuner.lora import LoRALinear

from farense.models.blas import blas_threads

# Rows up to which unpacking the weight for each of them was measured to be the fastest
# (docs/speed.md).
MOST_ROWS = 8
_SMALLEST_GROUP = 32
_BITS = (4, 8)


@dataclass(frozen=True, eq=False)
class Packed:
    """A weight (outputs, inputs) as it is stored, with its groups' scales as float32."""

    weight: mx.array
    scales: mx.array
    biases: mx.array
    bits: int
    kernels: ModuleType
    threads: int

    def is_few(self, x: mx.array) -> bool:
        """Whether ``x`` (..., inputs) has so few rows that no other product is as fast."""
        return x.dtype == mx.float32 and 0 < x.size <= MOST_ROWS * x.shape[-1]

    def fits(self, x: mx.array) -> bool:
        """Whether ``x`` (..., inputs) is for this product."""
        many = self.kernels.many_rows_here and x.dtype == mx.float32 and x.size > 0
        return many or self.is_few(x)

    def product(self, x: mx.array) -> mx.array:
        """``x @ weight.T``, to float32 rounding what the unpacked weight gives."""
        multiply = self.kernels.few_rows if self.is_few(x) else self.kernels.many_rows
        y: mx.array = multiply(x, self.weight, self.scales, self.biases, self.bits, self.threads)
        return y


class _Linear(nn.Linear):  # type: ignore[misc]
    packed: Packed

    def __call__(self, x: mx.array) -> Any:
        if not self.packed.fits(x):
            return super().__call__(x)
        y = self.packed.product(x)
        return y + self.bias if "bias" in self else y


class _LoRA(LoRALinear):  # type: ignore[misc]
    packed: Packed

    def __call__(self, x: mx.array) -> Any:
        # Dropout is for training, which does not come here. Many rows go through ``linear``.
        if self.training or not self.packed.is_few(x):
            return super().__call__(x)
        y = self.packed.product(x)
        if "bias" in self.linear:
            y = y + self.linear.bias
        return y + self.scale * ((x @ self.lora_a) @ self.lora_b)


class _Embedding(nn.Embedding):  # type: ignore[misc]
    packed: Packed

    def as_linear(self, x: mx.array) -> Any:
        return self.packed.product(x) if self.packed.fits(x) else super().as_linear(x)


class _RoPE(nn.RoPE):  # type: ignore[misc]
    kernels: ModuleType

    def __call__(self, x: mx.array, offset: int | mx.array = 0) -> Any:
        given = offset if isinstance(offset, mx.array) else mx.array([offset], dtype=mx.int32)
        plain = x.ndim == 4 and x.dtype == mx.float32 and not self.traditional
        if not plain or self.dims % 2 or given.dtype != mx.int32 or given.size not in (1, len(x)):
            return super().__call__(x, offset)
        return self.kernels.rotate(x, given, self.dims, self.base, self.scale)


_WITH_PACKED = {nn.Linear: _Linear, LoRALinear: _LoRA, nn.Embedding: _Embedding}


def packed_weights(model: nn.Module, kernels: ModuleType) -> dict[str, Packed]:
    """The quantised layers of ``model`` that the kernel can multiply, by their names."""
    threads = blas_threads()
    found = {}
    for name, layer in _quantised(model):
        scales, biases = (mx.contiguous(a.astype(mx.float32)) for a in (layer.scales, layer.biases))
        found[name] = Packed(layer.weight, scales, biases, layer.bits, kernels, threads)
    mx.eval([[packed.weight, packed.scales, packed.biases] for packed in found.values()])
    return found


def compute_answers_with(model: nn.Module, weights: dict[str, Packed], kernels: ModuleType) -> None:
    """Make the unpacked layers of ``model``, with or without LoRA, use ``weights`` as well.

    Each layer stays what it is to everybody else, parameters and all.
    """
    for name, layer in model.named_modules():
        prepared = _WITH_PACKED.get(type(layer))
        if prepared is not None and name in weights:
            _prepare(layer, prepared, weights[name])
            if prepared is _LoRA:
                _prepare(layer.linear, _Linear, weights[name])
        elif type(layer) is nn.RoPE:
            layer.__class__ = _RoPE
            object.__setattr__(layer, "kernels", kernels)


def _prepare(layer: nn.Module, prepared: type[nn.Module], packed: Packed) -> None:
    layer.__class__ = prepared
    object.__setattr__(layer, "packed", packed)


def _quantised(model: nn.Module) -> Iterator[tuple[str, Any]]:
    for name, layer in model.named_modules():
        if isinstance(layer, nn.QuantizedLinear | nn.QuantizedEmbedding):
            affine = layer.mode == "affine" and layer.bits in _BITS
            if affine and layer.group_size % _SMALLEST_GROUP == 0:
                yield name, layer
