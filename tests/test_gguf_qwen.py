"""The Qwen2 import: biases kept, no row moved, Q4_K as it is, the rest near, same tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from byte_bpe import ByteBpe, byte_letters, qwen_words
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize
from tokenizers import Tokenizer

from farense.errors import ModelFolderError
from farense.models.backend import prepare_backend
from farense.testing import CHAT_TEMPLATE

prepare_backend()

import mlx.core as mx  # noqa: E402

from farense.models.gguf_import import import_gguf  # noqa: E402

SENTENCES = (Path(__file__).parent / "data/frases.txt").read_text(encoding="utf-8").splitlines()
# Q4_K comes in blocks of 256, so rows are that long.
HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, INNER = 256, 4, 2, 64, 256
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["o s", "a s", "d e", "e n", "Ġ a", "Ã £", "Ã£ o", "F a", "Fa r", "Far en", "Ġ 1", "1 9"]
TOKENS = [*SPECIAL, *byte_letters().values(), *(merge.replace(" ", "") for merge in MERGES)]
SHAPES = {
    "token_embd": (len(TOKENS), HIDDEN),
    "blk.0.attn_q": (HEADS * HEAD_SIZE, HIDDEN),
    "blk.0.attn_k": (KV_HEADS * HEAD_SIZE, HIDDEN),
    "blk.0.attn_v": (KV_HEADS * HEAD_SIZE, HIDDEN),
    "blk.0.attn_output": (HIDDEN, HEADS * HEAD_SIZE),
    "blk.0.ffn_gate": (INNER, HIDDEN),
    "blk.0.ffn_up": (INNER, HIDDEN),
}
Arrays = dict[str, np.ndarray[Any, Any]]


def write_qwen(path: Path) -> Arrays:
    """Write a Qwen2 GGUF of one layer, Q8_0 and Q4_K; return the values it stores."""
    writer = GGUFWriter(path, "qwen2")
    write_metadata(writer)
    random = np.random.default_rng(7)
    values: Arrays = {}
    for name, shape in SHAPES.items():
        array = (random.standard_normal(shape) / 16).astype(np.float32)
        values[f"{name}.weight"] = array
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(f"{name}.weight", quantize(array, kind), raw_dtype=kind)
    blocks = q4_k_blocks(random, HIDDEN)
    values["blk.0.ffn_down.weight"] = np.stack([q4_k_values(block) for block in blocks])
    writer.add_tensor("blk.0.ffn_down.weight", blocks, raw_dtype=GGMLQuantizationType.Q4_K)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        values[f"{name}.weight"] = random.uniform(0.5, 1.5, HIDDEN).astype(np.float32)
    for name in ("attn_q", "attn_k", "attn_v"):
        rows = SHAPES[f"blk.0.{name}"][0]
        values[f"blk.0.{name}.bias"] = random.standard_normal(rows).astype(np.float32)
    for name, array in values.items():
        if array.ndim == 1:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


def write_metadata(writer: Any) -> None:
    writer.add_block_count(1)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(TOKENS) - len(SPECIAL)))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def q4_k_blocks(random: np.random.Generator, rows: int) -> np.ndarray[Any, Any]:
    """Random Q4_K blocks of 144 bytes: two float16 scales, 12 bytes of scales, 128 of digits."""
    blocks = random.integers(0, 256, (rows, 144), dtype=np.uint8)
    scales = np.array([0.0004, 0.003], dtype=np.float16)
    blocks[:, :4] = np.frombuffer(scales.tobytes(), dtype=np.uint8)
    return blocks


def q4_k_values(block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One block unpacked as ggml's description of block_q4_K says: ``d·s·q - dmin·m``."""
    d, dmin = (float(x) for x in np.frombuffer(block[:4].tobytes(), dtype=np.float16))
    packed, digits = [int(x) for x in block[4:16]], block[16:]
    found = []
    for j in range(8):
        if j < 4:
            s, m = packed[j] & 63, packed[j + 4] & 63
        else:
            s = (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4
            m = (packed[j + 4] >> 4) | (packed[j] >> 6) << 4
        pair = digits[32 * (j // 2) : 32 * (j // 2) + 32]
        q = pair & 15 if j % 2 == 0 else pair >> 4
        found.append(d * s * q.astype(np.float32) - dmin * m)
    return np.concatenate(found).astype(np.float32)


def qwen_logits(v: Arrays, ids: list[int]) -> np.ndarray[Any, Any]:
    """A Qwen2 forward pass written from the architecture's description, in float64.

    Returns:
        ``logits_T_V``.
    """
    at = "blk.0."
    h = v["token_embd.weight"][ids].astype(np.float64)
    x = rms_norm(h, v[f"{at}attn_norm.weight"])
    q, k, w = (x @ v[f"{at}attn_{n}.weight"].T + v[f"{at}attn_{n}.bias"] for n in "qkv")
    heads = []
    for head in range(HEADS):
        own = slice(head * HEAD_SIZE, (head + 1) * HEAD_SIZE)
        shared = head // (HEADS // KV_HEADS)
        kv = slice(shared * HEAD_SIZE, (shared + 1) * HEAD_SIZE)
        odds = rotated(q[:, own]) @ rotated(k[:, kv]).T / np.sqrt(HEAD_SIZE)
        odds[np.triu_indices(len(ids), 1)] = -np.inf
        weights = np.exp(odds - odds.max(axis=1, keepdims=True))
        heads.append(weights / weights.sum(axis=1, keepdims=True) @ w[:, kv])
    h = h + np.concatenate(heads, axis=1) @ v[f"{at}attn_output.weight"].T
    x = rms_norm(h, v[f"{at}ffn_norm.weight"])
    gate = x @ v[f"{at}ffn_gate.weight"].T
    inner = gate / (1 + np.exp(-gate)) * (x @ v[f"{at}ffn_up.weight"].T)
    h = h + inner @ v[f"{at}ffn_down.weight"].T
    return np.asarray(rms_norm(h, v["output_norm.weight"]) @ v["token_embd.weight"].T)


def rms_norm(x: np.ndarray[Any, Any], weight: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6) * weight)


def rotated(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Rotary positions: dimension i turns with i + half, by position · 1e6^(-2i/size)."""
    half = HEAD_SIZE // 2
    angles = np.arange(len(rows))[:, None] * 1e6 ** (-np.arange(half) / half)
    a, b = rows[:, :half], rows[:, half:]
    cos, sin = np.cos(angles), np.sin(angles)
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=1)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Arrays]:
    work = tmp_path_factory.mktemp("qwen")
    values = write_qwen(work / "qwen.gguf")
    return import_gguf(work / "qwen.gguf", work / "model", {"name": "tiny-qwen"}), values


def test_logits_are_those_of_the_published_values(qwen: tuple[Path, Arrays]) -> None:
    """mlx-lm's logits correlate above 0.99 with a forward pass written for this test.

    With q and k in llama's row order, or without the biases, they do not.
    """
    from mlx_lm import load

    folder, values = qwen
    model, tokenizer = load(str(folder))[:2]
    ids = tokenizer.encode("O Farense é de Faro, 1910.")
    here = np.array(model(mx.array([ids]))[0])
    assert correlation(here, qwen_logits(values, ids)) > 0.99
    unbiased = {n: 0 * a if n.endswith("bias") else a for n, a in values.items()}
    assert correlation(here, qwen_logits(unbiased, ids)) < 0.98


def correlation(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    return float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


def test_biases_and_norms_are_exact(qwen: tuple[Path, Arrays]) -> None:
    """Vectors are not rounded: every bias and norm is the published float32."""
    folder, values = qwen
    weights: Any = mx.load(str(folder / "model.safetensors"))
    q = np.array(weights["model.layers.0.self_attn.q_proj.bias"])
    np.testing.assert_array_equal(q, values["blk.0.attn_q.bias"])
    norm = np.array(weights["model.layers.0.post_attention_layernorm.weight"])
    np.testing.assert_array_equal(norm, values["blk.0.ffn_norm.weight"])


def test_a_q4_k_matrix_keeps_its_numbers(qwen: tuple[Path, Arrays]) -> None:
    """Scales, minima and digits are taken over: the values are the published ones."""
    folder, values = qwen
    weights: Any = mx.load(str(folder / "model.safetensors"))
    layer = "model.layers.0.mlp.down_proj"
    packed, scales, biases = (weights[f"{layer}.{leaf}"] for leaf in ("weight", "scales", "biases"))
    got = np.array(mx.dequantize(packed, scales, biases, group_size=32, bits=4))
    np.testing.assert_allclose(got, values["blk.0.ffn_down.weight"], rtol=0, atol=1e-7)


def test_tokens_equal_an_independent_split(qwen: tuple[Path, Arrays]) -> None:
    """On 200 sentences and on odd blanks, ids are those of the tests' own Qwen2 tokenizer."""
    tokenizer = Tokenizer.from_file(str(qwen[0] / "tokenizer.json"))
    other = ByteBpe(TOKENS, MERGES, qwen_words)
    odd = ["a\n\n  b", "x  \n", "fim.\n\nSim", "I'M, 'ão", "(1910)…\r\n ", "   três  ", "1-0\t2"]
    for text in (*SENTENCES, *odd):
        assert tokenizer.encode(text, add_special_tokens=False).ids == other.encode(text), text


def test_split_letters_are_composed(qwen: tuple[Path, Arrays]) -> None:
    """``a`` with a combining tilde is the same token as ``ã``: text is composed first."""
    tokenizer = Tokenizer.from_file(str(qwen[0] / "tokenizer.json"))
    assert tokenizer.encode("a\u0303o").ids == tokenizer.encode("\u00e3o").ids


def test_prompts_are_chatml(qwen: tuple[Path, Arrays]) -> None:
    """The prompt is ChatML with whole marks and without a token in front; it ends on im_end."""
    from mlx_lm.utils import load_tokenizer

    from farense.models.rendering import encode_prompt
    from farense.models.templates import TEMPLATES

    tokenizer = load_tokenizer(qwen[0])
    ids = encode_prompt(tokenizer, TEMPLATES["chatml"], "Quem?")
    assert (ids[0], ids.count(1), ids.count(2)) == (1, 2, 1)
    assert tokenizer.eos_token_ids == {2}
    assert json.loads((qwen[0] / "tokenizer_config.json").read_text())["chat_template"]


def strange(names: Iterator[str], path: Path) -> Path:
    writer = GGUFWriter(path, "qwen2")
    write_metadata(writer)
    for name in names:
        writer.add_tensor(name, np.zeros((2, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("name", ["blk.0.ssm_in.weight", "blk.0.ffn_up.bias", "rope_freqs.weight"])
def test_unknown_tensors_are_refused(name: str, tmp_path: Path) -> None:
    """A tensor Qwen2 does not have is named, and nothing is imported."""
    source = strange(iter([name]), tmp_path / "x.gguf")
    with pytest.raises(ModelFolderError, match=f"tensor {name}; expected the tensors of a Qwen2"):
        import_gguf(source, tmp_path / "model", {})
    assert not (tmp_path / "model").exists()


def test_other_storage_is_refused(tmp_path: Path) -> None:
    """A type without a known number of bits is refused, never guessed."""
    writer = GGUFWriter(tmp_path / "x.gguf", "qwen2")
    write_metadata(writer)
    kind = GGMLQuantizationType.Q4_1
    zeros = quantize(np.zeros((2, 32), dtype=np.float32), kind)
    writer.add_tensor("token_embd.weight", zeros, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelFolderError, match=r"stored as Q4_1; expected one of Q4_K"):
        import_gguf(tmp_path / "x.gguf", tmp_path / "model", {})
