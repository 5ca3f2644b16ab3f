"""The rules of the gate, each with its number and its reason, in the order they are told.

A rule about a kind of question the golden set does not hold is not applicable; one whose
bound gates.toml leaves out says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from farense.evaluation.comparison_rules import comparison_checks
from farense.evaluation.evidence import Evidence, NotApplicable
from farense.evaluation.leakage import leakage_check
from farense.evaluation.reasons import (
    build_check,
    counted,
    nats,
    percent,
    phrasing_check,
    points,
    speed_check,
)
from farense.evaluation.results import Judged
from farense.evaluation.thresholds import Thresholds
from farense.records import TIERS, Check, Tier

Outcomes = Iterator[Check | NotApplicable]

_TRAINED_TIERS: tuple[Tier, ...] = ("seen", "paraphrase")
_TIER_WORDS: dict[Tier, str] = {
    "seen": "the questions worded as in training",
    "paraphrase": "the questions about trained facts in new words",
    "heldout": "the questions about facts never trained on",
    "unanswerable": "the questions nobody can answer",
    "robustness": "the questions with slips and odd spelling",
    "general": "the general questions",
}


def _accuracy(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    any_applies = False
    for tier in TIERS:
        bound = thresholds.bound("fact_accuracy", tier)
        if bound is None:
            continue
        name, questions = f"fact_accuracy/{tier}", evidence.count(tier)
        if not questions:
            yield NotApplicable(name, tier)
            continue
        any_applies = True
        share = _mean(evidence, tier, "fact_accuracy")
        said = f"Of {_TIER_WORDS[tier]}, the adapter got {counted(share, questions)} right"
        subject = f"How many of {_TIER_WORDS[tier]} the adapter gets right"
        yield build_check(name, share, "at_least", bound, said=said, subject=subject)
    if not any_applies:
        reason = (
            "Nothing here says how accurate the adapter is: the golden set has no question "
            "of a tier whose accuracy the gate asks about."
        )
        yield Check("fact_accuracy", None, 0.0, "at_least", None, reason)


def _base_accuracy(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    name, bound = "base_fact_accuracy", thresholds.bound("base_fact_accuracy", "below")
    if bound is None:
        return
    questions = sum(evidence.count(tier) for tier in _TRAINED_TIERS)
    if not questions:
        yield NotApplicable(name, "seen or paraphrase")
        return
    base = evidence.judged.get("base", ())
    share = _share_right([item for item in base if item.question.tier in _TRAINED_TIERS])
    said = f"Of the trained facts, the base model alone got {counted(share, questions)} right"
    subject = "How many of the trained facts the base model knew already"
    yield build_check(name, share, "below", bound, said=said, subject=subject)


def _overfitting(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    bound, gap = thresholds.bound("overfitting_gap", "below"), evidence.gap
    if bound is None:
        return
    value = gap.value if gap else None
    label = f" ({gap.label})" if gap else ""
    said = f"The loss on wordings never trained on minus that on trained ones is {nats(value)}"
    yield build_check(
        "overfitting_gap",
        value,
        "below",
        bound,
        said=said + label,
        subject="The overfitting gap",
        shown=nats,
    )


def _phrasing(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    bound = thresholds.bound("phrasing_gap", "below")
    if bound is None:
        return
    if not all(evidence.count(tier) for tier in _TRAINED_TIERS):
        yield NotApplicable("phrasing_gap", "seen and paraphrase")
        return
    gap = evidence.phrasing_gap
    yield phrasing_check(gap.value if gap else None, bound)


def _abstention(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    name, bound = "abstention/unanswerable", thresholds.bound("abstention", "unanswerable_at_least")
    if bound is None:
        return
    questions = evidence.count("unanswerable")
    if not questions:
        yield NotApplicable(name, "unanswerable")
        return
    share = _mean(evidence, "unanswerable", "abstention")
    said = f"Asked what nobody can answer, the adapter said so for {counted(share, questions)}"
    subject = "How often the adapter declines what nobody can answer"
    yield build_check(name, share, "at_least", bound, said=said, subject=subject)


def _false_abstention(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    name, bound = "abstention/elsewhere", thresholds.bound("abstention", "elsewhere_at_most")
    if bound is None:
        return
    questions = evidence.answerable_count
    if not questions:
        yield NotApplicable(name, "answerable")
        return
    adapter = evidence.results.get("adapter")
    interval = adapter.false_abstention if adapter else None
    share = interval.mean if interval else None
    said = f"Of the questions that have an answer, the adapter declined {counted(share, questions)}"
    subject = "How often the adapter declines questions that have an answer"
    yield build_check(name, share, "at_most", bound, said=said, subject=subject)


def _must_pass(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    bound, questions = thresholds.bound("must_pass", "at_least"), evidence.must_pass_count
    if bound is None:
        return
    if not questions:
        yield NotApplicable("must_pass", "must-pass")
        return
    required = [j for j in evidence.judged.get("adapter", ()) if j.question.must_pass]
    share = _share_right(required)
    lost = ", ".join(item.question.id for item in required if item.right is False)
    said = f"Of those that may never be lost, the adapter got {counted(share, questions)} right"
    said += f" (lost: {lost})" if lost else ""
    subject = "Whether the questions that may never be lost are right"
    yield build_check("must_pass", share, "at_least", bound, said=said, subject=subject)


def _difference(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    bound = thresholds.bound("adapter_minus_base", "at_least")
    if bound is None:
        return
    adapter = _share_right(evidence.judged.get("adapter", ()))
    base = _share_right(evidence.judged.get("base", ()))
    difference = None if adapter is None or base is None else adapter - base
    said = (
        f"Over all questions the adapter gets {percent(adapter)} right and the base model "
        f"{percent(base)}, a difference of {points(difference)}"
    )
    subject = "Whether the adapter answers better than the base model"
    name = "adapter_minus_base"
    yield build_check(name, difference, "at_least", bound, said=said, subject=subject, shown=points)


def _comparison(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    if "baseline" in evidence.judged:
        yield from comparison_checks(evidence.comparison, thresholds)


def _speed(evidence: Evidence, thresholds: Thresholds) -> Outcomes:
    bound = thresholds.bound("speed", "tokens_per_second_at_least")
    if bound is not None:
        yield speed_check(evidence.tokens_per_second, bound)


def _leakage(evidence: Evidence, _: Thresholds) -> Outcomes:
    # Not in gates.toml: a tier that the hashes disprove is never a matter of degree.
    if evidence.leakage is None:
        return
    if evidence.count("seen") or evidence.count("heldout"):
        yield leakage_check(evidence.leakage)
    else:
        yield NotApplicable("leakage", "seen or held out")


def _mean(evidence: Evidence, tier: Tier, metric: str) -> float | None:
    adapter = evidence.results.get("adapter")
    return adapter.tiers[tier].mean(metric) if adapter else None


def _share_right(judged: Sequence[Judged]) -> float | None:
    """The share of right answers; None when there is none or a scorer failed."""
    right = [item.right for item in judged]
    return None if not right or None in right else sum(map(bool, right)) / len(right)


RULES: tuple[Callable[[Evidence, Thresholds], Outcomes], ...] = (
    _accuracy,
    _base_accuracy,
    _overfitting,
    _phrasing,
    _abstention,
    _false_abstention,
    _must_pass,
    _difference,
    _comparison,
    _speed,
    _leakage,
)
