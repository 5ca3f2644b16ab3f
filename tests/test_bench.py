"""``farense bench``: the record, the table, the passport, and the report that shows them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from statistics import median
from typing import Any

import evaluation_sample as sample
import pytest
from click.testing import CliRunner
from rich.console import Console

from farense.benchmarking.speed import _throughput
from farense.benchmarking.work import Together
from farense.cli import cli
from farense.errors import InputError
from farense.evaluation.passport import read_passport, record_speed, speed_of
from farense.evaluation.recording import _accepted_speed
from farense.evaluation.run_folder import read_run, write_run
from farense.reporting.page import render_page
from farense.reporting.speed import speed_table
from farense.storage import sha256_file
from farense.testing import tiny_adapter_folder


def rounds(*values: float) -> dict[str, Any]:
    return {"median": median(values), "rounds": list(values)}


def record(decode: float, adapter: str = "models/adapters/x") -> dict[str, Any]:
    return {
        "schema": 1,
        "created": "2026-02-03T10:00:00Z",
        "base": {"name": "smollm2-135m", "sha256": "b1" * 32},
        "adapter": {"path": adapter, "sha256": "ad" * 32},
        "held_as": "float32",
        "work": {"rounds": 3, "prefill_tokens": 256, "answer_tokens": 32, "batch_size": 64},
        "workers": 2,
        "measured": {
            "prefill_tokens_per_second": rounds(401.0, 420.5, 410.0),
            "first_token_seconds": rounds(0.09, 0.11, 0.1),
            "decode_tokens_per_second": rounds(decode, decode, decode),
            "batch_tokens_per_second": rounds(180.0, 170.0, 190.0),
        },
        "load_seconds": 1.25,
        "peak_bytes": {"alone": 1_400_000_000, "batch": 2_900_000_000},
        "machine": {"chip": "Chip <X>", "cores": 2, "device": "cpu"},
    }


def test_an_adapter_is_measured_and_its_passport_says_so(tiny_base: Path, tmp_path: Path) -> None:
    """Every figure has its rounds and their median; work, machine and versions are there."""
    adapter = tiny_adapter_folder(tmp_path / "adapter", tiny_base)
    result = CliRunner().invoke(
        cli,
        [
            *("bench", "--json", "--adapter", str(adapter), "--rounds", "2"),
            *("--batch-size", "3", "--workers", "1"),
        ],
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert speed_of(adapter) == found
    assert found["adapter"]["sha256"] == sha256_file(adapter / "adapters.safetensors")
    assert found["work"]["batch_size"] == 3
    for name, measured in found["measured"].items():
        assert len(measured["rounds"]) == 2, name
        assert measured["median"] == median(measured["rounds"]) > 0, name
    assert found["peak_bytes"]["alone"] > 50_000_000
    assert found["load_seconds"] > 0
    assert {"chip", "cores", "device", "mlx", "mlx-lm", "farense"} <= found["machine"].keys()


def test_the_clock_of_several_processes_runs_from_the_first_start_to_the_last_end() -> None:
    """Two processes of 60 tokens, one from 10 to 13 s, one from 11 to 14: 120 in 4 s."""
    parts = [
        Together(1, 10.0, 13.0, 60),
        Together(2, 13.0, 15.0, 60),
        Together(1, 11.0, 14.0, 60),
        Together(2, 14.0, 16.0, 60),
    ]
    assert _throughput(parts) == [30.0, 40.0]


def test_the_table_fits_eighty_columns() -> None:
    """With the longest path; medians, and the slowest and the fastest round."""
    out = io.StringIO()
    long = record(41.25, "models/adapters/" + "smollm2-135m-essentials-" * 6)
    Console(file=out, width=80).print(speed_table(long))
    text = out.getvalue()
    assert all(len(line) <= 80 for line in text.splitlines())
    for part in ("410.0 tokens/s", "401.0–420.5", "100.0 ms", "41.2 tokens/s", "2.90 GB"):
        assert part in text


def test_both_or_none_cannot_be_measured() -> None:
    """--no-adapter beside --adapter is refused before anything is loaded."""
    result = CliRunner().invoke(cli, ["bench", "--no-adapter", "--adapter", "x"])
    assert isinstance(result.exception, InputError)
    assert "--no-adapter: --adapter x as well" in str(result.exception)


def test_new_figures_replace_the_old_and_nothing_else(tiny_base: Path, tmp_path: Path) -> None:
    """The passport keeps what evaluations and promotions wrote; before any, there are none."""
    adapter = tiny_adapter_folder(tmp_path / "adapter", tiny_base)
    assert speed_of(adapter) is None
    before = read_passport(adapter)
    for decode in (20.0, 40.0):
        record_speed(adapter, record(decode))
    assert read_passport(adapter) == {**before, "speed": record(40.0)}


def test_the_accepted_adapters_figures_are_those_of_the_very_weights(
    tiny_base: Path, tmp_path: Path
) -> None:
    """Nothing where nothing is accepted, or the folder holds other weights by now."""
    accepted = tmp_path / "accepted.toml"
    assert _accepted_speed(accepted) is None
    adapter = tiny_adapter_folder(tmp_path / "adapter", tiny_base)
    record_speed(adapter, record(40.0))
    sha256 = sha256_file(adapter / "adapters.safetensors")
    accepted.write_text(f'adapter = "{adapter}"\nadapter_sha256 = "{sha256}"\n')
    assert _accepted_speed(accepted) == record(40.0)
    accepted.write_text(f'adapter = "{adapter}"\nadapter_sha256 = "{"0" * 64}"\n')
    assert _accepted_speed(accepted) is None


def speed_section(html: str) -> str:
    return html.partition('<table class="speed">')[2].partition("</table>")[0]


@pytest.mark.parametrize("accepted", [None, record(23.0)], ids=["nothing accepted", "accepted"])
def test_the_report_shows_both_side_by_side(
    accepted: dict[str, Any] | None, tmp_path: Path
) -> None:
    """This adapter's figures, and the accepted one's or that they are not measured."""
    run = sample.run_with({}, speed=record(41.0), accepted_speed=accepted)
    section = speed_section(render_page(run))
    assert "41 tokens/s" in section
    assert ("23 tokens/s" in section) == (accepted is not None)
    assert ("not measured" in section) == (accepted is None)
    assert "Chip &lt;X&gt;" in section
    folder = write_run(run, tmp_path / "run")
    assert speed_section(render_page(read_run(folder))) == section
