"""Building the largest pack from the tables: under 15 s of one core, the interpreter included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

_CODE = """
import json, sys, time
from pathlib import Path
from farense.datasets.packs import build_pack, write_pack
from farense.datasets.rehearsal import read_rehearsal
from farense.facts.tables import read_tables
rehearsal = read_rehearsal(Path("data/rehearsal.csv"))
pack = build_pack(read_tables(Path("data/facts")), "full", 1910, rehearsal)
write_pack(pack, Path(sys.argv[1]))
print(json.dumps([len(pack.train), time.process_time()]))
"""
ROOT = Path(__file__).parents[1]


def test_the_full_pack(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """One build in a process of its own, from reading the tables to the folder in its place.

    Held against processor time, which a busy machine does not stretch.
    """
    rows, seconds = benchmark.pedantic(  # type: ignore[no-untyped-call]
        _build_apart, args=(tmp_path / "full",), rounds=1
    )
    benchmark.extra_info.update(rows=rows, seconds=seconds)
    assert rows > 25_000
    assert seconds < 15


def _build_apart(folder: Path) -> tuple[int, float]:
    command = [sys.executable, "-c", _CODE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    rows, seconds = json.loads(done.stdout)
    return rows, seconds
