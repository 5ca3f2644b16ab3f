"""One evaluation run: raw answers in, scores, aggregates, gaps and verdict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from farense.errors import ScoringError
from farense.evaluation.evalset import Evalset
from farense.evaluation.gap import PhrasingGap
from farense.evaluation.gate import Evidence, Judgement, judge
from farense.evaluation.leakage import Leakage
from farense.evaluation.results import (
    SYSTEMS,
    Judged,
    System,
    SystemResults,
    phrasing_gap_of,
    system_results,
)
from farense.evaluation.thresholds import Thresholds
from farense.records import Answer, Gap, Question
from farense.scoring import score_answer

_SUMMARY_METRICS = ("fact_accuracy", "exact_match", "token_f1", "bleu", "rouge_l")


def utc_now() -> str:
    """The time as ISO 8601 in UTC, to the second: ``2026-01-31T17:05:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class GoldenSet:
    """Which questions were asked: the set's name, the hash of its file, how many."""

    name: str
    sha256: str
    n: int


@dataclass(frozen=True)
class BaseId:
    """Which base model answered."""

    name: str
    sha256: str


@dataclass(frozen=True)
class AdapterId:
    """Which adapter was on it; ``sha256`` is that of its weights file."""

    path: str
    sha256: str


@dataclass(frozen=True)
class AnsweringCost:
    """What it cost to answer the whole set with the adapter: wall seconds, tokens, memory."""

    seconds: float
    completion_tokens: int
    peak_bytes: int | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Generated tokens per second of wall time; None when no time was measured."""
        return self.completion_tokens / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True)
class Provenance:
    """Everything about a run that its questions and answers do not say.

    Attributes:
        settings: Each setting with its value and origin: ``{"seed": {"value": 7,
            "origin": "default"}}``.
        gap: None when it was not measured.
        training: The adapter's training_summary.json, None when there is none.
        metrics: The rows of its metrics.jsonl.
        answering: None when the answers' cost was not measured.
        created: ISO 8601, UTC.
    """

    name: str
    seed: int
    base: BaseId
    adapter: AdapterId | None
    decoding: Mapping[str, Any]
    prompt_template: str
    versions: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, Any]
    gap: Gap | None = None
    training: Mapping[str, Any] | None = None
    metrics: Sequence[Mapping[str, Any]] = ()
    answering: AnsweringCost | None = None
    created: str = field(default_factory=utc_now)

    def to_json(self) -> dict[str, Any]:
        """The fields as run.json holds them, without the training log's rows."""
        row = asdict(self)
        # The rows have their own file.
        del row["metrics"]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]) -> Provenance:
        """The record written by ``to_json``, with the rows of its metrics.jsonl."""
        adapter, gap, answering = row["adapter"], row["gap"], row["answering"]
        records = {
            "base": BaseId(**row["base"]),
            "adapter": AdapterId(**adapter) if adapter else None,
            "gap": Gap(**gap) if gap else None,
            "answering": AnsweringCost(**answering) if answering else None,
            "metrics": tuple(metrics),
        }
        return cls(**{**row, **records})

    def without_prompt_hashes(self) -> Provenance:
        """The same without the hash of every trained prompt, which stay with the adapter."""
        if self.training is None:
            return self
        kept = {key: value for key, value in self.training.items() if key != "prompts_batched"}
        return replace(self, training=kept)


@dataclass(frozen=True)
class Run:
    """A finished run. ``judged`` and ``results`` hold the systems that answered.

    ``leakage`` is None where no adapter was judged, or the run is older than the proof.
    """

    provenance: Provenance
    golden_set: GoldenSet
    judged: Mapping[System, tuple[Judged, ...]]
    results: Mapping[System, SystemResults]
    phrasing_gap: PhrasingGap | None
    thresholds: Thresholds
    judgement: Judgement
    leakage: Leakage | None = None

    @property
    def subject(self) -> System:
        """The system the run is about: the adapter, or the base when there is none."""
        return "adapter" if "adapter" in self.judged else "base"

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(item.question for item in self.judged[self.subject])

    @property
    def signatures(self) -> dict[str, str]:
        """Scorer name to signature."""
        judged = (item for items in self.judged.values() for item in items)
        return {score.scorer: score.signature for item in judged for score in item.scores}


def evaluate(
    evalset: Evalset,
    provenance: Provenance,
    answers: Mapping[System, Sequence[Answer]],
    thresholds: Thresholds,
    leakage: Leakage | None = None,
) -> Run:
    """Score every system's answers, sum them up and judge the adapter.

    Args:
        evalset: The golden set that was asked.
        provenance: What else the run should record.
        answers: For every system one answer a question, in any order; ``adapter`` where
            the run has one, ``base`` otherwise, must be among them.
        thresholds: The gate.
        leakage: What the adapter's training record says about each question.

    Raises:
        ScoringError: the subject's answers are missing, or a system's answers are not
            exactly one for each question.
    """
    subject: System = "adapter" if provenance.adapter else "base"
    if subject not in answers or ("adapter" in answers) != (subject == "adapter"):
        raise ScoringError(
            provenance.name,
            f"answers of {', '.join(answers) or 'nobody'}",
            f"answers of the {subject}, which this run is about",
            "Pass the adapter's identity and its answers together, or neither.",
        )
    judged = {
        system: _judge_answers(system, evalset.questions, answers[system])
        for system in SYSTEMS
        if system in answers
    }
    golden_set = GoldenSet(evalset.name, evalset.sha256, len(evalset.questions))
    return conclude(provenance.without_prompt_hashes(), golden_set, judged, thresholds, leakage)


def conclude(
    provenance: Provenance,
    golden_set: GoldenSet,
    judged: Mapping[System, tuple[Judged, ...]],
    thresholds: Thresholds,
    leakage: Leakage | None = None,
) -> Run:
    """Everything that follows from scored answers: aggregates, phrasing gap, verdict.

    Raises:
        ScoringError: a system has no answers.
    """
    seed = provenance.seed
    results = {system: system_results(items, seed=seed) for system, items in judged.items()}
    gap_felt = phrasing_gap_of(judged["adapter"], seed=seed) if "adapter" in judged else None
    cost = provenance.answering
    speed = cost.tokens_per_second if cost else None
    evidence = Evidence(judged, results, provenance.gap, gap_felt, speed, leakage)
    judgement = judge(evidence, thresholds)
    return Run(provenance, golden_set, judged, results, gap_felt, thresholds, judgement, leakage)


def summary_json(run: Run, folder: Path) -> dict[str, Any]:
    """What ``farense evaluate --json`` prints; a metric that was not measured is null."""
    tiers = run.results[run.subject].tiers
    return {
        "n": run.golden_set.n,
        "run": str(folder),
        "verdict": run.judgement.verdict.decision,
        "by_tier": {
            tier: {"n": found.n, **{metric: found.mean(metric) for metric in _SUMMARY_METRICS}}
            for tier, found in tiers.items()
        },
    }


def _judge_answers(
    system: System, questions: Sequence[Question], answers: Sequence[Answer]
) -> tuple[Judged, ...]:
    by_id = {answer.question_id: answer for answer in answers}
    unanswered = [question.id for question in questions if question.id not in by_id]
    if unanswered or len(answers) != len(questions):
        example = f", none for {unanswered[0]!r}" if unanswered else ""
        raise ScoringError(
            f"answers of the {system}",
            f"{len(answers)} answers to {len(questions)} questions{example}",
            "exactly one answer for each question",
            "Answer the whole golden set again.",
        )
    return tuple(
        Judged(question, by_id[question.id], score_answer(by_id[question.id].text, question))
        for question in questions
    )
