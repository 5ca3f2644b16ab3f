"""A Gemma 3 GGUF of mixed quantisation re-quantised for MLX; close, but not lossless.

Q4_K, Q5_0, Q6_K and Q8_0 are unpacked by the gguf package and packed again by MLX in
groups of 32 with at least as many bits; Q6_K, which MLX has no grouping for, gets 8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from gguf import GGUFReader, dequantize

from farense.errors import ModelFolderError
from farense.models.gguf_weights import GROUP_SIZE, quantisation

_OUTSIDE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
}
_IN_BLOCK = {
    "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
_BITS = {"Q4_K": 4, "Q5_0": 5, "Q6_K": 8, "Q8_0": 8, "F16": 8, "F32": 8}


def gemma_weights(path: Path) -> dict[str, mx.array]:
    """mlx-lm's gemma3_text parameters: matrices packed, norms without the 1 GGUF adds.

    Raises:
        ModelFolderError: a tensor or storage type this import does not know.
    """
    weights: dict[str, mx.array] = {}
    for tensor in GGUFReader(path).tensors:
        target = _parameter_name(tensor.name, path)
        values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if values.ndim == 1:
            weights[target] = mx.array(values - 1)
            continue
        kind = tensor.tensor_type.name
        if kind not in _BITS:
            raise _unknown(path, f"{tensor.name} stored as {kind}", f"one of {', '.join(_BITS)}")
        layer = target.removesuffix(".weight")
        packed = mx.quantize(mx.array(values), group_size=GROUP_SIZE, bits=_BITS[kind])
        mx.eval(packed)
        for leaf, array in zip(("weight", "scales", "biases"), packed, strict=True):
            weights[f"{layer}.{leaf}"] = array
    return weights


def gemma_config(metadata: Mapping[str, Any], weights: Mapping[str, mx.array]) -> dict[str, Any]:
    """config.json of a Gemma 3 text model, in the names mlx-lm reads."""
    own = {k.removeprefix("gemma3."): v for k, v in metadata.items() if k.startswith("gemma3.")}
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "hidden_size": own["embedding_length"],
        "num_hidden_layers": own["block_count"],
        "intermediate_size": own["feed_forward_length"],
        "num_attention_heads": own["attention.head_count"],
        "num_key_value_heads": own["attention.head_count_kv"],
        "head_dim": own["attention.key_length"],
        "query_pre_attn_scalar": own["attention.key_length"],
        "rms_norm_eps": 1e-6,
        "rope_theta": own["rope.freq_base"],
        "rope_local_base_freq": 10000.0,
        "sliding_window": own["attention.sliding_window"],
        "sliding_window_pattern": 6,
        "max_position_embeddings": own["context_length"],
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
        "tie_word_embeddings": True,
        "quantization": quantisation(weights),
    }


def _parameter_name(name: str, source: Path) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    if (block := _BLOCK.fullmatch(name)) and block[2] in _IN_BLOCK:
        return f"model.layers.{block[1]}.{_IN_BLOCK[block[2]]}.weight"
    raise _unknown(source, f"tensor {name}", "the tensors of a Gemma 3 text model")


def _unknown(source: Path, found: str, expected: str) -> ModelFolderError:
    return ModelFolderError(
        source, found, expected, "Use a base of `farense models list`, or a ready mlx-lm folder."
    )
