"""Facts said in Portuguese: every answer is the one the tables give."""

from __future__ import annotations

from pathlib import Path

import pytest

from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.tables import FactTables, read_tables
from farense.text import (
    find_dates,
    find_integers,
    find_ordinals,
    find_scores,
)

FACTS = Path(__file__).parents[1] / "data" / "facts"

# Read by eye from the lines of tier 1 in standings.csv.
POSITIONS = {
    "1970/1971": 11,
    "1971/1972": 9,
    "1972/1973": 11,
    "1973/1974": 7,
    "1974/1975": 11,
    "1975/1976": 15,
    "1983/1984": 12,
    "1984/1985": 14,
    "1986/1987": 15,
    "1987/1988": 12,
    "1988/1989": 18,
    "1990/1991": 11,
    "1991/1992": 6,
    "1992/1993": 6,
    "1993/1994": 9,
    "1994/1995": 5,
    "1995/1996": 10,
    "1996/1997": 11,
    "1997/1998": 14,
    "1998/1999": 11,
    "1999/2000": 14,
    "2000/2001": 13,
    "2001/2002": 17,
    "2020/2021": 17,
    "2023/2024": 10,
    "2024/2025": 17,
}

# (facet, one of its fact ids) → completion, each worked out by hand from the tables.
ANSWERS = {
    ("founding-date", "club/founding_date"): "A data de fundação é 1 de abril de 1910.",
    (
        "founding-place",
        "club/founding_place",
    ): "O local de fundação é o Jardim Manuel Bivar, em Faro.",
    ("stadium", "club/stadium"): "O estádio é o Estádio de São Luís.",
    ("hassan-goals", "club/hassan_nader_totals"): "Hassan Nader marcou 116 golos.",
    (
        "first-foreigner-season",
        "club/first_foreign_player",
    ): "A época do primeiro estrangeiro foi 1923/24.",
    (
        "first-tier-count",
        "club/first_tier_seasons",
    ): "O número de épocas na I Divisão é 26.",
    (
        "best-position",
        "club/best_first_tier_position",
    ): "A melhor classificação foi o 5.º lugar.",
    (
        "final-opponent",
        "club/cup_final",
    ): "O adversário na final da Taça de Portugal foi o Estrela da Amadora.",
    ("final-date", "club/cup_final"): "A data da final da Taça de Portugal foi 27 de maio de 1990.",
    (
        "replay-score",
        "club/cup_final",
    ): "O resultado da finalíssima da Taça de Portugal foi uma derrota 0-2.",
    (
        "europe-away",
        "club/european_participation",
    ): "O resultado fora na prova europeia foi uma derrota 0-1.",
    (
        "champion-score",
        "club/national_champion_ii_divisao",
    ): "O resultado da final da II Divisão foi uma vitória 3-2.",
    (
        "win-score",
        "club/biggest_win_in_matches",
    ): "O resultado da maior vitória registada foi 17-0.",
    (
        "win-season",
        "club/biggest_win_in_matches",
    ): "A época da maior vitória registada foi 1933/34.",
    (
        "defeat-opponent",
        "club/biggest_defeat_in_matches",
    ): "O adversário na maior derrota registada foi O Elvas.",
    (
        "president-in-term",
        "presidents/45",
    ): "O presidente de 2002 a 2009 foi António Manuel Gomes Ferreira.",
    (
        "president-in-term",
        "presidents/7",
    ): "O presidente de 1930 a 1932 foi Francisco Prudêncio Jr.",
    ("president-now", "presidents/48"): "O presidente atual é João Carlos Barão Rodrigues.",
    (
        "president-when",
        "presidents/43",
    ): "António Boronha foi presidente de 1989 a 1992 e de 1996 a 1998.",
    (
        "president-when",
        "presidents/12",
    ): "António Firmino foi presidente de março a agosto de 1946.",
    ("president-when", "presidents/35"): "Abílio Marques foi presidente em 1978.",
    ("president-since", "presidents/48"): "João Rodrigues é presidente desde 2018.",
    ("points", "standings/1994-1995/primeira-liga"): "Em 1994/95, fez 37 pontos.",
    (
        "goals_against",
        "standings/1975-1976/primeira-liga",
    ): "Em 1975/76, sofreu 65 golos.",
    ("drawn", "standings/1949-1950/ii-divisao"): "Em 1949/50, empatou 1 jogo.",
    (
        "position-lower",
        "standings/1960-1961/ii-divisao",
    ): "Em 1960/61, ficou em 2.º lugar.",
    ("match", "matches/1994-1995-primeira-liga-j4-tirsense-a"): "O Farense perdeu 0-3.",
    ("match", "matches/1995-1996-taca-de-portugal-5e-feirense-a"): "O Farense empatou 2-2.",
    ("birth-date", "people/hassan-nader"): "Hassan Nader nasceu a 8 de julho de 1965.",
    (
        "birth-place",
        "people/pacheco",
    ): "A terra natal de Francisco António Guerreiro Pacheco é Odemira.",
}


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


@pytest.fixture(scope="module")
def everything(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "full")


@pytest.mark.parametrize(("facet", "fact_id"), ANSWERS)
def test_answer_is_what_the_table_says(
    everything: tuple[Facet, ...], facet: str, fact_id: str
) -> None:
    """One facet of one fact has exactly one answer, and it is the one worked out by hand."""
    found = [f.completion for f in everything if f.name == facet and fact_id in f.fact_ids]
    assert found == [ANSWERS[facet, fact_id]]


def test_all_26_positions_are_right(everything: tuple[Facet, ...]) -> None:
    """Every Primeira Liga season is asked about and answered with its place."""
    stated = {
        f.fact_ids[0].split("/")[1].replace("-", "/"): f.completion
        for f in everything
        if f.name == "position"
    }
    expected = {
        season: f"Em {season[:5]}{season[-2:]}, ficou em {place}.º lugar."
        for season, place in POSITIONS.items()
    }
    assert stated == expected


def test_every_typed_answer_holds_its_value(
    tables: FactTables, everything: tuple[Facet, ...]
) -> None:
    """The value read back out of an answer by the text parsers is the table's, and no other."""
    matches = {m.fact_id: m for m in tables.matches}
    people = {p.fact_id: p for p in tables.people}
    standings = {s.fact_id: s for s in tables.standings}
    for facet in everything:
        fact_id = facet.fact_ids[0] if facet.fact_ids else ""
        if facet.name == "match":
            assert find_scores(facet.completion) == [matches[fact_id].score]
        elif facet.name == "birth-date":
            assert find_dates(facet.completion) == [people[fact_id].birth_date]
        elif facet.name == "birth-place":
            assert people[fact_id].birth_place in facet.completion
        elif facet.name in ("position", "position-lower"):
            assert find_ordinals(facet.completion) == [str(standings[fact_id].position)]
        elif facet.category == "seasons":
            value = getattr(standings[fact_id], facet.name)
            assert find_integers(facet.completion) == [str(value)]
