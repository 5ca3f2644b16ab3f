"""A Gemma 3 GGUF as mlx-lm's gemma3_text model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx

from farense.errors import ModelFolderError
from farense.models.gguf_requantised import requantised_weights
from farense.models.gguf_weights import quantisation

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


def gemma_weights(path: Path) -> dict[str, mx.array]:
    """mlx-lm's gemma3_text parameters: matrices packed, norms without the 1 GGUF adds.

    Raises:
        ModelFolderError: a tensor or storage type this import does not know.
    """
    return requantised_weights(path, lambda name: _parameter_name(name, path), added_to_norms=1.0)


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
    raise ModelFolderError(
        source,
        f"tensor {name}",
        "the tensors of a Gemma 3 text model",
        "Use a base of `farense models list`, or a ready mlx-lm folder.",
    )
