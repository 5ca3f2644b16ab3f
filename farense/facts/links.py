"""What must hold between lines and between tables: foreign keys, duplicates, derived keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from farense.errors import FactTableError
from farense.facts.cells import Row, read_rows
from farense.facts.clashes import Played
from farense.facts.ids import name_slug
from farense.facts.rows import ClubFact, Match, Person, President, SquadEntry, Standing

_COUNTS = (
    *("position", "played", "won", "drawn", "lost"),
    *("goals_for", "goals_against", "points"),
)
_FULL_COLUMNS = ("season", "competition", "phase", "team", *_COUNTS)
_OWN_NAME = "SC Farense"

_Record = TypeVar("_Record")
Lines = Sequence[tuple[Row, _Record]]


@dataclass(frozen=True)
class Linked:
    """The tables that point at each other, every record with its line."""

    matches: Lines[Match]
    standings: Lines[Standing]
    presidents: Lines[President]
    people: Lines[Person]
    squads: Lines[SquadEntry]
    club: Lines[ClubFact]


def link_errors(tables: Linked, folder: Path) -> Iterator[FactTableError]:
    """Every line that points at nothing, stands twice, or denies another line.

    ``folder`` also holds ``club_names.csv`` and ``standings_full.csv``.
    """

    def passed_on(name: str, columns: Sequence[str]) -> list[Row]:
        return list(read_rows(folder / name, columns, unread.append))

    unread: list[FactTableError] = []
    names = passed_on("club_names.csv", ("raw", "normalised"))
    full = passed_on("standings_full.csv", _FULL_COLUMNS)
    yield from unread
    yield from _match_errors(tables.matches, {n.cells["raw"]: n.cells["normalised"] for n in names})
    yield from _table_errors(tables, full)
    yield from _person_errors(tables)
    yield from _derived_errors(tables)


def _match_errors(matches: Lines[Match], names: dict[str, str]) -> Iterator[FactTableError]:
    for row, match in matches:
        expected = names.get(match.opponent_raw, match.opponent_raw)
        if match.opponent != expected:
            yield row.error(f"opponent {match.opponent!r} for {match.opponent_raw!r}", expected)
        if not match.match_id.startswith(f"{name_slug(f'{match.season} {match.competition}')}-"):
            yield row.error(f"match_id {match.match_id!r}", "it to start with season, competition")
        late = match.tier == "play-off"
        if match.date and not match.notes and not in_season(match.date, match.season, late=late):
            yield row.error(f"{match.date} in season {match.season}", "a date within the season")
    yield from _clash_errors(matches)


def _clash_errors(matches: Lines[Match]) -> Iterator[FactTableError]:
    """Each line that cannot stand beside an earlier one."""
    played = Played()
    where: dict[str, str] = {}
    # What is doubtful is noted at its line; such a line cannot prove another one wrong.
    for row, match in ((row, match) for row, match in matches if not match.notes):
        for clash in played.clashes(match)[:1]:
            first = where[clash.other.match_id]
            yield row.error(f"{clash.why} (first at {first})", "each match only once")
        played.add(match)
        where[match.match_id] = row.where


def in_season(date: str, season: str, *, late: bool = False) -> bool:
    """Whether an ISO date falls into a season, which turns over in July.

    Both Julys are allowed: play-offs of 1959 and 1961 ended in the second one. ``late`` allows
    the August after it too, in which the play-offs of 1982 were played.
    """
    if len(season) == 4:
        return date[:4] == season
    return f"{season[:4]}-07-01" <= date <= f"{season[5:]}-{'08' if late else '07'}-31"


def _table_errors(tables: Linked, full: Sequence[Row]) -> Iterator[FactTableError]:
    clubs: defaultdict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in full:
        cells = row.cells
        clubs[cells["season"], cells["competition"], cells["phase"]][cells["team"]] = row
    for row, line in tables.standings:
        table = clubs.get((line.season, line.competition, line.phase), {})
        if line.teams != len(table):
            yield row.error(f"teams is {line.teams}", f"the {len(table)} of standings_full.csv")
        own = table.get(_OWN_NAME)
        if own is None:
            yield row.error("no such table in standings_full.csv", f"one with {_OWN_NAME}")
        else:
            yield from _unequal(row, own)
    for row, match in tables.matches:
        table = clubs.get((match.season, match.competition, match.phase), {})
        if table and match.opponent not in table:
            yield row.error(f"opponent {match.opponent!r}", "a club of that league table")


def _unequal(row: Row, own: Row) -> Iterator[FactTableError]:
    for name in _COUNTS:
        if row.cells[name] != own.cells[name]:
            yield row.error(f"{name} is {row.cells[name]}", f"{own.cells[name]} as in {own.where}")


def _person_errors(tables: Linked) -> Iterator[FactTableError]:
    known = {name for _, person in tables.people for name in (person.name, person.full_name)}
    for row, president in tables.presidents:
        if president.name not in known:
            yield row.error(f"president {president.name!r}", "a name of people.csv")
    coached = {(entry.name, entry.season) for _, entry in tables.squads if entry.role == "coach"}
    for row, person in tables.people:
        for season in filter(None, person.coach_seasons.split("; ")):
            if (person.name, season) not in coached:
                yield row.error(f"{person.name!r} coach in {season}", "that line in squads.csv")
        if person.birth_date and person.death_date and person.death_date < person.birth_date:
            yield row.error(f"died {person.death_date}", f"a date after {person.birth_date}")


def _derived_errors(tables: Linked) -> Iterator[FactTableError]:
    """Keys of club.csv that are derived from another table, derived once more."""
    seasons = sorted({s.season for _, s in tables.standings if s.competition == "Primeira Liga"})
    scores = [
        (m.farense_goals - m.opponent_goals, m.score)
        for _, m in tables.matches
        if m.farense_goals is not None and m.opponent_goals is not None
    ]
    expected = {"first_tier_seasons": f"{len(seasons)}: {', '.join(seasons)}"}
    if scores:
        expected["biggest_win_in_matches"] = max(scores)[1]
        expected["biggest_defeat_in_matches"] = min(scores)[1]
    for row, fact in tables.club:
        if not fact.value.startswith(expected.get(fact.key, "")):
            yield row.error(f"{fact.key} is {fact.value!r}", expected[fact.key])
