"""``farense recover``: everything of a crash is named, nothing foreign is touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import save_file

from farense.cli import cli
from farense.errors import InputError, StorageError
from farense.training.checkpoints import write_checkpoint
from farense.training.workplace import holding

ROW = b'{"event": "train", "step": 1}\n'


def recover(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["recover", str(folder), *more])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """Two checkpoints, the newer one damaged; half a log row, half a file, half a checkpoint."""
    folder = tmp_path / "adapters" / ".base-pack-0a1b2c3d.partial"
    for step in (50, 100):
        write_checkpoint(folder, step, "key", lambda new: _write(new / "progress.json", b"{}"))
    (folder / "checkpoints/step-00000100/progress.json").write_bytes(b"{")
    _write(folder / "metrics.jsonl", ROW + ROW[:9])
    _write(folder / "adapters.safetensors", b"nothing of the kind")
    _write(folder / ".train.jsonl.abcd1234", b"{")
    _write(folder / "checkpoints/.step-00000150.abcd1234/new/adapters.safetensors", b"")
    return folder


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_everything_is_named_and_nothing_changed(crashed: Path) -> None:
    """Without --repair: exit 1, each damage on a line of its own with what would be done."""
    before = snapshot(crashed)
    result = recover(crashed)
    assert result.exit_code == 1
    assert snapshot(crashed) == before
    assert "A training that did not end." in result.stdout
    assert "Intact checkpoints: step 50." in result.stdout
    assert "goes on after step 50" in result.stdout
    mended = [line.split(": ", 1)[1] for line in result.stdout.splitlines() if "to mend" in line]
    assert [line.removeprefix(str(crashed)) for line in sorted(mended)] == [
        "/.train.jsonl.abcd1234: half-written when the training was killed; remove it",
        "/adapters.safetensors: damaged (Error while deserializing header: header too large);"
        " the checkpoint holds them, too; remove it",
        "/checkpoints/.step-00000150.abcd1234: half-written when the training was killed;"
        " remove it",
        "/checkpoints/step-00000100: a damaged checkpoint (progress.json: not the bytes that were"
        " written); remove it",
        f"/metrics.jsonl: its last row is only half there; cut it back to {len(ROW)} bytes",
    ]


def test_repairs_are_made_and_foreign_files_stay(crashed: Path) -> None:
    """With --repair what is whole and what is not farense's is as it was, to the byte."""
    foreign = {
        ".git/config": b"[core]",
        ".hidden": b"x",
        ".adapters.safetensors.backup": b"mine",
        "notes.md": b"mine",
        "checkpoints/.keep": b"",
        "checkpoints/step-1/adapters.safetensors": b"another tool's",
    }
    for name, content in foreign.items():
        _write(crashed / name, content)
    assert recover(crashed.parent, "--repair").exit_code == 0
    left = snapshot(crashed)
    assert {name: left.get(name) for name in foreign} == foreign
    assert set(left) - set(foreign) == {
        "metrics.jsonl",
        "checkpoints/step-00000050/progress.json",
        "checkpoints/step-00000050/checkpoint.json",
    }
    assert left["metrics.jsonl"] == ROW
    again = recover(crashed)
    assert (again.exit_code, "to mend" in again.stdout) == (0, False)


@pytest.mark.parametrize("content", [{}, {".git/HEAD": b"ref"}, {"adapters.safetensors": b"x"}])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, content: dict[str, bytes]) -> None:
    """Empty, a repository, another tool's adapter: an error, and not a byte is changed."""
    for name, value in content.items():
        _write(tmp_path / name, value)
    result = recover(tmp_path, "--repair")
    assert isinstance(result.exception, InputError)
    assert "no training's folder" in str(result.exception)
    assert snapshot(tmp_path) == content


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """Not made, not taken for empty."""
    assert "no such folder" in str(recover(tmp_path / "none").exception)
    assert not (tmp_path / "none").exists()


def test_a_running_training_is_left_alone(crashed: Path) -> None:
    """It is said to run; a repair is no error where nothing is to be done."""
    before = snapshot(crashed)
    with holding(crashed):
        assert "A training is running in it." in recover(crashed, "--repair").stdout
    assert snapshot(crashed) == before | {"training.lock": b""}


def test_a_repair_that_comes_too_late_is_refused(crashed: Path) -> None:
    """A training that began between the look and the repair keeps its folder."""
    from farense.training.recovery import repair_training

    with holding(crashed), pytest.raises(StorageError, match="a training is running"):
        repair_training(crashed)


def test_a_finished_adapter_is_told_to_be_trained_again(tmp_path: Path) -> None:
    """Its tensors cannot be mended; whole ones are not complained about."""
    _write(tmp_path / "metrics.jsonl", ROW)
    _write(tmp_path / "training_summary.json", b"{}")
    save_file({"a": np.zeros(3)}, tmp_path / "adapters.safetensors")
    assert recover(tmp_path).stdout.splitlines()[1:] == [
        "  A finished adapter.",
        "  Intact checkpoints: none.",
    ]
    whole = (tmp_path / "adapters.safetensors").read_bytes()
    _write(tmp_path / "adapters.safetensors", whole[:-5])
    result = recover(tmp_path, "--repair")
    assert "train it again with --again" in result.stdout
    assert (tmp_path / "adapters.safetensors").read_bytes() == whole[:-5]
