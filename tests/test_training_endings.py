"""Trainings that end before their time: what ended them is told, and what they did is kept."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import evaluation_sample as sample
import psutil
import pytest
from small_training import Place, arguments, stop_in_step

from farense.errors import FarenseError, StorageError, TerminatedError, TrainingError
from farense.storage import write_jsonl
from farense.training.ending import record_end
from farense.training.log_file import read_metrics
from farense.training.metrics import METRICS
from farense.training.state import StateFile, read_state
from farense.training.workplace import holding


def steps_of(folder: Path) -> list[tuple[str, int]]:
    """Event and step of every row of both exports, which have to agree."""
    with (folder / "training_metrics.csv").open(newline="") as stream:
        rows = [(row["event"], int(row["step"])) for row in csv.DictReader(stream)]
    exported = json.loads((folder / "training_metrics.json").read_text())
    for kind in ("train", "validation"):
        assert [row["step"] for row in exported[kind]] == [n for event, n in rows if event == kind]
    return rows


ERRORS = {
    "failed: RuntimeError: [load] no such op": RuntimeError("[load] no such op"),
    "failed: AssertionError": AssertionError(),
    "failed: MemoryError": MemoryError(),
    "failed: step 6: loss nan; expected a number. Mend it.": TrainingError(
        "step 6", "loss nan", "a number", "Mend it."
    ),
    "failed: SystemExit: 3": SystemExit(3),
    "stopped: Ctrl-C": KeyboardInterrupt(),
    "stopped: SIGHUP": TerminatedError(signal.SIGHUP),
}


@pytest.mark.parametrize("reason", ERRORS)
def test_whatever_ends_a_training_stands_in_its_state(
    place: Place, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """In its sixth step: how and why it ended, the fifth as the last, the best validation; the
    exports hold every step and validation up to there."""
    stop_in_step(monkeypatch, 6, ERRORS[reason])
    place.train()
    state = read_state(place.partial)
    assert state is not None
    if reason == "failed: MemoryError":
        assert state.reason is not None
        assert state.reason.startswith("training: memory ran out")
    else:
        assert f"{state.status}: {state.reason}" == reason
    assert (state.seen(), state.step, state.best_step) == (state.status, 5, 4)
    steps = [("train", n) for n in range(1, 6)]
    assert steps_of(place.partial) == [*steps[:4], ("validation", 4), steps[4]]


def test_going_on_begins_without_the_exports_of_before(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed outright in its second attempt, a training has no tables of the first."""
    stop_in_step(monkeypatch, 6, KeyboardInterrupt())
    place.train()
    seen: list[bool] = []

    def killed(*_: object) -> None:
        seen.append((place.partial / "training_metrics.csv").exists())
        raise RuntimeError("enough")

    with monkeypatch.context() as patch:
        patch.setattr("farense.training.run.train", killed)
        place.train()
    assert seen == [False]


def test_what_was_measured_before_a_first_checkpoint_is_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two steps: there is nothing to go on from, and yet something to see."""
    stop_in_step(monkeypatch, 3, KeyboardInterrupt())
    result = place.train()
    assert "no checkpoint: the same command starts anew" in str(result.exception)
    assert steps_of(place.partial) == [("train", 1), ("train", 2)]


def test_what_ends_before_its_first_step_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder for someone to wonder about."""
    stop_in_step(monkeypatch, 1, KeyboardInterrupt())
    place.train()
    assert list(place.adapters.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "then", "code"),
    [(signal.SIGTERM, signal.SIGHUP, 143), (signal.SIGHUP, signal.SIGTERM, 129)],
)
def test_a_signal_to_every_process_ends_a_training_cleanly(
    place: Place, number: signal.Signals, then: signal.Signals, code: int
) -> None:
    """As a closed terminal sends it, or a machine that goes down (both signals): all processes end,
    the state names the first, what was measured is exported, and the message says where the same
    command goes on."""
    with endless_training(place, "--workers", "2") as process:
        started = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, number)
        time.sleep(0.05)
        os.killpg(process.pid, then)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert f"training was stopped by {number.name}" in said
    assert "The same command goes on after step" in said
    state = read_state(place.partial)
    assert state is not None
    assert (state.status, state.reason) == ("stopped", number.name)
    assert steps_of(place.partial)
    assert len(started) >= 2
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_under_nohup_a_closed_terminal_ends_nothing(place: Place) -> None:
    """It goes on to another checkpoint, and SIGTERM still ends it."""
    with endless_training(place, deaf_to=signal.SIGHUP) as process:
        os.killpg(process.pid, signal.SIGHUP)
        wait_for_checkpoint(place, other_than=checkpoint_names(place))
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said


@contextmanager
def endless_training(
    place: Place, *more: str, deaf_to: signal.Signals | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A training in a process group of its own that has come to its first checkpoint."""

    def ignore() -> None:
        if deaf_to is not None:
            signal.signal(deaf_to, signal.SIG_IGN)

    command = arguments(place.root, place.base, place.adapters, "--steps", "100000", *more)
    with subprocess.Popen(
        [sys.executable, "-m", "farense", *command],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=ignore,
    ) as process:
        try:
            wait_for_checkpoint(place, other_than=set())
            yield process
        finally:
            process.kill()


def wait_for_checkpoint(place: Place, other_than: set[str]) -> None:
    end = time.monotonic() + 60
    while not checkpoint_names(place) - other_than:
        assert time.monotonic() < end, "no checkpoint within 60 seconds"
        time.sleep(0.05)


def checkpoint_names(place: Place) -> set[str]:
    return {folder.name for folder in place.adapters.glob(".*/checkpoints/step-*")}


def test_another_process_at_work_is_not_said_to_have_failed(tmp_path: Path) -> None:
    """A second command of the same plan is refused; the first one's state stays."""
    StateFile(tmp_path, steps=4, patience=5)
    with holding(tmp_path):
        record_end(tmp_path, StorageError("here", "another process", "none", "Wait."))
    state = read_state(tmp_path)
    assert state is not None
    assert state.status == "running"
    assert not (tmp_path / "training_metrics.csv").exists()


@pytest.mark.parametrize("damaged", [b"{", b'{"version": 99}'])
def test_a_damaged_state_does_not_hide_the_error(tmp_path: Path, damaged: bytes) -> None:
    """It stays as it is, and the exports are written all the same."""
    (tmp_path / "training_state.json").write_bytes(damaged)
    write_jsonl(tmp_path / METRICS, [sample.train_row(1, 2.5).to_json()])
    record_end(tmp_path, FarenseError("here", "this", "that", "Do it."))
    assert (tmp_path / "training_state.json").read_bytes() == damaged
    assert steps_of(tmp_path) == [("train", 1)]


def test_a_full_disk_does_not_hide_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither state nor exports can be written; what raised is still what is told."""
    StateFile(tmp_path, steps=4, patience=5)
    write_jsonl(tmp_path / METRICS, [sample.train_row(1, 2.5).to_json()])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    record_end(tmp_path, KeyboardInterrupt())
    state = read_state(tmp_path)
    assert state is not None
    assert state.status == "running"


def test_a_finished_training_tells_its_speed_and_padding(place: Place) -> None:
    """The share, to a tenth of a percent, is that of the log's tokens with and without padding."""
    result = place.train()
    rows = read_metrics(place.finished(result) / METRICS).train
    fed, useful = (sum(getattr(row, name) for row in rows) for name in ("padded_tokens", "tokens"))
    assert useful < fed
    assert f"; {100 * (fed - useful) / fed:.1f} % of what was computed was padding" in result.stderr
    assert re.search(r"trained 12 steps at \d+ tokens/s; ", result.stderr)
