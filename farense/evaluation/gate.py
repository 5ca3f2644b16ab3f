"""The gate: may this adapter be accepted? Every rule gives its number and its reason.

A rule that fails rejects. A rule whose number does not exist cannot be waved through:
the verdict is then ``could_not_judge``, unless another rule already rejects. A rule
about a kind of question the golden set does not hold is listed as not applicable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from farense.evaluation.gap import PhrasingGap
from farense.evaluation.leakage import Leakage, leakage_check
from farense.evaluation.reasons import (
    build_check,
    counted,
    nats,
    percent,
    phrasing_check,
    points,
    speed_check,
)
from farense.evaluation.results import Judged, System, SystemResults
from farense.evaluation.thresholds import Thresholds
from farense.records import TIERS, Check, Decision, Gap, Tier, Verdict

_TRAINED_TIERS: tuple[Tier, ...] = ("seen", "paraphrase")
_TIER_WORDS: dict[Tier, str] = {
    "seen": "the questions worded as in training",
    "paraphrase": "the questions about trained facts in new words",
    "heldout": "the questions about facts never trained on",
    "unanswerable": "the questions nobody can answer",
    "robustness": "the questions with slips and odd spelling",
    "general": "the general questions",
}


@dataclass(frozen=True)
class NotApplicable:
    """A rule that says nothing here, because the golden set holds no ``missing`` question."""

    name: str
    missing: str

    @property
    def reason(self) -> str:
        return f"not applicable: no {self.missing} questions"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "missing": self.missing}


@dataclass(frozen=True)
class Evidence:
    """What the gate looks at: at least one system, and what else was measured, or None.

    ``leakage`` None means that no proof was asked for, and leaves its rule out; one that was
    asked for and could not be had is a ``Leakage`` that is not recorded.
    """

    judged: Mapping[System, Sequence[Judged]]
    results: Mapping[System, SystemResults]
    gap: Gap | None
    phrasing_gap: PhrasingGap | None = None
    tokens_per_second: float | None = None
    leakage: Leakage | None = None

    def count(self, tier: Tier) -> int:
        """Questions of a tier in the golden set; 0 when it has none."""
        return sum(item.question.tier == tier for item in self._any_system)

    @property
    def must_pass_count(self) -> int:
        return sum(item.question.must_pass for item in self._any_system)

    @property
    def answerable_count(self) -> int:
        declined = next(iter(self.results.values())).false_abstention
        return declined.n if declined else 0

    @property
    def _any_system(self) -> Sequence[Judged]:
        # Every system answers the same questions.
        return next(iter(self.judged.values()))


@dataclass(frozen=True)
class Judgement:
    """The verdict, and beside it the rules that did not apply."""

    verdict: Verdict
    not_applicable: tuple[NotApplicable, ...]


Outcomes = Iterator[Check | NotApplicable]


def judge(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Hold the evidence against every rule of the gate."""
    outcomes = [
        outcome
        for rule in (
            _accuracy,
            _base_accuracy,
            _overfitting,
            _phrasing,
            _abstention,
            _false_abstention,
            _must_pass,
            _difference,
            _speed,
            _leakage,
        )
        for outcome in rule(evidence, thresholds)
    ]
    checks = tuple(outcome for outcome in outcomes if isinstance(outcome, Check))
    skipped = tuple(outcome for outcome in outcomes if isinstance(outcome, NotApplicable))
    return Judgement(Verdict(_decide(checks), checks), skipped)


def _decide(checks: Sequence[Check]) -> Decision:
    outcomes = [check.passed for check in checks]
    if False in outcomes:
        return "reject"
    return "could_not_judge" if None in outcomes else "accept"


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


def _mean(evidence: Evidence, tier: Tier, metric: str) -> float | None:
    adapter = evidence.results.get("adapter")
    return adapter.tiers[tier].mean(metric) if adapter else None


def _share_right(judged: Sequence[Judged]) -> float | None:
    """The share of right answers; None when there is none or a scorer failed."""
    right = [item.right for item in judged]
    return None if not right or None in right else sum(map(bool, right)) / len(right)
