"""What one line of each fact table says, as frozen records.

Text that the source leaves out is the empty string; numbers that it leaves out are
None. Seasons are ``YYYY/YYYY`` (a single ``YYYY`` for the local matches before 1930),
dates ISO ``YYYY-MM-DD``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from farense.facts.ids import name_slug, standing_id

_TITLE = re.compile(r"^(?:Dr|Prof|Maj|Cap|Eng)\.[ºª]?\s+")


@dataclass(frozen=True)
class Match:
    """One match of Farense; ``outcome`` is win, draw or loss seen from Farense."""

    match_id: str
    season: str
    competition: str
    round: str
    date: str
    venue: str
    opponent: str
    opponent_raw: str
    farense_goals: int | None
    opponent_goals: int | None
    outcome: str
    notes: str
    source: str
    phase: str
    tier: str
    competition_raw: str

    @property
    def fact_id(self) -> str:
        return f"matches/{self.match_id}"

    @property
    def score(self) -> str:
        """``2-1``, Farense's goals first; empty when the source has no score."""
        if self.farense_goals is None or self.opponent_goals is None:
            return ""
        return f"{self.farense_goals}-{self.opponent_goals}"

    @property
    def golden_fit(self) -> bool:
        """Whether the row is sound enough to be asked about: no note, a date, a venue, a score."""
        return not self.notes and bool(self.date and self.venue and self.score)


@dataclass(frozen=True)
class Standing:
    """Farense's line in one league table; counts are whole numbers ≥ 0."""

    season: str
    competition: str
    position: int
    played: int
    won: int
    drawn: int
    lost: int
    goals_for: int
    goals_against: int
    points: int
    note: str
    source: str
    phase: str
    tier: str
    teams: int
    competition_raw: str

    @property
    def fact_id(self) -> str:
        return standing_id(self.season, self.competition)

    @property
    def golden_fit(self) -> bool:
        """Whether the line carries no note."""
        return not self.note


@dataclass(frozen=True)
class President:
    """One term of a president, as stated: ``1989-1992``, ``1947``, ``1946 (mar-ago)``."""

    order: int
    term: str
    name: str
    source: str

    @property
    def fact_id(self) -> str:
        return f"presidents/{self.order}"

    @cached_property
    def plain_name(self) -> str:
        """The full name without an academic or military title."""
        return _TITLE.sub("", self.name)

    @property
    def start_year(self) -> int:
        return int(self.term[:4])

    @property
    def end_year(self) -> int | None:
        """The year the term ended; None while it lasts."""
        years = re.findall(r"\d{4}", self.term)
        return None if self.term.endswith("-atual") else int(years[-1])


@dataclass(frozen=True)
class Person:
    """A player, coach, president or founder. Birth and death may be a year only."""

    name: str
    full_name: str
    role: str
    birth_date: str
    birth_place: str
    death_date: str
    position: str
    seasons_at_club: str
    apps: int | None
    goals: int | None
    nickname: str
    source: str
    coach_seasons: str
    apps_scope: str

    @property
    def fact_id(self) -> str:
        """Namesakes share it; ask only about names that stand alone."""
        return f"people/{name_slug(self.name)}"


@dataclass(frozen=True)
class ClubFact:
    """One key fact about the club."""

    key: str
    value: str
    note: str
    source: str

    @property
    def fact_id(self) -> str:
        return f"club/{self.key}"

    @property
    def golden_fit(self) -> bool:
        """Whether the key carries no note, or only says which table it was derived from."""
        return not self.note or self.note.startswith("derived from ")


@dataclass(frozen=True)
class SquadEntry:
    """One name in a season's squad or staff list."""

    season: str
    role: str
    name: str
    age: int | None
    nationality: str
    function: str
    source: str

    @property
    def fact_id(self) -> str:
        """One line of the lists; not of a person, since short names may be shared."""
        return f"squads/{self.season.replace('/', '-')}/{name_slug(self.name)}"
