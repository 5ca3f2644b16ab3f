"""An interrupted training is not forgotten when another one begins beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_training import ROWS, Place, stop_in_step, write_small_pack

from farense.datasets.packs import Pack, write_pack
from farense.training.workplace import holding


@pytest.fixture
def place(tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """With a training of rank 2 that was stopped in its eighth step."""
    write_small_pack(tmp_path)
    place = Place(tmp_path, tiny_base, tmp_path / "adapters")
    stop_in_step(monkeypatch, 8, KeyboardInterrupt())
    place.train()
    return place


def test_other_settings_name_the_training_they_leave_behind(place: Place) -> None:
    """Its folder, its step, what differs and both values, how to go on, how to drop it."""
    held = place.partial
    told = place.train("--rank", "4", "--learning-rate", "1e-4").stderr
    assert (
        f"warning: {held} holds an interrupted training, after step 6, with rank 2 (now 4),"
        " learning_rate 0.0008 (now 0.0001). The same command with what it had goes on with it;"
        f" `rm -r {held}` drops it."
    ) in told
    assert held.is_dir()


def test_it_is_said_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the held training itself, nor again when the other one goes on."""
    stop_in_step(monkeypatch, 5, KeyboardInterrupt())
    assert "holds an interrupted training" in place.train("--rank", "4").stderr
    assert "holds an interrupted training" not in place.train("--rank", "4").stderr
    assert "holds an interrupted training" not in place.train().stderr


def test_epochs_are_told_and_not_the_steps_they_make(place: Place) -> None:
    """Steps and warm-up follow from them."""
    path = place.partial / "training_settings.json"
    settings = json.loads(path.read_text())
    for name, value in {"epochs": 2.5, "steps": 8, "warmup_steps": 1}.items():
        settings[name]["value"] = value
    path.write_text(json.dumps(settings))
    assert (
        "after step 6, with rank 2 (now 4), epochs 2.5 (now 0.0). The"
        in place.train("--rank", "4").stderr
    )


def test_other_rows_are_told(place: Place) -> None:
    """A pack that was built anew in between."""
    write_pack(Pack("essentials", 1, "0" * 64, ROWS[1:], ROWS[:3]), place.root / "built/essentials")
    assert "after step 6, with other rows." in place.train().stderr


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_damaged_settings_do_not_stop_the_new_one(place: Place, content: str) -> None:
    """The held training is named all the same."""
    (place.partial / "training_settings.json").write_text(content)
    told = place.train("--rank", "4")
    assert "after step 6, with files that cannot be read." in told.stderr
    assert told.exit_code == 0


def test_one_that_runs_is_not_held(place: Place) -> None:
    """Two trainings of other settings may run side by side."""
    with holding(place.partial):
        assert "holds an interrupted training" not in place.train("--rank", "4").stderr
