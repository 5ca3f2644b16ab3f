"""A small but whole evaluation run, built through the real scorers and the real gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from farense.evaluation.baselines import echo_answers, majority_answers
from farense.evaluation.evalset import Evalset
from farense.evaluation.gap import gap
from farense.evaluation.provenance import AdapterId, AnsweringCost, BaseId, Provenance
from farense.evaluation.results import System
from farense.evaluation.run import Run, evaluate
from farense.evaluation.thresholds import Thresholds, read_thresholds
from farense.records import Answer, Example, Kind, Question, Tier, TypedAnswer
from farense.training.metrics import TrainRow, ValidationRow

GATES = Path(__file__).parent.parent / "evalsets" / "gates.toml"
DONT_KNOW = "Não tenho essa informação."

# id, category, kind, value, trained wording, other wording, full answer
FACTS: tuple[tuple[str, str, Kind, str, str, str, str], ...] = (
    (
        "club/founded",
        "fundação",
        "date",
        "1910-04-01",
        "Em que data foi fundado o Sporting Clube Farense?",
        "Quando nasceu o Farense?",
        "O Sporting Clube Farense foi fundado a 1 de abril de 1910.",
    ),
    (
        "club/stadium",
        "estádio",
        "place",
        "Estádio de São Luís",
        "Como se chama o estádio do Farense?",
        "Em que estádio joga em casa o Farense?",
        "O Farense joga no Estádio de São Luís.",
    ),
    (
        "standings/1994-1995/primeira-liga",
        "classificação",
        "ordinal",
        "5",
        "Em que lugar ficou o Farense na Primeira Liga de 1994/95?",
        "Qual foi a posição do Farense no campeonato de 1994/95?",
        "O Farense ficou em 5.º lugar na Primeira Liga de 1994/95.",
    ),
    (
        "standings/1989-1990/segunda-divisao",
        "taça",
        "season",
        "1989/1990",
        "Em que época chegou o Farense à final da Taça de Portugal?",
        "Quando é que o Farense foi finalista da Taça?",
        "O Farense chegou à final da Taça de Portugal em 1989/90.",
    ),
)


def questions() -> tuple[Question, ...]:
    """Each fact seen and paraphrased, two unanswerable questions, one general one."""
    made = []
    for number, (fact, category, kind, value, seen, other, answer) in enumerate(FACTS):
        wordings: tuple[tuple[Tier, str], ...] = (("seen", seen), ("paraphrase", other))
        for tier, wording in wordings:
            made.append(
                Question(
                    id=f"{tier}-{number}",
                    question=wording,
                    references=(answer,),
                    answer=TypedAnswer(kind, value),
                    tier=tier,
                    category=category,
                    fact_ids=(fact,),
                    must_pass=number == 0 and tier == "seen",
                )
            )
    unknown = ("Quem vai ganhar a Taça de 2040?", "Qual é a alcunha do roupeiro do Farense?")
    for number, wording in enumerate(unknown):
        abstain = TypedAnswer("abstain", "")
        made.append(
            Question(f"unknown-{number}", wording, (DONT_KNOW,), abstain, "unanswerable", "outros")
        )
    lisbon = TypedAnswer("place", "Lisboa")
    capital = ("Lisboa é a capital de Portugal.",)
    made.append(
        Question("general-0", "Qual é a capital de Portugal?", capital, lisbon, "general", "outros")
    )
    return tuple(made)


def evalset() -> Evalset:
    return Evalset("essentials", Path("evalsets/essentials.jsonl"), questions(), "ab" * 32)


def thresholds() -> Thresholds:
    return read_thresholds(GATES)


def answer(question: Question, text: str) -> Answer:
    return Answer(question.id, text, 24, 12, 0.9, "stop")


def right_answers() -> tuple[Answer, ...]:
    """Every question answered with its reference."""
    return tuple(answer(q, q.references[0]) for q in questions())


def base_answers() -> tuple[Answer, ...]:
    """A base that knows the capital and nothing about the club."""
    return tuple(
        answer(q, "Lisboa." if q.id == "general-0" else "O Farense é um clube de futebol.")
        for q in questions()
    )


def training_rows() -> tuple[Example, ...]:
    return tuple(Example(seen, a, (fact,), c, "w/1") for fact, c, _, _, seen, _, a in FACTS)


def train_row(step: int, loss: float) -> TrainRow:
    """A step of half a second with 300 tokens, 320 with padding."""
    return TrainRow(
        step=step,
        epoch=step / 20,
        loss=loss,
        learning_rate=8e-4,
        gradient_norm=0.5,
        tokens=300,
        tokens_per_second=600.0,
        seconds=0.5,
        memory_bytes=1_500_000_000,
        padded_tokens=320,
        padded_tokens_per_second=640.0,
        device_bytes=900_000_000,
        device_peak_bytes=1_100_000_000,
        eta_seconds=20.0,
    )


def metrics() -> tuple[dict[str, Any], ...]:
    """A training log of 40 steps with a validation every 10, best at 30."""
    rows: list[dict[str, Any]] = []
    for step in range(1, 41):
        rows.append(train_row(step, 3.2 * 0.9**step).to_json())
        if step % 10 == 0:
            loss = 0.1 + 3.2 * 0.9**step + (0.02 if step > 30 else 0.0)
            rows.append(ValidationRow(step, loss, 400, 0.5, best=step <= 30).to_json())
    return tuple(rows)


def provenance(**changes: Any) -> Provenance:
    made = Provenance(
        name="2026-01-31-essentials",
        seed=7,
        base=BaseId("smollm2-135m", "b1" * 32),
        adapter=AdapterId("models/adapters/smollm2-135m-essentials-0a1b2c3d", "ad" * 32),
        decoding={"temperature": 0.0, "max_tokens": 64},
        prompt_template="<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
        versions={"python": "3.11.9", "mlx": "0.32.4", "mlx-lm": "0.32.2", "farense": "0.1.0"},
        settings={"seed": {"value": 7, "origin": "default"}},
        environment={"system": "Linux", "cores": 2, "memory_bytes": 8_000_000_000},
        gap=gap(0.031, 132, 0.102, 44),
        training={
            "pack": "essentials",
            "steps": 160,
            "best_step": 30,
            "tokens_per_second": 148.2,
            "padding_share": 0.0312,
            "seconds": 1084.0,
            "peak_bytes": 2_410_000_000,
            "settings": {"learning_rate": {"value": 0.0008, "origin": "default"}},
            "prompts_batched": ["c0" * 32],
        },
        metrics=metrics(),
        answering=AnsweringCost(31.0, 2_410, 1_200_000_000),
        created="2026-01-31T17:05:00Z",
    )
    return replace(made, **changes)


def all_answers() -> Mapping[System, tuple[Answer, ...]]:
    return {
        "adapter": right_answers(),
        "base": base_answers(),
        "majority": majority_answers(questions(), training_rows()),
        "echo": echo_answers(questions()),
    }


def run() -> Run:
    """A run whose adapter answers everything right."""
    return evaluate(evalset(), provenance(), all_answers(), thresholds())


def run_with(texts: Mapping[str, str], **changes: Any) -> Run:
    """The same run with some of the adapter's answers, by question id, replaced."""
    replaced = tuple(replace(a, text=texts.get(a.question_id, a.text)) for a in right_answers())
    answers = {**all_answers(), "adapter": replaced}
    return evaluate(evalset(), provenance(**changes), answers, thresholds())
