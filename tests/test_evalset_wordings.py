"""What a golden question says agrees with the row it names: season, term of office, day.

The tables are read here with the csv module alone.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from farense.evaluation.evalset import read_evalset
from farense.records import Question

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "data" / "facts"
TOLD = ("seen", "paraphrase", "robustness", "heldout")
MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho"),
    *("agosto", "setembro", "outubro", "novembro", "dezembro"),
)
PRESENT = 9999

Row = dict[str, str]


def _table(name: str, key: str) -> dict[str, Row]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return {row[key]: row for row in csv.DictReader(stream)}


MATCHES = _table("matches", "match_id")
PEOPLE = _table("people", "source").values()
PRESIDENTS = _table("presidents", "order")


def _about(facet: str) -> list[Question]:
    """The questions whose id says they ask for this; the facet follows the tier."""
    questions = read_evalset(ROOT / "evalsets").questions
    return [q for q in questions if q.tier in TOLD and q.id.split("-")[1] == facet]


def _named(question: Question) -> str:
    """The key of the one row behind a question, without its table."""
    assert len(question.fact_ids) == 1
    return question.fact_ids[0].partition("/")[2]


OF_A_SEASON = ("position", "points", "won", "drawn", "lost", "goals_for", "goals_against")


@pytest.mark.parametrize(
    "question",
    [question for facet in OF_A_SEASON for question in _about(facet)],
    ids=lambda question: question.id,
)
def test_a_question_about_a_league_line_names_the_season_of_its_row(question: Question) -> None:
    """The season in the wording, short or long, is the one of the standings row."""
    asked = re.search(r"(?:(?:19|20)?(\d\d))[/-](?:(?:19|20)?(\d\d))\b", question.question)
    assert asked, question.question
    first, second = _named(question).partition("/")[0].split("-")
    assert (asked[1], asked[2]) == (first[2:], second[2:])


def _first_and_last(president: Row) -> tuple[int, int]:
    first, _, last = president["term"].partition(" ")[0].partition("-")
    return int(first), PRESENT if last == "atual" else int(last or first)


@pytest.mark.parametrize("question", _about("president_of_term"), ids=lambda question: question.id)
def test_the_years_asked_about_belong_to_one_president(question: Question) -> None:
    """The years in the wording are the whole term, or one year that no other term touches."""
    years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", question.question)]
    row = PRESIDENTS[_named(question)]
    first, last = _first_and_last(row)
    if last == PRESENT:
        assert years in ([], [first])
        return
    around = [_first_and_last(other) for other in PRESIDENTS.values()]
    assert [(a, b) for a, b in around if a <= years[0] and years[-1] <= b] == [(first, last)]


@pytest.mark.parametrize("question", _about("match_score"), ids=lambda question: question.id)
def test_a_question_about_a_match_names_its_day(question: Question) -> None:
    """The day in the wording is the date of the row, and Farense played once that day."""
    row = MATCHES[_named(question)]
    year, month, day = row["date"].split("-")
    assert f"{int(day)} de {MONTHS[int(month) - 1]} de {year}" in question.question
    assert [other["match_id"] for other in MATCHES.values() if other["date"] == row["date"]] == [
        row["match_id"]
    ]


@pytest.mark.parametrize("question", _about("match_result"), ids=lambda question: question.id)
def test_a_match_asked_without_its_day_is_the_only_one_it_can_be(question: Question) -> None:
    """The season stands in the wording; Farense met the opponent there once in that competition."""
    row = MATCHES[_named(question)]
    assert f"{row['season'][:5]}{row['season'][7:]}" in question.question
    fixture = ("season", "competition", "opponent", "venue")
    alike = [m for m in MATCHES.values() if all(m[key] == row[key] for key in fixture)]
    assert alike == [row]


@pytest.mark.parametrize("question", _about("coach"), ids=lambda question: question.id)
def test_a_question_about_a_coach_names_a_season_with_one(question: Question) -> None:
    """The season stands in the wording and in the seasons of one coach alone."""
    season = re.search(r"(?:19|20)?(\d\d)/(\d\d)\b", question.question)
    assert season
    coaches = [
        row["name"]
        for row in PEOPLE
        if re.search(rf"\d\d{season[1]}/\d\d{season[2]}", row["coach_seasons"])
    ]
    assert coaches == [question.answer.value]
