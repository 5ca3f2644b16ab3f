"""A SentencePiece BPE vocabulary, as GGUF keeps it, in tokenizer.json's form.

GGUF keeps pieces with scores and no merges. SentencePiece joins the neighbouring pair whose
joined piece has the highest score, so every way to split a piece in two known pieces is
a merge, ranked by the piece's score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# GGUF token types (enum LLAMA_TOKEN_TYPE of the format's specification).
_NORMAL = 1
_CONTROL = 3
_USER_DEFINED = 4
_SPACE = "▁"


def sentencepiece_bpe(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """tokenizer.json of a SentencePiece BPE with byte fallback and no space put in front."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    unknown = tokens[metadata["tokenizer.ggml.unknown_token_id"]]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": _added(tokens, metadata["tokenizer.ggml.token_type"]),
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE},
        "pre_tokenizer": None,
        "post_processor": _leading_bos(metadata),
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": _SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": unknown,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {text: number for number, text in enumerate(tokens)},
            "merges": merges(metadata),
        },
    }


def merges(metadata: Mapping[str, Any]) -> list[list[str]]:
    """Every split of a normal piece in two known ones, best score first."""
    tokens: list[str] = metadata["tokenizer.ggml.tokens"]
    types: list[int] = metadata["tokenizer.ggml.token_type"]
    scores: list[float] = metadata["tokenizer.ggml.scores"]
    normal = [n for n, kind in enumerate(types) if kind == _NORMAL]
    known = {tokens[n] for n in normal}
    return [
        [tokens[n][:cut], tokens[n][cut:]]
        for n in sorted(normal, key=lambda n: -scores[n])
        for cut in range(1, len(tokens[n]))
        if tokens[n][:cut] in known and tokens[n][cut:] in known
    ]


def _added(tokens: list[str], types: list[int]) -> list[dict[str, Any]]:
    """Control tokens as written; user-defined ones after spaces have become ``▁``."""
    return [
        {
            "id": number,
            "content": text,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": kind == _USER_DEFINED,
            "special": kind == _CONTROL,
        }
        for number, (text, kind) in enumerate(zip(tokens, types, strict=True))
        if kind in (_CONTROL, _USER_DEFINED)
    ]


def _leading_bos(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    if not metadata.get("tokenizer.ggml.add_bos_token"):
        return None
    number = metadata["tokenizer.ggml.bos_token_id"]
    text = metadata["tokenizer.ggml.tokens"][number]
    first = {"SpecialToken": {"id": text, "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [first, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            first,
            {"Sequence": {"id": "A", "type_id": 0}},
            {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {text: {"id": text, "ids": [number], "tokens": [text]}},
    }
