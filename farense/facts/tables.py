"""Read ``data/facts`` into typed records, refusing the first line that cannot be true."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from farense.facts.cells import Row, read_rows
from farense.facts.ids import competition_slug, name_slug, standing_id
from farense.facts.rows import ClubFact, Match, Person, President, SquadEntry, Standing
from farense.storage import sha256_file, sha256_json

__all__ = [
    "FACTS_FOLDER",
    "ClubFact",
    "FactTables",
    "Match",
    "Person",
    "President",
    "SquadEntry",
    "Standing",
    "competition_slug",
    "name_slug",
    "read_tables",
    "standing_id",
]

FACTS_FOLDER = Path("data/facts")
_VENUES = ("home", "away", "neutral", "")
_OUTCOMES = ("win", "draw", "loss", "")
_TERM = re.compile(r"^(\d{4})(?:-(\d{4}|atual))?(?: \([a-z]{3}-[a-z]{3}\))?$")

_Record = TypeVar("_Record")


@dataclass(frozen=True)
class FactTables:
    """Everything that is held true about the club.

    ``sha256`` covers the bytes of the six files read, so that a pack or a golden set
    can say which facts it was made from.
    """

    matches: tuple[Match, ...]
    standings: tuple[Standing, ...]
    presidents: tuple[President, ...]
    people: tuple[Person, ...]
    club: dict[str, ClubFact]
    squads: tuple[SquadEntry, ...]
    sha256: str


def read_tables(folder: Path = FACTS_FOLDER) -> FactTables:
    """Read and check the tables in ``folder``.

    Raises:
        FactTableError: ``file:line`` of the first line that breaks a rule: a missing file
            or column, an impossible date, goals that are no whole numbers, an outcome the
            goals deny, a bad season, an unknown venue, W + D + L other than the matches
            played, or a match id, league line, president's order or club key given twice.
    """
    club = _read(folder / "club.csv", ClubFact, _club_fact, lambda fact: fact.key)
    tables = {
        "matches": _read(folder / "matches.csv", Match, _match, lambda m: m.match_id),
        "standings": _read(
            folder / "standings.csv",
            Standing,
            _standing,
            lambda s: (s.season, s.competition, s.phase),
        ),
        "presidents": _read(folder / "presidents.csv", President, _president, lambda p: p.order),
        "people": _read(folder / "people.csv", Person, _person, lambda p: (p.name, p.source)),
        "squads": _read(folder / "squads.csv", SquadEntry, _squad_entry, None),
    }
    hashes = {name: sha256_file(folder / f"{name}.csv") for name in [*tables, "club"]}
    parts: dict[str, Any] = {**tables, "club": {fact.key: fact for fact in club}}
    return FactTables(**parts, sha256=sha256_json(hashes))


def _read(
    path: Path,
    record: type[Any],
    parse: Callable[[Row], _Record],
    identity: Callable[[_Record], Hashable] | None,
) -> tuple[_Record, ...]:
    """All records of a table; ``identity`` is what no two of them may share."""
    found: list[_Record] = []
    seen: dict[Hashable, str] = {}
    for row in read_rows(path, [field.name for field in fields(record)]):
        parsed = parse(row)
        if identity is not None:
            key = identity(parsed)
            if key in seen:
                raise row.error(f"{key!r} again (first at {seen[key]})", "each only once")
            seen[key] = row.where
        found.append(parsed)
    return tuple(found)


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
            "venue": row.one_of("venue", _VENUES),
            "opponent": row.text("opponent"),
            "farense_goals": row.count_or_none("farense_goals"),
            "opponent_goals": row.count_or_none("opponent_goals"),
            "outcome": row.one_of("outcome", _OUTCOMES),
        }
    )
    if not match.score and not match.notes:
        raise row.error("no score and no note", "goals of both sides, or a note saying why not")
    expected = _outcome(match.farense_goals, match.opponent_goals)
    if match.outcome != expected:
        raise row.error(
            f"outcome {match.outcome!r} with {match.score or 'no score'}", repr(expected)
        )
    return match


def _outcome(scored: int | None, conceded: int | None) -> str:
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
