"""Scoring, the gate's statistics and the report, without a model."""

from __future__ import annotations

from typing import Any

import pytest
import sample_run

from farense.evaluation.run import Run, conclude
from farense.reporting.page import render_page
from farense.scoring import score_answer

SCORED = 10_000


@pytest.fixture(scope="module")
def run() -> Run:
    """An adapter against a baseline over every golden question."""
    return sample_run.run()


def test_scoring_ten_thousand_answers(benchmark: Any) -> None:
    """Every scorer that is always on, right and wrong answers by turns."""
    questions = sample_run.golden_set().questions
    turns = [questions[number % len(questions)] for number in range(SCORED)]
    pairs = [
        (sample_run.WRONG if number % 2 else question.references[0], question)
        for number, question in enumerate(turns)
    ]

    def score() -> int:
        return sum(len(score_answer(text, question)) for text, question in pairs)

    scores = benchmark.pedantic(score, rounds=3)
    assert scores >= SCORED
    benchmark.extra_info["answers_per_second"] = SCORED / benchmark.stats.stats.median


def test_statistics_of_the_gate(benchmark: Any, run: Run) -> None:
    """Intervals, both gaps, the paired comparison with its noise floor, the verdict."""
    found = benchmark.pedantic(
        conclude,
        (run.provenance, run.golden_set, run.judged, run.thresholds),
        rounds=5,
        warmup_rounds=1,
    )
    assert found.comparison is not None


def test_rendering_the_report(benchmark: Any, run: Run) -> None:
    """The whole page, every question on it."""
    page = benchmark.pedantic(render_page, (run,), rounds=5, warmup_rounds=1)
    assert page.count("<details class=") >= run.golden_set.n
