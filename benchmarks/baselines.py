"""Hold a benchmark run against the baseline of this machine, or make it the baseline.

    python benchmarks/baselines.py check RESULTS.json
    python benchmarks/baselines.py update RESULTS.json

RESULTS.json is what pytest-benchmark writes. A baseline holds one machine's figures: chip,
cores and device name its file. ``check`` exits 1 when a benchmark got slower, is missing or was
renamed, or is not in the baseline yet, and 2 when there is nothing to compare.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import FarenseError, InputError
from farense.storage import read_json, write_json

FOLDER = Path(__file__).parent / "baselines"
# A median this many times that of the baseline is a regression. Medians of quiet runs on one
# machine were seen to differ by a tenth.
SLOWER = 1.3
# Milliseconds by which anything may be late.
JITTER_SECONDS = 0.003
SCHEMA = 1


@dataclass(frozen=True)
class Results:
    """A run's seconds, all rounds of each benchmark by its full name, and where it ran."""

    machine: Mapping[str, Any]
    created: str
    medians: Mapping[str, float]
    rounds: Mapping[str, Sequence[float]]

    @property
    def key(self) -> str:
        """The machine as a file name: ``amd-epyc-2-cores-cpu``."""
        parts = (f"{self.machine[name]}" for name in ("chip", "cores", "device"))
        chip, cores, device = (re.sub(r"[^a-z0-9]+", "-", p.lower()).strip("-") for p in parts)
        return f"{chip}-{cores}-cores-{device}"

    def to_json(self) -> dict[str, Any]:
        """What a baseline file holds."""
        benchmarks = {
            name: {"median_seconds": self.medians[name], "rounds": list(self.rounds[name])}
            for name in sorted(self.medians)
        }
        machine = dict(self.machine)
        record = {"schema": SCHEMA, "created": self.created, "machine": machine}
        return {**record, "benchmarks": benchmarks}


def read_results(path: Path) -> Results:
    """Read pytest-benchmark's JSON as ``benchmarks/conftest.py`` completes it.

    Raises:
        InputError: missing, broken, or not from these benchmarks.
    """
    record = read_json(path)
    try:
        stats = {row["fullname"]: row["stats"] for row in record["benchmarks"]}
        return Results(
            machine=record["machine_info"]["farense"],
            created=record["datetime"],
            medians={name: float(found["median"]) for name, found in stats.items()},
            rounds={name: found["data"] for name, found in stats.items()},
        )
    except (KeyError, TypeError) as error:
        raise InputError(
            path,
            f"no {error} in it",
            "results of `nox -s benchmarks`",
            "Run the benchmarks again.",
        ) from error


def read_baseline(path: Path) -> dict[str, float]:
    """Median seconds by full name.

    Raises:
        InputError: there is none of this machine, or it is broken.
    """
    record = read_json(path) if path.is_file() else None
    if record is None or record.get("schema") != SCHEMA:
        raise InputError(
            path,
            "no baseline of this machine",
            f"a JSON object with schema {SCHEMA}",
            "Write one on a quiet machine: `nox -s benchmarks -- --update`.",
        )
    return {name: row["median_seconds"] for name, row in record["benchmarks"].items()}


def problems(baseline: Mapping[str, float], medians: Mapping[str, float]) -> list[str]:
    """One sentence for every benchmark that is slower, missing, or new."""
    found = []
    for name in sorted(baseline.keys() | medians.keys()):
        if name not in medians:
            found.append(f"{name}: missing; it was renamed, removed, skipped or failed.")
        elif name not in baseline:
            found.append(f"{name}: not in the baseline; take it in with --update.")
        elif medians[name] > SLOWER * baseline[name] + JITTER_SECONDS:
            times = medians[name] / baseline[name]
            found.append(
                f"{name}: {medians[name]:.4g} s, {times:.2f} times the {baseline[name]:.4g} s"
                f" of the baseline; at most {SLOWER} times is asked."
            )
    return found


def check(results: Results, folder: Path = FOLDER) -> int:
    """Print what is wrong; 0 when nothing is, 1 otherwise."""
    found = problems(read_baseline(folder / f"{results.key}.json"), results.medians)
    for line in found:
        print(line)
    count = len(results.medians)
    print(f"{count} benchmarks against {results.key}: {len(found) or 'no'} problems")
    return 1 if found else 0


def update(results: Results, folder: Path = FOLDER) -> int:
    """Write the baseline of this machine and print its path."""
    print(write_json(folder / f"{results.key}.json", results.to_json()))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("check", "update"))
    parser.add_argument("results", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    try:
        results = read_results(given.results)
        return {"check": check, "update": update}[given.what](results, given.folder)
    except FarenseError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
