"""Coaches, squads, cup runs, totals, rivals, records: the answers are what the tables say.

The tables are read here with the csv module alone; some answers were worked out by hand.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.spelling import season_runs
from farense.facts.tables import read_tables
from farense.text import find_dates, find_seasons, fold

FACTS = Path(__file__).parents[1] / "data" / "facts"

Row = dict[str, str]

# Read off the lines of squads.csv and matches.csv by eye.
BY_HAND = {
    "Quem treinou o SC Farense em 1971/1972?": "Em 1971/72, o treinador foi Manuel de Oliveira.",
    "Em 2001/02, quem orientou o Farense?": (
        "Em 2001/02, os treinadores foram Paco Fortes, Jorge Castelo e Alberto Pazos."
    ),
    "Taça de Portugal 1976/1977: até onde foi o Farense?": "Em 1976/77, caiu nos quartos de final.",
    "Quem eliminou o Farense da Taça de Portugal de 1974/75?": (
        "Em 1974/75, quem o eliminou foi o SC Braga."
    ),
    # Lost 0-6 and won 4-3: out on the sum of both.
    "Na Taça de Portugal de 1939/40, o Farense parou em que ronda?": (
        "Em 1939/40, caiu nos oitavos de final."
    ),
}


@cache
def table(name: str) -> tuple[Row, ...]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


@pytest.fixture(scope="module")
def everything() -> tuple[Facet, ...]:
    return facets(read_tables(FACTS), "full")


def of(everything: tuple[Facet, ...], *names: str) -> list[Facet]:
    found = [facet for facet in everything if facet.name in names]
    assert {facet.name for facet in found} == set(names)
    return found


def prompts(facet: Facet) -> Iterator[str]:
    yield from facet.wordings
    yield from facet.held_back


def test_answers_worked_out_by_hand(everything: tuple[Facet, ...]) -> None:
    """Each question stands among the trained ones, with the answer read off the tables."""
    told = {wording: facet.completion for facet in everything for wording in facet.wordings}
    assert {asked: told.get(asked) for asked in BY_HAND} == BY_HAND


def test_coaches_are_all_of_the_list_of_the_season(everything: tuple[Facet, ...]) -> None:
    """Every season with a coach is asked once; one who is affirmed stands in its list."""
    listed: dict[str, list[str]] = {}
    for row in table("squads"):
        if row["role"] == "coach":
            listed.setdefault(row["season"], []).append(row["name"])
    asked: Counter[str] = Counter()
    for facet in of(everything, "coach"):
        (season,) = {s for prompt in prompts(facet) for s in find_seasons(prompt)}
        asked[season] += 1
        said = facet.completion.partition(" foi ")[2] or facet.completion.partition(" foram ")[2]
        assert re.split(r", | e ", said.rstrip(".")) == listed[season]
    assert asked == dict.fromkeys(listed, 1)
    for facet in of(everything, "coach-check"):
        (season,) = {s for prompt in prompts(facet) for s in find_seasons(prompt)}
        there = any(name in prompt for prompt in facet.wordings for name in listed[season])
        assert facet.completion.startswith("Sim," if there else "Não,"), facet


def test_squads_are_asked_of_players_told_apart(everything: tuple[Facet, ...]) -> None:
    """Somebody affirmed stands in the list of the season, somebody denied in none within ten
    years of it, and all lines of the name tell one year of birth, within one."""
    lines: dict[str, list[Row]] = {}
    for row in table("squads"):
        lines.setdefault(row["name"], []).append(row)
    names = sorted(lines, key=len, reverse=True)
    for facet in of(everything, "squad-check"):
        prompt = facet.wordings[0]
        name = next(name for name in names if name in prompt)
        (season,) = find_seasons(prompt)
        born = {int(row["season"][:4]) - int(row["age"]) for row in lines[name]}
        assert max(born) - min(born) <= 1
        assert len({row["nationality"] for row in lines[name]}) == 1
        years = [abs(int(row["season"][:4]) - int(season[:4])) for row in lines[name]]
        if facet.completion.startswith("Sim"):
            assert 0 in years
        else:
            assert min(years) >= 10


def test_cup_runs_end_where_the_goals_say_so(everything: tuple[Facet, ...]) -> None:
    """Not asked are ties settled otherwise (2012/13), the final, and a cup still going on."""
    cup = [row for row in table("matches") if row["competition"] == "Taça de Portugal"]
    seasons = set()
    for facet in of(everything, "cup-reached", "cup-out"):
        played = [row for row in cup if f"matches/{row['match_id']}" in facet.fact_ids]
        (season,) = {row["season"] for row in played}
        seasons.add(season)
        last = max(row["date"] for row in cup if row["season"] == season)
        assert last in {row["date"] for row in played}
        goals = [int(row["farense_goals"]) - int(row["opponent_goals"]) for row in played]
        assert sum(goals) < 0
        if facet.name == "cup-out":
            assert played[0]["opponent"] in facet.completion
    assert len(seasons) > 50
    assert not seasons & {"2012/2013", "1989/1990", "2025/2026"}


def test_rivals_are_counted_over_what_the_answer_says(everything: tuple[Facet, ...]) -> None:
    """Counted anew from all matches of the seasons stated: as many at home as away, and the
    wins, draws, defeats and goals of the answer."""
    for facet in of(everything, "rival-record", "rival-goals"):
        said = re.match(
            r"N[ao] (.+), entre (\d{4})/\d\d e (\d{4})/\d\d, o Farense", facet.completion
        )
        assert said, facet.completion
        met = [
            row
            for row in table("matches")
            if row["competition"] == said[1]
            and said[2] <= row["season"][:4] <= said[3]
            and re.search(rf" {re.escape(row['opponent'])}\.$", facet.completion)
        ]
        assert {f"matches/{row['match_id']}" for row in met} == set(facet.fact_ids)
        assert Counter(row["venue"] for row in met)["home"] * 2 == len(met) >= 4
        told = [int(n) for n in re.findall(r"(\d+) (?:vit|emp|der)", facet.completion)]
        if facet.name == "rival-record":
            outcomes = Counter(row["outcome"] for row in met)
            assert told == [outcomes["win"], outcomes["draw"], outcomes["loss"]]
        else:
            goals = re.search(r"marcou (\d+) golos? e sofreu (\d+) com", facet.completion)
            assert goals
            for at, column in enumerate(("farense_goals", "opponent_goals"), start=1):
                assert int(goals[at]) == sum(int(row[column]) for row in met)


def test_venues_add_up_to_the_league_line(everything: tuple[Facet, ...]) -> None:
    """Home and away together are the wins, draws and defeats of standings.csv."""
    lines = {(row["season"], row["competition"]): row for row in table("standings")}
    sums: dict[str, list[int]] = {}
    for facet in of(everything, "total-by-venue"):
        told = [int(n) for n in re.findall(r"(\d+) (?:vit|emp|der)", facet.completion)]
        known = sums.setdefault(facet.fact_ids[0], [0, 0, 0])
        sums[facet.fact_ids[0]] = [a + b for a, b in zip(known, told, strict=True)]
    for (season, competition), row in lines.items():
        slug = competition.lower().replace(" ", "-").replace("ã", "a")
        found = sums.pop(f"standings/{season.replace('/', '-')}/{slug}", None)
        assert found in (None, [int(row[c]) for c in ("won", "drawn", "lost")])
    assert not sums


def test_records_are_alone_at_their_extreme(everything: tuple[Facet, ...]) -> None:
    """The season named has the value, of all 26 lines of the top tier, and no other has."""
    lines = [row for row in table("standings") if row["competition"] == "Primeira Liga"]
    assert len(lines) == 26
    columns = {
        "golos marcados": "goals_for",
        "golos sofridos": "goals_against",
        "vitórias": "won",
        "empates": "drawn",
        "derrotas": "lost",
    }
    for facet in of(everything, "record-season"):
        said = re.search(r"tem (mais|menos) (.+) é (\d{4})/\d\d, com (\d+) ", facet.completion)
        assert said, facet.completion
        values = {row["season"][:4]: int(row[columns[said[2]]]) for row in lines}
        extreme = max(values.values()) if said[1] == "mais" else min(values.values())
        assert int(said[4]) == extreme
        assert [year for year, value in values.items() if value == extreme] == [said[3]]


def test_what_is_refused_has_no_answer_in_the_tables(everything: tuple[Facet, ...]) -> None:
    """No day with a match, no season with a coach or a cup, nobody of any list."""
    days = {row["date"] for row in table("matches")}
    cups = {row["season"] for row in table("matches") if row["competition"] == "Taça de Portugal"}
    coached = {row["season"] for row in table("squads") if row["role"] == "coach"}
    names = {fold(row["name"]) for row in (*table("squads"), *table("people"))}
    for facet in of(everything, "abstain-match", "abstain-outcome", "abstain-result-on-day"):
        assert not days & set(find_dates(facet.wordings[0])), facet
    for facet in of(everything, "abstain-coach"):
        assert not coached & set(find_seasons(facet.wordings[0])), facet
    for facet in of(everything, "abstain-cup-reached"):
        assert not cups & set(find_seasons(facet.wordings[0])), facet
    for facet in of(everything, "abstain-squad-seasons", "abstain-birth-date"):
        assert not [n for n in names if f" {n} " in f" {fold(facet.wordings[0])} " and " " in n]


def test_a_refused_fixture_was_never_played(everything: tuple[Facet, ...]) -> None:
    """A fixture named with its season is in no row: neither at home nor away."""
    met = {(row["season"], row["opponent"].removesuffix(" (extinto)")) for row in table("matches")}
    for facet in of(everything, "abstain-match", "abstain-outcome"):
        for season in find_seasons(facet.wordings[0]):
            for other_season, club in met:
                if season == other_season:
                    assert f"Farense-{club} " not in facet.wordings[0]
                    assert f" {club}-Farense" not in f" {facet.wordings[0]}"


@pytest.mark.parametrize(
    ("seasons", "said"),
    [
        (["1988/1989"], "em 1988/89"),
        (["1988/1989", "1989/1990"], "de 1988/89 a 1989/90"),
        (["1974/1975", "1981/1982"], "em 1974/75 e em 1981/82"),
        (
            ["1988/1989", "1989/1990", "1992/1993", "1994/1995", "1995/1996"],
            "de 1988/89 a 1989/90, em 1992/93 e de 1994/95 a 1995/96",
        ),
    ],
)
def test_seasons_in_a_row_are_drawn_together(seasons: list[str], said: str) -> None:
    """Neighbours become a span, others are listed."""
    assert season_runs(seasons) == said
