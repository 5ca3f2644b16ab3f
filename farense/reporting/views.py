"""What the page's sections show, taken from a run: plain rows for the template."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from farense.evaluation.results import SYSTEMS, System
from farense.evaluation.run import Run
from farense.records import TIERS, Check, Interval, Tier
from farense.reporting.bilingual import (
    both,
    interval_span,
    nats,
    percent,
    points,
    speed,
    whole,
    words,
)
from farense.reporting.words import PORTUGUESE_RULES, WORDS

_RULE_WORDS = {
    "at_least": "pedia-se pelo menos {bound}",
    "at_most": "admitia-se no máximo {bound}",
    "below": "pedia-se menos de {bound}",
}
_STRICT = ("base_fact_accuracy", "overfitting_gap", "phrasing_gap")
_UNITS = {
    "overfitting_gap": nats,
    "phrasing_gap": points,
    "adapter_minus_base": points,
    "comparison/margin": points,
    "comparison/categories": whole,
    "comparison/must_pass": whole,
    "speed": speed,
    "leakage": whole,
}


@dataclass(frozen=True)
class RuleView:
    """One line under the verdict.

    ``status`` is passed, failed, undecided, unknown or skipped.
    """

    name: str
    status: str
    text: Markup


def rule_views(run: Run) -> list[RuleView]:
    """Every rule of the gate: those that failed first, those that do not apply last."""
    order = {"failed": 0, "undecided": 1, "unknown": 2, "passed": 3}
    checks = [_rule_view(check) for check in run.judgement.verdict.checks]
    skipped = [
        RuleView(rule.name, "skipped", _skipped_text(rule.missing))
        for rule in run.judgement.not_applicable
    ]
    return sorted(checks, key=lambda view: order[view.status]) + skipped


def _rule_view(check: Check) -> RuleView:
    undecided = "unknown" if check.measured is None else "undecided"
    status = {True: "passed", False: "failed", None: undecided}[check.passed]
    return RuleView(check.name, status, both(_in_portuguese(check), check.reason))


def _skipped_text(missing: str) -> Markup:
    return words("skipped_because", missing=(WORDS[missing][0].lower(), missing))


def _in_portuguese(check: Check) -> str:
    unit = _UNITS.get(check.name, percent)
    announced = PORTUGUESE_RULES[check.name]
    if "{measured}" not in announced:
        return f"{announced}."
    if check.measured is None:
        return announced.format(measured="não medido") + "."
    kind = "below" if check.name in _STRICT else check.direction
    asked = _RULE_WORDS[kind].format(bound=unit(check.bound)[0])
    return f"{announced.format(measured=unit(check.measured)[0])}; {asked}."


@dataclass(frozen=True)
class Cell:
    """A share with its interval; ``measured`` False where the number does not exist."""

    measured: bool
    value: Markup
    span: str
    low: float
    high: float
    mean: float


def cell(interval: Interval | None) -> Cell:
    """What a table shows for an interval, or for a number that does not exist."""
    if interval is None:
        return Cell(False, words("not_measured"), "", 0.0, 0.0, 0.0)
    shown = both(*percent(interval.mean))
    span = interval_span(interval)
    return Cell(True, shown, span, interval.low, interval.high, interval.mean)


@dataclass(frozen=True)
class Row:
    """A table row: ``key`` names it, ``cells`` follow the table's columns."""

    key: str
    n: int
    cells: list[Cell]


def systems_shown(run: Run) -> list[System]:
    """The columns of the headline table: a baseline only where there is one, and once."""
    return [
        system
        for system in SYSTEMS
        if system != "baseline_again" and (system != "baseline" or system in run.judged)
    ]


def headline_rows(run: Run) -> list[Row]:
    """Fact accuracy of every system by tier, then over all tiers."""
    subject = run.results[run.subject]
    rows = [
        Row(tier, found.n, [_tier_cell(run, system, tier) for system in systems_shown(run)])
        for tier, found in subject.tiers.items()
    ]
    overall = [_overall_cell(run, system) for system in systems_shown(run)]
    return [*rows, Row("all_questions", subject.overall.n, overall)]


def false_abstention_row(run: Run) -> Row | None:
    """How often each system declined what has an answer; None when nothing has one."""
    declined = run.results[run.subject].false_abstention
    if declined is None:
        return None
    results = [run.results.get(system) for system in systems_shown(run)]
    cells = [cell(found.false_abstention if found else None) for found in results]
    return Row("false_abstention", declined.n, cells)


def _tier_cell(run: Run, system: System, tier: Tier) -> Cell:
    results = run.results.get(system)
    return cell(results.tiers[tier].intervals["fact_accuracy"] if results else None)


def _overall_cell(run: Run, system: System) -> Cell:
    results = run.results.get(system)
    return cell(results.overall.intervals["fact_accuracy"] if results else None)


def tier_rows(run: Run) -> list[Row]:
    """All metrics of the subject by tier, those of optional and registered scorers last."""
    tiers = run.results[run.subject].tiers
    return [Row(tier, a.n, [cell(i) for i in a.intervals.values()]) for tier, a in tiers.items()]


def category_rows(run: Run) -> list[Row]:
    """All metrics of the subject by category, the least accurate first."""
    categories = run.results[run.subject].categories
    rows = [
        Row(name, a.n, [cell(i) for i in a.intervals.values()]) for name, a in categories.items()
    ]
    return sorted(rows, key=lambda row: (row.cells[0].mean, row.key))


def tiers_present(run: Run) -> list[Tier]:
    return [tier for tier in TIERS if tier in run.results[run.subject].tiers]
