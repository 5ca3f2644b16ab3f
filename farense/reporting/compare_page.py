"""Several systems side by side: one standalone HTML page, and a table for the terminal."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape
from rich.console import Console
from rich.table import Table

from farense.evaluation.comparison import Comparison, Difference
from farense.evaluation.side_by_side import ALL, Row, SideBySide
from farense.reporting.bilingual import both, decimal, percent, signed_points
from farense.reporting.compare_words import COMPARE_WORDS
from farense.reporting.environment import template_environment
from farense.reporting.word_diff import marked_html, marked_text
from farense.reporting.words import WORDS

_SHOWN_IN_TERMINAL = 20


def render_comparison(found: SideBySide) -> str:
    """The page's HTML, a pure function of what is compared."""
    environment = template_environment(
        t=_words,
        tier=lambda tier: both(*WORDS[tier]),
        outcome=outcome,
        chance=_chance,
        name=_group_name,
        share=_share,
        difference=_difference,
        marked=marked_html,
    )
    return environment.get_template("compare.html.j2").render(found=found, W=COMPARE_WORDS)


def print_comparison(found: SideBySide, console: Console) -> None:
    """Print shares and differences by tier and category, then the first flipped answers."""
    console.print(_table(found))
    for side, compared in zip(found.sides[1:], found.comparisons, strict=True):
        if compared:
            said = COMPARE_WORDS[outcome(compared)][1].format(first=found.sides[0].name)
            better, worse = (_probability(p)[1] for p in (compared.p_better, compared.p_worse))
            chance = COMPARE_WORDS["chance"][1].format(better=better, worse=worse)
            console.print(f"{side.name}: {said} ({chance})", markup=False)
    for flip in found.flips[:_SHOWN_IN_TERMINAL]:
        console.print(f"\n{flip.question.id} · {flip.question.question}", markup=False)
        for index, side in enumerate(found.sides):
            mark = "✓" if flip.right[index] else "✗"
            said = flip.answers[index]
            shown = said if index == 0 else marked_text(flip.answers[0], said)
            console.print(f"  {mark} {side.name}: {shown}", markup=False)
    hidden = len(found.flips) - _SHOWN_IN_TERMINAL
    if hidden > 0:
        console.print(f"\nand {hidden} more flipped answers on the page")
    console.print(f"{len(found.flips)} of {found.overall.n} answers flipped")


def _table(found: SideBySide) -> Table:
    table = Table(title=f"Facts right · {found.golden_set}", caption="difference to the first side")
    table.add_column("questions")
    table.add_column("n", justify="right")
    for side in found.sides:
        table.add_column(side.name, justify="right", overflow="fold")
    for rows in ((found.overall,), found.tiers, found.categories):
        for row in rows:
            table.add_row(row.name, str(row.n), *_cells(row))
        table.add_section()
    return table


def _cells(row: Row) -> list[str]:
    shares = ["not measured" if r is None else f"{100 * r:.1f} %" for r in row.right]
    told = ["", *(_said(difference) for difference in row.differences)]
    return [f"{share}\n{said}".strip() for share, said in zip(shares, told, strict=True)]


def _said(difference: Difference | None) -> str:
    if difference is None:
        return "not measured"
    mean, low, high = (
        signed_points(x)[1] for x in (difference.value, difference.low, difference.high)
    )
    return f"{mean} ({low} to {high})"


def outcome(compared: Comparison) -> str:
    """Which of better, worse and not_enough_data the tests say, as the gate would."""
    found = compared.outcome(None)
    return "not_enough_data" if found == "not_worse" else found


def _probability(p: float) -> tuple[str, str]:
    return decimal(p, 4)


def _chance(compared: Comparison) -> Markup:
    better, worse = _probability(compared.p_better), _probability(compared.p_worse)
    pt, en = COMPARE_WORDS["chance"]
    return both(
        pt.format(better=better[0], worse=worse[0]), en.format(better=better[1], worse=worse[1])
    )


def _words(key: str, **values: Any) -> Markup:
    pt, en = COMPARE_WORDS[key]
    return both(pt.format(**values), en.format(**values))


def _group_name(row: Row) -> Markup:
    if row.name == ALL:
        return _words("all")
    return both(*WORDS[row.name]) if row.name in WORDS else escape(row.name)


def _share(value: float | None) -> Markup:
    return _words("not_measured") if value is None else both(*percent(value))


def _difference(interval: Difference | None) -> Markup:
    if interval is None:
        return _words("not_measured")
    mean, low, high = (signed_points(x) for x in (interval.value, interval.low, interval.high))
    return both(f"{mean[0]} ({low[0]} a {high[0]})", f"{mean[1]} ({low[1]} to {high[1]})")
