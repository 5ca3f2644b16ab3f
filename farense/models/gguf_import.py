"""A GGUF turned into a folder stock ``mlx_lm.load`` opens: llama layout without any loss."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from safetensors.numpy import save

from farense.errors import ModelFolderError
from farense.models.gguf_gemma import gemma_config, gemma_weights
from farense.models.gguf_qwen import qwen_config, qwen_weights
from farense.models.gguf_tokenizer import write_tokenizer
from farense.models.gguf_weights import llama_weights, quantisation, read_metadata, read_tensors
from farense.models.model_folder import record_base
from farense.storage import write_bytes, write_json


def import_gguf(gguf: Path, folder: Path, origin: Mapping[str, Any]) -> Path:
    """Write the model in ``gguf`` to ``folder`` as an MLX model quantised in groups of 32.

    Args:
        gguf: A file of architecture ``llama`` whose matrices are Q4_1, Q4_0 or Q8_0, which
            loses nothing; or of ``gemma3`` or ``qwen2``, which is re-quantised.
        folder: Created when missing; holds the whole model afterwards.
        origin: Recorded in farense_base.json (name, source, source_sha256, licence, …).

    Returns:
        ``folder``.

    Raises:
        ModelFolderError: another architecture, tokenizer or storage type.
        StorageError: the disk is full or not writable.
    """
    metadata = read_metadata(gguf)
    architecture = metadata.get("general.architecture")
    if architecture == "llama":
        heads = metadata["llama.attention.head_count"]
        kv_heads = metadata["llama.attention.head_count_kv"]
        weights = llama_weights(read_tensors(gguf), heads, kv_heads, gguf)
        config = llama_config(metadata, weights)
    elif architecture == "gemma3":
        weights = gemma_weights(gguf)
        config = gemma_config(metadata, weights)
    elif architecture == "qwen2":
        weights = qwen_weights(gguf)
        config = qwen_config(metadata, weights)
    else:
        raise ModelFolderError(
            gguf,
            f"architecture {architecture!r}",
            "'llama', 'gemma3' or 'qwen2'",
            "Use a base of `farense models list`, or a ready mlx-lm folder.",
        )
    write_tokenizer(metadata, folder, gguf)
    write_json(folder / "config.json", {**config, **token_ids(metadata)})
    write_json(folder / "generation_config.json", token_ids(metadata))
    write_bytes(folder / "model.safetensors", save(as_numpy(weights), {"format": "mlx"}))
    record_base(folder, {**origin, "content_sha256": content_sha256(weights)})
    return folder


def llama_config(metadata: Mapping[str, Any], weights: Mapping[str, mx.array]) -> dict[str, Any]:
    """config.json of a llama-layout model, in the names mlx-lm reads."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": metadata["llama.embedding_length"],
        "num_hidden_layers": metadata["llama.block_count"],
        "intermediate_size": metadata["llama.feed_forward_length"],
        "num_attention_heads": metadata["llama.attention.head_count"],
        "num_key_value_heads": metadata["llama.attention.head_count_kv"],
        "max_position_embeddings": metadata["llama.context_length"],
        # A float32 in the file: 9.999999747378752e-06 stands for 1e-05.
        "rms_norm_eps": float(
            np.format_float_positional(
                np.float32(metadata["llama.attention.layer_norm_rms_epsilon"])
            )
        ),
        "rope_theta": metadata.get("llama.rope.freq_base", 10000.0),
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": "lm_head.weight" not in weights,
        "quantization": quantisation(weights),
    }


def token_ids(metadata: Mapping[str, Any]) -> dict[str, int]:
    """bos, eos and pad token ids, as far as the GGUF names them."""
    keys = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}
    return {
        name: metadata[f"tokenizer.ggml.{key}_token_id"]
        for name, key in keys.items()
        if f"tokenizer.ggml.{key}_token_id" in metadata
    }


def as_numpy(weights: Mapping[str, mx.array]) -> dict[str, np.ndarray[Any, Any]]:
    """Sorted by name: the same weights give the same file bytes on every machine."""
    return {name: np.array(weights[name]) for name in sorted(weights)}


def content_sha256(weights: Mapping[str, mx.array]) -> str:
    """Hex sha256 over names, types, shapes and values; independent of the file's layout."""
    digest = hashlib.sha256()
    for name, array in as_numpy(weights).items():
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
