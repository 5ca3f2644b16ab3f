"""Read ``data/facts`` into typed records, refusing the first line that cannot be true."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from farense.facts.heldout import HeldOut, heldout_lines
from farense.facts.ids import competition_slug, name_slug, standing_id
from farense.facts.rows import ClubFact, Match, Person, President, SquadEntry, Standing
from farense.facts.schema import CLUB, MATCHES, PEOPLE, PRESIDENTS, SQUADS, STANDINGS, TABLES
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


@dataclass(frozen=True)
class FactTables:
    """Everything that is held true about the club.

    ``sha256`` covers the bytes of the six tables, so that a pack or a golden set can say
    which facts it was made from. ``heldout`` lists what no pack may teach.
    """

    matches: tuple[Match, ...]
    standings: tuple[Standing, ...]
    presidents: tuple[President, ...]
    people: tuple[Person, ...]
    club: dict[str, ClubFact]
    squads: tuple[SquadEntry, ...]
    sha256: str
    heldout: tuple[HeldOut, ...] = ()


def read_tables(folder: Path = FACTS_FOLDER) -> FactTables:
    """Read and check the tables in ``folder``.

    Raises:
        FactTableError: ``file:line`` of the first line that breaks a rule: a missing file
            or column, an impossible date, goals that are no whole numbers, an outcome the
            goals deny, a bad season, an unknown venue, W + D + L other than the matches
            played, or a match id, league line, president's order or club key given twice.
    """
    return FactTables(
        club={fact.key: fact for _, fact in CLUB.read(folder)},
        matches=tuple(match for _, match in MATCHES.read(folder)),
        standings=tuple(line for _, line in STANDINGS.read(folder)),
        presidents=tuple(president for _, president in PRESIDENTS.read(folder)),
        people=tuple(person for _, person in PEOPLE.read(folder)),
        squads=tuple(entry for _, entry in SQUADS.read(folder)),
        sha256=sha256_json({t.name: sha256_file(folder / f"{t.name}.csv") for t in TABLES}),
        heldout=tuple(held for _, held in heldout_lines(folder)),
    )
