"""Disagreements found on importing; what is in one does not enter the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Conflict:
    """One disagreement, in the columns of ``conflicts.csv``.

    Attributes:
        kind: ``displayed score order vs icon``, ``same match with two scores``, …
        subject: Season, competition, round and opponent, or the line as it stands.
        value_a, value_b: The two values that cannot both be true; one may be empty.
        kept: What happened to the line.
        reason: What a person has to decide.
        source: ``file:line``, two of them joined by `` | ``.
    """

    kind: str
    subject: str
    value_a: str
    value_b: str
    kept: str
    reason: str
    source: str


NOT_IN_TABLE = "neither is in the table"
