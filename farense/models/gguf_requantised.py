"""A GGUF of mixed quantisation packed anew for MLX; close, but not lossless.

Q4_K, Q5_0, Q5_K, Q6_K and Q8_0 are unpacked by the gguf package and packed again by MLX in
groups of 32 with at least as many bits; Q6_K, which MLX has no grouping for, gets 8.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mlx.core as mx
import numpy as np
from gguf import GGUFReader, dequantize

from farense.errors import ModelFolderError
from farense.models.gguf_weights import GROUP_SIZE

_BITS = {"Q4_K": 4, "Q5_0": 5, "Q5_K": 5, "Q6_K": 8, "Q8_0": 8, "F16": 8, "F32": 8}


def requantised_weights(
    path: Path, parameter_name: Callable[[str], str], added_to_norms: float = 0.0
) -> dict[str, mx.array]:
    """Every tensor of a GGUF: matrices packed by MLX, vectors kept as float32.

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
        values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if values.ndim == 1:
            weights[target] = mx.array(values - np.float32(added_to_norms))
            continue
        layer = target.removesuffix(".weight")
        packed = mx.quantize(mx.array(values), group_size=GROUP_SIZE, bits=_BITS[kind])
        # Evaluated one by one: all the unpacked matrices together need not fit in memory.
        mx.eval(packed)
        for leaf, array in zip(("weight", "scales", "biases"), packed, strict=True):
            weights[f"{layer}.{leaf}"] = array
    return weights
