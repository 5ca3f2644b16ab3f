"""``farense train --start-from``: going on from an adapter or a checkpoint with other settings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from safetensors.numpy import load_file
from small_training import ROWS, Place, stop_in_step

from farense.datasets.packs import Pack, write_pack
from farense.errors import BaseMismatchError, InputError, ModelFolderError
from farense.evaluation.passport import read_passport
from farense.storage import sha256_file
from farense.testing import tiny_model_folder
from farense.training.log_file import read_metrics

WEIGHTS = "adapters.safetensors"
# So little that nothing is learnt: what comes out is what went in.
STILL = ("--steps", "1", "--learning-rate", "1e-8", "--warmup-steps", "0")


@pytest.fixture(scope="module")
def parent(built: Path, tiny_base: Path) -> Path:
    """A finished adapter of twelve steps, with checkpoints of the last three thirds."""
    place = Place(built, tiny_base, built / "parents")
    return place.finished(place.train("--warmup-steps", "0", "--learning-rate", "1e-2"))


def summary(adapter: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((adapter / "training_summary.json").read_text())
    return found


@pytest.mark.parametrize("start", ["", "checkpoints/step-00000006"])
def test_training_begins_with_its_tensors(place: Place, parent: Path, start: str) -> None:
    """Of an adapter or a checkpoint: after a step of next to nothing they are there to 1e-6, the
    passport names the parent, and what that had seen counts as seen."""
    folder = parent / start
    adapter = place.finished(place.train(*STILL, "--start-from", str(folder)))
    ours, theirs = load_file(adapter / WEIGHTS), load_file(folder / WEIGHTS)
    assert max(np.abs(ours[name] - theirs[name]).max() for name in theirs) < 1e-6
    assert max(np.abs(theirs[name]).max() for name in theirs if "lora_b" in name) > 1e-3
    passport = read_passport(adapter)
    assert passport is not None
    assert passport["parent"] == {
        "path": str(folder),
        "weights_sha256": sha256_file(folder / WEIGHTS),
    }
    # One step of four rows, and yet all eleven have been trained.
    assert len(summary(adapter)["prompts_batched"]) == len(ROWS)  # type: ignore[arg-type]


def test_the_loss_goes_on_where_it_stood(place: Place, parent: Path) -> None:
    """The first loss is far below that of a training from nothing."""
    log = read_metrics(parent / "metrics.jsonl").train
    adapter = place.finished(place.train(*STILL, "--start-from", str(parent)))
    first = read_metrics(adapter / "metrics.jsonl").train[0].loss
    assert abs(first - log[-1].loss) < 0.2 * (log[0].loss - log[-1].loss)


def test_it_is_another_adapter_than_without(place: Place, parent: Path) -> None:
    """By name; the same parent a second time is not trained again."""
    options = ("--steps", "3", "--start-from", str(parent))
    child = place.finished(place.train(*options))
    assert "reused" in place.train(*options).stderr
    assert place.finished(place.train("--steps", "3")) != child


def test_it_goes_on_after_a_crash_to_the_same_bytes(
    place: Place, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint of the child comes before its parent."""
    options = ("--learning-rate", "5e-4", "--start-from", str(parent))
    whole = (place.finished(place.train(*options)) / WEIGHTS).read_bytes()
    shutil.rmtree(place.adapters)
    stop_in_step(monkeypatch, 8, KeyboardInterrupt())
    place.train(*options)
    assert (place.finished(place.train(*options)) / WEIGHTS).read_bytes() == whole


def test_a_parent_that_does_not_fit_is_refused(place: Place, parent: Path) -> None:
    """Other tensors: what has to be the same is named."""
    error = place.train("--rank", "4", "--start-from", str(parent)).exception
    assert isinstance(error, InputError)
    assert f"--start-from {parent}: its tensors are not those" in str(error)
    assert list(place.adapters.iterdir()) == []


def test_a_parent_of_other_rows_is_refused(tmp_path: Path, tiny_base: Path, parent: Path) -> None:
    """What it has seen would be held out for this one."""
    write_pack(Pack("essentials", 1, "0" * 64, ROWS[:9], ROWS[:3]), tmp_path / "built/essentials")
    place = Place(tmp_path, tiny_base, tmp_path / "adapters")
    error = place.train("--start-from", str(parent)).exception
    assert "it was trained on other rows" in str(error)


def test_a_parent_of_another_base_is_refused(built: Path, parent: Path, tmp_path: Path) -> None:
    """The message names both bases."""
    other = tiny_model_folder(tmp_path / "other", seed=9)
    error = Place(built, other, tmp_path / "adapters").train("--start-from", str(parent)).exception
    assert isinstance(error, BaseMismatchError)


def refused(place: Place, folder: Path) -> Result:
    result = place.train("--start-from", str(folder))
    assert isinstance(result.exception, InputError)
    assert not place.adapters.exists()
    return result


def test_a_damaged_parent_is_refused(place: Place, parent: Path, tmp_path: Path) -> None:
    """A missing folder, a checkpoint with another hash, an adapter whose tensors are cut or that
    does not say what it has seen: none begins a training."""
    copy = shutil.copytree(parent, tmp_path / "copy")
    assert isinstance(refused(place, tmp_path / "none").exception, ModelFolderError)
    (copy / "checkpoints/step-00000006" / WEIGHTS).write_bytes(b"other")
    damaged = refused(place, copy / "checkpoints/step-00000006")
    assert "not the bytes that were written" in str(damaged.exception)
    (copy / WEIGHTS).write_bytes((copy / WEIGHTS).read_bytes()[:-9])
    assert "damaged" in str(refused(place, copy).exception)
    (copy / "training_summary.json").unlink()
    assert "that says what it was trained on" in str(refused(place, copy).exception)
