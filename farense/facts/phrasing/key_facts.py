"""The values of ``club.csv`` taken apart into what a supporter would ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from farense.errors import FactTableError
from farense.facts.phrasing.facet import Facet, each_once
from farense.facts.phrasing.spoken import Spoken
from farense.facts.phrasing.voices import voiced_club
from farense.facts.tables import FACTS_FOLDER, FactTables, Match
from farense.text import date_in_words, ordinal_pt


@dataclass(frozen=True)
class Asked:
    """A question about a key fact; ``{…}`` in the texts are names of `key_values`."""

    name: str
    key: str
    answer: str
    wordings: tuple[str, ...]
    held_back: str

    def facet(
        self,
        values: dict[str, str],
        spoken: Spoken,
        varied: Sequence[str],
        more_ids: Sequence[str] = (),
    ) -> Facet:
        """The facet with its wordings filled in from ``values``, all kinds joined."""
        wordings = tuple(wording.format_map(values) for wording in (*self.wordings, *varied))
        held_back = tuple(w.format_map(values) for w in (self.held_back, spoken.held_back))
        return Facet(
            name=self.name,
            category="club",
            fact_ids=(f"club/{self.key}", *more_ids),
            completion=self.answer.format_map(values),
            wordings=each_once(
                wordings + spoken.trained(values) + voiced_club(self.name), held_back
            ),
            held_back=held_back,
            pack="essentials",
        )


# key → the shape of its value; the groups are the names the wordings use.
_COMPOUND = {
    "founding_place": r"(?P<founding_spot>.+), (?P<founding_city>.+)",
    "stadium": r"(?P<stadium_name>.+), .+",
    "first_president": r"(?P<first_president_name>.+) \((?P<first_president_term>[\d-]+)\)",
    "best_first_tier_position": r"(?P<best_position>\d+) \((?P<best_season>[\d/]+)\)",
    "european_participation": (
        r"(?P<europe_cup>.+) (?P<europe_season>\d{4}/\d\d), 1st round, v (?P<europe_opponent>.+)"
        r" \((?P<europe_home>\d+-\d+) home, (?P<europe_away>\d+-\d+) away\)"
    ),
    "cup_final": (
        r"Taça de Portugal (?P<cup_season>\d{4}/\d\d): (?P<cup_opponent>.+)"
        r" (?P<cup_score>\d+-\d+) \((?P<cup_date>[\d-]+)\),"
        r" replay (?P<replay_score>\d+-\d+) \((?P<replay_date>[\d-]+)\)"
    ),
    "national_champion_ii_divisao": (
        r"(?P<champion_season>\d{4}/\d\d)"
        r" \(final: Farense (?P<champion_score>\d+-\d+) (?P<champion_opponent>.+)\)"
    ),
    "top_scorer_national_1994_95": r"(?P<top_scorer>.+) \(\d+ golos\)",
    "hassan_nader_totals": r"(?P<hassan_games>\d+) jogos, (?P<hassan_goals>\d+) golos",
    "first_foreign_player": (
        r"(?P<foreigner>.+) \((?P<foreigner_country>.+)\), (?P<foreigner_season>.+)"
    ),
    "first_tier_seasons": r"(?P<first_tier_count>\d+): .+",
    "biggest_win_in_matches": (
        r"(?P<win_score>\d+-\d+) v (?P<win_opponent>.+)"
        r" \((?P<win_competition>\D+) (?P<win_season>\d{4}/\d{4})\)"
    ),
    "biggest_defeat_in_matches": (
        r"(?P<defeat_score>\d+-\d+) v (?P<defeat_opponent>.+)"
        r" \((?P<defeat_competition>\D+) (?P<defeat_season>\d{4}/\d{4})\)"
    ),
}
_DATES = ("founding_date", "cup_date", "replay_date")


def key_values(tables: FactTables) -> dict[str, str]:
    """Every part of every key fact by name, as it is said in Portuguese.

    Scores keep Farense's goals first; seasons become ``1989/90``, dates words.

    Raises:
        FactTableError: a value no longer has the shape its wordings were written for.
    """
    values = {key: fact.value for key, fact in tables.club.items()}
    for key, shape in _COMPOUND.items():
        values |= _parts(tables, key, shape)
    for name in _DATES:
        values[name] = date_in_words(values[name])
    for name in ("win_season", "defeat_season"):
        values[name] = values[name][:5] + values[name][-2:]
    values["best_position"] = ordinal_pt(int(values["best_position"]))
    return values


def _parts(tables: FactTables, key: str, shape: str) -> dict[str, str]:
    fact = tables.club.get(key)
    found = re.fullmatch(shape, fact.value) if fact else None
    if found is None:
        raise FactTableError(
            FACTS_FOLDER / "club.csv",
            f"{key} is {fact.value!r}" if fact else f"no key {key!r}",
            "the shape its questions were written for",
            "Restore the value, or write its questions anew.",
        )
    return found.groupdict()


def match_ids(matches: Sequence[Match], season: str, competition: str, score: str) -> list[str]:
    """Fact ids of the matches of a season and competition with this score."""
    return [
        match.fact_id
        for match in matches
        if (match.season, match.competition, match.score) == (season, competition, score)
    ]
