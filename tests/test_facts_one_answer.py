"""No question about a match has two true answers in the tables, trained or not.

The matches are read here with the csv module alone, and what a question names is read out of
its words.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import Facet
from farense.facts.tables import read_tables
from farense.text import find_dates, find_seasons, fold

FACTS = Path(__file__).parents[1] / "data" / "facts"
Row = dict[str, str]


@cache
def _rows() -> tuple[Row, ...]:
    with (FACTS / "matches.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


@pytest.fixture(scope="module")
def asked() -> list[Facet]:
    """Every facet of the full pack, which holds the others, about a single match."""
    found = [f for f in facets(read_tables(FACTS), "full") if f.category == "matches"]
    assert {f.name for f in found} >= {"match", "outcome", "result-on-day", "venue-on-day"}
    return found


def _fits(row: Row, prompt: str, dates: list[str], seasons: list[str]) -> bool:
    """Whether the row is one the question may mean; a venue that a row leaves open fits both."""
    if dates and row["date"] not in dates:
        return False
    if seasons and row["season"] not in seasons:
        return False
    if (competition := _competition(prompt)) and row["competition"] != competition:
        return False
    opponent = row["opponent"].removesuffix(" (extinto)")
    if "-Farense" in prompt or "Farense-" in prompt:
        home = f"Farense-{opponent}" in prompt
        if not home and f"{opponent}-Farense" not in prompt:
            return False
        if row["venue"] in ("home", "away") and (row["venue"] == "home") is not home:
            return False
    elif " e Farense" in prompt or "Farense e " in prompt or "Farense contra " in prompt:
        return opponent in prompt
    return True


def _competition(prompt: str) -> str:
    """The longest name of a competition in the words; empty without one."""
    return max((name for name in _competitions() if name in prompt), key=len, default="")


@cache
def _competitions() -> frozenset[str]:
    return frozenset(row["competition"] for row in _rows())


def test_no_question_has_two_answers_trained_or_not() -> None:
    """Of everything that can be asked, what is held out of the packs included, each question,
    folded, has one answer; the smaller packs ask nothing else."""
    tables = replace(read_tables(FACTS), heldout=())
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for facet in facets(tables, "full"):
        for prompt in (*facet.wordings, *facet.held_back):
            answers[fold(prompt)].add(facet.completion)
    assert len(answers) > 30_000
    assert not {asked: said for asked, said in answers.items() if len(said) > 1}


def test_every_question_about_a_match_fits_one_row(asked: list[Facet]) -> None:
    """Of all 2,372 rows, unfit ones included, only the row answered from fits the question."""
    by_season: dict[str, list[Row]] = {}
    for row in _rows():
        by_season.setdefault(row["season"], []).append(row)
    own = {f"matches/{row['match_id']}": row for row in _rows()}
    for facet in asked:
        meant = own[facet.fact_ids[0]]
        for prompt in (*facet.wordings, *facet.held_back):
            dates, seasons = find_dates(prompt), find_seasons(prompt)
            assert dates or meant["season"] in (*seasons, *re.findall(r"\b\d{4}\b", prompt))
            fits = [row for row in by_season[meant["season"]] if _fits(row, prompt, dates, seasons)]
            assert fits == [meant], prompt
