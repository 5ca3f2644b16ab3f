"""The gate: may this adapter be accepted?

A rule that fails rejects. A rule whose number does not exist cannot be waved through:
the verdict is then ``could_not_judge``, unless another rule already rejects. A rule whose
number is too uncertain to decide makes it ``not_enough_data``. A rule about a kind of
question the golden set does not hold is listed as not applicable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farense.evaluation.evidence import Evidence, NotApplicable
from farense.evaluation.gate_rules import RULES
from farense.evaluation.thresholds import Thresholds
from farense.records import Check, Decision, Verdict


@dataclass(frozen=True)
class Judgement:
    """The verdict, and beside it the rules that did not apply."""

    verdict: Verdict
    not_applicable: tuple[NotApplicable, ...]


def judge(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Hold the evidence against every rule of the gate."""
    outcomes = [outcome for rule in RULES for outcome in rule(evidence, thresholds)]
    checks = tuple(outcome for outcome in outcomes if isinstance(outcome, Check))
    skipped = tuple(outcome for outcome in outcomes if isinstance(outcome, NotApplicable))
    return Judgement(Verdict(decide(checks), checks), skipped)


def decide(checks: Sequence[Check]) -> Decision:
    """What the checks come to; none at all decide nothing."""
    if any(check.passed is False for check in checks):
        return "reject"
    undecided = [check for check in checks if check.passed is None]
    if not checks or any(check.measured is None for check in undecided):
        return "could_not_judge"
    return "not_enough_data" if undecided else "accept"
