"""A rule of the gate held against what was examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farense.config import RESAMPLING_SEED
from farense.evaluation.evidence import Evidence, NotApplicable
from farense.evaluation.gate import judge
from farense.evaluation.leakage import leakage_check
from farense.evaluation.reasons import percent, points, speed
from farense.evaluation.results import (
    Judged,
    System,
    SystemResults,
    phrasing_gap_of,
    system_results,
)
from farense.records import Check, Question

if TYPE_CHECKING:
    from farense.evaluation.gap import PhrasingGap
    from farense.pytest_plugin.examination import Examination
    from farense.pytest_plugin.rules import Rule

Outcome = Check | NotApplicable | str


def measure(rule: Rule, examined: Examination, questions: tuple[Question, ...]) -> Outcome:
    """The rule's Check over ``questions``; a text where the gate sets no bound.

    Raises:
        FarenseError: answers are missing and cannot be had.
    """
    if rule.name == "leakage":
        return _leakage(examined, questions)
    ids = [question.id for question in questions if rule.needs(question)]
    adapter = examined.judged("adapter", ids)
    evidence = _evidence(rule, examined, adapter)
    judgement = judge(evidence, rule.thresholds)
    found: list[Check | NotApplicable] = [
        *judgement.verdict.checks,
        *judgement.not_applicable,
    ]
    named = [outcome for outcome in found if outcome.name == rule.name]
    return named[0] if named else _unbounded(rule, evidence)


def phrasing_gap(judged: list[Judged]) -> PhrasingGap | None:
    """The phrasing gap over scored answers; None when no fact was asked both ways."""
    return phrasing_gap_of(judged, seed=RESAMPLING_SEED)


def _evidence(rule: Rule, examined: Examination, adapter: list[Judged]) -> Evidence:
    ids = [item.question.id for item in adapter]
    judged: dict[System, list[Judged]] = {"adapter": adapter}
    if rule.needs_base:
        judged["base"] = examined.judged("base", ids)
    if rule.needs_baseline:
        judged["baseline"] = examined.judged("baseline", ids)
    results: dict[System, SystemResults] = {}
    if adapter and rule.name.startswith(("fact_accuracy/", "abstention/")):
        results["adapter"] = system_results(adapter)
    return Evidence(
        judged=judged,
        results=results,
        gap=examined.gap,
        phrasing_gap=phrasing_gap(adapter) if rule.name == "phrasing_gap" else None,
        tokens_per_second=examined.speed.tokens_per_second,
        comparison=examined.comparison(ids) if rule.needs_baseline else None,
    )


def _unbounded(rule: Rule, evidence: Evidence) -> str:
    gap, felt, found = evidence.gap, evidence.phrasing_gap, evidence.comparison
    shown = {
        "overfitting_gap": f"{gap.value:.3f} nats per token ({gap.label})" if gap else None,
        "phrasing_gap": points(felt.value) if felt else None,
        "speed": speed(evidence.tokens_per_second) if evidence.tokens_per_second else None,
        "comparison/margin": points(found.difference.value) if found else None,
        "comparison/categories": f"{len(found.categories_lost)} lost" if found else None,
        "comparison/must_pass": f"{len(found.must_pass_lost)} lost" if found else None,
        "comparison/noise": percent(found.noise) if found else None,
    }[rule.name]
    return f"{shown or 'not measured'}; the gate sets no bound"


def _leakage(examined: Examination, questions: tuple[Question, ...]) -> Outcome:
    from farense.evaluation.leakage import Leakage

    if not any(question.tier in ("seen", "heldout") for question in questions):
        return NotApplicable("leakage", "seen or held out")
    proofs = tuple(examined.proofs[question.id] for question in questions)
    return leakage_check(Leakage(proofs, examined.leakage.recorded))
