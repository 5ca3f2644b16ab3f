"""Questions about the club's great days: best season, cup final, Europe, title, records."""

from __future__ import annotations

from collections.abc import Iterator

from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.honours_cups import CUPS
from farense.facts.phrasing.honours_records import RECORDS
from farense.facts.phrasing.key_facts import key_values, match_ids
from farense.facts.phrasing.spoken_cups import SPOKEN_CUPS
from farense.facts.phrasing.spoken_records import SPOKEN_RECORDS
from farense.facts.phrasing.varied_cups import VARIED_CUPS
from farense.facts.phrasing.varied_records import VARIED_RECORDS
from farense.facts.phrasing.wide_cups import WIDE_CUPS
from farense.facts.phrasing.wide_records import WIDE_RECORDS
from farense.facts.tables import FactTables, standing_id
from farense.text import find_seasons


def honour_facets(tables: FactTables) -> Iterator[Facet]:
    """One facet for each question about an honour or record; all of them essentials.

    Beside the club key, a facet names the matches or league lines it rests on.
    """
    values = key_values(tables)
    behind = _rows_behind(tables, values)
    spoken = SPOKEN_CUPS | SPOKEN_RECORDS
    varied = VARIED_CUPS | VARIED_RECORDS
    wide = WIDE_CUPS | WIDE_RECORDS
    for asked in (*CUPS, *RECORDS):
        rows = behind.get(asked.name.split("-")[0], ())
        yield asked.facet(
            values, spoken[asked.name], (*varied[asked.name], *wide[asked.name]), rows
        )


def _rows_behind(tables: FactTables, values: dict[str, str]) -> dict[str, list[str]]:
    """First word of a facet's name → ids of the rows that say the same as the key."""

    def ids(season: str, competition: str, score: str) -> list[str]:
        return match_ids(tables.matches, find_seasons(season)[0], competition, score)

    europe_cup, cup = values["europe_cup"], "Taça de Portugal"
    best_season = find_seasons(values["best_season"])[0]
    return {
        "europe": ids(values["europe_season"], europe_cup, values["europe_home"]),
        "final": ids(values["cup_season"], cup, values["cup_score"]),
        "replay": ids(values["cup_season"], cup, values["replay_score"]),
        "win": ids(values["win_season"], values["win_competition"], values["win_score"]),
        "defeat": ids(
            values["defeat_season"], values["defeat_competition"], values["defeat_score"]
        ),
        "best": [standing_id(best_season, "Primeira Liga")],
    }
