"""Does the gate reject damaged adapters, and leave harmless ones alone? Some 45 and 20 copies.

    python benchmarks/planted_defects.py                       # a tiny base, trained on the spot
    python benchmarks/planted_defects.py --adapter DIR --base DIR   # a real adapter

Every copy is asked the golden questions and judged by the functions `farense evaluate
--baseline` calls, with the good adapter as baseline. Results are kept copy by copy in the
work folder, so that a run that was stopped goes on where it was. docs/planted-defects.md
has the tables and says what *detectable* means.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from farense.models.backend import prepare_backend

BACKEND = prepare_backend()  # before anything imports MLX

from defect_copies import Copy, Workshop, copies  # noqa: E402
from defect_judging import Bench, Found  # noqa: E402
from defect_page import missed, section, write_section, wronged  # noqa: E402
from defect_real import RealWorkshop, real_evalset  # noqa: E402
from defect_tiny import TinyWorkshop  # noqa: E402
from defect_world import World  # noqa: E402

from farense.evaluation.evalset import Evalset  # noqa: E402
from farense.evaluation.thresholds import Thresholds, read_thresholds  # noqa: E402
from farense.models.environment import environment  # noqa: E402
from farense.storage import read_jsonl, sha256_json  # noqa: E402

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "planted-defects.md"
# Of the tiny adapters' answers, the longest of which has 14.
TINY_TOKENS = 20


@dataclass(frozen=True)
class Setting:
    """Workshop and bench of one run, and the section of the page it writes."""

    name: str
    shop: Workshop
    bench: Bench
    about: str


def tiny(work: Path) -> Setting:
    """A base of 150,000 parameters that knows a small invented world."""
    world = World()
    shop = TinyWorkshop(work, world, BACKEND)
    questions, population = world.golden(), world.population()
    digest = sha256_json([question.to_json() for question in questions])
    evalset = Evalset("invented", work / "invented.jsonl", questions, digest)
    bench = Bench(
        shop.good,
        shop.base,
        BACKEND,
        evalset,
        population,
        _gates(),
        work / ".answers",
        1,
        TINY_TOKENS,
    )
    about = f"{len(questions)} questions; the truth over {len(population)}"
    return Setting("tiny", shop, bench, about)


def real(adapter: Path, base: Path, work: Path, questions: int, tokens: int) -> Setting:
    """A real adapter; the golden sets of the project, or as many questions of them."""
    shop = RealWorkshop(adapter, base, BACKEND)
    evalset = real_evalset(ROOT / "evalsets", questions)
    bench = Bench(
        adapter.resolve(),
        base.resolve(),
        BACKEND,
        evalset,
        (),
        _gates(),
        work / ".answers",
        1,
        tokens,
    )
    about = f"{adapter.name} on {base.name}, {len(evalset.questions)} questions"
    return Setting("real", shop, bench, about)


def _gates() -> Thresholds:
    return read_thresholds(ROOT / "evalsets" / "gates.toml")


def judge_all(setting: Setting, work: Path, chosen: Sequence[Copy]) -> list[Found]:
    """Make, judge and remove every copy that has no result yet; all results, in order."""
    results = work / "results.jsonl"
    there = (
        {row["name"]: Found.from_json(row) for _, row in read_jsonl(results)}
        if results.exists()
        else {}
    )
    for copy in chosen:
        if copy.name in there:
            continue
        start, folder = time.perf_counter(), work / "copies" / copy.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        copy.make(setting.shop, folder)
        found = setting.bench.judge(folder, copy.name, copy.done, copy.harmless, copy.order_seed)
        shutil.rmtree(folder)
        with results.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(found.to_json(), ensure_ascii=False) + "\n")
        there[copy.name] = found
        print(
            f"{copy.name}: {100 * found.change:+.1f} points, {found.decision}"
            f" ({', '.join(name for name, _ in found.reasons) or 'no rule failed'},"
            f" {time.perf_counter() - start:.0f} s)",
            flush=True,
        )
    return [there[copy.name] for copy in chosen]


def heading(setting: Setting, seconds: float) -> str:
    """When, where, on what."""
    machine = environment(BACKEND)
    left_out = ", ".join(f"`{name}`" for name in setting.bench.left_out)
    without = (
        f" Left out, because the good adapter misses them itself: {left_out}." if left_out else ""
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine['chip']}, {machine['cores']} cores,"
        f" {BACKEND.device}: {setting.about}; {seconds / 60:.0f} minutes.{without}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--adapter", type=Path, help="a real adapter instead of a tiny one")
    parser.add_argument("--base", type=Path, default=ROOT / "models" / "smollm2-135m")
    parser.add_argument("--questions", type=int, default=150, help="with --adapter; 0: all")
    parser.add_argument("--max-tokens", type=int, default=32, help="with --adapter")
    parser.add_argument("--only", default="*", help="copies whose name matches")
    parser.add_argument(
        "--part", default="1/1", help="2/4: every fourth copy from the second, beside others"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "reports" / "planted-defects")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    given = parser.parse_args()
    start, work = time.perf_counter(), given.work / ("real" if given.adapter else "tiny")
    work.mkdir(parents=True, exist_ok=True)
    setting = (
        real(given.adapter, given.base, work, given.questions, given.max_tokens)
        if given.adapter
        else tiny(work)
    )
    part, parts = map(int, given.part.split("/"))
    named = [c for c in copies(setting.shop) if fnmatch.fnmatch(c.name, given.only)]
    chosen = named[part - 1 :: parts]
    found = judge_all(setting, work, chosen)
    text = section(found, heading(setting, time.perf_counter() - start))
    print(text)
    if given.write:
        write_section(PAGE, setting.name, text)
    at_most = 0.05 * sum(copy.harmless for copy in found)
    failed = bool(missed(found)) or len(wronged(found)) > at_most
    sys.exit("the gate does not keep its promise: see above" if failed else 0)


if __name__ == "__main__":
    main()
