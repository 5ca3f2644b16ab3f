"""``farense recover``: everything of a crash is named, nothing foreign is touched."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import evaluation_sample as sample
import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import save_file

from farense.cli import cli
from farense.errors import InputError, StorageError
from farense.storage import write_json
from farense.training.checkpoints import write_checkpoint
from farense.training.exports import export_metrics
from farense.training.log_file import read_metrics
from farense.training.state import StateFile, TrainingState, read_state
from farense.training.workplace import holding

ROW = json.dumps(sample.train_row(1, 2.5).to_json()).encode() + b"\n"


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
    _write(folder / ".passport.json.abcd1234", b"{")
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
        "/.passport.json.abcd1234: half-written when the training was killed; remove it",
        "/.train.jsonl.abcd1234: half-written when the training was killed; remove it",
        "/adapters.safetensors: damaged (Error while deserializing header: header too large);"
        " the checkpoint holds them, too; remove it",
        "/checkpoints/.step-00000150.abcd1234: half-written when the training was killed;"
        " remove it",
        "/checkpoints/step-00000100: a damaged checkpoint (progress.json: not the bytes that were"
        " written); remove it",
        f"/metrics.jsonl: its last row is only half there; cut it back to {len(ROW)} bytes",
        "/training_metrics.csv: missing; write it from the log",
        "/training_metrics.json: missing; write it from the log",
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
        "training_metrics.csv",
        "training_metrics.json",
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
    export_metrics(tmp_path)
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


GARBAGE = {
    "not JSON": b'{"event": "tra\x00\x00\x00',
    "not JSON (": b"\xff\xfe" * 20,
    "a JSON list": b"[1, 2]",
    "missing 8 required": b'{"event": "train", "step": 2}',
    "loss = 'low'": ROW.replace(b"2.5", b'"low"').strip(),
}


@pytest.mark.parametrize("found", GARBAGE)
@pytest.mark.parametrize("last", [False, True])
def test_a_row_of_garbage_is_blanked_out(crashed: Path, found: str, last: bool) -> None:
    """In the middle or at the end: named with its line; all other bytes stay where they were, since
    checkpoints know the log by its length."""
    log, row = crashed / "metrics.jsonl", GARBAGE[found] + b"\n"
    log.write_bytes(ROW + row + (b"" if last else ROW))
    named = [line for line in recover(crashed).stdout.splitlines() if f"{log}:2: " in line]
    assert len(named) == 1
    assert found in named[0]
    assert named[0].endswith("; blank it out")
    assert recover(crashed, "--repair").exit_code == 0
    spaces = b" " * (len(row) - 1) + b"\n"
    assert log.read_bytes() == ROW + spaces + (b"" if last else ROW)
    assert [row.step for row in read_metrics(log).train] == [1] * (1 if last else 2)
    assert "to mend" not in recover(crashed).stdout


def test_a_row_of_a_newer_farense_is_let_be(crashed: Path) -> None:
    """It is no damage; a newer farense reads it."""
    log, newer = crashed / "metrics.jsonl", b'{"event": "train", "version": 9}\n'
    log.write_bytes(ROW + newer)
    recover(crashed, "--repair")
    assert log.read_bytes() == ROW + newer


def settings(folder: Path) -> None:
    """As `farense train` writes them before the first step."""
    values = {name: {"value": value, "origin": "default"} for name, value in PLANNED.items()}
    write_json(folder / "training_settings.json", values)


PLANNED = {"steps": 40, "patience": 5}


def state_of(folder: Path) -> TrainingState:
    found = read_state(folder)
    assert found is not None
    return found


@pytest.mark.parametrize("content", [b'{"version": 1, "steps"', b"[]", b'{"version": 1}', None])
def test_a_lost_state_is_written_from_settings_and_log(
    crashed: Path, content: bytes | None
) -> None:
    """Cut, other JSON, without its fields, or not there: where it stood, and that it has ended."""
    settings(crashed)
    if content is not None:
        _write(crashed / "training_state.json", content)
    assert f"{crashed}/training_state.json: " in recover(crashed).stdout
    assert recover(crashed, "--repair").exit_code == 0
    state = state_of(crashed)
    assert (state.steps, state.patience, state.step, state.seen()) == (40, 5, 1, "failed")
    assert "to mend" not in recover(crashed).stdout


def test_a_damaged_state_without_settings_is_removed(crashed: Path) -> None:
    """There is nothing to write it from, and the training does without it."""
    _write(crashed / "training_state.json", b"{")
    assert recover(crashed, "--repair").exit_code == 0
    assert not (crashed / "training_state.json").exists()


def test_a_killed_training_is_said_to_have_ended(crashed: Path) -> None:
    """kill -9 leaves a state that says it runs: its process is named as gone, the log's last step
    stands in it, and the exports that the killed one could not write are there."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    StateFile(crashed, steps=40, patience=5)
    as_of = json.loads((crashed / "training_state.json").read_text())
    write_json(crashed / "training_state.json", {**as_of, "pid": process.pid})
    assert "it says that the training runs, and its process is gone" in recover(crashed).stdout
    recover(crashed, "--repair")
    state = state_of(crashed)
    assert (state.seen(), state.step) == ("failed", 1)
    assert state.reason == f"process {process.pid} is gone without a word"
    assert "Why it ended: process " in recover(crashed).stdout
    rows = (crashed / "training_metrics.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [["train", "1", "0.05"]]


@pytest.mark.parametrize("changes", [{"host": "another.machine"}, {"version": 99}])
def test_a_state_that_cannot_be_judged_is_let_be(crashed: Path, changes: dict[str, object]) -> None:
    """Of another machine, or of a newer farense."""
    StateFile(crashed, steps=40, patience=5)
    as_of = json.loads((crashed / "training_state.json").read_text())
    write_json(crashed / "training_state.json", {**as_of, **changes})
    before = (crashed / "training_state.json").read_bytes()
    recover(crashed, "--repair")
    assert (crashed / "training_state.json").read_bytes() == before
    assert socket.gethostname() != "another.machine"


@pytest.mark.parametrize("name", ["training_metrics.csv", "training_metrics.json"])
def test_exports_that_do_not_follow_the_log_are_written_anew(crashed: Path, name: str) -> None:
    """Of an attempt before, or damaged."""
    recover(crashed, "--repair")
    sound = (crashed / name).read_bytes()
    (crashed / name).write_bytes(sound[:-20])
    assert f"{crashed / name}: not what the log says; write it" in recover(crashed).stdout
    recover(crashed, "--repair")
    assert (crashed / name).read_bytes() == sound


@pytest.fixture
def replaced(tmp_path: Path) -> Path:
    """A finished adapter that was set aside, as its successor was about to take its place."""
    aside = tmp_path / ".base-pack-0a1b2c3d.old"
    _write(aside / "metrics.jsonl", ROW)
    _write(aside / "training_summary.json", b"{}")
    return aside


def test_an_adapter_set_aside_is_put_back(replaced: Path) -> None:
    """Killed between the two renamings: nothing stands in its place, and it is whole."""
    before, adapter = snapshot(replaced), replaced.parent / "base-pack-0a1b2c3d"
    assert "; put it back as base-pack-0a1b2c3d" in recover(replaced.parent).stdout
    assert recover(replaced.parent, "--repair").exit_code == 0
    assert (replaced.exists(), snapshot(adapter)) == (False, before)


def test_an_adapter_set_aside_goes_where_its_successor_stands(replaced: Path) -> None:
    """Killed after both: the old one is left over."""
    adapter = replaced.parent / "base-pack-0a1b2c3d"
    _write(adapter / "training_summary.json", b"{}")
    before = snapshot(adapter)
    assert f"{replaced}: left when a training was killed" in recover(replaced).stdout
    assert recover(replaced, "--repair").exit_code == 0
    assert (replaced.exists(), snapshot(adapter)) == (False, before)


def test_what_is_half_removed_goes(replaced: Path) -> None:
    """Killed while the old one was removed: little of it is left, and its successor stands."""
    shutil.copytree(replaced, replaced.parent / "base-pack-0a1b2c3d")
    for path in replaced.iterdir():
        path.unlink()
    _write(replaced / "adapters.safetensors", b"")
    assert recover(replaced.parent, "--repair").exit_code == 0
    assert not replaced.exists()


def test_an_adapter_set_aside_by_a_running_training_is_let_be(replaced: Path) -> None:
    """It is putting the successor in place right now."""
    with holding(replaced.parent / ".base-pack-0a1b2c3d.partial"):
        assert "A training is running in it." in recover(replaced.parent, "--repair").stdout
    assert replaced.exists()


def test_a_whole_adapter_that_is_not_in_its_place_is_told(replaced: Path) -> None:
    """Killed before the first renaming: the same command ends it."""
    partial = replaced.rename(replaced.parent / ".base-pack-0a1b2c3d.partial")
    assert "not in its place yet: the same `farense train` puts it there" in recover(partial).stdout
