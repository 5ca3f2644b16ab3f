"""Checkpoints on disk, and trainings that go on from them through the command line."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import load_file
from small_training import Place, stop_in_step

from farense.errors import InputError, StorageError, TrainingError
from farense.training.checkpoints import checkpoints_of, keep_last, newest_intact, write_checkpoint
from farense.training.log_file import read_metrics, read_rows
from farense.training.state import StateFile, read_state
from farense.training.workplace import LOCK, holding, is_held

KEY = "k" * 64


@pytest.fixture(scope="module")
def uninterrupted(built: Path, tiny_base: Path) -> Path:
    place = Place(built, tiny_base, built / "uninterrupted")
    return place.finished(place.train())


@pytest.fixture
def stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A training stopped with Ctrl-C in its eighth step."""
    stop_in_step(monkeypatch, 8, KeyboardInterrupt())
    result = place.train()
    assert "goes on after step 6" in str(result.exception)
    return place


def assert_same(adapter: Path, uninterrupted: Path, resumed_after: list[int]) -> None:
    """Equal bytes, a log without a step twice, and nothing left over."""
    name = "adapters.safetensors"
    assert (adapter / name).read_bytes() == (uninterrupted / name).read_bytes()
    assert steps_of(adapter) == steps_of(uninterrupted)
    summary = json.loads((adapter / "training_summary.json").read_text())
    assert summary["resumed_after"] == resumed_after
    assert sorted(map(str, relative(adapter))) == sorted(map(str, relative(uninterrupted)))
    assert [path.name for path in adapter.parent.iterdir()] == [adapter.name]


def steps_of(adapter: Path) -> list[tuple[str, int]]:
    rows = read_rows(adapter / "metrics.jsonl")
    return [(row["event"], row["step"]) for row in rows]


def relative(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in folder.rglob("*")]


def test_a_stopped_training_goes_on(stopped: Place, uninterrupted: Path) -> None:
    """The same command again: it says where it goes on, and ends with the same bytes."""
    result = stopped.train()
    assert "going on after step 6" in result.stderr
    assert_same(stopped.finished(result), uninterrupted, [6])


def test_a_damaged_checkpoint_is_passed_over(stopped: Place, uninterrupted: Path) -> None:
    """One bit of the newest: named, and the one before is gone on from, to the same bytes."""
    damage = stopped.partial / "checkpoints/step-00000006/optimizer.safetensors"
    content = bytearray(damage.read_bytes())
    content[-1] ^= 1
    damage.write_bytes(content)
    result = stopped.train()
    assert "checkpoint of step 6 is damaged (optimizer.safetensors" in result.stderr
    assert "going on after step 3" in result.stderr
    assert_same(stopped.finished(result), uninterrupted, [3])


def test_what_was_half_written_goes_and_what_is_foreign_stays(stopped: Place) -> None:
    """Temporary names of a killed writer are removed; other people's files are not touched."""
    half = [".adapters.safetensors.a1b2c3d4", "checkpoints/.step-00000009.zz__1234/new/x"]
    foreign = [".git/config", "notes.txt", ".adapters.safetensors.bak", "checkpoints/mine/x"]
    for name in (*half, *foreign):
        (stopped.partial / name).parent.mkdir(parents=True, exist_ok=True)
        (stopped.partial / name).write_text(name)
    adapter = stopped.finished(stopped.train())
    assert [name for name in half if (adapter / name).exists()] == []
    assert [name for name in foreign if not (adapter / name).is_file()] == []


def test_a_row_of_garbage_in_the_log_is_passed_over(stopped: Place, uninterrupted: Path) -> None:
    """Named with its line, and left out; everything else is as if it had never been."""
    log = stopped.partial / "metrics.jsonl"
    lines = log.read_bytes().split(b"\n")
    lines[1] = b"\0" * len(lines[1])
    log.write_bytes(b"\n".join(lines))
    result = stopped.train()
    assert "Line 2 of metrics.jsonl is not JSON" in result.stderr
    adapter = stopped.finished(result)
    name = "adapters.safetensors"
    assert (adapter / name).read_bytes() == (uninterrupted / name).read_bytes()
    expected = steps_of(uninterrupted)
    assert steps_of(adapter) == [expected[0], *expected[2:]]


def test_fresh_starts_anew(stopped: Place, uninterrupted: Path) -> None:
    """Nothing of the stopped training is used, and the bytes are the same all the same."""
    result = stopped.train("--fresh")
    assert "going on" not in result.stderr
    assert_same(stopped.finished(result), uninterrupted, [])


def test_a_crash_after_the_last_step_trains_nothing_again(
    place: Place, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gap is measured anew from the last step's checkpoint; no step is made."""

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("farense.training.run.summary", fail)
        assert "power cut" in str(place.train().exception)
    stop_in_step(monkeypatch, 1, AssertionError("a step was made"))
    assert_same(place.finished(place.train()), uninterrupted, [12])


def test_a_full_disk_keeps_the_checkpoint_before(
    place: Place, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for the second checkpoint: an error that says so, the first one whole, nothing
    half-written; with room again the same command goes on to the same bytes."""
    real = os.fsync

    def fills_up(descriptor: int) -> None:
        if any(place.adapters.glob(".*/checkpoints/step-*")):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fills_up)
        result = place.train()
    assert isinstance(result.exception, StorageError)
    assert "the disk is full" in str(result.exception)
    (checkpoint,) = checkpoints_of(place.partial)
    assert (checkpoint.step, checkpoint.damage()) == (3, None)
    assert not list(place.partial.glob("**/.*"))
    assert_same(place.finished(place.train()), uninterrupted, [3])


def test_on_a_small_disk_that_is_really_full(
    built: Path, tiny_base: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    """A file system of 170 kB takes one checkpoint or two, not the third; made larger, the same
    command goes on to the same bytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=170k", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        place = Place(built, tiny_base, disk / "adapters")
        assert "the disk is full" in str(place.train().exception)
        kept = checkpoints_of(place.partial)
        assert kept
        assert [checkpoint.damage() for checkpoint in kept] == [None] * len(kept)
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert_same(place.finished(place.train()), uninterrupted, [kept[-1].step])
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_two_trainings_of_one_plan_do_not_mix(
    stopped: Place, uninterrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one process works in the folder another is refused, and touches nothing."""
    monkeypatch.setattr("farense.training.workplace._WAIT_SECONDS", 0.0)
    before = relative(stopped.partial)
    with holding(stopped.partial):
        assert is_held(stopped.partial)
        for option in ((), ("--fresh",)):
            assert "another process is training" in str(stopped.train(*option).exception)
    assert set(before) - set(relative(stopped.partial)) == set()
    assert not is_held(stopped.partial)
    assert_same(stopped.finished(stopped.train()), uninterrupted, [6])


def test_an_adapter_is_replaced_whole(place: Place) -> None:
    """``--again`` over a finished adapter, and over one that a crash left aside."""
    adapter = place.finished(place.train("--steps", "3"))
    shutil.copytree(adapter, place.adapters / f".{adapter.name}.old")
    assert place.finished(place.train("--steps", "3", "--again")) == adapter
    assert [path.name for path in place.adapters.iterdir()] == [adapter.name]


def test_the_last_three_are_kept_as_adapters(uninterrupted: Path) -> None:
    """Steps 6, 9, 12; each is a whole adapter folder, the last of the very last tensors."""
    kept = checkpoints_of(uninterrupted)
    assert [checkpoint.step for checkpoint in kept] == [6, 9, 12]
    for checkpoint in kept:
        assert checkpoint.damage() is None
        assert {"adapter_config.json", "adapters.safetensors"} <= set(checkpoint.read())
        tensors = load_file(checkpoint.folder / "adapters.safetensors")
        assert len(tensors) == 28
    assert not (uninterrupted / LOCK).exists()


def test_all_are_kept_when_asked(place: Place) -> None:
    """``--keep-checkpoints 0``; it is no part of what the adapter is, nor is how often."""
    more = ("--keep-checkpoints", "0", "--checkpoint-every", "5")
    adapter = place.finished(place.train(*more))
    assert [checkpoint.step for checkpoint in checkpoints_of(adapter)] == [5, 10, 12]
    assert "reused" in place.train().stderr


def test_no_checkpoints_when_asked(place: Place) -> None:
    """``--checkpoint-every 0``."""
    assert checkpoints_of(place.finished(place.train("--checkpoint-every", "0"))) == ()


def written(run: Path, *steps: int) -> None:
    """Checkpoints of two files each."""
    for step in steps:
        files = {"adapters.safetensors": b"tensors" * step, "progress.json": b"{}"}

        def write(folder: Path, files: dict[str, bytes] = files) -> None:
            for name, content in files.items():
                (folder / name).write_bytes(content)

        write_checkpoint(run, step, KEY, write)


def cut(folder: Path) -> None:
    (folder / "adapters.safetensors").write_bytes(b"tens")


def lose(folder: Path) -> None:
    (folder / "progress.json").unlink()


def garble(folder: Path) -> None:
    (folder / "checkpoint.json").write_text('{"schema": 1, "step"')


def strip(folder: Path) -> None:
    (folder / "checkpoint.json").write_text("[]")


def escape(folder: Path) -> None:
    manifest = json.loads((folder / "checkpoint.json").read_text())
    manifest["files"]["../../../secret"] = "0" * 64
    (folder / "checkpoint.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("damage", [cut, lose, garble, strip, escape])
def test_every_damage_is_found(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Cut, lost, no JSON, other JSON, a path that leads out: the one before is used."""
    written(tmp_path, 10, 20)
    damage(tmp_path / "checkpoints/step-00000020")
    found = newest_intact(tmp_path, KEY)
    assert (found.step, found.files["progress.json"]) == (10, b"{}")
    assert len(found.damaged) == 1
    assert found.damaged[0].startswith("The checkpoint of step 20 is damaged (")
    with pytest.raises(InputError, match=r"an intact checkpoint|JSON"):
        checkpoints_of(tmp_path)[-1].read()


def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path) -> None:
    """Same folder name, other key: eight digits of a hash are not proof enough."""
    written(tmp_path, 10)
    found = newest_intact(tmp_path, "another")
    assert (found.step, found.files) == (0, {})
    assert found.damaged == ("The checkpoint of step 10 is of another training.",)


def test_only_checkpoints_are_counted_and_removed(tmp_path: Path) -> None:
    """Of 5 the last 2 stay, and so does a folder that is none."""
    written(tmp_path, 1, 2, 30, 400, 123456789)
    (tmp_path / "checkpoints/step-last").mkdir()
    keep_last(tmp_path, 2)
    assert [checkpoint.step for checkpoint in checkpoints_of(tmp_path)] == [400, 123456789]
    assert (tmp_path / "checkpoints/step-last").is_dir()
    keep_last(tmp_path, 0)
    assert len(checkpoints_of(tmp_path)) == 2


def test_a_folder_without_checkpoints_has_none(tmp_path: Path) -> None:
    """No error for an adapter from before there were any."""
    assert checkpoints_of(tmp_path) == ()
    assert newest_intact(tmp_path, KEY).step == 0


def test_a_training_that_goes_on_knows_its_best_step_and_settings(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its next validation: the state says what the log says; settings stand with origins.

    Killed in step 6; validations came after steps 4 and, would have come, 8.
    """
    stop_in_step(monkeypatch, 6, MemoryError())
    place.train()
    settings = json.loads((place.partial / "training_settings.json").read_text())
    assert settings["steps"] == {"value": 12, "origin": "option"}
    (validated,) = read_metrics(place.partial / "metrics.jsonl").validation
    StateFile(place.partial, 12, 5)
    state = read_state(place.partial)
    assert state is not None
    assert (state.best_step, state.best_validation_loss) == (4, validated.loss)


def test_a_diverged_training_keeps_the_log_that_names_its_rows(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second step, before any checkpoint or validation: the log is what there is to see."""
    stop_in_step(monkeypatch, 2, TrainingError("step 2", "loss nan", "finite numbers", "Lower it."))
    assert "loss nan" in str(place.train().exception)
    assert [row.step for row in read_metrics(place.partial / "metrics.jsonl").train] == [1]
