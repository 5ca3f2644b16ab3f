"""The regression check of the benchmarks, on small result files as pytest-benchmark writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from baselines import main

MACHINE = {"chip": "AMD EPYC 7B13 (x2)", "cores": 2, "device": "cpu", "mlx": "0.32.4"}
QUIET = {"b.py::test_load": 1.0, "b.py::test_decode[1]": 0.2, "b.py::test_decode[64]": 2.0}


def results(path: Path, medians: dict[str, float], machine: dict[str, Any] = MACHINE) -> Path:
    rows = [
        {"fullname": name, "stats": {"median": value, "data": [value, value * 1.01]}}
        for name, value in medians.items()
    ]
    record = {"machine_info": {"farense": machine}, "datetime": "2026-02-03", "benchmarks": rows}
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def checked(tmp_path: Path, medians: dict[str, float]) -> int:
    """Check a run against the baseline that QUIET makes."""
    folder = tmp_path / "baselines"
    quiet = results(tmp_path / "quiet.json", QUIET)
    assert main(["update", str(quiet), "--folder", str(folder)]) == 0
    return main(["check", str(results(tmp_path / "now.json", medians)), "--folder", str(folder)])


def test_the_same_figures_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run against itself, and one a fifth slower, have no problems."""
    assert checked(tmp_path, QUIET) == 0
    assert "3 benchmarks against amd-epyc-7b13-x2-2-cores-cpu: no problems" in (
        capsys.readouterr().out
    )
    assert checked(tmp_path, {name: value * 1.2 for name, value in QUIET.items()}) == 0


def test_a_slower_benchmark_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half as slow again is said with both figures, and only of the one it happened to."""
    assert checked(tmp_path, {**QUIET, "b.py::test_load": 1.5}) == 1
    out = capsys.readouterr().out
    assert "b.py::test_load: 1.5 s, 1.50 times the 1 s of the baseline" in out
    assert "test_decode" not in out


def test_a_missing_benchmark_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Removed or skipped, it cannot pass unseen."""
    left = {name: value for name, value in QUIET.items() if "64" not in name}
    assert checked(tmp_path, left) == 1
    assert "b.py::test_decode[64]: missing" in capsys.readouterr().out


def test_a_renamed_benchmark_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The old name is missing, and the new one is not in the baseline."""
    renamed = {name.replace("load", "loading"): value for name, value in QUIET.items()}
    assert checked(tmp_path, renamed) == 1
    out = capsys.readouterr().out
    assert "b.py::test_load: missing" in out
    assert "b.py::test_loading: not in the baseline" in out


def test_an_empty_run_fails(tmp_path: Path) -> None:
    """Nothing measured is no pass."""
    assert checked(tmp_path, {}) == 1


def test_another_machine_has_no_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More cores are another machine: exit 2, with how to write its baseline."""
    now = results(tmp_path / "now.json", QUIET, {**MACHINE, "cores": 8})
    assert main(["check", str(now), "--folder", str(tmp_path)]) == 2
    assert "no baseline of this machine" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", '{"benchmarks": [{"fullname": "x"}]}', "[1]"])
def test_a_broken_file_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not JSON, or not a run of these benchmarks: exit 2, and no baseline is written."""
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    for what in ("check", "update"):
        assert main([what, str(path), "--folder", str(tmp_path / "baselines")]) == 2
    assert "broken.json" in capsys.readouterr().err
    assert not (tmp_path / "baselines").exists()


def test_a_baseline_keeps_every_round(tmp_path: Path) -> None:
    """Medians, raw rounds, machine and versions."""
    assert checked(tmp_path, QUIET) == 0
    path = tmp_path / "baselines" / "amd-epyc-7b13-x2-2-cores-cpu.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["machine"] == MACHINE
    assert record["benchmarks"]["b.py::test_load"] == {
        "median_seconds": 1.0,
        "rounds": [1.0, 1.01],
    }
