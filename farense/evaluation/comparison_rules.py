"""The gate's rules about adapter and baseline, each with its number and its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from farense.evaluation.reasons import build_check, percent, points, points_between
from farense.evaluation.thresholds import Thresholds
from farense.records import Check

if TYPE_CHECKING:
    from farense.evaluation.comparison import Comparison, Outcome

SECTION = "comparison"
# The key of the section that bounds each rule, in the order they are told.
RULE_KEYS = {
    f"{SECTION}/margin": "margin",
    f"{SECTION}/categories": "categories_lost_at_most",
    f"{SECTION}/must_pass": "must_pass_lost_at_most",
    f"{SECTION}/noise": "noise_at_most",
}

# What an outcome means for the gate; None: the data decide nothing.
_PASSED: dict[Outcome, bool | None] = {
    "better": True,
    "not_worse": True,
    "worse": False,
    "not_enough_data": None,
}
_SAID: dict[Outcome, str] = {
    "better": "The adapter is better than the baseline",
    "not_worse": "The adapter is not worse than the baseline by more than is allowed",
    "worse": "The adapter is worse than the baseline",
    "not_enough_data": "Too few questions to tell the adapter from the baseline",
}


def comparison_checks(comparison: Comparison | None, thresholds: Thresholds) -> Iterator[Check]:
    """Every rule of the section that the gate has; a comparison of None was not measured."""
    rules = (_margin, _categories, _must_pass, _noise)
    for rule, key in zip(rules, RULE_KEYS.values(), strict=True):
        bound = thresholds.bound(SECTION, key)
        if bound is not None:
            yield rule(comparison, bound)


def _margin(found: Comparison | None, margin: float) -> Check:
    name = f"{SECTION}/margin"
    if found is None:
        reason = "Whether the adapter is as good as the baseline was not measured."
        return Check(name, None, -margin, "at_least", None, reason)
    outcome, difference = found.outcome(margin), found.difference
    reason = (
        f"{_SAID[outcome]}: {percent(found.adapter)} of {found.n} questions right against "
        f"{percent(found.baseline)}, a difference of {points(difference.value)} that may in truth "
        f"be anything from {points_between(difference.low, difference.high)}; a loss of at most "
        f"{points(margin).removeprefix('+')} is allowed."
    )
    if outcome == "not_enough_data":
        shown = points(found.detectable).removeprefix("+")
        reason += f" A set like this one shows a loss of {shown} in 4 of 5 cases."
    return Check(name, difference.low, -margin, "at_least", _PASSED[outcome], reason)


def _categories(found: Comparison | None, bound: float) -> Check:
    return _nothing_lost(
        "categories",
        found.categories_lost if found else None,
        bound,
        said="Categories in which the adapter is clearly worse than the baseline",
        subject="Whether the adapter lost a category",
    )


def _must_pass(found: Comparison | None, bound: float) -> Check:
    return _nothing_lost(
        "must_pass",
        found.must_pass_lost if found else None,
        bound,
        said="Questions that may never be lost, right in the baseline and wrong in the adapter",
        subject="Whether a question that may never be lost was lost",
    )


def _nothing_lost(
    name: str, lost: Sequence[str] | None, bound: float, *, said: str, subject: str
) -> Check:
    """At most ``bound`` of what ``lost`` names; None where nothing was compared."""
    named = f" ({', '.join(lost)})" if lost else ""
    return build_check(
        f"{SECTION}/{name}",
        None if lost is None else float(len(lost)),
        "at_most",
        bound,
        said=f"{said}: {len(lost or ())}{named}",
        subject=subject,
        shown=_count,
    )


def _noise(found: Comparison | None, bound: float) -> Check:
    """Noise is no fault of the adapter: too much of it leaves the verdict open."""
    noise = found.noise if found else None
    check = build_check(
        f"{SECTION}/noise",
        noise,
        "at_most",
        bound,
        said=f"Asked the same questions in another order, the baseline changed {percent(noise)} "
        "of its answers from right to wrong or back",
        subject="How much the baseline's answers change with the order of the questions",
    )
    if check.passed is False:
        return Check(check.name, noise, bound, "at_most", None, check.reason)
    return check


def _count(number: float) -> str:
    return f"{number:g}"
