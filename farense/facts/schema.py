"""The schema: what a line of each fact table must be, and what no two lines may share."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from farense.errors import FactTableError
from farense.facts.cells import Row, read_rows, stop_at
from farense.facts.rows import ClubFact, Match, Person, President, SquadEntry, Standing

VENUES = ("home", "away", "neutral", "")
OUTCOMES = ("win", "draw", "loss", "")
_TERM = re.compile(r"^(\d{4})(?:-(\d{4}|atual))?(?: \([a-z]{3}-[a-z]{3}\))?$")

_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Table(Generic[_Record]):
    """One table: its record, how a line becomes one, and what no two of them may share."""

    name: str
    record: type[_Record]
    parse: Callable[[Row], _Record]
    identity: Callable[[_Record], Hashable] | None = None

    def read(
        self, folder: Path, report: Callable[[FactTableError], None] = stop_at
    ) -> tuple[tuple[Row, _Record], ...]:
        """Every line that keeps the schema, with its record; ``report`` gets the others.

        Raises:
            FactTableError: by way of ``report``, which raises by default.
        """
        found: list[tuple[Row, _Record]] = []
        seen: dict[Hashable, str] = {}
        columns = [field.name for field in fields(self.record)]  # type: ignore[arg-type]
        for row in read_rows(folder / f"{self.name}.csv", columns, report):
            try:
                parsed = self.parse(row)
                self._require_new(parsed, row, seen)
            except FactTableError as error:
                report(error)
            else:
                found.append((row, parsed))
        return tuple(found)

    def _require_new(self, parsed: _Record, row: Row, seen: dict[Hashable, str]) -> None:
        if self.identity is None:
            return
        key = self.identity(parsed)
        if key in seen:
            raise row.error(f"{key!r} again (first at {seen[key]})", "each only once")
        seen[key] = row.where


def _texts(row: Row, record: type[Any]) -> dict[str, Any]:
    """The cells a record holds, unread; the caller overrides those with a type."""
    return {field.name: row.cells[field.name] for field in fields(record)}


def _match(row: Row) -> Match:
    match = Match(
        **_texts(row, Match)
        | {
            "match_id": row.text("match_id"),
            "season": row.season("season"),
            "competition": row.text("competition"),
            "date": row.date("date"),
            "venue": row.one_of("venue", VENUES),
            "opponent": row.text("opponent"),
            "farense_goals": row.count_or_none("farense_goals"),
            "opponent_goals": row.count_or_none("opponent_goals"),
            "outcome": row.one_of("outcome", OUTCOMES),
        }
    )
    if not match.score and not match.notes:
        raise row.error("no score and no note", "goals of both sides, or a note saying why not")
    expected = outcome_of(match.farense_goals, match.opponent_goals)
    if match.outcome != expected:
        raise row.error(
            f"outcome {match.outcome!r} with {match.score or 'no score'}", repr(expected)
        )
    return match


def outcome_of(scored: int | None, conceded: int | None) -> str:
    if scored is None or conceded is None:
        return ""
    if scored == conceded:
        return "draw"
    return "win" if scored > conceded else "loss"


def _standing(row: Row) -> Standing:
    counts = ("played", "won", "drawn", "lost", "goals_for", "goals_against", "points")
    numbers = {name: row.count(name) for name in (*counts, "position", "teams")}
    standing = Standing(
        **_texts(row, Standing)
        | {"season": row.season("season"), "competition": row.text("competition")}
        | numbers
    )
    results = standing.won + standing.drawn + standing.lost
    if results != standing.played:
        raise row.error(f"W + D + L = {results}", f"the {standing.played} matches played")
    if not 1 <= standing.position <= standing.teams:
        raise row.error(f"position {standing.position}", f"1 to {standing.teams}, the teams")
    return standing


def _president(row: Row) -> President:
    term = row.text("term")
    found = _TERM.match(term)
    if not found or (found[2] and found[2] != "atual" and int(found[2]) < int(found[1])):
        raise row.error(f"term is {term!r}", "years such as 1989-1992, 1947 or 2018-atual")
    return President(row.count("order"), term, row.text("name"), row.text("source"))


def _person(row: Row) -> Person:
    return Person(
        **_texts(row, Person)
        | {
            "name": row.text("name"),
            "birth_date": row.year_or_date("birth_date"),
            "death_date": row.year_or_date("death_date"),
            "apps": row.count_or_none("apps"),
            "goals": row.count_or_none("goals"),
        }
    )


def _squad_entry(row: Row) -> SquadEntry:
    return SquadEntry(
        **_texts(row, SquadEntry)
        | {
            "season": row.season("season"),
            "name": row.text("name"),
            "age": row.count_or_none("age"),
        }
    )


def _club_fact(row: Row) -> ClubFact:
    return ClubFact(row.text("key"), row.text("value"), row.cells["note"], row.text("source"))


MATCHES = Table("matches", Match, _match, lambda m: m.match_id)
STANDINGS = Table("standings", Standing, _standing, lambda s: (s.season, s.competition, s.phase))
PRESIDENTS = Table("presidents", President, _president, lambda p: p.order)
PEOPLE = Table("people", Person, _person, lambda p: (p.name, p.source))
SQUADS = Table("squads", SquadEntry, _squad_entry)
CLUB = Table("club", ClubFact, _club_fact, lambda fact: fact.key)
TABLES: tuple[Table[Any], ...] = (MATCHES, STANDINGS, PRESIDENTS, PEOPLE, SQUADS, CLUB)
