"""A rule of the gate held against what was examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farense.evaluation.gate import Evidence, NotApplicable, judge
from farense.evaluation.leakage import leakage_check
from farense.evaluation.reasons import build_check, points, speed
from farense.evaluation.results import (
    Judged,
    System,
    SystemResults,
    phrasing_gap_of,
    system_results,
)
from farense.pytest_plugin.rules import KEPT
from farense.records import Check, Question

if TYPE_CHECKING:
    from farense.evaluation.gap import PhrasingGap
    from farense.pytest_plugin.examination import Examination
    from farense.pytest_plugin.rules import Rule

SEED = 1910
Outcome = Check | NotApplicable | str


def measure(rule: Rule, examined: Examination, questions: tuple[Question, ...]) -> Outcome:
    """The rule's Check over ``questions``; a text where the gate sets no bound.

    Raises:
        FarenseError: answers are missing and cannot be had.
    """
    if rule.name == KEPT:
        return _kept(examined, questions)
    if rule.name == "leakage":
        return _leakage(examined, questions)
    ids = [question.id for question in questions if rule.needs(question)]
    adapter = examined.judged("adapter", ids)
    base = examined.judged("base", ids) if rule.needs_base else []
    evidence = _evidence(rule, examined, adapter, base)
    judgement = judge(evidence, rule.thresholds)
    found: list[Check | NotApplicable] = [
        *judgement.verdict.checks,
        *judgement.not_applicable,
    ]
    named = [outcome for outcome in found if outcome.name == rule.name]
    return named[0] if named else _unbounded(rule, evidence)


def phrasing_gap(judged: list[Judged]) -> PhrasingGap | None:
    """The phrasing gap over scored answers; None when no fact was asked both ways."""
    return phrasing_gap_of(judged, seed=SEED)


def _evidence(
    rule: Rule, examined: Examination, adapter: list[Judged], base: list[Judged]
) -> Evidence:
    judged: dict[System, list[Judged]] = {"adapter": adapter}
    if rule.needs_base:
        judged["base"] = base
    results: dict[System, SystemResults] = {}
    if adapter and rule.name.startswith(("fact_accuracy/", "abstention/")):
        results["adapter"] = system_results(adapter, seed=SEED)
    return Evidence(
        judged=judged,
        results=results,
        gap=examined.gap,
        phrasing_gap=phrasing_gap(adapter) if rule.name == "phrasing_gap" else None,
        tokens_per_second=examined.speed.tokens_per_second,
    )


def _unbounded(rule: Rule, evidence: Evidence) -> str:
    gap, felt = evidence.gap, evidence.phrasing_gap
    shown = {
        "overfitting_gap": f"{gap.value:.3f} nats per token ({gap.label})" if gap else None,
        "phrasing_gap": points(felt.value) if felt else None,
        "speed": speed(evidence.tokens_per_second) if evidence.tokens_per_second else None,
    }[rule.name]
    return f"{shown or 'not measured'}; the gate sets no bound"


def _leakage(examined: Examination, questions: tuple[Question, ...]) -> Outcome:
    from farense.evaluation.leakage import Leakage

    if not any(question.tier in ("seen", "heldout") for question in questions):
        return NotApplicable("leakage", "seen or held out")
    proofs = tuple(examined.proofs[question.id] for question in questions)
    return leakage_check(Leakage(proofs, examined.leakage.recorded))


def _kept(examined: Examination, questions: tuple[Question, ...]) -> Outcome:
    """Must-pass questions the baseline answered rightly and the adapter does not."""
    ids = [question.id for question in questions]
    if not any(question.must_pass for question in questions):
        return NotApplicable(KEPT, "must-pass")
    adapter = {j.question.id: j for j in examined.judged("adapter", ids)}
    known = [j for j in examined.judged("baseline", ids) if j.question.must_pass and j.right]
    lost = [j.question.id for j in known if not adapter[j.question.id].right]
    said = f"Of the {len(known)} must-pass questions the baseline got right, {len(lost)} are lost"
    return build_check(
        KEPT,
        float(len(lost)),
        "at_most",
        0.0,
        said=said + (f" ({', '.join(lost)})" if lost else ""),
        subject="What the baseline knew and the adapter lost",
        shown=lambda count: f"{count:g}",
    )
