"""Gate rules put into sentences that a person without statistics can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from farense.records import Check

Rule = Literal["at_least", "at_most", "below"]

_ASKED: dict[Rule, str] = {
    "at_least": "at least {} was asked",
    "at_most": "at most {} was allowed",
    "below": "less than {} was asked",
}


def percent(share: float | None) -> str:
    """``0.977`` as ``97.7 %``."""
    return "an unknown share" if share is None else f"{100 * share:.1f}".removesuffix(".0") + " %"


def points(difference: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    if difference is None:
        return "unknown size"
    # Adding 0.0 turns a rounded minus zero into zero.
    rounded = round(100 * difference, 1) + 0.0
    return f"{rounded:+g} percentage points" if rounded else "0 percentage points"


def points_between(low: float, high: float) -> str:
    """Two differences of shares, ``-4.1 to +2 percentage points``."""
    return f"{points(low).removesuffix(' percentage points')} to {points(high)}"


def nats(loss: float | None) -> str:
    """A loss in nats per token."""
    return "an unknown amount" if loss is None else f"{round(loss, 3) + 0.0:g} nats per token"


def counted(share: float | None, questions: int) -> str:
    """``42 of 44 (95.5 %)``: a share with the questions behind it."""
    if share is None:
        return f"an unknown number of {questions}"
    return f"{round(share * questions)} of {questions} ({percent(share)})"


def speed(tokens_per_second: float | None) -> str:
    """A speed, to a tenth below ten."""
    if tokens_per_second is None:
        return "an unknown speed"
    digits = 1 if tokens_per_second < 10 else 0
    return f"{tokens_per_second:.{digits}f} tokens/s"


def build_check(
    name: str,
    measured: float | None,
    rule: Rule,
    bound: float,
    *,
    said: str,
    subject: str,
    shown: Callable[[float], str] = percent,
) -> Check:
    """One rule held against its number.

    Args:
        name: The rule's name, ``section/key`` where a section has several.
        measured: The number; None when it does not exist.
        rule: How it must lie to ``bound``; ``below`` is strict.
        bound: The threshold, in the unit of ``measured``.
        said: The sentence for a number that exists, up to the comma.
        subject: What would have been measured, for the sentence when it was not.
        shown: Writes the bound with its unit.
    """
    direction: Literal["at_least", "at_most"] = "at_least" if rule == "at_least" else "at_most"
    if measured is None:
        return Check(name, None, bound, direction, None, f"{subject} was not measured.")
    passed = {
        "at_least": measured >= bound,
        "at_most": measured <= bound,
        "below": measured < bound,
    }[rule]
    reason = f"{said}; {_ASKED[rule].format(shown(bound))}."
    return Check(name, measured, bound, direction, passed, reason)


def phrasing_check(difference: float | None, bound: float) -> Check:
    """Facts right in trained wording minus facts right in new words, strictly below ``bound``."""
    said = f"New words for trained facts cost the adapter {points(difference)} of right answers"
    subject = "What new words for trained facts cost the adapter"
    return build_check(
        "phrasing_gap", difference, "below", bound, said=said, subject=subject, shown=points
    )


def speed_check(tokens_per_second: float | None, bound: float) -> Check:
    """Generated tokens over the wall seconds of the whole answering, at least ``bound``."""
    said = f"The adapter answered at {speed(tokens_per_second)}"
    subject = "How fast the adapter answers"
    return build_check(
        "speed", tokens_per_second, "at_least", bound, said=said, subject=subject, shown=speed
    )
