"""A GGUF of mixed quantisation in MLX's groups of 32; close, but not lossless.

A Q4_K group is ``scale * q - minimum`` with q in 0…15, which MLX holds as it is. Q5_0, Q5_K,
Q6_K, Q8_0 and floats are unpacked by the gguf package and packed again by MLX with at least as
many bits; Q6_K, which MLX has no grouping for, gets 8.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from gguf import GGUFReader, dequantize
from gguf.quants import Q4_K

from farense.errors import ModelFolderError
from farense.models.gguf_weights import GROUP_SIZE

_BITS = {"Q4_K": 4, "Q5_0": 5, "Q5_K": 5, "Q6_K": 8, "Q8_0": 8, "F16": 8, "F32": 8}
_LEAVES = ("weight", "scales", "biases")
# Where the parts of a Q4_K block end: a scale, a minimum, their factors; then digits.
_Q4_K_PARTS = (2, 4, 16)


def requantised_weights(
    path: Path, parameter_name: Callable[[str], str], added_to_norms: float = 0.0
) -> dict[str, mx.array]:
    """Every tensor of a GGUF: matrices packed, vectors kept as float32.

    Args:
        path: The GGUF.
        parameter_name: mlx-lm's name of a tensor; raises ModelFolderError for an unknown one.
        added_to_norms: What the format adds to every vector, taken off again.

    Raises:
        ModelFolderError: a tensor or storage type this import does not know.
    """
    weights: dict[str, mx.array] = {}
    for tensor in GGUFReader(path).tensors:
        target = parameter_name(tensor.name)
        kind = tensor.tensor_type.name
        if kind not in _BITS:
            raise ModelFolderError(
                path,
                f"{tensor.name} stored as {kind}",
                f"one of {', '.join(_BITS)}",
                "Use a base of `farense models list`, or a ready mlx-lm folder.",
            )
        if len(tensor.shape) == 1:
            values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
            weights[target] = mx.array(values - np.float32(added_to_norms))
            continue
        packed = _taken_over(tensor.data) if kind == "Q4_K" else _packed_anew(tensor, _BITS[kind])
        # Evaluated one by one: all the unpacked matrices together need not fit in memory.
        mx.eval(packed)
        layer = target.removesuffix(".weight")
        weights |= {f"{layer}.{leaf}": array for leaf, array in zip(_LEAVES, packed, strict=True)}
    return weights


def _packed_anew(tensor: Any, bits: int) -> tuple[mx.array, ...]:
    values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    return tuple(mx.quantize(mx.array(values), group_size=GROUP_SIZE, bits=bits))


def _taken_over(data: np.ndarray[Any, Any]) -> tuple[mx.array, ...]:
    """Q4_K bytes ``data_R_B`` as MLX's 4-bit weight, scales and biases: the same numbers."""
    rows = data.shape[0]
    scale, minimum, factors, digits = np.split(data.reshape(-1, 144), _Q4_K_PARTS, axis=1)
    by_group, minima = Q4_K.get_scale_min(factors)
    scales_R_G = (_float32(scale) * by_group.astype(np.float32)).reshape(rows, -1)
    biases_R_G = -(_float32(minimum) * minima.astype(np.float32)).reshape(rows, -1)
    # 32 bytes hold two groups: one in the low halves, the next in the high ones.
    low_high = digits.reshape(-1, 4, 1, 32) >> np.array([0, 4], dtype=np.uint8).reshape(1, 1, 2, 1)
    eights = (low_high & np.uint8(15)).reshape(rows, -1, 8).astype(np.uint32)
    shifts = np.arange(0, 32, 4, dtype=np.uint32)
    weight_R_W = np.bitwise_or.reduce(eights << shifts, axis=-1)
    return mx.array(weight_R_W), mx.array(scales_R_G), mx.array(biases_R_G)


def _float32(halves: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.ascontiguousarray(halves).view(np.float16).astype(np.float32)
