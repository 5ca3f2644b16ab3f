"""The compiled kernels as differentiable operations, put in the place of MLX's own.

Every function here does what the one it replaces does, to float32 rounding; what it cannot
do (another type, another mask, dropout) it hands to the one it replaced.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models import activations
from mlx_lm.tuner.lora import LoRALinear

_cross_entropy: Any = None

# The kernels' gradients are for what LoRA trains: a frozen weight gets zeros, which
# nothing reads, because no gradient is ever asked of it.


def _differentiable(forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    function = mx.custom_function(forward)
    function.vjp(backward)
    return function


def make_swiglu(kernels: ModuleType, replaced: Any) -> Any:
    """``silu(gate) * up`` of equal shapes."""
    fused = _differentiable(
        kernels.swiglu, lambda primals, d, _: kernels.swiglu_backward(*primals, d)
    )

    def swiglu(gate: mx.array, x: mx.array) -> Any:
        if gate.shape != x.shape or not _float32(gate, x):
            return replaced(gate, x)
        return fused(gate, x)

    return swiglu


def make_gelu(kernels: ModuleType, replaced: Any) -> Any:
    """``gelu_approx``, the tanh form."""
    fused = _differentiable(kernels.gelu, lambda x, d, _: kernels.gelu_backward(x, d))

    def gelu_approx(x: mx.array) -> Any:
        return fused(x) if _float32(x) else replaced(x)

    return gelu_approx


def make_rms_norm(kernels: ModuleType, replaced: Any) -> Any:
    """``mx.fast.rms_norm`` with a frozen weight."""

    @functools.cache
    def fused(epsilon: float) -> Any:
        return _differentiable(
            lambda x, weight: kernels.rms_norm(x, weight, epsilon),
            lambda primals, d, _: (
                kernels.rms_norm_backward(*primals, d, epsilon),
                mx.zeros_like(primals[1]),
            ),
        )

    def rms_norm(x: mx.array, weight: mx.array | None, eps: float, **options: Any) -> Any:
        if weight is None or options or weight.shape != x.shape[-1:] or not _float32(x, weight):
            return replaced(x, weight, eps, **options)
        return fused(eps)(x, weight)

    return rms_norm


def make_attention(kernels: ModuleType, replaced: Any) -> Any:
    """``mx.fast.scaled_dot_product_attention`` under a causal mask, as in training."""

    @functools.cache
    def fused(scale: float) -> Any:
        def forward(
            q_B_H_T_D: mx.array, k_B_K_U_D: mx.array, v_B_K_U_D: mx.array
        ) -> tuple[mx.array, mx.array]:
            scores = _grouped(q_B_H_T_D, k_B_K_U_D) @ mx.swapaxes(k_B_K_U_D, -1, -2)
            p = kernels.causal_softmax(scores, q_B_H_T_D.shape[2], scale)
            return (p @ v_B_K_U_D).reshape(q_B_H_T_D.shape), p

        def backward(primals: Any, cotangents: Any, outputs: Any) -> Any:
            q, k, v = primals
            p, d = outputs[1], _grouped(cotangents[0], k)
            d_scores = kernels.softmax_backward(p, d @ mx.swapaxes(v, -1, -2), scale)
            return (
                (d_scores @ k).reshape(q.shape),
                mx.swapaxes(d_scores, -1, -2) @ _grouped(q, k),
                mx.swapaxes(p, -1, -2) @ d,
            )

        return _differentiable(forward, backward)

    def scaled_dot_product_attention(
        q: mx.array, k: mx.array, v: mx.array, *, scale: float, mask: Any = None, **options: Any
    ) -> Any:
        causal = isinstance(mask, str) and mask == "causal" and k.shape[2] >= q.shape[2]
        plain = all(value is None for value in options.values()) and q.shape[-1] == v.shape[-1]
        if not (causal and plain and _float32(q, k, v)):
            return replaced(q, k, v, scale=scale, mask=mask, **options)
        return fused(scale)(q, k, v)[0]

    return scaled_dot_product_attention


def _grouped(q_B_H_T_D: mx.array, k_B_K_U_D: mx.array) -> mx.array:
    # All query heads that share a key head, one under the other: one product instead of H/K.
    batch, heads, queries, width = q_B_H_T_D.shape
    key_heads = k_B_K_U_D.shape[1]
    return q_B_H_T_D.reshape(batch, key_heads, heads // key_heads * queries, width)


def make_lora(kernels: ModuleType, replaced: Any) -> Any:
    """``LoRALinear.__call__`` on a frozen float32 layer without bias or active dropout."""

    def call(self: Any, x: mx.array) -> Any:
        linear = self.linear
        plain = isinstance(linear, nn.Linear) and "bias" not in linear
        # A Dropout keeps its probability of staying, 1 where nothing is dropped.
        drops = self.dropout.training and self.dropout._p_1 < 1
        if not plain or drops or not _float32(x, linear.weight, self.lora_a, self.lora_b):
            return replaced(self, x)
        fused = _lora_on(kernels, float(self.scale), *_products(linear))
        return fused(x, self.lora_a, self.lora_b)[0]

    return call


def _products(linear: nn.Linear) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``x @ weight.T`` and ``d @ weight``, as this layer computes them."""
    panels = getattr(linear, "panels", None)
    if panels is not None:
        return panels.product, panels.product_back
    weight, packed = linear.weight, getattr(linear, "packed", None)

    def product(x: mx.array) -> mx.array:
        y: mx.array = packed.product(x) if packed and packed.fits(x) else x @ weight.T
        return y

    return product, lambda d: d @ weight


def _lora_on(
    kernels: ModuleType, scale: float, product: Callable[..., Any], back: Callable[..., Any]
) -> Any:
    """A frozen product and a low-rank one on top, of ``x``, ``a`` and ``b``."""

    def forward(x: mx.array, a: mx.array, b: mx.array) -> Any:
        z = kernels.project(x, a.T, scale)
        return kernels.add_product(product(x), z, b), z

    def backward(primals: Any, cotangents: Any, outputs: Any) -> Any:
        x, a, b = primals
        d, z = cotangents[0], outputs[1]
        d_z = kernels.project(d, b, scale)
        d_x = kernels.add_product(back(d), d_z, a.T)
        return d_x, kernels.outer(d_z, x).T, kernels.outer(z, d)

    return _differentiable(forward, backward)


def make_log_sum_exp(kernels: ModuleType, replaced: Any) -> Any:
    """``mx.logsumexp`` over the last axis: mlx-lm takes it over the vocabulary at every token."""
    fused = _differentiable(kernels.log_sum_exp, lambda x, d, output: d * mx.exp(x - output))

    def logsumexp(a: mx.array, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        if axis != -1 or options or a.ndim == 0 or not a.size or not _float32(a):
            return replaced(a, axis, keepdims, **options)
        return fused(a) if keepdims else fused(a).squeeze(-1)

    return logsumexp


def make_cross_entropy(kernels: ModuleType) -> Any:
    """Summed cross-entropy of ``(logits_N_V, targets_N)``, and its gradient by the logits."""
    fused = _differentiable(
        kernels.cross_entropy,
        lambda primals, d, outputs: (d[0] * outputs[1], mx.zeros_like(primals[1])),
    )

    def cross_entropy(logits_N_V: mx.array, targets_N: mx.array) -> Any:
        return fused(logits_N_V.astype(mx.float32), targets_N.astype(mx.int32))

    return cross_entropy


def compiled_cross_entropy() -> Any:
    """The compiled cross-entropy, called like ``training.loss.cross_entropy``; None without."""
    return _cross_entropy


def _float32(*arrays: mx.array) -> bool:
    return all(array.dtype == mx.float32 for array in arrays)


def use_kernels(kernels: ModuleType) -> None:
    """Put the kernels in the place of MLX's and mlx-lm's own operations, for this process.

    mlx-lm's models import ``swiglu`` by name, so it is replaced in those loaded already too.
    """
    global _cross_entropy
    _cross_entropy = make_cross_entropy(kernels)
    plain = activations.swiglu
    fused = make_swiglu(kernels, plain)
    for name, module in list(sys.modules.items()):
        if name.startswith("mlx_lm.models.") and getattr(module, "swiglu", None) is plain:
            module.swiglu = fused  # type: ignore[attr-defined]
    nn.gelu_approx = make_gelu(kernels, nn.gelu_approx)
    mx.fast.rms_norm = make_rms_norm(kernels, mx.fast.rms_norm)
    mx.fast.scaled_dot_product_attention = make_attention(
        kernels, mx.fast.scaled_dot_product_attention
    )
    mx.logsumexp = make_log_sum_exp(kernels, mx.logsumexp)
    LoRALinear.__call__ = make_lora(kernels, LoRALinear.__call__)
