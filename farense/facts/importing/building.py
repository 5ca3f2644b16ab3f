"""Lines of documents to rows of ``matches.csv``, and every disagreement on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from farense.facts.clashes import MATCHDAY
from farense.facts.importing.clubs import nearest_club, read_clubs
from farense.facts.importing.conflicts import Conflict
from farense.facts.importing.lines import Line, ResultLine, Unread, is_own
from farense.facts.importing.rounds import round_label
from farense.facts.importing.titles import Title, Titles, season_of_date
from farense.facts.importing.twins import (
    FINALS,
    against,
    match_slug,
    without_clashes,
    without_shared_dates,
    without_twins,
)
from farense.facts.links import in_season
from farense.facts.rows import Match
from farense.facts.schema import MATCHES, outcome_of
from farense.text import find_dates, fold

_NEW_CLUB = "correct the name, or add the club to club_names.csv"


@dataclass(frozen=True)
class Known:
    """What the tables already know.

    Attributes:
        clubs: The name of each club by its folded spellings; no other club is taken.
        matches: In the order of the table.
        leagues: Competitions played in matchdays, where a bare 5 in a document is one.
    """

    titles: Titles
    clubs: Mapping[str, str]
    matches: tuple[Match, ...]
    leagues: frozenset[str] = frozenset()


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
    leagues = frozenset(m.competition for m in matches if MATCHDAY.fullmatch(m.round))
    return Known(Titles(matches), read_clubs(folder, matches), matches, leagues)


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
    alone, doubled = without_twins(built)
    conflicts.extend(doubled)
    dated, fillers = without_shared_dates(alone)
    conflicts.extend(fillers)
    unknown, there, denied = against(dated, known.matches)
    conflicts.extend(denied)
    fresh, clashing = without_clashes(unknown)
    conflicts.extend(clashing)
    used = {match.source for match in (*fresh, *there)}
    left_out.extend(match.source for match in built if match.source not in used)
    return Imported(len(read), tuple(fresh), there, tuple(left_out), unread, tuple(conflicts))


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
    raw = line.away if is_own(line.home) else line.home
    if fold(raw) not in known.clubs:
        return _conflict("unknown opponent", line, raw, nearest_club(raw, known.clubs), _NEW_CLUB)
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
    round_ = round_label(line.round, league=place.competition in known.leagues)
    # A final is shown with either club first, wherever it was played.
    final = round_ in FINALS
    venue = "" if final else ("home" if at_home else "away")
    notes = [n for n in (line.note, "venue of a final not stated" if final else "") if n]
    match = Match(
        match_id="",
        season=season,
        competition=place.competition,
        round=round_,
        date=date,
        venue=venue,
        opponent=known.clubs[fold(raw)],
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


def _conflict(kind: str, line: ResultLine, a: str, b: str, reason: str) -> Conflict:
    subject = f"{line.section} {line.round} {line.home} v {line.away}".replace("  ", " ")
    return Conflict(kind, subject.strip(), a, b, "not in the table", reason, line.where)
