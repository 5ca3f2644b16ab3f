"""The Gemma 3 import: near the published numbers, norms shifted, tokens as SentencePiece's."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize
from tokenizers import Tokenizer

from farense.models.backend import prepare_backend

prepare_backend()

import mlx.core as mx  # noqa: E402

from farense.models.gguf_import import import_gguf  # noqa: E402

SENTENCES = (Path(__file__).parent / "data/frases.txt").read_text(encoding="utf-8").splitlines()
HIDDEN, HEADS, HEAD_SIZE, INNER, LAYERS = 64, 2, 32, 96, 6
CONTROL = ["<pad>", "<eos>", "<bos>", "<unk>"]
BYTES = [f"<0x{n:02X}>" for n in range(256)]
USER_DEFINED = ["\n\n", "▁▁"]
# Not in the order of their scores, so that rank has to come from the score.
TEXT_PIECES = (
    "▁ a e i o s r d n t c m p u l v f q F ã ç é ▁a ▁o ▁d as os de ar en re se far ▁F ▁Far ense"
    " Farense ▁Farense que ▁que ão çã ção 1 9 19 199"
)
PIECES = TEXT_PIECES.split()
SCORES = {piece: -float((37 * n) % 101) for n, piece in enumerate(PIECES)}


def write_gemma(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Write a six-layer Gemma 3 GGUF of mixed storage; return its values before storage."""
    writer = GGUFWriter(path, "gemma3")
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD_SIZE)
    writer.add_value_length(HEAD_SIZE)
    writer.add_rope_freq_base(1e6)
    writer.add_sliding_window(64)
    writer.add_layer_norm_rms_eps(1e-6)
    write_vocabulary(writer)
    random = np.random.default_rng(5)
    matrices = {
        "attn_q": (HEADS * HEAD_SIZE, HIDDEN),
        "attn_k": (HEAD_SIZE, HIDDEN),
        "attn_v": (HEAD_SIZE, HIDDEN),
        "attn_output": (HIDDEN, HEADS * HEAD_SIZE),
        "ffn_gate": (INNER, HIDDEN),
        "ffn_up": (INNER, HIDDEN),
        "ffn_down": (HIDDEN, INNER),
    }
    block_norms = {"attn_q_norm": HEAD_SIZE, "attn_k_norm": HEAD_SIZE}
    for name in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
        block_norms[name] = HIDDEN
    shapes = {"token_embd": (len(CONTROL + BYTES + USER_DEFINED + PIECES), HIDDEN)}
    norms = {"output_norm": HIDDEN}
    for layer in range(LAYERS):
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in matrices.items()}
        norms |= {f"blk.{layer}.{name}": size for name, size in block_norms.items()}
    values = {n: random.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
    for name, array in values.items():
        kind = GGMLQuantizationType.Q8_0 if name == "token_embd" else GGMLQuantizationType.Q5_0
        writer.add_tensor(f"{name}.weight", quantize(array, kind), raw_dtype=kind)
    for name, size in norms.items():
        values[name] = random.standard_normal(size).astype(np.float32)
        writer.add_tensor(f"{name}.weight", values[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


def write_vocabulary(writer: Any) -> None:
    tokens = [*CONTROL, *BYTES, *USER_DEFINED, *PIECES]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([SCORES.get(token, -1000.0) for token in tokens])
    kinds = [3] * len(CONTROL) + [6] * len(BYTES) + [4] * len(USER_DEFINED) + [1] * len(PIECES)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)


def sentencepiece(text: str) -> list[str]:
    """SentencePiece's rule restated: join the neighbours whose joined piece scores best."""
    found: list[str] = []
    parts = list(text.replace(" ", "▁"))
    while True:
        joined = [a + b for a, b in itertools.pairwise(parts)]
        best = max((SCORES[j] for j in joined if j in SCORES), default=None)
        if best is None:
            break
        at = next(n for n, j in enumerate(joined) if SCORES.get(j) == best)
        parts[at : at + 2] = [joined[at]]
    for part in parts:
        known = part in SCORES
        found += [part] if known else [f"<0x{byte:02X}>" for byte in part.encode()]
    return found


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    work = tmp_path_factory.mktemp("gemma")
    values = write_gemma(work / "gemma.gguf")
    return import_gguf(work / "gemma.gguf", work / "model", {"name": "tiny-gemma"}), values


def test_norms_lose_the_one_gguf_adds(gemma: tuple[Path, dict[str, Any]]) -> None:
    """mlx-lm multiplies by 1 + weight, so each norm is stored less 1, exactly."""
    folder, values = gemma
    weights: Any = mx.load(str(folder / "model.safetensors"))
    got = np.array(weights["model.layers.0.pre_feedforward_layernorm.weight"])
    np.testing.assert_array_equal(got, values["blk.0.ffn_norm"] - 1)


def test_matrices_stay_near(gemma: tuple[Path, dict[str, Any]]) -> None:
    """After both roundings a 5-bit matrix is within 6 % RMS and the embedding within 1 %."""
    from farense.models.loading import load_model

    folder, values = gemma
    model = load_model(folder, prepare_backend()).model
    q = np.array(model.model.layers[0].self_attn.q_proj.weight)
    embedding = np.array(model.model.embed_tokens.weight)
    if prepare_backend().device != "cpu":
        pytest.skip("weights stay packed on a GPU")
    assert np.sqrt(np.mean((q - values["blk.0.attn_q"]) ** 2)) < 0.06
    assert np.sqrt(np.mean((embedding - values["token_embd"]) ** 2)) < 0.01


def test_stock_mlx_lm_answers_with_it(gemma: tuple[Path, dict[str, Any]]) -> None:
    """mlx_lm.load opens the folder and the model gives finite logits over the vocabulary."""
    from mlx_lm import load

    model, tokenizer = load(str(gemma[0]))[:2]
    logits = model(mx.array([tokenizer.encode("O Farense")]))
    assert logits.shape[-1] == len(CONTROL + BYTES + USER_DEFINED + PIECES)
    assert bool(mx.isfinite(logits).all())


def test_tokens_equal_sentencepiece_restated(gemma: tuple[Path, dict[str, Any]]) -> None:
    """On all sentences without double spaces, pieces are those of the restated rule."""
    tokenizer = Tokenizer.from_file(str(gemma[0] / "tokenizer.json"))
    plain = [s for s in SENTENCES if "  " not in s]
    assert len(plain) == 199
    for sentence in plain:
        got = tokenizer.encode(sentence, add_special_tokens=False).tokens
        assert got == sentencepiece(sentence), sentence


def test_prompts_start_with_bos(gemma: tuple[Path, dict[str, Any]]) -> None:
    """Gemma was trained with a leading bos token: prompts have it, once."""
    from mlx_lm.utils import load_tokenizer

    from farense.models.rendering import encode_prompt
    from farense.models.templates import TEMPLATES

    ids = encode_prompt(load_tokenizer(gemma[0]), TEMPLATES["pergunta"], "Quem?")
    assert ids[0] == 2
    assert 2 not in ids[1:]


def test_runs_of_spaces_and_lines_are_one_token(gemma: tuple[Path, dict[str, Any]]) -> None:
    """User-defined pieces are found before any joining, and text survives the round trip."""
    tokenizer = Tokenizer.from_file(str(gemma[0] / "tokenizer.json"))
    encoded = tokenizer.encode("a\n\nde  o", add_special_tokens=False)
    assert encoded.tokens == ["a", "\n\n", "de", "▁▁", "o"]
    assert tokenizer.decode(encoded.ids) == "a\n\nde  o"
