"""Matches that several lines tell, and matches that the tables deny."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from farense.facts.clashes import Clash, Played, agree
from farense.facts.ids import name_slug
from farense.facts.importing.conflicts import NOT_IN_TABLE, Conflict
from farense.facts.rows import Match

FINALS = ("F", "FF")


def match_slug(match: Match) -> str:
    """Season, competition, phase, round, opponent, and h, a, n or x, as a slug."""
    side = {"home": "h", "away": "a", "neutral": "n"}.get(match.venue, "x")
    parts = (match.season, match.competition, match.phase, match.round, match.opponent, side)
    return name_slug(" ".join(part for part in parts if part))


def _fixture(match: Match) -> tuple[str, str]:
    """What makes two lines one match: the slug; without a round, the date as well."""
    place = replace(match, venue="") if match.round in FINALS else match
    return match_slug(place), "" if match.round else match.date


def without_twins(matches: Sequence[Match]) -> tuple[list[Match], list[Conflict]]:
    """Matches that stand once; of a fixture told twice alike the first, told differently none."""
    by_fixture: defaultdict[tuple[str, str], list[Match]] = defaultdict(list)
    for match in matches:
        by_fixture[_fixture(match)].append(match)
    alone: list[Match] = []
    conflicts: list[Conflict] = []
    for twins in by_fixture.values():
        same = len({(m.score, m.date) for m in twins}) == 1
        alone.extend(twins[:1] if same else ())
        if len(twins) > 1:
            conflicts.append(_twins(twins, same=same))
    return alone, conflicts


def _twins(twins: Sequence[Match], *, same: bool) -> Conflict:
    return Conflict(
        kind="same match twice" if same else "same match with two scores or dates",
        subject=twins[0].match_id,
        value_a=_told(twins[0]),
        value_b=_told(twins[-1]),
        kept="the first" if same else NOT_IN_TABLE,
        reason="stands more than once in the documents",
        source=" | ".join(match.source for match in twins),
    )


def without_shared_dates(
    matches: Sequence[Match],
) -> tuple[list[Match], list[Conflict]]:
    """A club plays once a day: a date that several matches share is a filler or an error."""
    on_day = Counter(match.date for match in matches if match.date)
    shared = [match for match in matches if on_day[match.date] > 1]
    conflicts = [
        Conflict(
            kind="date shared by several matches",
            subject=match.match_id,
            value_a=match.date,
            value_b=f"{on_day[match.date]} matches",
            kept="not in the table",
            reason="a filler, or all but one are wrong; leave the date empty if it is not known",
            source=match.source,
        )
        for match in shared
    ]
    return [match for match in matches if on_day[match.date] <= 1], conflicts


def without_clashes(matches: Sequence[Match]) -> tuple[list[Match], list[Conflict]]:
    """Of matches that cannot both have been played none is taken: a document errs somewhere."""
    together = Played(matches)
    alone: list[Match] = []
    conflicts: list[Conflict] = []
    for match in matches:
        clashes = together.clashes(match)
        if clashes:
            conflicts.append(_clashing(match, clashes[0]))
        else:
            alone.append(match)
    return alone, conflicts


def _clashing(match: Match, clash: Clash) -> Conflict:
    return Conflict(
        kind=clash.why,
        subject=match.match_id,
        value_a=_told_whole(match),
        value_b=_told_whole(clash.other),
        kept=NOT_IN_TABLE,
        reason="the documents tell both: one of them is wrong",
        source=f"{match.source} | {clash.other.source}",
    )


def against(
    matches: Iterable[Match], known: Iterable[Match]
) -> tuple[tuple[Match, ...], tuple[Match, ...], list[Conflict]]:
    """Those the tables do not know, those they know alike, and those they deny."""
    known = tuple(known)
    played, taken = Played(known), {match.match_id for match in known}
    fresh: list[Match] = []
    there: list[Match] = []
    denied: list[Conflict] = []
    for match in matches:
        clashes = played.clashes(match)
        if not clashes:
            fresh.append(_with_new_id(match, taken))
        elif any(_tells_same(clash.other, match) for clash in clashes):
            there.append(match)
        else:
            denied.append(_denied(match, clashes[0]))
    return tuple(fresh), tuple(there), denied


def _tells_same(old: Match, match: Match) -> bool:
    """Whether both are one match told alike; what one of them leaves out does not count."""
    place = (old.season, old.competition, old.opponent, old.score)
    return place == (match.season, match.competition, match.opponent, match.score) and all(
        agree(*pair)
        for pair in ((old.date, match.date), (old.venue, match.venue), (old.round, match.round))
    )


def _with_new_id(match: Match, taken: set[str]) -> Match:
    """The match under the first free id: a second friendly of a season ends in ``-2``."""
    number, free = 1, match.match_id
    while free in taken:
        number += 1
        free = f"{match.match_id}-{number}"
    taken.add(free)
    return replace(match, match_id=free)


def _denied(match: Match, clash: Clash) -> Conflict:
    old = clash.other
    same = _fixture(match) == _fixture(old)
    tell = _told if same else _told_whole
    return Conflict(
        kind="differs from the fact tables" if same else clash.why,
        subject=match.match_id,
        value_a=tell(match),
        value_b=tell(old),
        kept="the one of the tables",
        reason="decide, and correct the table or the document",
        source=f"{match.source} | {old.source}",
    )


def _told(match: Match) -> str:
    return f"{match.score or 'no score'} on {match.date or 'no date'}"


def _told_whole(match: Match) -> str:
    place = (match.opponent, match.venue or "no venue", match.round or "no round")
    return f"{', '.join(place)}: {_told(match)}"
