"""The tensors of a llama-layout Q4_1 GGUF as MLX's own 4-bit weights, bit for bit.

A Q4_1 block is 32 weights ``d * q + m`` with q in 0…15, which is MLX's affine
quantisation with scale d and bias m. Only names and the order of the q and k rows
differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
from gguf import GGUFReader

from farense.errors import ModelFolderError

OUTSIDE_BLOCKS = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
IN_LLAMA_BLOCK = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.(weight|scales|biases)")
_OUTSIDE = re.compile(r"(\w+)\.(weight|scales|biases)")
GROUP_SIZE = 32


def read_metadata(path: Path) -> dict[str, Any]:
    """A GGUF's key-value pairs: scalars as Python values, arrays as lists.

    Raises:
        ModelFolderError: not a whole GGUF file.
    """
    try:
        return {name: field.contents() for name, field in GGUFReader(path).fields.items()}
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise _unreadable(path, error) from error


def read_tensors(path: Path) -> dict[str, mx.array]:
    """A GGUF's tensors; Q4_0, Q4_1 and Q8_0 as MLX's packed weight, scales and biases.

    Raises:
        ModelFolderError: MLX cannot read one of them.
    """
    try:
        tensors: Any = mx.load(str(path), format="gguf")
    except (RuntimeError, ValueError) as error:
        raise _unreadable(path, error) from error
    return dict(tensors)


def llama_weights(
    tensors: Mapping[str, mx.array], heads: int, kv_heads: int, source: Path
) -> dict[str, mx.array]:
    """mlx-lm's llama parameters from a GGUF's tensors, values unchanged.

    Args:
        tensors: What :func:`read_tensors` returned.
        heads: Query heads; ``kv_heads``: key and value heads.
        source: The GGUF, named in errors.

    Raises:
        ModelFolderError: a tensor this layout does not have, or one stored in a way
            MLX could only read by rounding.
    """
    order = {"attn_q": heads, "attn_k": kv_heads}
    weights = {}
    for name, tensor in tensors.items():
        stem, target = _parameter_name(name, source)
        array = _rows_in_rotary_order(tensor, order[stem]) if stem in order else tensor
        weights[target] = _narrowest_exact(array)
    _refuse_unquantised(weights, source)
    return weights


def quantisation(weights: Mapping[str, mx.array], default_bits: int = 4) -> dict[str, Any]:
    """The ``quantization`` entry of config.json: default bits, and the layers that differ."""
    settings: dict[str, Any] = {"group_size": GROUP_SIZE, "bits": default_bits, "mode": "affine"}
    for name in sorted(weights):
        if not name.endswith(".scales"):
            continue
        layer = name.removesuffix(".scales")
        columns = weights[name].shape[-1] * GROUP_SIZE
        bits = weights[f"{layer}.weight"].shape[-1] * 32 // columns
        if bits != default_bits:
            settings[layer] = {"group_size": GROUP_SIZE, "bits": bits}
    return settings


def _parameter_name(name: str, source: Path) -> tuple[str, str]:
    if (block := _BLOCK.fullmatch(name)) and block[2] in IN_LLAMA_BLOCK:
        return block[2], f"model.layers.{block[1]}.{IN_LLAMA_BLOCK[block[2]]}.{block[3]}"
    if (outside := _OUTSIDE.fullmatch(name)) and outside[1] in OUTSIDE_BLOCKS:
        return outside[1], f"{OUTSIDE_BLOCKS[outside[1]]}.{outside[2]}"
    raise ModelFolderError(
        source,
        f"tensor {name}",
        "the tensors of a llama-layout model",
        "Use a base of `farense models list`, or a ready mlx-lm folder.",
    )


def _rows_in_rotary_order(rows: mx.array, heads: int) -> mx.array:
    """Undo the row order llama.cpp gives q and k: pairs (i, i + half) back to two halves.

    Per head, llama.cpp stores row ``i`` of the first half beside row ``i`` of the second
    (adjacent rotary pairs); mlx-lm rotates the two halves against each other.
    """
    half = rows.shape[0] // heads // 2
    paired = rows.reshape(heads, half, 2, -1)
    return mx.contiguous(paired.swapaxes(1, 2).reshape(rows.shape))


def _narrowest_exact(array: mx.array) -> mx.array:
    """float16 where every float32 value survives it, so that Metal need not mix types."""
    if array.dtype != mx.float32:
        return array
    narrow = array.astype(mx.float16)
    return narrow if bool((narrow.astype(mx.float32) == array).all()) else array


def _refuse_unquantised(weights: Mapping[str, mx.array], source: Path) -> None:
    loose = [
        name
        for name, array in weights.items()
        if name.endswith(".weight") and array.ndim == 2 and array.dtype != mx.uint32
    ]
    if loose:
        raise ModelFolderError(
            source,
            f"{loose[0]} is not stored in Q4_0, Q4_1 or Q8_0",
            "matrices MLX reads without rounding",
            "Use a Q4_1 file, or a ready mlx-lm folder.",
        )


def _unreadable(path: Path, error: Exception) -> ModelFolderError:
    return ModelFolderError(
        path, f"not readable as GGUF ({error})", "a whole GGUF file", "Fetch it anew."
    )
