"""A Qwen2 GGUF as mlx-lm's qwen2 model: llama's layout with biases on q, k and v.

llama.cpp rotates the two halves of a Qwen2 head against each other, as mlx-lm does, so the
rows of q and k stand in the same order in both; only names differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np

from farense.errors import ModelFolderError
from farense.models.gguf_requantised import requantised_weights
from farense.models.gguf_weights import IN_LLAMA_BLOCK, OUTSIDE_BLOCKS, quantisation

_WITH_BIAS = ("attn_q", "attn_k", "attn_v")
_BLOCK = re.compile(r"blk\.(\d+)\.(\w+)\.(weight|bias)")


def qwen_weights(path: Path) -> dict[str, mx.array]:
    """mlx-lm's qwen2 parameters: matrices packed, norms and biases in float32.

    Raises:
        ModelFolderError: a tensor or storage type this import does not know.
    """
    return requantised_weights(path, lambda name: _parameter_name(name, path))


def qwen_config(metadata: Mapping[str, Any], weights: Mapping[str, mx.array]) -> dict[str, Any]:
    """config.json of a Qwen2 text model, in the names mlx-lm reads."""
    own = {k.removeprefix("qwen2."): v for k, v in metadata.items() if k.startswith("qwen2.")}
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": own["embedding_length"],
        "num_hidden_layers": own["block_count"],
        "intermediate_size": own["feed_forward_length"],
        "num_attention_heads": own["attention.head_count"],
        "num_key_value_heads": own["attention.head_count_kv"],
        "max_position_embeddings": own["context_length"],
        # A float32 in the file: 9.999999974752427e-07 stands for 1e-06.
        "rms_norm_eps": float(
            np.format_float_positional(np.float32(own["attention.layer_norm_rms_epsilon"]))
        ),
        "rope_theta": own["rope.freq_base"],
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
        "hidden_act": "silu",
        "tie_word_embeddings": "lm_head.weight" not in weights,
        "quantization": quantisation(weights),
    }


def _parameter_name(name: str, source: Path) -> str:
    stem, _, leaf = name.rpartition(".")
    if leaf == "weight" and stem in OUTSIDE_BLOCKS:
        return f"{OUTSIDE_BLOCKS[stem]}.weight"
    block = _BLOCK.fullmatch(name)
    if block and block[2] in IN_LLAMA_BLOCK and (block[3] == "weight" or block[2] in _WITH_BIAS):
        return f"model.layers.{block[1]}.{IN_LLAMA_BLOCK[block[2]]}.{block[3]}"
    raise ModelFolderError(
        source,
        f"tensor {name}",
        "the tensors of a Qwen2 text model",
        "Use a base of `farense models list`, or a ready mlx-lm folder.",
    )
