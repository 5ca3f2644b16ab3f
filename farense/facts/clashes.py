"""Matches that cannot both have been played: on one day, in one round, one pairing twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from farense.facts.rows import Match

ONE_DAY = "two matches on one day"
ONE_ROUND = "two matches in one round"
ONE_PAIRING = "one pairing twice"
MATCHDAY = re.compile(r"J\d+")
# Rounds in which several clubs are met: in the Taça da Liga a letter is a group, 1F a phase.
_OF_SEVERAL = re.compile(r"[A-EG-Z]|\dF")
_LEAGUE_TIERS = frozenset("1234")


@dataclass(frozen=True)
class Clash:
    """A match that another one cannot stand beside, and why: ``ONE_DAY``, …"""

    why: str
    other: Match


class Played:
    """Matches, to be asked which of them a further one cannot stand beside."""

    def __init__(self, matches: Iterable[Match] = ()) -> None:
        self._by_key: defaultdict[Hashable, list[Match]] = defaultdict(list)
        for match in matches:
            self.add(match)

    def add(self, match: Match) -> None:
        for key in _keys(match):
            self._by_key[key].append(match)

    def clashes(self, match: Match) -> list[Clash]:
        """Every match here that ``match`` cannot stand beside, but itself."""
        beside = {id(other): other for key in _keys(match) for other in self._by_key.get(key, ())}
        told = ((clash_of(match, other), other) for other in beside.values() if other != match)
        return [Clash(why, other) for why, other in told if why]


def _keys(match: Match) -> Iterator[Hashable]:
    """What two matches that clash share at least one of."""
    if match.date:
        yield match.date
    if match.round:
        yield match.season, match.competition, "round", match.round
    yield match.season, match.competition, "opponent", match.opponent


def clash_of(one: Match, other: Match) -> str:
    """Why the two cannot both have been played; empty where they can.

    A club plays once a day and once a matchday. In a knock-out round it meets one opponent,
    who may be met again at the other ground; in a league it meets each once at home and once
    away. Groups and phases hold several opponents.
    """
    if one.date and one.date == other.date:
        return ONE_DAY
    same_place = (one.season, one.competition) == (other.season, other.competition)
    if not same_place or not agree(one.phase, other.phase):
        return ""
    if one.opponent == other.opponent and not _told_apart(one, other):
        return ONE_PAIRING
    return ONE_ROUND if _one_round(one, other) else ""


def agree(one: str, other: str) -> bool:
    """Whether two cells may say the same: they are equal, or one of them says nothing."""
    return one == other or "" in (one, other)


def _one_round(one: Match, other: Match) -> bool:
    """Whether they share a round that has room for one of them only."""
    if not one.round or one.round != other.round:
        return False
    if MATCHDAY.fullmatch(one.round):
        return True
    return one.opponent != other.opponent and not _OF_SEVERAL.fullmatch(one.round)


def _told_apart(one: Match, other: Match) -> bool:
    """Whether two matches against one club in one competition, on different days, are two."""
    if one.venue and other.venue:
        if one.venue != other.venue:
            return True
        if _in_league(one) or _in_league(other):
            return False
    if one.round and other.round:
        return one.round != other.round
    return bool(one.date and other.date)


def _in_league(match: Match) -> bool:
    return match.tier in _LEAGUE_TIERS or bool(MATCHDAY.fullmatch(match.round))
