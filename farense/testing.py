"""Public doubles for tests: a tiny random model and adapter in the real ones' layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HIDDEN = 32
LAYERS = 2
HEADS = 4
KV_HEADS = 2
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# Frequent Portuguese letter pairs, so that text takes fewer tokens than bytes.
_PAIRS = (
    "os as de en ra es ar or an Ġa Ġo Ġp Ġc qu Ġs Ġe ci te to do re in al Ġn no ma co id"
    " Ã£ Ã§ Ã© Ãª Ã¡ Fa"
)
_MERGES = [
    *(f"{pair[0]} {pair[1]}" for pair in _PAIRS.split()),
    *("Ã£ o", "en t", "Fa r", "Far en", "Faren s"),
]


@dataclass(frozen=True)
class Shape:
    """How large a tiny model is; the numbers must be multiples of 32 where they are widths.

    ``merges`` are those of its tokenizer, ``"left right"`` in byte-level letters, besides 256
    tokens for the bytes.
    """

    hidden: int = HIDDEN
    layers: int = LAYERS
    heads: int = HEADS
    kv_heads: int = KV_HEADS
    feed_forward: int = 64
    merges: Sequence[str] = tuple(_MERGES)


TINY = Shape()
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' "
    "+ message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tiny_model_folder(path: Path, *, seed: int = 0, shape: Shape = TINY) -> Path:
    """Write a random llama-layout model stock ``mlx_lm.load`` opens, and return ``path``.

    As it comes: hidden size 32, 2 layers, 4 query and 2 key-value heads, about 300 tokens
    with the ChatML special ones, 4-bit group 32 with an 8-bit embedding: what importing the
    smallest real base gives, at 28 kB. The same seed gives the same bytes.
    """
    from farense.models.backend import prepare_backend

    prepare_backend()
    from farense.models.gguf_import import import_gguf

    path.mkdir(parents=True, exist_ok=True)
    gguf = tiny_gguf(path / "tiny.gguf", seed=seed, shape=shape)
    import_gguf(gguf, path, {"name": f"tiny-{seed}", "licence": "none", "conversion": "lossless"})
    gguf.unlink()
    return path


def tiny_adapter_folder(path: Path, base: Path, *, seed: int = 0) -> Path:
    """Write a random LoRA adapter of rank 2 for ``base``, as training would; return ``path``.

    It was never trained, so it has no summary and no overfitting gap. The same seed gives
    the same bytes.

    Args:
        path: The folder, created when missing.
        base: A model folder such as ``tiny_model_folder`` writes.
        seed: Of all tensors.
    """
    from farense.models.backend import prepare_backend

    backend = prepare_backend()
    import numpy as np

    from farense.config import TrainingSettings
    from farense.models.adapters import write_adapter
    from farense.models.loading import load_model
    from farense.models.model_folder import base_sha256
    from farense.models.templates import template_for
    from farense.training.lora import trainable
    from farense.training.methods import make_trainable, put_on

    settings = TrainingSettings(rank=2, seed=seed)
    model = load_model(base, backend).model
    how = put_on(model, settings)
    make_trainable(model, settings)
    random = np.random.default_rng(seed)
    tensors = {
        name: random.standard_normal(tensor.shape).astype(np.float32)
        for name, tensor in sorted(trainable(model).items())
    }
    config = {
        **how,
        "model": str(base),
        "base": base.name,
        "base_sha256": base_sha256(base),
        "prompt_template": template_for(base).name,
    }
    return write_adapter(path, tensors, config)


def tiny_gguf(path: Path, *, seed: int = 0, shape: Shape = TINY) -> Path:
    """Write a random Q4_1 GGUF of llama layout with a byte-level tokenizer; return ``path``."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    writer = GGUFWriter(path, "llama")
    _write_metadata(writer, shape)
    kinds = {"q4": GGMLQuantizationType.Q4_1, "q8": GGMLQuantizationType.Q8_0}
    for name, (array, kind) in _random_tensors(shape, seed).items():
        if kind == "f32":
            writer.add_tensor(name, array)
        else:
            writer.add_tensor(name, quantize(array, kinds[kind]), raw_dtype=kinds[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in a byte-level vocabulary, as GPT-2 chose them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + n) for n, b in enumerate(others)}


def byte_tokens(merges: Sequence[str] = _MERGES) -> list[str]:
    """The tiny tokenizer's vocabulary: special tokens, the 256 byte letters, the merges."""
    return [*_SPECIAL, *byte_letters().values(), *(merge.replace(" ", "") for merge in merges)]


def word_merges(words: Sequence[str]) -> list[str]:
    """Merges that make one token of each of ``words``, from left to right.

    A word that stands after a blank is given with it; those without come last.
    """
    letters, merges = byte_letters(), dict[str, None]()
    for word in sorted(words, key=lambda word: not word.startswith(" ")):
        spelled = [letters[byte] for byte in word.encode()]
        for end in range(1, len(spelled)):
            merges[f"{''.join(spelled[:end])} {spelled[end]}"] = None
    return list(merges)


def _write_metadata(writer: Any, shape: Shape) -> None:
    tokens = byte_tokens(shape.merges)
    writer.add_block_count(shape.layers)
    writer.add_context_length(512)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(_SPECIAL) + [1] * (len(tokens) - len(_SPECIAL)))
    writer.add_token_merges(list(shape.merges))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _random_tensors(shape: Shape, seed: int) -> dict[str, tuple[Any, str]]:
    """Arrays by GGUF name, each with how it is stored: q4, q8 or f32."""
    import numpy as np

    random = np.random.default_rng(seed)
    hidden, wide = shape.hidden, shape.feed_forward

    def matrix(rows: int, columns: int, kind: str) -> tuple[Any, str]:
        values = random.standard_normal((rows, columns)) / np.sqrt(columns)
        return values.astype(np.float32), kind

    def norm() -> tuple[Any, str]:
        return np.ones(hidden, dtype=np.float32), "f32"

    keys = hidden // shape.heads * shape.kv_heads
    tensors = {"token_embd.weight": matrix(len(byte_tokens(shape.merges)), hidden, "q8")}
    for layer in range(shape.layers):
        block = {
            "attn_norm": norm(),
            "attn_q": matrix(hidden, hidden, "q4"),
            "attn_k": matrix(keys, hidden, "q4"),
            "attn_v": matrix(keys, hidden, "q4"),
            "attn_output": matrix(hidden, hidden, "q4"),
            "ffn_norm": norm(),
            "ffn_gate": matrix(wide, hidden, "q4"),
            "ffn_up": matrix(wide, hidden, "q4"),
            "ffn_down": matrix(hidden, wide, "q4"),
        }
        tensors |= {f"blk.{layer}.{name}.weight": value for name, value in block.items()}
    tensors["output_norm.weight"] = norm()
    return tensors
