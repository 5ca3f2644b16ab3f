"""The training log: one schema, read while it is written; the state a watcher reads."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import evaluation_sample as sample
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farense.errors import InputError
from farense.storage import write_json, write_jsonl
from farense.training.batches import Row
from farense.training.exports import export_metrics
from farense.training.log_file import read_metrics
from farense.training.metrics import Metrics, ValidationRow
from farense.training.state import STATE, StateFile, TrainingState, mark_ended, read_state
from farense.training.stepping import padded_tokens

ROWS = [sample.train_row(1, 2.5).to_json(), ValidationRow(1, 2.25, 80, 0.1, True, 0).to_json()]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "metrics.jsonl"


@given(st.integers(min_value=0))
def test_a_log_cut_anywhere_is_read_up_to_its_last_whole_row(log: Path, cut: int) -> None:
    """A writer killed in the middle of a row costs that row alone, never the reading."""
    whole = "".join(json.dumps(row) + "\n" for row in ROWS * 3).encode()
    kept = whole[: cut % (len(whole) + 1)]
    log.write_bytes(kept)
    found = read_metrics(log)
    # A row is whole with its closing brace, its line end or not.
    ends = kept.count(b"\n") + kept.endswith(b"}")
    assert len(found.train) + len(found.validation) == ends


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every field survives the way through the file."""
    write_jsonl(tmp_path / "metrics.jsonl", ROWS)
    found = read_metrics(tmp_path / "metrics.jsonl")
    assert found.train == (sample.train_row(1, 2.5),)
    assert found.validation == (ValidationRow(1, 2.25, 80, 0.1, True, 0),)


def test_a_log_of_version_1_is_read() -> None:
    """A row as farense wrote it before there were versions: what it lacks is None."""
    old = {
        "event": "train",
        "step": 3,
        "epoch": 0.1,
        "loss": 1.5,
        "learning_rate": 1e-4,
        "gradient_norm": 2.0,
        "tokens": 90,
        "tokens_per_second": 45.0,
        "seconds": 2.0,
        "memory_bytes": 10**9,
    }
    (row,) = Metrics.of([old]).train
    assert (row.step, row.loss, row.padded_tokens, row.eta_seconds) == (3, 1.5, None, None)


def test_an_unknown_kind_of_row_is_passed_over() -> None:
    """A later farense may log more; this one still draws the losses."""
    assert Metrics.of([{"event": "checkpoint", "step": 5}, *ROWS]) == Metrics.of(ROWS)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"event": "train", "step": 1}', "metrics.jsonl:1: .*missing 8 required .*'epoch'"),
        ('{"event": "train", "version": 9}', "metrics.jsonl:1: version 9; expected at most 2"),
        ('{"event": "tra', "metrics.jsonl:1: not JSON"),
        ("[1]", "metrics.jsonl:1: a JSON list"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, line: str, found: str) -> None:
    """File and line, what stands there, what to do."""
    (tmp_path / "metrics.jsonl").write_text(line + "\n" + json.dumps(ROWS[1]) + "\n")
    with pytest.raises(InputError, match=found):
        read_metrics(tmp_path / "metrics.jsonl")


def test_the_exports_hold_every_row(tmp_path: Path) -> None:
    """CSV as Python's own reader sees it: one line a row, empty where a row has no such field."""
    write_jsonl(tmp_path / "metrics.jsonl", ROWS)
    export_metrics(tmp_path)
    with (tmp_path / "training_metrics.csv").open(newline="") as stream:
        trained, validated = csv.DictReader(stream)
    assert (trained["event"], trained["loss"], trained["padded_tokens"]) == ("train", "2.5", "320")
    assert (validated["event"], validated["loss"]) == ("validation", "2.25")
    assert (validated["gradient_norm"], validated["best"]) == ("", "True")
    exported = json.loads((tmp_path / "training_metrics.json").read_text())
    assert exported["train"] == [asdict(sample.train_row(1, 2.5))]
    assert exported["validation"][0]["without_gain"] == 0


def test_padding_is_counted_as_it_is_fed() -> None:
    """By hand: lengths 4, 2, 3 alone are 3 rows of 4; two processes feed 2 of 4 and 1 of 2."""
    rows = [Row(tuple(range(length)), (1,), "") for length in (4, 2, 3)]
    assert padded_tokens(rows, 1) == 12
    assert padded_tokens(rows, 2) == 4 * 2 + 2 * 1


def test_the_state_follows_the_training(tmp_path: Path) -> None:
    """What is on disk after a validation: steps, best, the counter, and who writes."""
    state = StateFile(tmp_path, steps=40, patience=5)
    state.see(sample.train_row(7, 2.5).to_json())
    state.see(ValidationRow(7, 2.25, 80, 0.1, True, 0).to_json())
    state.see(sample.train_row(8, 2.4).to_json())
    state.see(ValidationRow(8, 2.26, 80, 0.1, False, 1).to_json())
    found = read_state(tmp_path)
    assert found is not None
    assert (found.step, found.steps, found.phase, found.pid) == (8, 40, "training", os.getpid())
    assert (found.best_step, found.best_validation_loss) == (7, 2.25)
    assert (found.without_gain, found.patience, found.eta_seconds) == (1, 5, 20.0)
    assert found.seen() == "running"
    state.finish()
    ended = read_state(tmp_path)
    assert ended is not None
    assert ended.seen() == "finished"


def test_short_steps_do_not_write_the_state_each(tmp_path: Path) -> None:
    """Within a second of the last writing a step changes nothing on disk."""
    state = StateFile(tmp_path, steps=40, patience=5)
    state.see(sample.train_row(1, 2.5).to_json())
    before = (tmp_path / STATE).read_bytes()
    state.see(sample.train_row(2, 2.4).to_json())
    assert (tmp_path / STATE).read_bytes() == before


def _state(folder: Path, **changes: object) -> TrainingState:
    StateFile(folder, steps=40, patience=5)
    found = read_state(folder)
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type]


def test_a_training_whose_process_is_gone_has_crashed(tmp_path: Path) -> None:
    """The number of a process that has ended; and a number the system has given anew."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    assert _state(tmp_path, pid=process.pid).seen() == "crashed"
    earlier = psutil.Process().create_time() - 3600
    assert _state(tmp_path, started=earlier).seen() == "crashed"


def test_a_process_of_another_machine_is_not_judged(tmp_path: Path) -> None:
    """Its number says nothing here."""
    assert _state(tmp_path, host="another.machine", pid=1).seen() == "elsewhere"


def test_an_end_is_marked_once(tmp_path: Path) -> None:
    """Why it ended is kept; what has ended already does not change."""
    _state(tmp_path)
    mark_ended(tmp_path, "stopped", "Ctrl-C")
    mark_ended(tmp_path, "failed", "later")
    found = read_state(tmp_path)
    assert found is not None
    assert (found.seen(), found.reason) == ("stopped", "Ctrl-C")
    mark_ended(tmp_path / "nothing", "failed", "there is no folder")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("content", [{"version": 99}, [], {"version": 1}])
def test_a_state_of_another_schema_is_refused(tmp_path: Path, content: object) -> None:
    """Named with its file, not a KeyError."""
    write_json(tmp_path / STATE, content)
    with pytest.raises(InputError, match=r"training_state\.json"):
        read_state(tmp_path)
