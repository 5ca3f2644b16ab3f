"""The import of a Q4_1 GGUF changes no number; the judge is the gguf package's own reading."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize
from gguf.quants import quantize

from farense.errors import ModelFolderError, StorageError
from farense.models.backend import prepare_backend
from farense.testing import HEADS, KV_HEADS, tiny_gguf, tiny_model_folder

prepare_backend()

import mlx.core as mx  # noqa: E402

from farense.models.gguf_import import import_gguf  # noqa: E402
from farense.models.gguf_weights import llama_weights  # noqa: E402

REAL_GGUF = Path(os.environ.get("FARENSE_TEST_GGUF", "models/smollm2-135m.gguf"))
needs_real_gguf = pytest.mark.skipif(
    not REAL_GGUF.is_file(), reason="FARENSE_TEST_GGUF does not name the SmolLM2 GGUF"
)
NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def published(gguf: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Every tensor of a GGUF as the gguf package dequantises it."""
    tensors = GGUFReader(gguf).tensors
    return {t.name: dequantize(t.data, t.tensor_type) for t in tensors}


def imported(folder: Path, layer: str) -> np.ndarray[Any, Any]:
    """One imported matrix, unpacked in float32."""
    weights: Any = mx.load(str(folder / "model.safetensors"))
    settings = json.loads((folder / "config.json").read_text())["quantization"]
    bits = settings.get(layer, settings)["bits"]
    scales = weights[f"{layer}.scales"].astype(mx.float32)
    biases = weights[f"{layer}.biases"].astype(mx.float32)
    packed = weights[f"{layer}.weight"]
    return np.array(mx.dequantize(packed, scales, biases, group_size=32, bits=bits))


def in_two_halves(rows: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """llama.cpp's row order undone, row by row: even rows of a head first, then odd ones."""
    size = rows.shape[0] // heads
    order = [
        head * size + row
        for head in range(heads)
        for row in [*range(0, size, 2), *range(1, size, 2)]
    ]
    return rows[order]


def assert_same_numbers(gguf: Path, folder: Path, layers: list[int], heads: dict[str, int]) -> None:
    tensors = published(gguf)
    embedding = imported(folder, "model.embed_tokens")
    np.testing.assert_array_equal(embedding, tensors["token_embd.weight"])
    for layer in layers:
        for name, target in NAMES.items():
            expected = tensors[f"blk.{layer}.{name}.weight"]
            if name in heads:
                expected = in_two_halves(expected, heads[name])
            got = imported(folder, f"model.layers.{layer}.{target}")
            np.testing.assert_array_equal(got, expected, err_msg=f"{layer} {name}")


def test_tiny_import_is_lossless(tmp_path: Path) -> None:
    """Every imported matrix equals the gguf package's dequantisation, to the last bit."""
    gguf = tiny_gguf(tmp_path / "tiny.gguf", seed=3)
    folder = import_gguf(gguf, tmp_path / "model", {"name": "tiny"})
    assert_same_numbers(gguf, folder, [0, 1], {"attn_q": HEADS, "attn_k": KV_HEADS})


@needs_real_gguf
def test_real_import_is_lossless(tmp_path: Path) -> None:
    """SmolLM2's first, middle and last layers and its embedding lose nothing either."""
    folder = import_gguf(REAL_GGUF, tmp_path / "model", {"name": "smollm2-135m"})
    assert_same_numbers(REAL_GGUF, folder, [0, 15, 29], {"attn_q": 9, "attn_k": 3})


def test_q_rows_return_to_the_publishers_order() -> None:
    """Rows permuted as llama.cpp's converter does come back in the order they had.

    The converter's rule (reshape to heads x 2 x half, swap, flatten) is restated here with
    indices: of a head's rows 0…7 it stores 0 4 1 5 2 6 3 7.
    """
    original = np.arange(16, dtype=np.float32).reshape(16, 1).repeat(32, axis=1)
    stored = original[[0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]]
    tensors = {f"blk.0.attn_q.{leaf}": mx.array(stored) for leaf in ("scales", "biases")}
    weights = llama_weights(tensors, heads=2, kv_heads=2, source=Path("x.gguf"))
    for leaf in ("scales", "biases"):
        got = np.array(weights[f"model.layers.0.self_attn.q_proj.{leaf}"])
        np.testing.assert_array_equal(got, original)


def test_norms_stay_wide_when_float16_would_round_them() -> None:
    """A norm is stored in float16 only if nothing is lost: 1/3 is not a float16, 0.5 is."""
    third = mx.array(np.full(4, 1 / 3, dtype=np.float32))
    half = mx.array(np.full(4, 0.5, dtype=np.float32))
    weights = llama_weights(
        {"output_norm.weight": third, "blk.0.attn_norm.weight": half}, 1, 1, Path("x.gguf")
    )
    assert weights["model.norm.weight"].dtype == mx.float32
    assert weights["model.layers.0.input_layernorm.weight"].dtype == mx.float16


def test_stock_mlx_lm_loads_the_import(tmp_path: Path) -> None:
    """mlx_lm.load opens the folder with no help and finds 4-bit layers, 8-bit embedding."""
    from mlx_lm import load

    model, tokenizer = load(str(tiny_model_folder(tmp_path / "tiny")))[:2]
    assert model.model.layers[0].self_attn.q_proj.bits == 4
    assert model.model.embed_tokens.bits == 8
    assert tokenizer.eos_token_ids == {2}


def test_same_import_has_the_same_bytes(tmp_path: Path) -> None:
    """Importing twice gives one file and one content hash; another seed gives others."""
    records = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        folder = tiny_model_folder(tmp_path / name, seed=seed)
        records.append(json.loads((folder / "farense_base.json").read_text()))
    assert records[0]["content_sha256"] == records[1]["content_sha256"]
    assert records[0]["weights"]["sha256"] == records[1]["weights"]["sha256"]
    assert records[0]["weights"]["sha256"] != records[2]["weights"]["sha256"]


def test_other_architectures_are_refused(tmp_path: Path) -> None:
    """A GGUF of another architecture is named as such, not half-imported."""
    path = tmp_path / "phi.gguf"
    writer = GGUFWriter(path, "phi3")
    writer.add_tensor("token_embd.weight", np.zeros((4, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(
        ModelFolderError,
        match=r"phi\.gguf: architecture 'phi3'; expected 'llama', 'gemma3' or 'qwen2'",
    ):
        import_gguf(path, tmp_path / "model", {})


def test_matrices_that_would_be_rounded_are_refused() -> None:
    """A matrix MLX can only read as floats (Q4_K, F16, …) is refused, never rounded."""
    tensors = {"blk.0.attn_v.weight": mx.zeros((4, 32), dtype=mx.float16)}
    with pytest.raises(ModelFolderError, match=r"v_proj\.weight is not stored in Q4_0, Q4_1"):
        llama_weights(tensors, 1, 1, Path("x.gguf"))


def test_unknown_tensors_are_refused() -> None:
    """A tensor the llama layout lacks is named in the error."""
    with pytest.raises(ModelFolderError, match=r"tensor blk\.0\.ssm_in\.weight"):
        llama_weights({"blk.0.ssm_in.weight": mx.zeros((4,))}, 1, 1, Path("x.gguf"))


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    """Half a GGUF is an error that says to fetch it anew."""
    whole = tiny_gguf(tmp_path / "whole.gguf").read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[:100])
    with pytest.raises(ModelFolderError, match=r"cut\.gguf: not readable as GGUF"):
        import_gguf(cut, tmp_path / "model", {})


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC while the weights are written is a StorageError and leaves no weight file."""

    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    gguf = tiny_gguf(tmp_path / "tiny.gguf")
    monkeypatch.setattr("farense.storage.os.fsync", no_room)
    with pytest.raises(StorageError, match="the disk is full"):
        import_gguf(gguf, tmp_path / "model", {})
    assert list((tmp_path / "model").iterdir()) == []


def test_q4_1_blocks_are_what_the_format_says() -> None:
    """A block worked by hand: scale 0.5, minimum -1, q 0…15 twice gives -1 to 6.5 by halves."""
    block = np.array([-1 + 0.5 * (n % 16) for n in range(32)], dtype=np.float32).reshape(1, 32)
    packed = quantize(block, GGMLQuantizationType.Q4_1)
    np.testing.assert_array_equal(dequantize(packed, GGMLQuantizationType.Q4_1), block)
