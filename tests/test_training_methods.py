"""LoRA, DoRA and full fine-tuning: what is trained, and that it loads again as it was."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlx.core as mx
import mlx_lm
import pytest
from click.testing import CliRunner
from mlx.utils import tree_flatten
from mlx_lm.utils import load_model as load_mlx_model
from tiny_adapter import ROWS as EXAMPLES
from tiny_adapter import TOLERANT, write_golden

from farense.cli import cli
from farense.config import TrainingSettings
from farense.config.resolving import option_source, resolve
from farense.datasets.packs import Pack, write_pack
from farense.errors import InputError, ModelFolderError
from farense.models.adapters import write_adapter
from farense.models.backend import Backend, prepare_backend
from farense.models.kernels.build import IN_USE
from farense.models.loading import load_model, unpack_to_float32
from farense.models.model_folder import base_sha256
from farense.training.batches import Row, collate
from farense.training.lora import lora_parameters, merged, trainable
from farense.training.loss import choose_logits, full_logits, measure_loss
from farense.training.methods import make_trainable, put_on
from farense.training.stepping import Stepper

ROWS = tuple(Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(6))
TOKENS = mx.array([[5, 9, 80, 33, 7]])
METHODS = ("lora", "dora", "full")


def settings_of(method: str, **more: Any) -> TrainingSettings:
    return TrainingSettings(method=method, rank=2, scale=4.0, layers=1, **more)


def trained(base: Path, folder: Path, settings: TrainingSettings) -> tuple[Any, Path]:
    """A model after three steps, and the adapter folder its tensors were written to."""
    loaded = load_model(base, prepare_backend())
    model = loaded.model
    config = {**put_on(model, settings), "base_sha256": loaded.base_sha256}
    make_trainable(model, settings)
    stepper = Stepper(model, choose_logits(model), settings)
    for _ in range(3):
        stepper.step([collate(ROWS)], 1e-2)
    model.eval()
    return model, write_adapter(folder, trainable(model), config)


@pytest.fixture(scope="module")
def plain_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base as float32, as ``mlx_lm.convert --dequantize`` would leave it."""
    folder = tmp_path_factory.mktemp("plain") / "tiny-plain"
    shutil.copytree(tiny_base, folder)
    prepare_backend()
    model, config = load_mlx_model(tiny_base)
    weights = dict(tree_flatten(unpack_to_float32(model).parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    config.pop("quantization")
    config.pop("quantization_config", None)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "farense_base.json").unlink()
    return folder


@pytest.mark.parametrize(
    ("method", "leaves"),
    [
        ("lora", {"lora_a", "lora_b"}),
        ("dora", {"lora_a", "lora_b", "m"}),
        ("full", {"weight"}),
    ],
)
def test_only_what_the_method_trains_changes(
    tiny_base: Path, tmp_path: Path, method: str, leaves: set[str]
) -> None:
    """All that is trained lies in the last block, all of it moved, and nothing else did."""
    before = dict(tree_flatten(load_model(tiny_base, prepare_backend()).model.parameters()))
    model, _ = trained(tiny_base, tmp_path / "adapter", settings_of(method))
    names = trainable(model)
    assert {name.rsplit(".", 1)[-1] for name in names} == leaves
    assert all(name.startswith("model.layers.1.") for name in names)
    # Two norms and seven projections are a whole block.
    assert len(names) == {"lora": 14, "dora": 21, "full": 9}[method]
    for name, tensor in tree_flatten(model.parameters()):
        original = before.get(name.replace(".linear.", "."))
        if original is not None:
            assert bool(mx.array_equal(tensor, original)) is (name not in names), name


@pytest.mark.parametrize("method", METHODS)
def test_an_adapter_loads_as_it_was_trained(tiny_base: Path, tmp_path: Path, method: str) -> None:
    """On the 4-bit base, read back from disk: the logits of the trained model, bit for bit."""
    model, adapter = trained(tiny_base, tmp_path / "adapter", settings_of(method))
    again = load_model(tiny_base, prepare_backend(), adapter).model
    assert mx.array_equal(again(TOKENS), model(TOKENS))
    bare = load_model(tiny_base, prepare_backend()).model
    assert not mx.allclose(again(TOKENS), bare(TOKENS), atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_stock_mlx_lm_loads_every_method(plain_base: Path, tmp_path: Path, method: str) -> None:
    """``mlx_lm.load(..., adapter_path=...)`` on an unquantised base computes the same."""
    model, adapter = trained(plain_base, tmp_path / "adapter", settings_of(method))
    stock, *_ = mlx_lm.load(str(plain_base), adapter_path=str(adapter))
    assert mx.allclose(stock(TOKENS), model(TOKENS), atol=1e-5)


def test_a_full_adapter_goes_on_a_base_kept_in_4_bits(tiny_base: Path, tmp_path: Path) -> None:
    """Where weights stay packed, only the layers that were trained whole are unpacked."""
    _, adapter = trained(tiny_base, tmp_path / "adapter", settings_of("full"))
    packed = Backend("cuda", "", 1, 1 << 40, "", None, ())
    model = load_model(tiny_base, packed, adapter).model
    kinds = [type(block.self_attn.q_proj).__name__ for block in model.layers]
    assert kinds == ["QuantizedLinear", "Linear"]
    assert mx.isfinite(model(TOKENS)).all()


def test_a_layer_trained_whole_is_not_answered_from_its_packed_weight(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernels of few rows, here MLX's own operations; the product is of untrained layers."""

    def few_rows(x: Any, weight: Any, scales: Any, biases: Any, bits: int, threads: int) -> Any:
        group = x.shape[-1] // scales.shape[-1]
        return x @ mx.dequantize(weight, scales, biases, group_size=group, bits=bits).T

    def rotate(x: Any, offset: Any, dims: int, base: float, scale: float) -> Any:
        return mx.fast.rope(x, dims, traditional=False, base=base, scale=scale, offset=offset)

    model, adapter = trained(tiny_base, tmp_path / "adapter", settings_of("full"))
    kernels = SimpleNamespace(few_rows=few_rows, rotate=rotate, many_rows_here=False)
    monkeypatch.setattr("farense.models.loading.load_kernels", lambda which: (kernels, IN_USE))
    backend = dataclasses.replace(prepare_backend(), few_rows=IN_USE)
    answering = load_model(tiny_base, backend, adapter, to_answer=True).model
    assert mx.allclose(answering(TOKENS), model(TOKENS), atol=1e-4)
    kinds = [type(block.mlp.up_proj).__name__ for block in answering.layers]
    assert kinds == ["_Linear", "Linear"]


def test_a_tensor_that_does_not_fit_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    """A full adapter of another shape is named, not loaded half."""
    _, adapter = trained(tiny_base, tmp_path / "adapter", settings_of("full"))
    config = json.loads((adapter / "adapter_config.json").read_text())
    write_adapter(adapter, {"model.layers.1.mlp.up_proj.weight": mx.ones((3, 3))}, config)
    with pytest.raises(ModelFolderError, match="do not fit the base"):
        load_model(tiny_base, prepare_backend(), adapter)


def test_dora_layers_are_merged_and_come_apart_again(tiny_base: Path, tmp_path: Path) -> None:
    """As with LoRA: the same loss to rounding inside, the same tensors after."""
    model, _ = trained(tiny_base, tmp_path / "adapter", settings_of("dora"))
    before, tensors = measure_loss(model, full_logits, ROWS).loss, trainable(model)
    with merged(model):
        assert not any("lora_a" in name for name, _ in tree_flatten(model.parameters()))
        assert measure_loss(model, full_logits, ROWS).loss == pytest.approx(before, abs=1e-5)
    assert trainable(model).keys() == tensors.keys()


def test_target_modules_are_found_by_their_last_part(tiny_base: Path) -> None:
    """q_proj and v_proj of the last block get layers, in the order asked for."""
    model = load_model(tiny_base, prepare_backend()).model
    settings = settings_of("lora", target_modules=("v_proj", "self_attn.q_proj"))
    assert lora_parameters(model, settings)["keys"] == ["self_attn.v_proj", "self_attn.q_proj"]
    make_trainable(model, settings)
    layers = {name.rsplit(".", 1)[0] for name in trainable(model)}
    assert layers == {"model.layers.1.self_attn.q_proj", "model.layers.1.self_attn.v_proj"}


def test_a_target_module_of_another_base_is_refused(tiny_base: Path) -> None:
    """A slip, or a name of another model's: what there is stands in the message."""
    model = load_model(tiny_base, prepare_backend()).model
    for name in ("q_porj", "proj", "norm"):
        with pytest.raises(InputError, match=rf"{name}, which no.*self_attn\.q_proj"):
            lora_parameters(model, settings_of("lora", target_modules=("q_proj", name)))


def test_a_setting_that_means_nothing_is_refused() -> None:
    """A rank for whole blocks, a decay for Adam; what a lower source says is no contradiction."""
    for choice, idle in (("method", "rank"), ("method", "alpha"), ("optimizer", "weight_decay")):
        value = {"method": "full", "optimizer": "adam"}[choice]
        flags = option_source({choice: value, idle: 1})
        with pytest.raises(InputError, match=f"--{idle.replace('_', '-')}: --{choice} is {value}"):
            resolve([flags])
        below = option_source({choice: value}), option_source({idle: 1})
        assert getattr(resolve(below).settings, choice) == value
    preset = option_source({"method": "full", "preset": "v1"})
    assert resolve([preset]).settings.method == "full"


@pytest.mark.parametrize("method", ["dora", "full"])
def test_a_trained_adapter_is_evaluated(tiny_base: Path, tmp_path: Path, method: str) -> None:
    """From the command line to a verdict: passport, answers and gate know the method."""
    write_pack(Pack("essentials", 1, "0" * 64, EXAMPLES, EXAMPLES), tmp_path / "essentials")
    result = CliRunner().invoke(
        cli,
        [
            *("train", "--method", method, "--base", str(tiny_base), "--workers", "1"),
            *("--packs-dir", str(tmp_path), "--adapters-dir", str(tmp_path / "adapters")),
            *("--steps", "60", "--batch-size", "3", "--learning-rate", "0.01", "--layers", "0"),
            *("--evaluate-every", "20"),
        ],
    )
    assert result.exit_code == 0, result.output
    folder = Path(result.stdout.splitlines()[-1])
    passport = json.loads((folder / "passport.json").read_text())
    assert passport["adapter"]["fine_tune_type"] == method
    assert passport["training"]["train_loss"]["loss"] < 1.0
    (tmp_path / "gates.toml").write_text(TOLERANT)
    golden = write_golden(tmp_path / "golden.jsonl")
    judged = CliRunner().invoke(
        cli,
        [
            *("evaluate", "--evalset", str(golden), "--adapter", str(folder), "--workers", "1"),
            *("--gates", str(tmp_path / "gates.toml"), "--reports-dir", str(tmp_path / "reports")),
            *("--max-tokens", "8", "--json"),
        ],
    )
    assert json.loads(judged.stdout)["by_tier"]["seen"]["fact_accuracy"] >= 0.5
    assert base_sha256(tiny_base) == passport["base"]["sha256"]
