"""Commands in a fresh process: what a user waits for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

HELP_SECONDS = 0.25
FARENSE = (sys.executable, "-m", "farense")


def run(*arguments: str) -> int:
    done = subprocess.run([*FARENSE, *arguments], capture_output=True, check=False)
    return done.returncode


def test_cold_start_of_help(benchmark: Any) -> None:
    """``farense --help`` in under a quarter of a second."""
    assert benchmark.pedantic(run, ("--help",), rounds=11, warmup_rounds=2) == 0
    assert benchmark.stats.stats.median < HELP_SECONDS


def test_evaluation_from_cold(benchmark: Any, base: Path, tmp_path: Path) -> None:
    """The bare base on the general golden questions: load, answer, score, judge, render."""
    folders = (tmp_path / str(number) for number in range(10))

    def anew() -> tuple[tuple[str, ...], dict[str, Any]]:
        # A folder of its own a round: answers kept there would be found again.
        golden = ("--evalset", "evalsets/general.jsonl", "--reports-dir", str(next(folders)))
        return ("evaluate", "--no-adapter", "--base", str(base), *golden), {}

    code = benchmark.pedantic(run, setup=anew, rounds=3, warmup_rounds=1)
    assert code in (0, 1, 2)
    assert (tmp_path / "1").is_dir()
