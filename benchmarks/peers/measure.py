"""farense beside PyTorch and llama.cpp, on the same weights, shapes and threads.

    nox -s peers                                     # all lines, and docs/performance.md
    nox -s peers -- --only decode --rounds 3         # one line, briefly

Rounds alternate between the contestants of a line, so that what else happens on the machine
hits all of them; medians are compared. Every line that is measured is kept in
reports/peers.json with its raw rounds; the table in docs/performance.md is written anew from the
lines kept there as soon as none is missing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from farense.models.backend import prepare_backend

BACKEND = prepare_backend()  # before anything imports MLX

from contestants import Contestant  # noqa: E402
from protocol import write_work  # noqa: E402
from table import LINES, Line, write_document  # noqa: E402
from workload import make_work  # noqa: E402

from farense.errors import FarenseError  # noqa: E402
from farense.evaluation.provenance import utc_now  # noqa: E402
from farense.models.environment import environment  # noqa: E402
from farense.models.processes import sensible_workers  # noqa: E402
from farense.storage import read_json, write_json  # noqa: E402

BASE = "smollm2-135m"
RESULTS = Path("reports/peers.json")
DOCUMENT = Path("docs/performance.md")
BATCHES = (16, 32, 64)


def measure(line: Line, work: Path, rounds: int, threads: int, workers: int) -> dict[str, Any]:
    """Alternated rounds of one line: units per second of every contestant, and the medians."""
    with ExitStack() as running:
        contestants = [
            running.enter_context(Contestant(name, work, threads, workers, line.shared))
            for name in line.contestants
        ]
        # Loads and warms up; where several batches compete, the best of each is kept.
        requests = {each.name: _best_request(each, line) for each in contestants}
        found: dict[str, list[float]] = {each.name: [] for each in contestants}
        for number in range(rounds):
            for each in contestants:
                speed = each.turn(requests[each.name]).per_second
                found[each.name].append(speed)
                print(f"{line.name}, round {number + 1}: {each.name} {speed:.2f}", flush=True)
    return {
        "created": utc_now(),
        "rounds": found,
        "medians": {name: median(speeds) for name, speeds in found.items()},
        "batches": {name: asked["batch"] for name, asked in requests.items() if "batch" in asked},
    }


def _best_request(contestant: Contestant, line: Line) -> dict[str, Any]:
    if line.name != "answer":
        contestant.turn({"line": line.name})
        return {"line": line.name}
    contestant.turn({"line": line.name, "batch": BATCHES[0]})
    asked = [{"line": line.name, "batch": batch} for batch in BATCHES]
    speeds = [contestant.turn(request).per_second for request in asked]
    return asked[speeds.index(max(speeds))]


def same_weights(work: Path, threads: int) -> None:
    """Refuse to compare models that do not continue a prompt alike.

    Raises:
        FarenseError: farense and PyTorch, both in float32, choose another next token.
    """
    said = {}
    for name in ("farense", "PyTorch float32"):
        with Contestant(name, work, threads, 1, shared=False) as contestant:
            said[name] = contestant.turn({"line": "prefill"}).replies[0]["next"]
    if len(set(said.values())) > 1:
        raise FarenseError(
            "the peers' weights",
            f"next tokens {said}",
            "the same from both, whose weights are the same",
            "Check how benchmarks/peers/workload.py writes the weights for PyTorch.",
        )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [line.name for line in LINES]
    parser.add_argument("--only", action="append", choices=names, help="a line; may be repeated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    given = parser.parse_args()
    threads = BACKEND.cores
    start = time.monotonic()
    kept = read_json(RESULTS) if RESULTS.is_file() else {}
    with tempfile.TemporaryDirectory(prefix="farense-peers-") as folder:
        work = make_work(given.models_dir / BASE, given.models_dir / ".peers", threads)
        file = Path(folder) / "work.json"
        write_work(file, work)
        workers = sensible_workers(BACKEND, 4 * 135_000_000)
        if not given.only or set(given.only) & {"prefill", "decode", "answer", "training"}:
            same_weights(file, threads)
        for line in LINES:
            if given.only is None or line.name in given.only:
                kept[line.name] = {
                    **measure(line, file, given.rounds, threads, workers),
                    "machine": environment(BACKEND),
                    "peers": {name: metadata.version(name) for name in line.packages},
                }
                write_json(RESULTS, kept)
    print(f"{time.monotonic() - start:.0f} s; raw rounds in {RESULTS}")
    missing = [name for name in names if name not in kept]
    if missing:
        print(f"not yet measured: {', '.join(missing)}; {DOCUMENT} stays as it is")
    else:
        write_document(DOCUMENT, kept)
        print(DOCUMENT)


def run(arguments: Sequence[str] | None = None) -> int:
    """``main`` with errors in one line."""
    if arguments is not None:
        sys.argv[1:] = arguments
    try:
        main()
    except FarenseError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(run())
