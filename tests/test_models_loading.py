"""Loading: unpacked exactly on a CPU, kept 4-bit elsewhere, broken folders refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from farense.errors import BaseMismatchError, ModelFolderError
from farense.models.backend import Backend, prepare_backend
from farense.testing import tiny_model_folder

prepare_backend()

import mlx.core as mx  # noqa: E402
import mlx.nn as nn  # noqa: E402
from mlx.utils import tree_flatten  # noqa: E402
from mlx_lm import load as stock_load  # noqa: E402
from mlx_lm.tuner.utils import linear_to_lora_layers  # noqa: E402

from farense.models.adapters import write_adapter  # noqa: E402
from farense.models.loading import load_model, unpack_to_float32  # noqa: E402
from farense.models.model_folder import base_sha256, float32_bytes  # noqa: E402

TOKENS = mx.array([[1, 40, 41, 42, 43, 44]])
LORA = {"rank": 4, "scale": 2.0, "dropout": 0.0, "keys": ["self_attn.q_proj", "mlp.up_proj"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model_folder(tmp_path / "tiny")


def cpu() -> Backend:
    return dataclasses.replace(prepare_backend(), device="cpu")


def logits(model: Any) -> np.ndarray[Any, Any]:
    return np.array(model(TOKENS).astype(mx.float32))


def trained_adapter(folder: Path, path: Path, **changes: Any) -> Path:
    """An adapter with random LoRA tensors, as training would leave it."""
    model = stock_load(str(folder))[0]
    model.freeze()
    linear_to_lora_layers(model, 2, LORA)
    weights = {
        name: mx.random.normal(array.shape, key=mx.random.key(number)) * 0.1
        for number, (name, array) in enumerate(tree_flatten(model.trainable_parameters()))
    }
    config = {
        "fine_tune_type": "lora",
        "num_layers": 2,
        "lora_parameters": LORA,
        "base": "tiny-0",
        "base_sha256": base_sha256(folder),
    }
    return write_adapter(path, weights, {**config, **changes})


def test_a_cpu_gets_float32(folder: Path) -> None:
    """On a CPU no quantised layer is left and every parameter is float32."""
    loaded = load_model(folder, cpu())
    kinds = {type(module) for _, module in loaded.model.named_modules()}
    assert not kinds & {nn.QuantizedLinear, nn.QuantizedEmbedding}
    assert {array.dtype for _, array in tree_flatten(loaded.model.parameters())} == {mx.float32}
    assert loaded.dtype == "float32 unpacked from 4-bit group 32"


def test_unpacking_keeps_the_function(folder: Path) -> None:
    """The unpacked model's logits are stock mlx-lm's on the 4-bit weights, to 16-bit rounding."""
    stock = logits(stock_load(str(folder))[0])
    np.testing.assert_allclose(logits(load_model(folder, cpu()).model), stock, atol=2e-2)


def test_unpacking_rounds_nothing() -> None:
    """Worked by hand: q = 0…15 twice, scale 1/3 as float16, bias 0 gives q * float16(1/3)."""
    third = np.float16(1 / 3)
    layer = nn.QuantizedLinear(32, 1, bias=False, group_size=32, bits=4)
    digits = np.arange(32, dtype=np.uint32) % 16
    packed = sum(digits.reshape(4, 8)[:, n] << np.uint32(4 * n) for n in range(8))
    layer.weight = mx.array(np.asarray(packed, dtype=np.uint32).reshape(1, 4))
    layer.scales = mx.array(np.array([[third]]))
    layer.biases = mx.array([[0.0]], dtype=mx.float16)
    holder = nn.Sequential(layer)
    unpack_to_float32(holder)
    got = np.array(holder.layers[0].weight)
    np.testing.assert_array_equal(got, digits.astype(np.float32)[None] * np.float32(third))


def test_a_gpu_keeps_four_bits(folder: Path) -> None:
    """On Metal and CUDA the layers stay quantised."""
    backend = dataclasses.replace(prepare_backend(), device="metal")
    loaded = load_model(folder, backend)
    assert isinstance(loaded.model.model.layers[0].mlp.up_proj, nn.QuantizedLinear)
    assert loaded.dtype == "4-bit group 32"


def test_loading_twice_gives_the_same_logits(folder: Path) -> None:
    """Two loads of one folder answer with the same bits."""
    first, second = (logits(load_model(folder, cpu()).model) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_an_adapter_is_put_on_the_unpacked_base(folder: Path, tmp_path: Path) -> None:
    """With an adapter, logits move, and equal stock mlx-lm's with the same adapter."""
    adapter = trained_adapter(folder, tmp_path / "adapter")
    plain = logits(load_model(folder, cpu()).model)
    adapted = logits(load_model(folder, cpu(), adapter).model)
    stock = logits(stock_load(str(folder), adapter_path=str(adapter))[0])
    assert np.abs(adapted - plain).max() > 0.1
    np.testing.assert_allclose(adapted, stock, atol=2e-2)


def test_an_adapter_of_another_base_is_refused(folder: Path, tmp_path: Path) -> None:
    """The error names both bases and says what to do."""
    adapter = trained_adapter(folder, tmp_path / "adapter")
    other = tiny_model_folder(tmp_path / "other", seed=9)
    with pytest.raises(BaseMismatchError, match=r"an adapter of tiny-0 .* expected one of tiny-9"):
        load_model(other, cpu(), adapter)


def test_an_adapter_that_does_not_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    """Tensors of another shape than the settings say are an error, not a silent no-op."""
    adapter = trained_adapter(folder, tmp_path / "adapter", lora_parameters={**LORA, "rank": 2})
    with pytest.raises(ModelFolderError, match="its tensors do not fit the base"):
        load_model(folder, cpu(), adapter)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("tokenizer.json", "no tokenizer.json or tokenizer.model"),
        ("config.json", "no config.json"),
        ("model.safetensors", r"no model\*.safetensors"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(folder: Path, name: str, found: str) -> None:
    """The missing part of a model folder is named."""
    (folder / name).unlink()
    with pytest.raises(ModelFolderError, match=found):
        load_model(folder, cpu())


def test_a_missing_known_base_says_how_to_get_it(tmp_path: Path) -> None:
    """A registry base that is not here is answered with the command that fetches it."""
    with pytest.raises(ModelFolderError, match="farense models pull smollm2-135m"):
        load_model(tmp_path / "smollm2-135m", cpu())


def test_cut_off_weights_are_refused(folder: Path) -> None:
    """Half a safetensors file is a ModelFolderError."""
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(ModelFolderError, match="not a whole safetensors file"):
        load_model(folder, cpu())


def test_the_base_hash_follows_the_bytes(folder: Path) -> None:
    """The hash is kept, and made anew as soon as the weight file changes."""
    before = base_sha256(folder)
    record = json.loads((folder / "farense_base.json").read_text())
    assert record["weights"]["sha256"] == before == base_sha256(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    assert base_sha256(folder) != before


def test_a_kept_hash_is_used(folder: Path) -> None:
    """While size and time stay, the recorded hash is returned without reading the file."""
    record = json.loads((folder / "farense_base.json").read_text())
    record["weights"]["sha256"] = "kept"
    (folder / "farense_base.json").write_text(json.dumps(record))
    assert base_sha256(folder) == "kept"


def test_float32_bytes_are_counted_from_the_header(folder: Path) -> None:
    """The size unpacked is four bytes for each parameter mlx-lm counts after unpacking."""
    model = load_model(folder, cpu()).model
    counted = sum(array.size for _, array in tree_flatten(model.parameters()))
    assert float32_bytes(folder) == 4 * counted
