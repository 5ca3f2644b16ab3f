"""kill -9 at moments nobody chose, and the same command again: the very same adapter.

Three kills here; ``nox -s reliability`` makes 28, a quarter of them with two processes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL

import pytest
from small_training import arguments, write_small_pack

KILLS = int(os.environ.get("FARENSE_TEST_KILLS", "3"))
# So many that 28 kills fall into two or three trainings.
STEPS = 120
_END_SECONDS = 300.0


class Killed:
    """One training command, started again and again and killed at drawn moments."""

    def __init__(self, root: Path, base: Path, workers: int) -> None:
        self.adapters = root / f"killed-{workers}"
        more = ("--steps", str(STEPS), "--checkpoint-every", "4", "--workers", str(workers))
        command = arguments(root, base, self.adapters, *more)
        self.command = [sys.executable, "-m", "farense", *command]

    def run_to_the_end(self) -> bytes:
        """The finished adapter's tensors; the folder is moved out of the way."""
        done = subprocess.run(self.command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        folder = Path(done.stdout.splitlines()[-1])
        log = (folder / "metrics.jsonl").read_text()
        assert [log.count(f'"step": {step},') for step in range(1, STEPS + 1)] == [
            1 + (step % 4 == 0) for step in range(1, STEPS + 1)
        ]
        tensors = (folder / "adapters.safetensors").read_bytes()
        shutil.rmtree(self.adapters)
        return tensors

    def kill_once(self, moments: random.Random) -> str:
        """Start it, kill it at a drawn moment; says what it was doing."""
        kind = moments.choice(("starting", "step", "step", "checkpoint", "checkpoint"))
        rows, wait = moments.randint(1, 12), moments.uniform(0, 0.05)
        before = self.half_checkpoints()
        with subprocess.Popen(self.command, stderr=DEVNULL, stdout=DEVNULL) as process:
            if kind == "starting":
                time.sleep(wait * 60)
            elif kind == "step":
                for _ in range(rows):
                    self.wait_for_the_log(process)
                time.sleep(wait)
            else:
                until(lambda: bool(self.half_checkpoints() - before), process)
                time.sleep(wait / 10)
            process.kill()
        if process.returncode == 0:
            return "ended before"
        return "half a checkpoint" if self.half_checkpoints() - before else kind

    def wait_for_the_log(self, process: subprocess.Popen[bytes]) -> None:
        """Return when something more was logged."""
        length = self.log_bytes()
        until(lambda: self.log_bytes() != length, process)

    def log_bytes(self) -> int:
        """Length of the log of the training that goes on."""
        return sum(path.stat().st_size for path in self.adapters.glob(".*.partial/metrics.jsonl"))

    def half_checkpoints(self) -> set[Path]:
        """Checkpoints that are being written, or were when it was killed."""
        return set(self.adapters.glob(".*.partial/checkpoints/.step-*"))


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Return when ``condition`` is true or the process has ended."""
    end = time.monotonic() + _END_SECONDS
    while not condition() and process.poll() is None:
        assert time.monotonic() < end, "the training did nothing"
        # Looking all the time would take from the training what it needs.
        time.sleep(0.004)


@pytest.mark.parametrize("workers", [1] if KILLS < 10 else [1, 2])
def test_killed_at_any_moment_the_same_bytes_come_out(
    tmp_path: Path, tiny_base: Path, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Moments drawn from a seeded generator: while it loads, in a step, in a checkpoint. After the
    kills the training is let end; its tensors are, byte for byte, those of one never killed."""
    write_small_pack(tmp_path)
    training = Killed(tmp_path, tiny_base, workers)
    expected = training.run_to_the_end()
    moments, seen = random.Random(workers), Counter[str]()
    kills = KILLS if workers == 1 else KILLS // 3
    while seen.total() - seen["ended before"] < kills:
        seen[training.kill_once(moments)] += 1
        if any(training.adapters.glob("[!.]*")):
            assert training.run_to_the_end() == expected
    assert training.run_to_the_end() == expected
    with capsys.disabled():
        print(f"\n{kills} kills with {workers} processes: {dict(seen)}")
