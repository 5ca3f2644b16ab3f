"""The verdict and the headline table for a terminal of 80 columns."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from farense.evaluation.comparison import Comparison
from farense.evaluation.reasons import percent, points, points_between
from farense.evaluation.results import System
from farense.evaluation.run import Run
from farense.records import Interval, Verdict
from farense.reporting.bilingual import interval_span
from farense.reporting.views import systems_shown

_VERDICTS = {
    "accept": ("ACCEPTED", "bold green"),
    "reject": ("REJECTED", "bold red"),
    "not_enough_data": ("NOT ENOUGH DATA", "bold yellow"),
    "could_not_judge": ("COULD NOT JUDGE", "bold yellow"),
}
_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_NOT_MEASURED = "not measured"


def print_run(run: Run, console: Console) -> None:
    """Print the headline table, the comparison, the gate's reasons and the verdict."""
    console.print(headline_table(run))
    if run.comparison:
        console.print(comparison_table(run.comparison))
    print_verdict(run, console)


def print_verdict(run: Run, console: Console) -> None:
    """Print every rule with its reason, and the verdict as the last line."""
    for check in run.judgement.verdict.checks:
        mark, style = _MARKS[check.passed]
        console.print(_reason_line(mark, style, check.reason))
    for rule in run.judgement.not_applicable:
        console.print(_reason_line("–", "dim", f"{rule.name}: {rule.reason}"))
    console.print(_verdict_line(run.judgement.verdict))


def headline_table(run: Run) -> Table:
    """Fact accuracy by tier and system, with 95 % intervals; fits 80 columns."""
    table = Table(title=f"Facts right · {run.golden_set.name} · {run.provenance.name}")
    table.add_column("tier", no_wrap=True)
    table.add_column("n", justify="right")
    for system in systems_shown(run):
        table.add_column(system, justify="right")
    for tier, found in run.results[run.subject].tiers.items():
        cells = [_share(_tier_interval(run, system, tier)) for system in systems_shown(run)]
        table.add_row(tier, str(found.n), *cells)
    declined = run.results[run.subject].false_abstention
    if declined:
        results = [run.results.get(system) for system in systems_shown(run)]
        cells = [_share(found.false_abstention if found else None) for found in results]
        table.add_section()
        table.add_row("declined*", str(declined.n), *cells)
        table.caption = "95 % intervals. * said it did not know, though there is an answer"
    return table


def comparison_table(found: Comparison) -> Table:
    """Adapter against baseline on the same questions; fits 80 columns."""
    table = Table(title="Adapter against baseline", show_header=False)
    noise = _NOT_MEASURED if found.noise is None else percent(found.noise)
    difference = found.difference
    for name, value in (
        ("questions, in groups of facts", f"{found.n}, in {found.clusters}"),
        ("only the adapter right", str(found.better)),
        ("only the baseline right", str(found.worse)),
        ("alike in both", str(found.equal)),
        ("difference", points(difference.value)),
        ("95 % interval", points_between(difference.low, difference.high)),
        ("smallest loss that would show", points(found.detectable).removeprefix("+")),
        ("chance gives as much, better", f"p = {found.p_better:.4f}"),
        ("chance gives as much, worse", f"p = {found.p_worse:.4f}"),
        ("exact McNemar, for comparison", f"p = {found.p_mcnemar:.4f}"),
        ("noise of the baseline", noise),
    ):
        table.add_row(name, value)
    return table


def _tier_interval(run: Run, system: System, tier: str) -> Interval | None:
    results = run.results.get(system)
    found = results.tiers if results else {}
    return next((a.intervals["fact_accuracy"] for name, a in found.items() if name == tier), None)


def _share(interval: Interval | None) -> str:
    if interval is None:
        return _NOT_MEASURED
    return f"{100 * interval.mean:.1f} %\n{interval_span(interval)}"


def _reason_line(mark: str, style: str, reason: str) -> Table:
    # A grid keeps wrapped reasons clear of the mark.
    line = Table.grid(padding=(0, 1))
    line.add_row(Text(mark, style), Text(reason))
    return line


def _verdict_line(verdict: Verdict) -> Text:
    name, style = _VERDICTS[verdict.decision]
    met = sum(check.passed is True for check in verdict.checks)
    return Text(f"{name}: {met} of {len(verdict.checks)} rules met", style)
