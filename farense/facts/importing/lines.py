"""One result as a document states it, before anything is decided about it."""

from __future__ import annotations

from dataclasses import dataclass

from farense.text import fold

OWN_NAMES = frozenset(("sc farense", "sporting clube farense", "farense"))
OWN_NAME = "SC Farense"


@dataclass(frozen=True)
class ResultLine:
    """A line of a document that states a result.

    Attributes:
        where: ``file:line`` (in JSON, ``file:matches[3]``).
        section: The title it stands under, or what the columns say: season and competition.
        home, away: Club names as written; the left club of a displayed result is at home.
        home_goals, away_goals: As displayed, never swapped.
        mark: ``win``, ``draw`` or ``loss`` where the line has a sign for it, else empty.
        date, round: As written, or empty.
        note: Words after the result, such as a shoot-out.
    """

    where: str
    section: str
    home: str
    away: str
    home_goals: int
    away_goals: int
    date: str = ""
    round: str = ""
    mark: str = ""
    note: str = ""


@dataclass(frozen=True)
class Unread:
    """A line that should state a result and does not, with the reason."""

    where: str
    text: str
    reason: str


Line = ResultLine | Unread


def is_own(name: str) -> bool:
    """Whether a club name is Farense's own."""
    return fold(name) in OWN_NAMES
