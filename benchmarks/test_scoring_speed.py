"""10,000 answers scored, compared and gated, beside the bare libraries in the same run.

    pytest benchmarks/test_scoring_speed.py --benchmark-only

The ratio, not the time, is the figure: ``extra_info["times_bare_libraries"]``. Everything is
processor time: a busy machine slows both alike and wall time would not.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from farense.evaluation.evalset import Evalset, read_evalset
from farense.evaluation.provenance import AdapterId, BaseId, Provenance
from farense.evaluation.run import evaluate
from farense.evaluation.thresholds import read_thresholds
from farense.records import Answer, Question

COUNT = 10_000
EVALSETS = Path(__file__).parent.parent / "evalsets"


def questions(count: int) -> tuple[Question, ...]:
    """The golden questions of the project over and over, about other facts each time."""
    own = read_evalset(EVALSETS).questions
    return tuple(
        replace(
            own[number % len(own)],
            id=f"{number}",
            fact_ids=tuple(
                f"{fact}-{number // len(own)}" for fact in own[number % len(own)].fact_ids
            ),
        )
        for number in range(count)
    )


def answers(asked: Sequence[Question], seed: int, wrong: float) -> tuple[Answer, ...]:
    """The first reference, or another question's where it is wrong; no text for two questions.

    Two systems say the same where both are right, as adapter and baseline mostly do.
    """
    drawn, given = random.Random(seed), []
    for number, question in enumerate(asked):
        meant = drawn.choice(asked) if drawn.random() < wrong else question
        text = f"{meant.references[0]} ({number})"
        given.append(Answer(question.id, text, 20, 12, 1.0, "stop"))
    return tuple(given)


def bare_seconds(asked: Sequence[Question], given: Sequence[Answer]) -> float:
    """What the libraries need for one answer after the other, against its best reference."""
    rouge, bleu, chrf = RougeScorer(["rougeL"]), BLEU(effective_order=True), CHRF()
    start = time.process_time()
    for question, answer in zip(asked, given, strict=True):
        for reference in question.references:
            rouge.score(reference, answer.text)
            bleu.sentence_score(answer.text, [reference])
            chrf.sentence_score(answer.text, [reference])
            fuzz.ratio(answer.text, reference)
    return time.process_time() - start


def judged_seconds(asked: Sequence[Question], *given: Sequence[Answer]) -> float:
    """All of an evaluation but the model: scores, intervals, comparison, gate."""
    base = BaseId("base", "b" * 64)
    provenance = Provenance("bench", 1910, base, AdapterId("a", "a" * 64), {}, "chatml", {}, {}, {})
    evalset = Evalset("bench", EVALSETS, tuple(asked), "0" * 64)
    gates = read_thresholds(EVALSETS / "gates.toml")
    start = time.process_time()
    run = evaluate(evalset, provenance, {"adapter": given[0], "baseline": given[1]}, gates)
    seconds = time.process_time() - start
    assert run.comparison is not None
    assert run.comparison.n == len(asked)
    return seconds


def test_ten_thousand_answers_cost_little_more_than_the_bare_libraries(benchmark: Any) -> None:
    """Both systems scored, compared and gated in at most four times what the libraries need
    for the adapter's answers alone, in less than 1 GB."""
    asked = questions(COUNT)
    adapter, baseline = answers(asked, 1, 0.10), answers(asked, 2, 0.12)
    bare_seconds(asked[:50], adapter[:50])  # imports and caches
    judged_seconds(asked[:50], adapter[:50], baseline[:50])
    bare = bare_seconds(asked, adapter)
    judged = benchmark.pedantic(judged_seconds, args=(asked, adapter, baseline), rounds=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_bytes = peak * (1 if sys.platform == "darwin" else 1024)
    benchmark.extra_info |= {
        "times_bare_libraries": judged / bare,
        "bare_seconds": bare,
        "peak_bytes": peak_bytes,
    }
    assert judged < 4 * bare
    assert peak_bytes < 1e9
