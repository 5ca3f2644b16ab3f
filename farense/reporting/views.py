"""What the page's sections show, taken from a run: plain rows for the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from farense.evaluation.leakage import STATUSES, LeakProof
from farense.evaluation.results import METRICS, SYSTEMS, Judged, System
from farense.evaluation.run import Run
from farense.records import TIERS, Answer, Check, Interval, Tier
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

OPEN_AT_MOST = 60

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
    "speed": speed,
    "leakage": whole,
}


@dataclass(frozen=True)
class RuleView:
    """One line under the verdict; ``status`` is passed, failed, unknown or skipped."""

    name: str
    status: str
    text: Markup


def rule_views(run: Run) -> list[RuleView]:
    """Every rule of the gate: those that failed first, those that do not apply last."""
    order = {"failed": 0, "unknown": 1, "passed": 2}
    checks = [_rule_view(check) for check in run.judgement.verdict.checks]
    skipped = [
        RuleView(rule.name, "skipped", _skipped_text(rule.missing))
        for rule in run.judgement.not_applicable
    ]
    return sorted(checks, key=lambda view: order[view.status]) + skipped


def _rule_view(check: Check) -> RuleView:
    status = {True: "passed", False: "failed", None: "unknown"}[check.passed]
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


def headline_rows(run: Run) -> list[Row]:
    """Fact accuracy of every system by tier, then over all tiers."""
    subject = run.results[run.subject]
    rows = [
        Row(tier, found.n, [_tier_cell(run, system, tier) for system in SYSTEMS])
        for tier, found in subject.tiers.items()
    ]
    overall = [_overall_cell(run, system) for system in SYSTEMS]
    return [*rows, Row("all_questions", subject.overall.n, overall)]


def false_abstention_row(run: Run) -> Row | None:
    """How often each system declined what has an answer; None when nothing has one."""
    declined = run.results[run.subject].false_abstention
    if declined is None:
        return None
    results = [run.results.get(system) for system in SYSTEMS]
    cells = [cell(found.false_abstention if found else None) for found in results]
    return Row("false_abstention", declined.n, cells)


def _tier_cell(run: Run, system: System, tier: Tier) -> Cell:
    results = run.results.get(system)
    return cell(results.tiers[tier].intervals["fact_accuracy"] if results else None)


def _overall_cell(run: Run, system: System) -> Cell:
    results = run.results.get(system)
    return cell(results.overall.intervals["fact_accuracy"] if results else None)


def tier_rows(run: Run) -> list[Row]:
    """All metrics of the subject by tier; the columns are METRICS."""
    tiers = run.results[run.subject].tiers
    return [Row(tier, a.n, [cell(a.intervals[m]) for m in METRICS]) for tier, a in tiers.items()]


def category_rows(run: Run) -> list[Row]:
    """All metrics of the subject by category, the least accurate first."""
    categories = run.results[run.subject].categories
    rows = [
        Row(name, a.n, [cell(a.intervals[m]) for m in METRICS]) for name, a in categories.items()
    ]
    return sorted(rows, key=lambda row: (row.cells[0].mean, row.key))


@dataclass(frozen=True)
class ScoreLine:
    """One system's scores for one question, 0-100, None where a scorer failed."""

    system: System
    scores: list[int | None]
    extracted: str | None


@dataclass(frozen=True)
class QuestionView:
    """One question with everything said about it.

    ``outcome`` is right, wrong or no_score; ``proof`` is None where no leakage was proved.
    """

    judged: Judged
    outcome: str
    open: bool
    base_answer: Answer | None
    lines: list[ScoreLine]
    proof: ProofView | None


@dataclass(frozen=True)
class ProofView:
    """What training saw of a question, short: the words are explained once above all questions.

    ``nearness`` is similarity and 13-word overlap of the nearest row, ``""`` without a record.
    """

    proof: LeakProof
    said: Markup
    nearness: str


def leak_counts(run: Run) -> Markup | None:
    """One sentence on what training saw of the set; None where no leakage was proved."""
    if run.leakage is None:
        return None
    counts = run.leakage.summary()["counts"]
    numbers = {status: str(counts[status]) for status in STATUSES}
    return words("leak_counts", **numbers, contradicted=str(len(run.leakage.contradicted)))


def question_views(run: Run) -> list[QuestionView]:
    """All questions, those the subject got wrong first and open (at most OPEN_AT_MOST)."""
    order = {"wrong": 0, "no_score": 1, "right": 2}
    views = sorted(_unsorted_views(run), key=lambda view: order[view.outcome])
    return [replace(v, open=v.open and i < OPEN_AT_MOST) for i, v in enumerate(views)]


def _unsorted_views(run: Run) -> Iterator[QuestionView]:
    base = run.judged.get("base", ()) if run.subject == "adapter" else ()
    proofs = {p.question_id: _proof_view(p) for p in run.leakage.proofs} if run.leakage else {}
    for number, item in enumerate(run.judged[run.subject]):
        beside = base[number] if base else None
        outcome = {True: "right", False: "wrong", None: "no_score"}[item.right]
        lines = [_score_line(run.subject, item)]
        if beside:
            lines.append(_score_line("base", beside))
        answer = beside.answer if beside else None
        proof = proofs.get(item.question.id)
        yield QuestionView(item, outcome, outcome != "right", answer, lines, proof)


def _proof_view(proof: LeakProof) -> ProofView:
    row = proof.nearest
    near = f"{row.similarity:.0%}, {row.overlap:.0%}" if row else ""
    return ProofView(proof, words(proof.ground), near)


def _score_line(system: System, item: Judged) -> ScoreLine:
    values = [item.metric(metric) for metric in METRICS[:-1]]
    extracted = next((s.extracted for s in item.scores if s.scorer == "fact"), None)
    return ScoreLine(system, [None if v is None else round(100 * v) for v in values], extracted)


def tiers_present(run: Run) -> list[Tier]:
    return [tier for tier in TIERS if tier in run.results[run.subject].tiers]
