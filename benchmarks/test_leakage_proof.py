"""The leakage proof beside the bare similarities of rapidfuzz that it cannot do without.

    pytest benchmarks --benchmark-only

The ratio, not the time, is the figure: ``extra_info["times_bare_rapidfuzz"]``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from farense.datasets.packs import build_pack
from farense.evaluation.leakage import TrainingRecord, prove_leakage
from farense.facts.tables import read_tables
from farense.records import Example, Question, TypedAnswer
from farense.training.batches import prompt_sha256

COUNT = 10_000
BLOCK = 500


def golden(number: int, row: Example) -> Question:
    """A question in words that are not the row's, about its fact, without naming the fact."""
    value = row.completion.split()[-1]
    answer = TypedAnswer("text", value)
    asked = f"E {row.prompt}"
    return Question(str(number), asked, (row.completion, value), answer, "heldout", "bench")


def test_ten_thousand_questions_against_ten_thousand_rows(benchmark: Any) -> None:
    """At most four times what the 100 million ratios alone take in the same run."""
    rows = build_pack(read_tables(Path("data/facts")), "full", 1910).train[:COUNT]
    record = TrainingRecord(rows, frozenset(prompt_sha256(row.prompt) for row in rows), True)
    questions = [golden(number, row) for number, row in enumerate(rows)]
    prompts = [row.prompt for row in rows]
    start = time.perf_counter()
    for at in range(0, COUNT, BLOCK):
        block = [question.question for question in questions[at : at + BLOCK]]
        process.cdist(block, prompts, scorer=fuzz.ratio, dtype=np.uint8, workers=-1)
    bare = time.perf_counter() - start
    found = benchmark.pedantic(prove_leakage, args=(questions, record), rounds=1)
    ratio = benchmark.stats.stats.median / bare
    benchmark.extra_info["times_bare_rapidfuzz"] = ratio
    benchmark.extra_info["bare_seconds"] = bare
    assert len(found.proofs) == COUNT
    assert ratio < 4
