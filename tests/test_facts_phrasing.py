"""Wordings: how many, how spelt, and that each question means one thing."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from farense.errors import FactTableError
from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.golden_twins import is_golden_twin
from farense.facts.phrasing.presidents import short_name, term_in_words
from farense.facts.phrasing.spelling import in_competition, of_competition, season_spelling, spell
from farense.facts.tables import ClubFact, FactTables, President, read_tables
from farense.text import (
    find_dates,
    find_seasons,
    find_years,
    words,
)

FACTS = Path(__file__).parents[1] / "data" / "facts"


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


@pytest.fixture(scope="module")
def everything(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "full")


@pytest.fixture(scope="module")
def core(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "core")


@pytest.fixture(scope="module")
def essentials(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "essentials")


def prompts(facet: Facet) -> Iterator[str]:
    yield from facet.wordings
    yield from facet.held_back


def test_essentials_hold_what_was_asked_for(
    tables: FactTables, essentials: tuple[Facet, ...]
) -> None:
    """93 facets over facts: 43 of the club, 13 terms and 11 presidents, 26 positions."""
    names = Counter(f.name for f in essentials if f.fact_ids)
    assert names["position"] == 26
    assert names["president-in-term"] + names["president-now"] == 13
    assert names["president-when"] + names["president-since"] == 11
    assert sum(names.values()) == 43 + 13 + 11 + 26
    # left out: another true value elsewhere, or only as stated by the source
    keys = {i for f in essentials for i in f.fact_ids if i.startswith("club/")}
    left_out = {
        "club/first_algarve_championship",
        "club/titles_stated_ii_divisao",
        "club/best_first_tier_position_in_tables",
    }
    assert keys == {fact.fact_id for fact in tables.club.values()} - left_out


def test_every_essential_fact_has_enough_wordings(essentials: tuple[Facet, ...]) -> None:
    """35 + 6 x 5 wordings of a club fact, 22 + 4 x 3 or more of presidents, 23 + 4 x 4 of
    seasons, less the few that two people hit upon alike; two held back."""
    for facet in essentials:
        if facet.fact_ids:
            written = {"club": 65, "presidents": 34, "seasons": 39}[facet.category]
            assert len(facet.wordings) > 0.9 * written, facet.name
            assert len(facet.held_back) == 2, facet.name


def test_every_essential_fact_is_also_typed_in_a_hurry(essentials: tuple[Facet, ...]) -> None:
    """Some wordings of each fact have no capital, accent or question mark; most have one."""
    for facet in essentials:
        if facet.fact_ids:
            plain = [w for w in facet.wordings if w.isascii() and w.islower() and w[-1] != "?"]
            assert 1 <= len(plain) <= len(facet.wordings) / 4, facet.name


def test_core_adds_presidents_figures_matches_and_births(core: tuple[Facet, ...]) -> None:
    """48 terms of 44 people, six figures a season, 72 matches, 40 births, 55 seasons' coaches.

    Of the 75 fit matches of the two seasons, the UEFA tie is asked in the essentials and
    one fixture against Braga has a twin without a venue.
    """
    names = Counter(f.name for f in core)
    assert names["president-in-term"] + names["president-now"] == 48
    assert names["president-when"] + names["president-since"] == 44
    for figure in ("points", "won", "drawn", "lost", "goals_for", "goals_against"):
        assert names[figure] == 26
    assert names["match"] == 72
    assert names["birth-date"] == 40
    assert names["coach"] == 55
    assert names["outcome"] == 3 * (6 + 4)  # six draws at home, four wins away are the fewest


def test_each_pack_contains_the_smaller_one(
    essentials: tuple[Facet, ...], core: tuple[Facet, ...], everything: tuple[Facet, ...]
) -> None:
    """Core holds the essentials, full holds core."""
    assert set(essentials) < set(core) < set(everything)


def test_a_season_question_names_its_season(
    tables: FactTables, everything: tuple[Facet, ...]
) -> None:
    """A question names the season asked about, however spelt, or the year it ended in."""
    seasons = {s.fact_id: s.season for s in tables.standings}
    asked = [f for f in everything if f.category == "seasons"]
    assert asked
    for facet in asked:
        for prompt in prompts(facet):
            season = seasons[facet.fact_ids[0]]
            if re.search("que acabou em|terminada em", prompt):
                assert find_years(prompt) == [season[-4:]], prompt
            else:
                assert find_seasons(prompt) == [season], prompt


def test_a_match_question_fits_one_match(tables: FactTables, everything: tuple[Facet, ...]) -> None:
    """A date names a day with one match; without a date, one fixture of the season fits."""
    days = Counter(m.date for m in tables.matches)
    fixtures = Counter((m.season, m.competition, m.opponent, m.venue) for m in tables.matches)
    by_id = {m.fact_id: m for m in tables.matches}
    for facet in everything:
        if facet.name != "match":
            continue
        match = by_id[facet.fact_ids[0]]
        assert fixtures[match.season, match.competition, match.opponent, match.venue] == 1
        for prompt in prompts(facet):
            if find_dates(prompt):
                assert find_dates(prompt) == [match.date]
                assert days[match.date] == 1
            else:
                assert match.competition in prompt


def test_a_president_is_asked_about_in_years_only_his(
    tables: FactTables, everything: tuple[Facet, ...]
) -> None:
    """A lone year in a question lies strictly inside one term, or says that it is the whole."""
    for facet in everything:
        if facet.name != "president-in-term":
            continue
        for prompt in prompts(facet):
            years = [int(w) for w in words(prompt.replace("-", " ")) if w.isdigit()]
            if len(years) == 1 and "só em" not in prompt and " de 1946" not in prompt:
                inside = [
                    p
                    for p in tables.presidents
                    if p.start_year < years[0] < (p.end_year or years[0])
                ]
                assert [p.fact_id for p in inside] == list(facet.fact_ids), prompt


def test_core_births_are_of_people_without_a_recorded_conflict(
    tables: FactTables, core: tuple[Facet, ...]
) -> None:
    """No birth of core belongs to a name that conflicts.csv disputes."""
    with (FACTS / "conflicts.csv").open(encoding="utf-8", newline="") as stream:
        disputed = " ".join(
            row["subject"]
            for row in csv.DictReader(stream)
            if row["kind"] in ("age in squad list vs birth date", "people: two documents differ")
        )
    asked = {i for f in core if f.name == "birth-date" for i in f.fact_ids}
    names = [p.name for p in tables.people if p.fact_id in asked]
    assert len(names) == 40
    assert not [name for name in names if name in disputed]


def test_namesakes_are_not_asked_about(everything: tuple[Facet, ...]) -> None:
    """Two players called Balela, Casaca or Campos share an id, so none of them is asked."""
    asked = {i for f in everything if f.category == "people" for i in f.fact_ids}
    assert "people/hassan-nader" in asked
    assert not asked & {"people/balela", "people/casaca", "people/campos"}


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("António José Andrade Boronha", "António Boronha"),
        ("Francisco Viegas Louro Jr.", "Francisco Louro Jr."),
        ("Marcelo Amaral", "Marcelo Amaral"),
    ],
)
def test_short_names_are_first_and_last(name: str, short: str) -> None:
    """A supporter says first and last name, and keeps the Jr."""
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("1989-1992", "de 1989 a 1992"),
        ("1947", "em 1947"),
        ("1946 (mar-ago)", "de março a agosto de 1946"),
        ("2018-atual", "desde 2018"),
    ],
)
def test_terms_are_said_in_words(term: str, said: str) -> None:
    """Each shape of term has its Portuguese."""
    assert term_in_words(President(1, term, "Alguém", "x:1")) == said


def test_two_presidents_with_one_short_name_are_refused(tables: FactTables) -> None:
    """When two people shorten alike, their questions would be ambiguous: an error says so."""
    double = President(49, "2030-2031", "António Outro Boronha", "x:1")
    broken = replace(tables, presidents=(*tables.presidents, double))
    with pytest.raises(FactTableError, match="shorten to 'António Boronha'"):
        facets(broken, "essentials")


def test_a_key_fact_of_another_shape_is_refused(tables: FactTables) -> None:
    """A club value that its wordings were not written for is an error naming the key."""
    changed = ClubFact("cup_final", "Taça de Portugal, 1990", "", "x:1")
    broken = replace(tables, club=tables.club | {"cup_final": changed})
    with pytest.raises(FactTableError, match="cup_final is 'Taça de Portugal, 1990'"):
        facets(broken, "essentials")


def test_spelling_changes_by_turn_and_keeps_the_article() -> None:
    """The club is spelt by turn; contractions and capitals stay right."""
    assert spell("Quem manda {no}?", 0) == "Quem manda no Farense?"
    assert spell("Quem manda {no}?", 3) == "Quem manda no clube de Faro?"
    assert spell("{o} ganhou?", 5) == "O Sporting Clube Farense ganhou?"


def test_seasons_have_three_spellings_but_no_ambiguous_one() -> None:
    """Two digits only where they can be read one way: 38/39 would be this century's."""
    assert {season_spelling("1994/1995", t) for t in range(6)} == {"1994/95", "1994/1995", "94/95"}
    assert {season_spelling("1938/1939", t) for t in range(6)} == {"1938/39", "1938/1939"}


def test_competitions_take_their_article() -> None:
    """Championships are masculine, leagues and cups feminine, games plural."""
    assert of_competition("Campeonato de Portugal") == "do Campeonato de Portugal"
    assert in_competition("Taça de Portugal") == "na Taça de Portugal"
    assert of_competition("Jogos particulares e locais") == "dos Jogos particulares e locais"


def test_a_golden_twin_is_in_no_pack(tables: FactTables) -> None:
    """What a golden question is worded too like is phrased, but never becomes a row.

    The hash is that of the row ``position/37`` of 1971/72, named by a check of the golden sets.
    """
    hashes = {
        hashlib.sha256(row.prompt.encode()).hexdigest()
        for facet in facets(tables, "full")
        for row in facet.train()
    }
    assert "9201069b50587bd8bbfa08739f687127d7b31dbf0da338ccbc2ed125739b336a" not in hashes
    wordings = [w for facet in facets(tables, "full") for w in facet.wordings]
    assert sum(is_golden_twin(wording) for wording in wordings) == 5
