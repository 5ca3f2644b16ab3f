"""Frozen weights multiplied in bfloat16, all else in float32: for training on a CPU.

A processor with AVX512-BF16 multiplies twice as many bfloat16 numbers as float32 ones. Both
factors of a product with a frozen weight are rounded to bfloat16 (a relative error of at most
2^-9 a number), its sums are float32; LoRA tensors, attention, norms and loss stay float32. This
is mixed precision after Micikevicius et al. (2018), "Mixed precision training".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

from farense.errors import BackendError
from farense.models.blas import blas_threads
from farense.models.kernels.build import BFLOAT16, load_kernels


@dataclass(frozen=True, eq=False)
class Panels:
    """A frozen weight (outputs, inputs) for products both ways, two numbers of 16 bits a weight."""

    outputs: int
    inputs: int
    forward: mx.array
    backward: mx.array
    kernels: ModuleType
    threads: int
    differentiable: Any = field(init=False)

    def __post_init__(self) -> None:
        function: Any = mx.custom_function(self.product)
        function.vjp(lambda _, d, __: self.product_back(d))
        object.__setattr__(self, "differentiable", function)

    def product(self, x: mx.array) -> mx.array:
        """``x @ weight.T`` of ``x`` (..., inputs) float32."""
        y: mx.array = self.kernels.product(x, self.forward, self.outputs, self.threads)
        return y

    def product_back(self, d: mx.array) -> mx.array:
        """``d @ weight`` of ``d`` (..., outputs) float32."""
        x: mx.array = self.kernels.product(d, self.backward, self.inputs, self.threads)
        return x


class _Linear(nn.Linear):  # type: ignore[misc]
    panels: Panels

    def __call__(self, x: mx.array) -> Any:
        if x.dtype != mx.float32:
            return super().__call__(x)
        y = self.panels.differentiable(x)
        return y + self.bias if "bias" in self else y


class _Embedding(nn.Embedding):  # type: ignore[misc]
    panels: Panels

    def as_linear(self, x: mx.array) -> Any:
        return self.panels.differentiable(x) if x.dtype == mx.float32 else super().as_linear(x)


_WITH_PANELS = {nn.Linear: _Linear, nn.Embedding: _Embedding}


def multiply_in_bfloat16(model: nn.Module) -> None:
    """Make the frozen float32 layers of ``model`` multiply in bfloat16, in place.

    Each stays what it is to everybody else, parameters and all. A layer that is trained whole
    is left alone, and so is an embedding that does not give the logits.

    Raises:
        BackendError: the kernels are not built here.
    """
    trained = {name for name, _ in tree_flatten(model.trainable_parameters())}
    tied = "lm_head" not in model
    for name, layer in model.named_modules():
        kind = _WITH_PANELS.get(type(layer))
        if kind is None or layer.weight.dtype != mx.float32 or f"{name}.weight" in trained:
            continue
        if kind is _Linear or tied:
            layer.__class__ = kind
            object.__setattr__(layer, "panels", panels_of(layer.weight))


def panels_of(weight: mx.array) -> Panels:
    """Both kinds of panels of a weight (outputs, inputs) float32, which is evaluated.

    Raises:
        BackendError: the kernels are not built here.
    """
    kernels = _built()
    outputs, inputs = weight.shape
    forward, backward = (kernels.make_panels(weight, turned) for turned in (False, True))
    return Panels(outputs, inputs, forward, backward, kernels, blas_threads())


def _built() -> ModuleType:
    module, state = load_kernels(BFLOAT16)
    if module is None:
        raise BackendError(
            "kernels",
            f"those for bfloat16 are {state}",
            "kernels in use",
            "Build them (`farense kernels build`), or train with --dtype float32.",
        )
    return module
