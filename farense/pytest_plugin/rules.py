"""Which rules a gate holds, to which suite each belongs, and whose answers it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from farense.evaluation.comparison_rules import RULE_KEYS, SECTION
from farense.evaluation.thresholds import Thresholds
from farense.records import TIERS, Question


@dataclass(frozen=True)
class Rule:
    """One rule as a test.

    Attributes:
        name: That of the gate's Check.
        suite: quality, overfitting, regression or speed.
        thresholds: Holding this rule's bounds alone.
        needs: Whether it looks at the answer to a question.
        needs_base: The bare base has to answer those questions too.
        needs_baseline: So has the baseline, twice.
        tier: The one tier it is about, which lends it its marker.
    """

    name: str
    suite: str
    thresholds: Thresholds
    needs: Callable[[Question], bool]
    needs_base: bool = False
    needs_baseline: bool = False
    tier: str | None = None


def rules_of(thresholds: Thresholds, questions: Iterable[Question], baseline: bool) -> list[Rule]:
    """Every rule of a gate, by suite; those about the baseline only with one."""
    present: set[str] = {question.tier for question in questions}
    rules = [*_accuracy(thresholds, present), *_others(thresholds)]
    if baseline:
        rules += _comparison(thresholds)
    return rules


def _any(_: Question) -> bool:
    return True


def _none(_: Question) -> bool:
    return False


def _of(*tiers: str) -> Callable[[Question], bool]:
    return lambda question: question.tier in tiers


def _only(thresholds: Thresholds, section: str, *keys: str) -> Thresholds:
    bounds = thresholds.bounds.get(section, {})
    return Thresholds({section: {k: v for k, v in bounds.items() if not keys or k in keys}})


def _accuracy(thresholds: Thresholds, present: set[str]) -> Iterator[Rule]:
    bounded = thresholds.bounds.get("fact_accuracy", {})
    for tier in TIERS:
        if tier in bounded:
            only = _only(thresholds, "fact_accuracy", tier)
            yield Rule(f"fact_accuracy/{tier}", "quality", only, _of(tier), tier=tier)
    if present.isdisjoint(bounded):
        # Then nothing says how accurate the adapter is, and the gate says so.
        yield Rule("fact_accuracy", "quality", _only(thresholds, "fact_accuracy"), _none)


def _others(thresholds: Thresholds) -> Iterator[Rule]:
    def has(section: str, key: str) -> bool:
        return thresholds.bound(section, key) is not None

    def rule(name: str, suite: str, needs: Callable[[Question], bool], *key: str) -> Rule:
        only = _only(thresholds, name.partition("/")[0], *key)
        return Rule(name, suite, only, needs, needs_base="base" in name)

    if has("base_fact_accuracy", "below"):
        yield rule("base_fact_accuracy", "quality", _of("seen", "paraphrase"))
    if has("abstention", "unanswerable_at_least"):
        key = "unanswerable_at_least"
        yield rule("abstention/unanswerable", "quality", _of("unanswerable"), key)
    if has("abstention", "elsewhere_at_most"):
        yield rule("abstention/elsewhere", "quality", _any, "elsewhere_at_most")
    if has("must_pass", "at_least"):
        yield rule("must_pass", "quality", lambda question: question.must_pass)
    if has("adapter_minus_base", "at_least"):
        yield rule("adapter_minus_base", "quality", _any)
    yield rule("leakage", "quality", _none)
    yield rule("overfitting_gap", "overfitting", _none)
    yield rule("phrasing_gap", "overfitting", _of("seen", "paraphrase"))
    yield rule("speed", "speed", _any)


def _comparison(thresholds: Thresholds) -> Iterator[Rule]:
    for name, key in RULE_KEYS.items():
        only = _only(thresholds, SECTION, key)
        yield Rule(name, "regression", only, _any, needs_baseline=True)
