"""What the page shows of the comparison with a baseline: plain values for the template."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from farense.evaluation.comparison import Comparison, Difference
from farense.evaluation.comparison_rules import SECTION
from farense.evaluation.run import Run
from farense.reporting.bilingual import both, decimal, percent, signed_points, words


@dataclass(frozen=True)
class Line:
    """A category or a score: both systems, their difference, and how likely chance is."""

    name: str
    n: int | None
    adapter: Markup
    baseline: Markup
    difference: Markup
    interval: Markup | None
    p: Markup
    lost: bool


@dataclass(frozen=True)
class ComparisonView:
    """The section; ``outcome`` is the comparison's, ``said`` its sentence for everybody."""

    found: Comparison
    outcome: str
    said: Markup
    difference: Markup
    interval: Markup
    margin: Markup
    detectable: Markup
    tests: Markup
    categories: list[Line]
    scores: list[Line]


def comparison_view(run: Run) -> ComparisonView | None:
    """The section of a run; None when no baseline was compared or a score failed."""
    found = run.comparison
    if found is None:
        return None
    margin = run.thresholds.bound(SECTION, "margin")
    return ComparisonView(
        found=found,
        outcome=found.outcome(margin),
        said=sentence(found, margin),
        difference=_signed(found.difference.value),
        interval=words("difference_note", **_ends(found.difference)),
        margin=words("no_margin") if margin is None else _plain_points(margin),
        detectable=_plain_points(found.detectable),
        tests=words(
            "tests",
            better=_p(found.p_better),
            worse=_p(found.p_worse),
            mcnemar=_p(found.p_mcnemar),
        ),
        categories=_category_lines(found),
        scores=_score_lines(found),
    )


def sentence(found: Comparison, margin: float | None) -> Markup:
    """The outcome in one sentence for somebody who knows no statistics."""
    outcome = found.outcome(margin)
    if outcome != "not_worse" or margin is None:
        return words(f"said_{outcome}")
    loss = max(0.0, -found.difference.low)
    return words("said_not_worse", loss=_hundredths(loss), margin=_hundredths(margin))


def _category_lines(found: Comparison) -> list[Line]:
    """The categories, the one that lost most first."""
    ordered = sorted(found.categories, key=lambda c: (c.adapter - c.baseline, c.category))
    return [
        Line(
            name=category.category,
            n=category.n,
            adapter=both(*percent(category.adapter)),
            baseline=both(*percent(category.baseline)),
            difference=both(*signed_points(category.adapter - category.baseline)),
            interval=None,
            p=both(*_p(category.p_worse)),
            lost=category.lost,
        )
        for category in ordered
    ]


def _score_lines(found: Comparison) -> list[Line]:
    return [
        Line(
            name=graded.metric,
            n=None,
            adapter=both(*percent(graded.adapter)),
            baseline=both(*percent(graded.baseline)),
            difference=both(*signed_points(graded.difference.value)),
            interval=_interval(graded.difference),
            p=both(*_p(graded.p)),
            lost=False,
        )
        for graded in found.graded
    ]


def _signed(difference: float) -> Markup:
    return words("plain_points", value=signed_points(difference))


def _plain_points(share: float) -> Markup:
    return words("plain_points", value=_hundredths(share))


def _interval(difference: Difference) -> Markup:
    low, high = signed_points(difference.low), signed_points(difference.high)
    return both(f"{low[0]} a {high[0]}", f"{low[1]} to {high[1]}")


def _ends(difference: Difference) -> dict[str, tuple[str, str]]:
    return {"low": signed_points(difference.low), "high": signed_points(difference.high)}


def _hundredths(share: float) -> tuple[str, str]:
    """A share as a number of hundredths without a sign: 0.05 as 5."""
    portuguese, english = decimal(round(100 * share, 1), 1)
    return portuguese.removesuffix(",0"), english.removesuffix(".0")


def _p(probability: float) -> tuple[str, str]:
    """A probability to three decimals; below that, that it is below."""
    if probability < 0.001:
        return "< 0,001", "< 0.001"
    return decimal(probability, 3)
