"""Voices: what several people wrote apart is all asked, once, and true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.voices import voiced_refusals
from farense.facts.tables import FactTables, read_tables
from farense.text import find_seasons, fold

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "farense" / "facts" / "phrasing" / "voices").glob("*.toml"))

# What is asked about people of the tables that a table could answer.
ANSWERABLE = re.compile("jogou|marcou|golos|nasceu|presid(?!ente do farense)|capitao")
# Refused all the same, each read by a person: a meal, a dream, a seat in the stand.
REVIEWED = {
    "O que comeu o João de Jesus Gralho ao almoço no dia em que foi capitão pela primeira vez?",
    "Quem cortava o cabelo ao nosso primeiro presidente, o Francisco Rogério Dâmaso Tavares Bello?",
    "Em que anos presidiu Jorge Nuno Pinto da Costa ao Sporting Clube Farense?",
    "Que estatura, em centímetros, tinha João de Jesus Gralho, o primeiro capitão?",
    "A que hora se deitava Manoel Garcia Cárabe nos anos em que presidiu ao Farense?",
}

# facet → what its questions must not say, in the spelling of `fold`.
VALUES = {
    "founding-date": "1910",
    "founding-place": "bivar",
    "first-captain": "gralho",
    "member-no-1": "gago",
    "first-president": "bello",
    "nickname": "leoes de faro",
    "kit-1924": "metades",
    "top-scorer-1994-95": "hassan",
    "hassan-games": "208",
    "hassan-goals": "116",
    "first-foreigner": "leiber",
    "first-foreigner-country": "suica",
    "first-foreigner-season": "1923",
    "final-opponent": "estrela",
    "final-season": "1989",
    "final-date": "27 de maio",
    "replay-date": "3 de junho",
    "europe-opponent": "lyon",
    "europe-season": "1995",
    "europe-competition": "taca uefa",
    "best-position": " 5",
    "best-season": "1994",
    "first-tier-count": "26",
    "champion-season": "1939",
    "champion-opponent": "boavista",
    "win-opponent": "louletano",
    "win-season": "1933",
    "win-competition": "campeonato do algarve",
    "defeat-opponent": "elvas",
    "defeat-season": "1947",
    "defeat-competition": "taca de portugal",
    "president-now": "rodrigues",
    "president-since": "2018",
}


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(ROOT / "data" / "facts")


@pytest.fixture(scope="module")
def essentials(tables: FactTables) -> tuple[Facet, ...]:
    return facets(tables, "essentials")


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def voice(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each file as it is written, read without the code under test."""
    return tomllib.loads(request.param.read_text(encoding="utf-8"))


def test_there_are_six_voices() -> None:
    stems = ["avo", "claque", "curioso", "jornalista", "jovem", "professora"]
    assert [file.stem for file in FILES] == stems


def test_a_voice_asks_every_club_fact(voice: dict[str, Any], essentials: tuple[Facet, ...]) -> None:
    """No facet is forgotten, and five questions are trained for it or held back there."""
    club = {facet.name: facet for facet in essentials if facet.category == "club"}
    assert set(voice["club"]) == set(club)
    for name, questions in voice["club"].items():
        assert len({fold(question) for question in questions}) >= 10, name
        asked = {fold(w) for w in (*club[name].wordings, *club[name].held_back)}
        assert {fold(question) for question in questions[:5]} <= asked, name


def test_a_voice_has_patterns_for_what_is_dealt_out(voice: dict[str, Any]) -> None:
    """Every pattern holds its places to fill, and no other; two voices only have questions."""
    if "seasons" not in voice:
        assert set(voice) == {"club", "refused"}
        return
    assert all(re.findall(r"{(\w+)}", p) == ["s"] for p in voice["seasons"]["position"])
    filled = {"who": {"start", "end"}, "who_year": {"year"}, "when": {"name"}, "since": {"name"}}
    for kind, names in filled.items():
        assert len(voice["presidents"][kind]) >= 14
        for pattern in voice["presidents"][kind]:
            assert set(re.findall(r"{(\w+)}", pattern)) == names, pattern
    assert not any("{" in question for question in voice["presidents"]["who_now"])


def test_no_place_is_left_unfilled(essentials: tuple[Facet, ...]) -> None:
    assert not [w for facet in essentials for w in facet.wordings if "{" in w or "}" in w]


def test_a_question_does_not_give_its_answer_away(essentials: tuple[Facet, ...]) -> None:
    """The value, as a question could let it slip, stands in no wording of its facet."""
    asked = {facet.name: facet for facet in essentials}
    for name, value in VALUES.items():
        assert value in fold(asked[name].completion), name
        for wording in (*asked[name].wordings, *asked[name].held_back):
            assert value not in fold(wording), wording


def test_what_is_refused_is_in_no_table(tables: FactTables) -> None:
    """No refused question about a match, a player or a place has its answer in the tables."""
    people = {fold(n) for p in tables.people for n in (p.name, p.full_name, p.nickname) if n}
    people |= {fold(s.name) for s in tables.squads} | {fold(p.name) for p in tables.presidents}
    known = people | {fold(match.opponent) for match in tables.matches}
    top = {s.season for s in tables.standings if s.tier == "1"}
    for question in voiced_refusals():
        text = f" {fold(question)} "
        if ANSWERABLE.search(text) and question not in REVIEWED:
            assert not {n for n in known if " " in n and f" {n} " in text}, question
        if re.search("lugar|posi|classific|posto|tabela", text):
            assert not set(find_seasons(question)) & top, question
