"""The compiled kernels as a part of an installation: same results, honest refusals, commands."""

from __future__ import annotations

import dataclasses
import operator
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.cli.doctor import command as doctor
from farense.config import TrainingSettings
from farense.errors import BackendError
from farense.models.backend import Device, prepare_backend
from farense.models.kernels import build
from farense.models.kernels.build import IN_USE, SOURCE, SWITCH, build_kernels, built_kernels
from farense.models.loading import load_model
from farense.training.batches import Row, collate
from farense.training.lora import attach_lora
from farense.training.loss import full_logits, summed_loss

BACKEND = prepare_backend()
needs_kernels = pytest.mark.skipif(
    not BACKEND.has_kernels,
    reason=f"the compiled kernels are {BACKEND.kernels} here; on a CPU: `farense kernels build`",
)
on_a_cpu = pytest.mark.skipif(BACKEND.device != "cpu", reason="a GPU needs no CPU kernels")

# Loss and LoRA gradients of one batch, to a file; lora_b is zero at first, and hides half.
_ONE_STEP = """
import sys
import mlx.core as mx, mlx.nn as nn, numpy as np
from pathlib import Path
from farense.models.backend import prepare_backend
backend = prepare_backend()
from mlx.utils import tree_flatten
from farense.config import TrainingSettings
from farense.models.loading import load_model
from farense.training.batches import Row, collate
from farense.training.loss import full_logits, summed_loss
from farense.training.lora import attach_lora
model = load_model(Path(sys.argv[1]), backend).model
attach_lora(model, TrainingSettings(rank=6, scale=4.0))
key = mx.random.key(7)
model.apply_to_modules(lambda name, m: m.update(
    {"lora_b": 0.1 * mx.random.normal(m.lora_b.shape, key=key)}) if "lora_b" in m else None)
batch = collate([Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(5)])
model.train()
loss, slopes = nn.value_and_grad(model, lambda m: summed_loss(m, full_logits, batch))(model)
logits = model(mx.array(batch.tokens_B_T))
np.savez(sys.argv[2], loss=loss, logits=logits, **dict(tree_flatten(slopes)))
print(backend.kernels)
"""


def one_step(base: Path, target: Path, switch: str) -> tuple[str, dict[str, np.ndarray]]:
    done = subprocess.run(
        [sys.executable, "-c", _ONE_STEP, str(base), str(target)],
        env={**os.environ, SWITCH: switch},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), dict(np.load(target))


@needs_kernels
def test_a_model_computes_the_same_with_and_without(tiny_base: Path, tmp_path: Path) -> None:
    """Loss, logits and all LoRA gradients of a whole model agree to 1e-4; FARENSE_KERNELS=off."""
    state, compiled = one_step(tiny_base, tmp_path / "on.npz", "on")
    assert state == IN_USE
    state, plain = one_step(tiny_base, tmp_path / "off.npz", "off")
    assert state == "switched off by FARENSE_KERNELS"
    assert compiled.keys() == plain.keys()
    assert len(plain) == 2 + 7 * 2 * 2
    for name, expected in plain.items():
        largest = np.abs(expected).max()
        assert largest > 0, name
        assert np.abs(compiled[name] - expected).max() < 1e-4 * largest, name


@needs_kernels
def test_the_same_bits_twice(tiny_base: Path, tmp_path: Path) -> None:
    """Two fresh processes get the same bits."""
    _, first = one_step(tiny_base, tmp_path / "first.npz", "on")
    _, second = one_step(tiny_base, tmp_path / "second.npz", "on")
    assert all(np.array_equal(first[name], second[name]) for name in first)


@needs_kernels
def test_a_nan_reaches_the_loss(tiny_base: Path) -> None:
    """One LoRA tensor that diverged in the first block is seen in the loss, past every kernel."""
    model = load_model(tiny_base, BACKEND).model
    attach_lora(model, TrainingSettings(rank=2, scale=4.0))
    batch = collate([Row((10, 11, 12), (40, 2), "sha")])
    assert np.isfinite(float(summed_loss(model, full_logits, batch)))
    for name in ("self_attn.k_proj", "mlp.gate_proj"):
        layer = operator.attrgetter(name)(model.model.layers[0])
        sound = layer.lora_b
        layer.lora_b = mx.full(sound.shape, float("nan"))
        assert np.isnan(float(summed_loss(model, full_logits, batch))), name
        layer.lora_b = sound


@needs_kernels
def test_a_build_for_another_mlx_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A binding reads arrays as its own MLX lays them out, so only that one will do."""
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.32.5")
    assert built_kernels() == (None, "built for another MLX")


@needs_kernels
@pytest.mark.parametrize("name", ["binding.cpp", "kernels.cpp", "kernels.h"])
def test_a_build_from_other_sources_is_not_used(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any change of a source the old build is not taken for the new one."""
    sources = shutil.copytree(SOURCE, tmp_path / "source")
    (sources / name).write_text((sources / name).read_text() + "\n// changed\n")
    monkeypatch.setattr(build, "SOURCE", sources)
    assert built_kernels() == (None, "built from other sources")


@needs_kernels
def test_the_switch_leaves_them_unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """FARENSE_KERNELS=off, and only that word, computes with MLX alone."""
    monkeypatch.setenv(SWITCH, "off")
    assert build.load_kernels() == (None, "switched off by FARENSE_KERNELS")
    monkeypatch.setenv(SWITCH, "on")
    assert build.load_kernels()[1] == IN_USE


def test_the_sources_are_pinned_to_the_mlx_of_the_constraints() -> None:
    """One version in both places, or no newcomer could build."""
    constraints = (Path(__file__).parents[1] / "constraints.txt").read_text()
    wanted = build._wanted_mlx()
    assert f"\nmlx=={wanted} " in constraints
    assert f'"mlx[cpu]=={wanted}"' in (SOURCE / "pyproject.toml").read_text()


def without_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))


def with_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = folder / "c++"
    compiler.write_text("#!/bin/sh\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_building_for_another_mlx_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a minute of compiling, and with the version that would do."""
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.99")
    with pytest.raises(BackendError, match=r"MLX 0\.99 is installed; expected MLX 0\.32"):
        build_kernels()


@on_a_cpu
def test_no_compiler_is_said_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install, and that one can go without."""
    without_compiler(tmp_path, monkeypatch)
    with pytest.raises(BackendError, match=r"no C\+\+ compiler .*apt install g\+\+.*go without"):
        build_kernels()


@on_a_cpu
def test_an_environment_without_pip_is_said_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As uv makes them: ensurepip or uv brings it."""
    with_compiler(tmp_path, monkeypatch)
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(BackendError, match=r"has no pip; .*-m ensurepip.*uv pip install pip"):
        build_kernels()


@on_a_cpu
def test_a_failed_build_ends_in_the_last_words_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is replaced, and what pip said is in the error."""
    before = built_kernels()[1]
    sources = shutil.copytree(SOURCE, tmp_path / "source")
    project = (sources / "pyproject.toml").read_text().partition("[project]")[2]
    nowhere = '[build-system]\nrequires = []\nbuild-backend = "nowhere"\n[project]'
    (sources / "pyproject.toml").write_text(nowhere + project)
    monkeypatch.setattr(build, "SOURCE", sources)
    with_compiler(tmp_path, monkeypatch)
    with pytest.raises(BackendError, match=r"(?s)pip ended with \d+: .*nowhere"):
        build_kernels()
    monkeypatch.setattr(build, "SOURCE", SOURCE)
    assert built_kernels()[1] == before


def kernels(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["kernels", "build", *arguments])


@needs_kernels
def test_what_is_built_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled, so no compiler is missed."""
    without_compiler(tmp_path, monkeypatch)
    result = kernels()
    assert result.exit_code == 0
    assert result.output == "kernels: already built for this MLX\n"


@on_a_cpu
def test_only_if_possible_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, a missing compiler is an error; --if-possible makes it a warning and 0."""
    without_compiler(tmp_path, monkeypatch)
    monkeypatch.setattr(build, "built_kernels", lambda name: (None, "not built"))
    failed = kernels()
    assert isinstance(failed.exception, BackendError)
    assert failed.exception.exit_code == 2
    warned = kernels("--if-possible")
    assert warned.exit_code == 0
    assert "farense: warning: kernels: no C++ compiler on the path" in warned.output


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (IN_USE, []),
        ("not built", ["warning", "`farense kernels build`", "1.3 times"]),
        ("switched off by FARENSE_KERNELS", ["warning", "Unset FARENSE_KERNELS"]),
    ],
)
def test_doctor_tells(
    state: str, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are in use and what would bring them; never a problem."""
    result = diagnosed("cpu", state, tmp_path, monkeypatch)
    assert result.exit_code == 0
    line = next(line for line in result.output.splitlines() if " kernels " in line)
    assert state in line
    assert line.strip().startswith("warning" if said else "ok")
    for part in said:
        assert part in result.output


def test_doctor_says_nothing_of_them_on_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There they are not needed."""
    assert "kernels" not in diagnosed("metal", "none needed", tmp_path, monkeypatch).output


def diagnosed(device: Device, state: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    backend = dataclasses.replace(BACKEND, device=device, kernels=state, few_rows=state)
    monkeypatch.setattr("farense.models.backend.prepare_backend", lambda: backend)
    facts = Path(__file__).parents[1] / "data/facts"
    options = ["--models-dir", str(folder), "--data-dir", str(facts)]
    return CliRunner(env={"COLUMNS": "300"}).invoke(doctor, options)
