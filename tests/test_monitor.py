"""``farense monitor``: trainings as they run, end and crash, told from their files alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import evaluation_sample as sample
import pytest
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.errors import InputError
from farense.reporting.monitor import running_difference
from farense.storage import write_json, write_jsonl
from farense.training.checkpoints import write_checkpoint
from farense.training.metrics import METRICS, Metrics, TrainRow, ValidationRow
from farense.training.runs import RunOnDisk, find_run
from farense.training.state import STATE, StateFile, read_state

NAME = "smollm2-135m-essentials-1a2b3c4d"
ROWS: list[TrainRow | ValidationRow] = [
    *(sample.train_row(step, 3.0 - step / 10) for step in range(1, 11)),
    ValidationRow(10, 2.0, 400, 0.5, best=True, without_gain=0),
    *(sample.train_row(step, 3.0 - step / 10) for step in range(11, 21)),
    ValidationRow(20, 1.95, 400, 0.5, best=False, without_gain=1),
    sample.train_row(21, 0.95),
]


def write_training(adapters: Path, **changes: Any) -> Path:
    """The folder of a training of this very process after 21 of 40 steps."""
    folder = adapters / f".{NAME}.partial"
    folder.mkdir(parents=True)
    state = StateFile(folder, steps=40, patience=5)
    for row in ROWS:
        state.see(row.to_json())
    written = read_state(folder)
    assert written is not None
    write_json(folder / STATE, asdict(replace(written, **changes)))
    write_jsonl(folder / METRICS, (row.to_json() for row in ROWS))
    return folder


def finish(folder: Path) -> Path:
    """Put the training in place as one that ended with a gap of 0.25."""
    losses = {
        "train_loss": {"loss": 0.5, "tokens": 90, "rows": 9},
        "validation_loss": {"loss": 0.75, "tokens": 40, "rows": 4},
    }
    write_json(folder / "training_summary.json", losses)
    return folder.rename(folder.parent / NAME)


def monitor(adapters: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["monitor", *arguments, "--adapters-dir", str(adapters)])


def shown(adapters: Path, *arguments: str) -> str:
    """What stands on a screen of 80 columns."""
    result = monitor(adapters, *arguments, "--once")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    return "\n".join(line.rstrip() for line in lines)


def test_a_running_training_is_told(tmp_path: Path) -> None:
    """By hand: validation 1.95, steps 11-20 logged 1.45 on the mean; 0.50 would be CRÍTICO."""
    write_training(tmp_path)
    text = shown(tmp_path)
    assert f"{NAME}  running, step 21 of 40" in text
    assert "0.950 at step 21, validation 1.950 at step 20 (best 2.000 at 10)" in text
    assert "+0.500 CRÍTICO, running difference: validation - log of 11-20" in text
    assert "1 of 5 validations without gain" in text
    assert "600 tokens/s, 640 with padding (6 %), 0.5 s a step" in text
    assert "1.4 GiB in the leading process; MLX 0.8 GiB, at most 1.0 GiB" in text
    assert "20 s to the last step" in text
    assert "● validation" in text


def test_the_running_difference_uses_the_steps_since_the_last_validation() -> None:
    """At the first validation all steps before it; without one there is none."""
    early = Metrics(
        tuple(row for row in ROWS if isinstance(row, TrainRow) and row.step <= 10),
        tuple(row for row in ROWS if isinstance(row, ValidationRow) and row.step <= 10),
    )
    found = running_difference(early)
    assert found is not None
    assert found.value == pytest.approx(2.0 - 2.45)
    assert (found.first_step, found.last_step, found.label) == (1, 10, "EXCELENTE")
    assert running_difference(Metrics(early.train)) is None


def test_a_finished_training_shows_the_measured_gap(tmp_path: Path) -> None:
    """The gap of the summary, and no running difference beside it."""
    finish(write_training(tmp_path, status="finished", eta_seconds=0.0))
    text = shown(tmp_path, NAME)
    assert f"{NAME}  finished" in text
    assert "+0.250 MODERADO, over both whole splits" in text
    assert "running difference" not in text
    assert "to the last step" not in text


def test_a_crashed_training_says_so_and_what_to_do(tmp_path: Path) -> None:
    """Its process has ended without saying why."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    write_training(tmp_path, pid=process.pid)
    text = shown(tmp_path)
    assert f"{NAME}  crashed" in text
    assert f"process {process.pid} is gone without a word, after step 21" in text
    assert "give the same `farense train` command again: it starts anew" in text
    write_checkpoint(next(tmp_path.iterdir()), 20, "0" * 64, lambda folder: None)
    assert "command again: it goes on after step 20" in shown(tmp_path)


def test_a_failed_training_tells_its_error(tmp_path: Path) -> None:
    """A long reason takes more lines and the plot fewer; all of it fits the screen."""
    reason = "step 22: loss nan, gradient norm nan; expected finite numbers. " * 3
    write_training(tmp_path, status="failed", reason=reason.strip())
    text = shown(tmp_path)
    assert f"{NAME}  failed" in text
    assert "step 22: loss nan" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phase": "trunk", "rows": 40, "total": 90}, "computing the frozen blocks, 40 of 90 rows"),
        ({"phase": "measure", "rows": 8, "total": 90}, "measuring the gap, 8 of 90 rows"),
        ({"host": "another.machine"}, "on another.machine, heard"),
    ],
)
def test_other_phases_and_machines_are_named(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """What a training does when it makes no steps, and one this machine cannot look at."""
    write_training(tmp_path, **changes)
    assert words in shown(tmp_path)


def test_a_training_without_a_step_is_told(tmp_path: Path) -> None:
    """Right after the start there is a state and no row yet."""
    folder = tmp_path / f".{NAME}.partial"
    folder.mkdir()
    StateFile(folder, steps=40, patience=5)
    assert "running, starting" in shown(tmp_path, str(folder))


def test_an_adapter_of_an_older_farense_is_shown(tmp_path: Path) -> None:
    """It has no state; the summary says that it has finished."""
    folder = finish(write_training(tmp_path))
    (folder / STATE).unlink()
    assert "finished" in shown(tmp_path)


def test_json_has_every_number(tmp_path: Path) -> None:
    """One object for scripts; what is not known yet is null."""
    write_training(tmp_path)
    found = json.loads(monitor(tmp_path, "--json").stdout)
    assert (found["status"], found["step"], found["steps"]) == ("running", 21, 40)
    assert found["running_difference"] == pytest.approx(0.5)
    assert (found["validation_loss"], found["best_step"], found["gap"]) == (1.95, 10, None)
    assert (found["without_gain"], found["patience"], found["eta_seconds"]) == (1, 5, 20.0)
    # 300 of 320 tokens are no padding.
    assert found["padding_share"] == pytest.approx(20 / 320)


def test_a_training_is_found_by_either_name_and_followed(tmp_path: Path) -> None:
    """The hidden folder, the adapter's later name, latest; and where it is put in the end."""
    folder = write_training(tmp_path)
    for name in (str(folder), NAME, str(tmp_path / NAME), "latest"):
        assert find_run(name, tmp_path) == folder
    moved = finish(folder)
    assert RunOnDisk.read(folder).folder == moved


def test_latest_is_the_one_whose_log_is_newest(tmp_path: Path) -> None:
    """A finished adapter that was touched to be used is not the newest training."""
    old = finish(write_training(tmp_path))
    os.utime(old / METRICS, (1, 1))
    new = write_training(tmp_path)
    os.utime(old / "training_summary.json")
    assert find_run("latest", tmp_path) == new


@pytest.mark.parametrize("name", ["latest", "nothing"])
def test_no_training_is_said(tmp_path: Path, name: str) -> None:
    """The message names what was asked for or the folder, and what to do."""
    result = monitor(tmp_path, name, "--once")
    assert isinstance(result.exception, InputError)
    assert "farense train" in str(result.exception)


def test_a_terminal_follows_to_the_end(tmp_path: Path) -> None:
    """On a terminal the frame is drawn anew until the training has ended, then the command ends."""
    folder = write_training(tmp_path, host=socket.gethostname())
    code = (
        "import sys; from rich import console as c; c.Console.is_terminal = True\n"
        "import time, farense.storage as s, json, pathlib\n"
        f"path = pathlib.Path({str(folder / STATE)!r})\n"
        "def sleep(seconds):\n"
        "    assert seconds == 0.5\n"
        "    s.write_json(path, {**json.loads(path.read_text()), 'status': 'stopped'})\n"
        "time.sleep = sleep\n"
        "from farense.cli import main; sys.argv = ['farense', *sys.argv[1:]]; main()"
    )
    command = [sys.executable, "-c", code, "monitor", str(folder), "--refresh", "0.5"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.index("running, step 21 of 40") < found.stdout.index("stopped")
