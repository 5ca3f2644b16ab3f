"""A whole run over the repository's golden sets, without a model."""

from __future__ import annotations

from pathlib import Path

from farense.evaluation.evalset import Evalset, read_evalset
from farense.evaluation.provenance import AdapterId, AnsweringCost, BaseId, Provenance
from farense.evaluation.results import System
from farense.evaluation.run import Run, evaluate
from farense.evaluation.set_manifest import DEFAULT_PACK
from farense.evaluation.thresholds import read_thresholds
from farense.records import Answer, Question

EVALSETS = Path("evalsets")
WRONG = "Não me lembro bem, mas creio que foi contra o Olhanense, por 3-2."


def golden_set() -> Evalset:
    """Every golden question of the main job."""
    return read_evalset(EVALSETS, DEFAULT_PACK)


def answer(question: Question, text: str) -> Answer:
    """An answer of usual cost."""
    return Answer(question.id, text, 36, 12, 0.5, "stop")


def answers(questions: tuple[Question, ...], wrong_every: int) -> tuple[Answer, ...]:
    """The references, but a wrong answer to every ``wrong_every``-th question."""
    return tuple(
        answer(question, question.references[0] if place % wrong_every else WRONG)
        for place, question in enumerate(questions, start=1)
    )


def run() -> Run:
    """An adapter against a baseline, with the noise floor measured, and the base."""
    evalset = golden_set()
    provenance = Provenance(
        name="benchmark",
        seed=1910,
        base=BaseId("smollm2-135m", "b" * 64),
        adapter=AdapterId("models/adapters/benchmark", "a" * 64),
        decoding={"method": "greedy"},
        prompt_template="chatml",
        versions={},
        settings={},
        environment={},
        answering=AnsweringCost(30.0, 3000, 1_000_000_000),
        created="2026-01-31T17:05:00Z",
    )
    wrong: dict[System, int] = {"adapter": 13, "baseline": 9, "baseline_again": 10, "base": 2}
    given = {system: answers(evalset.questions, every) for system, every in wrong.items()}
    return evaluate(evalset, provenance, given, read_thresholds(EVALSETS / "gates.toml"))
