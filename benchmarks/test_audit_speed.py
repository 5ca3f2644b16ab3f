"""Auditing 100,000 rows: under 60 s and 1.5 GB."""

from __future__ import annotations

from pathlib import Path

from audit_rows import audit_apart, write_rows
from pytest_benchmark.fixture import BenchmarkFixture

ROWS = 100_000


def test_a_hundred_thousand_rows(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """One audit in a process of its own; peak memory is that of the whole process."""
    path = write_rows(tmp_path / "rows.jsonl", ROWS)
    readable, seconds, peak_bytes = benchmark.pedantic(  # type: ignore[no-untyped-call]
        audit_apart, args=(path,), rounds=1
    )
    benchmark.extra_info.update(seconds=seconds, peak_bytes=peak_bytes)
    assert readable == ROWS
    assert seconds < 60
    assert peak_bytes < 1_500_000_000
