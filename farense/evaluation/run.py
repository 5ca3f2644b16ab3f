"""One evaluation run: raw answers in, scores, aggregates, gaps, comparison and verdict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import ScoringError
from farense.evaluation.comparison import Comparison, compare
from farense.evaluation.evalset import Evalset
from farense.evaluation.evidence import Evidence
from farense.evaluation.gap import PhrasingGap
from farense.evaluation.gate import Judgement, judge
from farense.evaluation.leakage import Leakage
from farense.evaluation.provenance import GoldenSet, Provenance
from farense.evaluation.results import (
    SYSTEMS,
    Judged,
    System,
    SystemResults,
    phrasing_gap_of,
    system_results,
)
from farense.evaluation.thresholds import Thresholds
from farense.records import Answer, Question, Score
from farense.scoring import score_answer

# By question id and answer text: adapter and baseline mostly say the same.
Scored = dict[tuple[str, str], tuple[Score, ...]]
_SUMMARY_METRICS = ("fact_accuracy", "exact_match", "token_f1", "bleu", "rouge_l")


@dataclass(frozen=True)
class Run:
    """A finished run. ``judged`` and ``results`` hold the systems that answered.

    ``comparison`` is None without a baseline; ``leakage`` where no adapter was judged, or the
    run is older than the proof.
    """

    provenance: Provenance
    golden_set: GoldenSet
    judged: Mapping[System, tuple[Judged, ...]]
    results: Mapping[System, SystemResults]
    phrasing_gap: PhrasingGap | None
    thresholds: Thresholds
    judgement: Judgement
    comparison: Comparison | None = None
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
    *,
    leakage: Leakage | None = None,
    optional: Sequence[str] = (),
) -> Run:
    """Score every system's answers, sum them up and judge the adapter.

    Args:
        evalset: The golden set that was asked.
        provenance: What else the run should record.
        answers: For every system one answer a question, in any order; ``adapter`` where
            the run has one, ``base`` otherwise, must be among them.
        thresholds: The gate.
        leakage: What the adapter's training record says about each question.
        optional: Scorers besides those that are always on.

    Raises:
        InputError: an optional or registered scorer cannot be used.
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
    scored: Scored = {}
    judged = {
        system: judge_answers(system, evalset.questions, answers[system], optional, scored)
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
    """All that follows from scored answers: aggregates, phrasing gap, comparison, verdict.

    Raises:
        ScoringError: a system has no answers.
    """
    seed = provenance.seed
    results = {system: system_results(items) for system, items in judged.items()}
    gap_felt = phrasing_gap_of(judged["adapter"], seed=seed) if "adapter" in judged else None
    cost = provenance.answering
    evidence = Evidence(
        judged=judged,
        results=results,
        gap=provenance.gap,
        phrasing_gap=gap_felt,
        tokens_per_second=cost.tokens_per_second if cost else None,
        comparison=_comparison(judged, seed),
        leakage=leakage,
    )
    return Run(
        provenance=provenance,
        golden_set=golden_set,
        judged=judged,
        results=results,
        phrasing_gap=gap_felt,
        thresholds=thresholds,
        judgement=judge(evidence, thresholds),
        comparison=evidence.comparison,
        leakage=leakage,
    )


def _comparison(judged: Mapping[System, Sequence[Judged]], seed: int) -> Comparison | None:
    if "adapter" not in judged or "baseline" not in judged:
        return None
    again = judged.get("baseline_again", ())
    return compare(judged["adapter"], judged["baseline"], again, seed=seed)


def summary_json(run: Run, folder: Path) -> dict[str, Any]:
    """What ``farense evaluate --json`` prints; a metric that was not measured is null."""
    tiers = run.results[run.subject].tiers
    compared = {"comparison": run.comparison.to_json()} if run.comparison else {}
    return {
        "n": run.golden_set.n,
        "run": str(folder),
        "verdict": run.judgement.verdict.decision,
        **compared,
        "by_tier": {
            tier: {"n": found.n, **{metric: found.mean(metric) for metric in _SUMMARY_METRICS}}
            for tier, found in tiers.items()
        },
    }


def judge_answers(
    system: str,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    optional: Sequence[str] = (),
    scored: Scored | None = None,
) -> tuple[Judged, ...]:
    """Every question with its answer and scores, in the order of the questions.

    Args:
        system: Who answered, for messages.
        questions: What was asked.
        answers: One a question, in any order.
        optional: Scorers besides those that are always on.
        scored: Scores of answers that another system gave word for word; extended.

    Raises:
        ScoringError: a question has no answer, or an answer no question.
    """
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
    scored, judged = {} if scored is None else scored, list[Judged]()
    for question in questions:
        answer = by_id[question.id]
        key = (question.id, answer.text)
        if key not in scored:
            scored[key] = score_answer(answer.text, question, optional)
        judged.append(Judged(question, answer, scored[key]))
    return tuple(judged)
