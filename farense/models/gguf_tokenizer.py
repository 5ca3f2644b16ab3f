"""The tokenizer a GGUF file carries, written as the files mlx-lm and transformers read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farense.errors import ModelFolderError
from farense.models.gguf_sentencepiece import sentencepiece_bpe
from farense.storage import write_json

# GGUF token types (enum LLAMA_TOKEN_TYPE of the format's specification).
_CONTROL = 3
_USER_DEFINED = 4

_PRE_TOKENIZERS: dict[str, dict[str, Any]] = {
    "smollm": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {
                "type": "ByteLevel",
                "add_prefix_space": False,
                "trim_offsets": True,
                "use_regex": True,
            },
        ],
    },
    # The publisher's split: words with one leading mark, digits one by one, runs of blanks.
    "qwen2": {
        "type": "Sequence",
        "pretokenizers": [
            {
                "type": "Split",
                "pattern": {
                    "Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
                    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                },
                "behavior": "Isolated",
                "invert": False,
            },
            {
                "type": "ByteLevel",
                "add_prefix_space": False,
                "trim_offsets": True,
                "use_regex": False,
            },
        ],
    },
}
# Applied to the text first; the publisher's Qwen2 tokenizer composes letters and accents.
_NORMALIZERS: dict[str, dict[str, Any]] = {"qwen2": {"type": "NFC"}}


def write_tokenizer(metadata: Mapping[str, Any], folder: Path, source: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and special_tokens_map.json to ``folder``.

    Args:
        metadata: The GGUF's key-value pairs; lists for arrays, ints for scalars.
        folder: Where the files go.
        source: The GGUF, named in errors.

    Raises:
        ModelFolderError: a tokenizer of a kind this import does not know.
    """
    model = metadata.get("tokenizer.ggml.model")
    if model == "gpt2":
        tokenizer = _byte_level_bpe(metadata, source)
    elif model == "llama":
        tokenizer = sentencepiece_bpe(metadata)
    else:
        raise _unknown(source, f"tokenizer model {model!r}", "'gpt2' or 'llama' (BPE)")
    write_json(folder / "tokenizer.json", tokenizer)
    special = special_tokens(metadata)
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "tokenizer_config.json", _settings(metadata, special))


def special_tokens(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The bos, eos, unk and pad tokens' texts, as far as the GGUF names them."""
    tokens = metadata["tokenizer.ggml.tokens"]
    keys = {
        "bos_token": "tokenizer.ggml.bos_token_id",
        "eos_token": "tokenizer.ggml.eos_token_id",
        "unk_token": "tokenizer.ggml.unknown_token_id",
        "pad_token": "tokenizer.ggml.padding_token_id",
    }
    return {name: tokens[int(metadata[key])] for name, key in keys.items() if key in metadata}


def added_tokens(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tokens matched in the text before any splitting: control (special) and user-defined."""
    types = metadata["tokenizer.ggml.token_type"]
    return [
        {
            "id": number,
            "content": text,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kind == _CONTROL,
        }
        for number, (text, kind) in enumerate(
            zip(metadata["tokenizer.ggml.tokens"], types, strict=True)
        )
        if kind in (_CONTROL, _USER_DEFINED)
    ]


def _byte_level_bpe(metadata: Mapping[str, Any], source: Path) -> dict[str, Any]:
    kind = metadata.get("tokenizer.ggml.pre")
    if kind not in _PRE_TOKENIZERS:
        raise _unknown(source, f"pre-tokenizer {kind!r}", f"one of {', '.join(_PRE_TOKENIZERS)}")
    tokens = metadata["tokenizer.ggml.tokens"]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added_tokens(metadata),
        "normalizer": _NORMALIZERS.get(kind),
        "pre_tokenizer": _PRE_TOKENIZERS[kind],
        "post_processor": None,
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": True,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {text: number for number, text in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in metadata["tokenizer.ggml.merges"]],
        },
    }


def _settings(metadata: Mapping[str, Any], special: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False,
        "add_bos_token": bool(metadata.get("tokenizer.ggml.add_bos_token", False)),
        "clean_up_tokenization_spaces": False,
        **special,
    }
    if "tokenizer.chat_template" in metadata:
        settings["chat_template"] = metadata["tokenizer.chat_template"]
    return settings


def _unknown(source: Path, found: str, expected: str) -> ModelFolderError:
    return ModelFolderError(
        source, found, expected, "Use a base of `farense models list`, or a ready mlx-lm folder."
    )
