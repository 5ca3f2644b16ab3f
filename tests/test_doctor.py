"""farense doctor: what it prints, and when it exits 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from farense.cli.doctor import command
from farense.errors import BackendError
from farense.testing import tiny_model_folder

FACTS = Path(__file__).parents[1] / "data/facts"


def doctor(models: Path, *, base: str = "smollm2-135m", data: Path = FACTS) -> Result:
    options = ["--base", base, "--models-dir", str(models), "--data-dir", str(data)]
    return CliRunner(env={"COLUMNS": "300"}).invoke(command, options)


def test_a_machine_that_can_is_healthy(tmp_path: Path) -> None:
    """With a base and data, everything is listed with a measured speed, and the exit is 0."""
    folder = tiny_model_folder(tmp_path / "models/tiny")
    result = doctor(tmp_path / "models", base=str(folder))
    assert result.exit_code == 0
    for part in ("chip", "memory", "disk", "MLX", "BLAS", "GFLOP/s measured", "2372 matches"):
        assert part in result.output


def test_a_base_still_to_be_fetched_is_no_obstacle(tmp_path: Path) -> None:
    """The main job fetches the base itself: a warning with the command, exit 0."""
    result = doctor(tmp_path / "models")
    assert result.exit_code == 0
    assert "farense models pull smollm2-135m" in result.output


def test_a_broken_base_exits_2(tmp_path: Path) -> None:
    """A base folder without tokenizer stops the main job: exit 2, remedy printed."""
    folder = tiny_model_folder(tmp_path / "models/smollm2-135m")
    (folder / "tokenizer.json").unlink()
    result = doctor(tmp_path / "models")
    assert result.exit_code == 2
    assert "Delete the folder. Run `farense models pull smollm2-135m`." in result.output


def test_missing_data_exits_2(tmp_path: Path) -> None:
    """Without fact tables there is nothing to train on: exit 2."""
    result = doctor(tmp_path / "models", data=tmp_path)
    assert result.exit_code == 2
    assert "problem" in result.output


def test_an_unknown_base_exits_2(tmp_path: Path) -> None:
    """A slip in the base's name is answered with the right one."""
    result = doctor(tmp_path, base="smollm2-136m")
    assert result.exit_code == 2
    assert "Did you mean smollm2-135m?" in result.output


def test_no_mlx_exits_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without MLX the remedy is its install command."""

    def broken() -> None:
        raise BackendError("mlx", "cannot be imported", "a working MLX", "Install it.")

    monkeypatch.setattr("farense.models.backend.prepare_backend", broken)
    result = doctor(tmp_path)
    assert result.exit_code == 2
    assert "MLX: Install it." in result.output


def test_a_full_disk_exits_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than a GiB of free disk is a problem with a figure."""
    monkeypatch.setattr("farense.models.backend.free_disk_bytes", lambda _: 10_000_000)
    result = doctor(tmp_path)
    assert result.exit_code == 2
    assert "Free at least 1.0 GiB" in result.output


def test_a_base_too_big_for_memory_is_said_with_its_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works, slowly: a warning with the cost, and exit code 0."""
    from farense.models.backend import prepare_backend

    if prepare_backend().device != "cpu":
        pytest.skip("a GPU keeps weights 4-bit at no cost")
    monkeypatch.setattr("farense.models.model_folder.float32_bytes", lambda _: 10**15)
    folder = tiny_model_folder(tmp_path / "models/tiny")
    result = doctor(tmp_path / "models", base=str(folder))
    assert result.exit_code == 0
    assert "Weights stay 4-bit" in result.output
