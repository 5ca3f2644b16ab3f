"""Questions to be refused: one answer, and truly without another in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from farense.facts.phrasing.abstentions import refused_topics
from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.tables import FactTables, read_tables
from farense.text import (
    find_seasons,
    fold,
    is_abstention,
)

FACTS = Path(__file__).parents[1] / "data" / "facts"


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


@pytest.fixture(scope="module")
def everything(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "full")


def prompts(facet: Facet) -> Iterator[str]:
    yield from facet.wordings
    yield from facet.held_back


def test_abstentions_have_one_answer_and_no_fact(everything: tuple[Facet, ...]) -> None:
    """Unanswerable questions, 23 of them held back, all with the one refusal.

    What was asked is repeated in it: what the table of topics says, or the season where one
    outside the top tier is named, in its one spelling. The scorer reads each as a refusal.
    """
    asked = [f for f in everything if f.category == "abstention"]
    for facet in asked:
        (question,) = (*facet.wordings, *facet.held_back)
        assert is_abstention(facet.completion, question=question)
        topic = refused_topics().get(question, "?")
        assert facet.completion in (
            "Não sei, não tenho essa informação.",
            f"Não sei {topic[0].lower()}{topic[1:]}: não tenho essa informação.",
            *(
                f"Em {season[:5]}{season[-2:]}, não sei: não tenho essa informação."
                for season in find_seasons(question)
            ),
        )
    assert not any(f.fact_ids for f in asked)
    assert sum(len(f.held_back) for f in asked) == 23
    assert not any(is_abstention(f.completion) for f in everything if f.fact_ids)


def test_every_refused_question_of_the_essentials_has_its_topic(tables: FactTables) -> None:
    """Each repeats what was asked, and the table of topics holds no other question."""
    asked = [f for f in facets(tables, "essentials") if f.category == "abstention"]
    assert not [f.wordings for f in asked if f.completion.startswith("Não sei, ")]
    assert set(refused_topics()) <= {question for f in asked for question in prompts(f)}


def test_unanswerable_seasons_were_not_spent_in_the_top_tier(
    tables: FactTables, everything: tuple[Facet, ...]
) -> None:
    """No season with a position is also refused; 14 with a line of another league stay unasked.

    Refused are 49 spent elsewhere, and 28 without a league line: 24 before 1934/35, which is one,
    1946/47, 1947/48 and 2005/06; two of them are among the 49.
    """
    asked = {
        season
        for facet in everything
        if facet.name == "abstain-not-in-first-tier"
        for prompt in prompts(facet)
        for season in find_seasons(prompt)
    }
    top = {s.season for s in tables.standings if s.competition == "Primeira Liga"}
    assert len(top) == 26
    assert len(asked) == 49 + 28 - 2
    assert not asked & top
    elsewhere = {s.season for s in tables.standings} - top
    assert len(elsewhere - asked) == 14


@pytest.mark.parametrize(
    "club",
    [
        "Real Madrid",
        "Liverpool",
        "Barcelona",
        "Ajax",
        "Milan",
        "Flamengo",
        "Celtic",
        "Boca Juniors",
        "Arsenal",
    ],
)
def test_never_played_means_never_in_the_tables(tables: FactTables, club: str) -> None:
    """The opponents of the refused match questions are in no row of the tables."""
    assert fold(club) not in {fold(m.opponent) for m in tables.matches}


@pytest.mark.parametrize(
    "name",
    [
        "Cristiano Ronaldo",
        "Eusébio",
        "Pinto da Costa",
        "Luís Figo",
        "Luís Filipe Vieira",
        "José Mourinho",
        "Frederico Varandas",
        "Lionel Messi",
        "Messi",
        "Maradona",
        "Marcelo Rebelo de Sousa",
        "Mário Soares",
    ],
)
def test_never_here_means_in_no_list(tables: FactTables, name: str) -> None:
    """The people of the refused questions are no player, coach or president of the tables."""
    people = {p.name for p in tables.people} | {p.full_name for p in tables.people}
    lists = {s.name for s in tables.squads} | {p.name for p in tables.presidents}
    assert fold(name) not in {fold(known) for known in people | lists}
