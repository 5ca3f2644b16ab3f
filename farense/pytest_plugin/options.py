"""The plugin's options and markers; nothing here loads a numerical library."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from farense.config import ANSWER_TOKENS, ANSWERS_AT_ONCE
from farense.evaluation.baseline_adapter import ACCEPTED, NONE
from farense.evaluation.gate_files import ACCEPTED_FILE, GATES_FILE, beside
from farense.records import TIERS

SUITES = {
    "quality": "how right the answers are: every golden question, and the rules about them",
    "overfitting": "the overfitting gap and the phrasing gap",
    "regression": "the adapter against another on the same questions (needs --baseline)",
    "speed": "how fast the adapter answers",
}
FLAGS = (
    *("--adapter", "--baseline", "--gates", "--evalset", "--strict-questions"),
    *("--farense-base", "--farense-models-dir", "--farense-reports-dir"),
    *("--farense-max-tokens", "--farense-batch-size"),
)
_ADAPTER_HELP = """Adapter folder to judge. Golden sets (*.jsonl) and their gates.toml are collected
only with it, or when a golden file is named itself.
Fixtures for checks of your own: adapter, answers, scores, gap, speed (pytest --fixtures).
Markers: quality, overfitting, regression, speed, must_pass, tier_<tier>, category_<category>
(pytest --markers), for example -m tier_paraphrase.
Exit codes: 0 accept, 1 reject, 2 and more could not judge."""


@dataclass(frozen=True)
class Options:
    """What the user asked for; paths are absolute.

    Attributes:
        adapter: None when golden sets are not to be judged.
        baseline: ``accepted`` or an adapter folder; None without one.
        gates: None for gates.toml beside the golden set or in evalsets.
        evalset: Behind the fixtures when no golden file is collected.
    """

    start: Path
    adapter: Path | None
    baseline: str | None
    gates: Path | None
    evalset: Path
    strict: bool
    summary: Path | None
    base: str | None
    models_dir: Path
    reports_dir: Path
    max_tokens: int
    batch_size: int

    def gates_for(self, golden: Path) -> Path | None:
        """The gate of a golden file or a folder of them; None when there is none."""
        place = self.gates or beside(golden, GATES_FILE, self.start)
        return place if place.is_file() else None

    def accepted_for(self, golden: Path) -> Path:
        """Where the accepted adapter of a golden file or a folder of them is recorded."""
        return beside(golden, ACCEPTED_FILE, self.start)


def absolute(path: Path) -> Path:
    """As pytest writes the paths it collects: without ``..``, symbolic links as they stand."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the links


def add_options(parser: pytest.Parser) -> None:
    """Register the options of the farense group."""
    add = parser.getgroup("farense", "farense, judging fine-tuned adapters").addoption
    add("--adapter", metavar="DIR", help=_ADAPTER_HELP)
    add(
        "--baseline",
        metavar="DIR",
        default=NONE,
        help=f"Adapter to compare with, in the suite regression; {ACCEPTED}: that of"
        f" {ACCEPTED_FILE} beside the golden set or in evalsets. Default: %(default)s.",
    )
    add(
        "--gates",
        metavar="FILE",
        help="Thresholds of the gate. Default: gates.toml beside the golden set or in evalsets.",
    )
    add(
        "--evalset",
        metavar="PATH",
        default="evalsets",
        help="Golden set behind the fixtures when no golden file is collected."
        " Default: %(default)s.",
    )
    add(
        "--strict-questions",
        action="store_true",
        help="Exit 1 for any wrong answer, also where the gate tolerates some.",
    )
    add(
        "--farense-summary",
        metavar="FILE",
        help="Write a Markdown summary; $GITHUB_STEP_SUMMARY gets it too, where it is set.",
    )
    add(
        "--farense-base",
        metavar="NAME",
        help="Base name or folder. Default: the one the adapter names.",
    )
    add(
        "--farense-models-dir",
        metavar="DIR",
        default="models",
        help="Folder that holds one folder per base. Default: %(default)s.",
    )
    add(
        "--farense-reports-dir",
        metavar="DIR",
        default="reports",
        help="Folder for the run folder of a whole gate, and for answers kept between runs."
        " Default: %(default)s.",
    )
    add(
        "--farense-max-tokens",
        metavar="N",
        type=int,
        default=ANSWER_TOKENS,
        help="Longest answer, in tokens. Default: %(default)s.",
    )
    add(
        "--farense-batch-size",
        metavar="N",
        type=int,
        default=ANSWERS_AT_ONCE,
        help="Questions answered at once. Default: %(default)s.",
    )


def read_options(config: pytest.Config) -> Options:
    """The options of this pytest run."""
    start, given = config.invocation_params.dir, config.getoption

    def path(name: str) -> Path | None:
        value = given(name)
        return absolute(start / value) if value else None

    return Options(
        start=start,
        adapter=path("--adapter"),
        baseline=_baseline(start, given("--baseline")),
        gates=path("--gates"),
        evalset=start / given("--evalset"),
        strict=given("--strict-questions"),
        summary=path("--farense-summary"),
        base=given("--farense-base"),
        models_dir=start / given("--farense-models-dir"),
        reports_dir=start / given("--farense-reports-dir"),
        max_tokens=given("--farense-max-tokens"),
        batch_size=given("--farense-batch-size"),
    )


def _baseline(start: Path, given: str) -> str | None:
    if given == NONE:
        return None
    return given if given == ACCEPTED else str(absolute(start / given))


def add_markers(config: pytest.Config) -> None:
    """Register the markers, so that --strict-markers accepts them."""
    for suite, about in SUITES.items():
        config.addinivalue_line("markers", f"{suite}: farense suite: {about}.")
    for tier in TIERS:
        config.addinivalue_line("markers", f"tier_{tier}: golden question of tier {tier}.")
    config.addinivalue_line("markers", "must_pass: golden question that may never be lost.")
    config.addinivalue_line("markers", "category_<name>: golden question of that category.")
