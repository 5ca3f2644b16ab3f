"""Lines of documents to rows of ``matches.csv``, and every disagreement on the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from farense.facts.cells import read_rows
from farense.facts.ids import name_slug
from farense.facts.importing.conflicts import NOT_IN_TABLE, Conflict
from farense.facts.importing.lines import Line, ResultLine, Unread, is_own
from farense.facts.importing.titles import Title, Titles, season_of_date
from farense.facts.links import in_season
from farense.facts.rows import Match
from farense.facts.schema import MATCHES, outcome_of
from farense.text import find_dates, fold

_FINALS = ("F", "FF")


@dataclass(frozen=True)
class Known:
    """What the tables already know: titles, spellings of clubs, matches."""

    titles: Titles
    clubs: Mapping[str, str]
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Imported:
    """What became of every line: ``lines`` = matches + known + left out + unread.

    Attributes:
        lines: Lines read.
        matches: New rows, in the order of the documents.
        known: Matches the tables hold already, with the same score.
        left_out: Sources of the lines that state a result and are in conflict.
        unread: Lines that state no result.
        conflicts: Why lines were left out.
    """

    lines: int
    matches: tuple[Match, ...]
    known: tuple[Match, ...]
    left_out: tuple[str, ...]
    unread: tuple[Unread, ...]
    conflicts: tuple[Conflict, ...]


def read_known(folder: Path) -> Known:
    """Titles, club spellings and matches of the fact tables in ``folder``.

    Raises:
        FactTableError: a table breaks its schema.
    """
    matches = tuple(match for _, match in MATCHES.read(folder))
    names = read_rows(folder / "club_names.csv", ("raw", "normalised"))
    clubs = {fold(row.cells["raw"]): row.cells["normalised"] for row in names}
    for match in matches:
        clubs.setdefault(fold(match.opponent), match.opponent)
    return Known(Titles(matches), clubs, matches)


def import_lines(lines: Iterable[Line], known: Known) -> Imported:
    """Build a row of every sound line; scores stay as displayed, home and away alike."""
    read = list(lines)
    unread = tuple(line for line in read if isinstance(line, Unread))
    conflicts: list[Conflict] = []
    built: list[Match] = []
    left_out: list[str] = []
    for line in read:
        if isinstance(line, ResultLine):
            match = _match(line, known)
            if isinstance(match, Conflict):
                conflicts.append(match)
                left_out.append(line.where)
            else:
                built.append(match)
    alone, doubled = _without_twins(built)
    conflicts.extend(doubled)
    dated, fillers = _without_shared_dates(alone)
    conflicts.extend(fillers)
    fresh, there, denied = _against(dated, known.matches)
    conflicts.extend(denied)
    used = {match.source for match in (*fresh, *there)}
    left_out.extend(match.source for match in built if match.source not in used)
    return Imported(len(read), fresh, there, tuple(left_out), unread, tuple(conflicts))


def _match(line: ResultLine, known: Known) -> Match | Conflict:
    """One row, or why it cannot be one."""
    if is_own(line.home) == is_own(line.away):
        shown = f"{line.home} {line.home_goals} - {line.away_goals} {line.away}"
        return _conflict("match not of this club", line, shown, "", "one side must be SC Farense")
    dates = find_dates(line.date)
    if line.date and len(dates) != 1:
        return _conflict("unreadable date", line, line.date, "", "write it as YYYY-MM-DD")
    date = dates[0] if dates else ""
    title = known.titles.read(line.section)
    season = title.season or (season_of_date(date) if date else "")
    if not season:
        return _conflict("no season", line, line.section, line.date, "neither title nor date say")
    if date and not in_season(date, season):
        return _conflict("date outside season", line, season, date, "one of them is wrong")
    match = _row(line, known, season=season, date=date, place=title)
    if line.mark and line.mark != match.outcome:
        return _conflict(
            "displayed score order vs icon",
            line,
            f"{match.outcome} by {line.home_goals}-{line.away_goals} as displayed",
            line.mark,
            "score or sign is wrong; a score is never turned round here",
        )
    return match


def _row(line: ResultLine, known: Known, *, season: str, date: str, place: Title) -> Match:
    at_home = is_own(line.home)
    own, other = line.home_goals, line.away_goals
    if not at_home:
        own, other = other, own
    raw = line.away if at_home else line.home
    # A final is shown with either club first, wherever it was played.
    final = line.round in _FINALS
    venue = "" if final else ("home" if at_home else "away")
    notes = [n for n in (line.note, "venue of a final not stated" if final else "") if n]
    match = Match(
        match_id="",
        season=season,
        competition=place.competition,
        round=line.round,
        date=date,
        venue=venue,
        opponent=known.clubs.get(fold(raw), raw),
        opponent_raw=raw,
        farense_goals=own,
        opponent_goals=other,
        outcome=outcome_of(own, other),
        notes="; ".join(notes),
        source=line.where,
        phase=place.phase,
        tier=place.tier,
        competition_raw=line.section,
    )
    return replace(match, match_id=match_slug(match))


def match_slug(match: Match) -> str:
    """Season, competition, phase, round, opponent, and h, a, n or x, as a slug."""
    side = {"home": "h", "away": "a", "neutral": "n"}.get(match.venue, "x")
    parts = (match.season, match.competition, match.phase, match.round, match.opponent, side)
    return name_slug(" ".join(part for part in parts if part))


def _fixture(match: Match) -> tuple[str, str]:
    """What makes two lines one match: the slug; without a round, the date as well."""
    place = replace(match, venue="") if match.round in _FINALS else match
    return match_slug(place), "" if match.round else match.date


def _conflict(kind: str, line: ResultLine, a: str, b: str, reason: str) -> Conflict:
    subject = f"{line.section} {line.round} {line.home} v {line.away}".replace("  ", " ")
    return Conflict(kind, subject.strip(), a, b, "not in the table", reason, line.where)


def _without_twins(matches: Sequence[Match]) -> tuple[list[Match], list[Conflict]]:
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


def _without_shared_dates(
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


def _told(match: Match) -> str:
    return f"{match.score or 'no score'} on {match.date or 'no date'}"


def _against(
    matches: Iterable[Match], known: Iterable[Match]
) -> tuple[tuple[Match, ...], tuple[Match, ...], list[Conflict]]:
    """Those the tables do not know, those they know alike, and those they deny."""
    by_fixture = {_fixture(match): match for match in known}
    taken = {match.match_id for match in known}
    fresh: list[Match] = []
    there: list[Match] = []
    denied: list[Conflict] = []
    for match in matches:
        old = by_fixture.get(_fixture(match))
        if old is None:
            fresh.append(_with_new_id(match, taken))
        elif old.score == match.score and "" in (old.date, match.date, _differing(old, match)):
            there.append(match)
        else:
            denied.append(_denied(match, old))
    return tuple(fresh), tuple(there), denied


def _differing(old: Match, match: Match) -> str:
    return "" if old.date == match.date else match.date


def _with_new_id(match: Match, taken: set[str]) -> Match:
    """The match under the first free id: a second friendly of a season ends in ``-2``."""
    number, free = 1, match.match_id
    while free in taken:
        number += 1
        free = f"{match.match_id}-{number}"
    taken.add(free)
    return replace(match, match_id=free)


def _denied(match: Match, old: Match) -> Conflict:
    return Conflict(
        kind="differs from the fact tables",
        subject=match.match_id,
        value_a=_told(match),
        value_b=_told(old),
        kept="the one of the tables",
        reason="decide, and correct the table or the document",
        source=f"{match.source} | {old.source}",
    )
