"""Every golden answer about the club, worked out again from the CSV tables.

The tables are read here with the csv module alone, and each answer is derived by rules
written for this test, so that a slip in the package cannot confirm itself. The part of
a question's id after the tier, up to the next dash, names what is asked (its facet).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from farense.evaluation.evalset import read_evalset
from farense.records import Question

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "data" / "facts"
DERIVABLE = ("seen", "paraphrase", "robustness", "heldout")

Row = dict[str, str]


def _table(name: str) -> list[Row]:
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


MATCHES, STANDINGS, PRESIDENTS, PEOPLE = map(
    _table, ("matches", "standings", "presidents", "people")
)
CLUB = {row["key"]: row for row in _table("club")}
QUESTIONS = [
    question for question in read_evalset(ROOT / "evalsets").questions if question.tier in DERIVABLE
]


def _ascii_slug(name: str) -> str:
    plain = name.lower().translate(str.maketrans("áàâãéêíóôõúçª", "aaaaeeiooouca"))
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def _rows(fact_id: str) -> list[Row]:
    """The rows a fact id names: one, or several where names or phases coincide."""
    table, _, rest = fact_id.partition("/")
    if table == "club":
        return [CLUB[rest]]
    if table == "presidents":
        return [row for row in PRESIDENTS if row["order"] == rest]
    if table == "people":
        return [row for row in PEOPLE if _ascii_slug(row["name"]) == rest]
    if table == "matches":
        return [row for row in MATCHES if row["match_id"] == rest]
    season, _, league = rest.partition("/")
    return [
        row
        for row in STANDINGS
        if row["season"].replace("/", "-") == season and _ascii_slug(row["competition"]) == league
    ]


def _the_row(question: Question, table: str) -> Row:
    ids = [fact_id for fact_id in question.fact_ids if fact_id.startswith(f"{table}/")]
    rows = [row for fact_id in ids for row in _rows(fact_id)]
    assert len(rows) == 1, f"{question.id} names {len(rows)} rows of {table}"
    return rows[0]


def _whole_season(season: str) -> str:
    first = int(season[:4])
    return f"{first}/{first + 1}"


# facet → the club key it lies in and the group that holds it
_FROM_CLUB = {
    "full_name": ("full_name", r"(.+)"),
    "founding_date": ("founding_date", r"(.+)"),
    "founding_year": ("founding_date", r"(\d{4})-\d\d-\d\d"),
    "founding_place": ("founding_place", r"(.+), Faro"),
    "founding_city": ("founding_place", r".+, (.+)"),
    "first_name": ("first_name", r"(.+)"),
    "second_name": ("second_name", r"(.+)"),
    "first_captain": ("first_captain", r"(.+)"),
    "member_no_1": ("member_no_1", r"(.+)"),
    "first_president": ("first_president", r"(.+) \(1912-1917\)"),
    "colours": ("colours", r"(.+)"),
    "kit_1924": ("kit_1924", r"(.+)"),
    "nickname": ("nickname", r"(.+)"),
    "european_competition": ("european_participation", r"(.+?) \d{4}/.*"),
    "cup_final_date": ("cup_final", r".* 1-1 \((.+?)\).*"),
    "cup_final_replay_date": ("cup_final", r".*replay 0-2 \((.+?)\)"),
    "national_champion_opponent": ("national_champion_ii_divisao", r".*Farense \S+ (.+)\)"),
    "national_champion_score": ("national_champion_ii_divisao", r".*Farense (\S+) .*"),
    "hassan_games": ("hassan_nader_totals", r"(\d+) jogos.*"),
    "hassan_goals": ("hassan_nader_totals", r".* (\d+) golos"),
    "first_foreigner": ("first_foreign_player", r"(.+?) \(.*"),
    "first_foreigner_country": ("first_foreign_player", r".*\((.+)\).*"),
}
# facet → the club key it lies in and the group that holds a season, written short or long
_SEASON_FROM_CLUB = {
    "national_champion_season": ("national_champion_ii_divisao", r"(\d{4}/\d\d) .*"),
    "first_foreigner_season": ("first_foreign_player", r".*, (\d{4}/\d\d)"),
}


def _club_part(key: str, pattern: str) -> str:
    found = re.fullmatch(pattern, CLUB[key]["value"])
    assert found, f"{key} no longer looks like {pattern}"
    return found[1]


def _margin(row: Row) -> int:
    return int(row["farense_goals"] or 0) - int(row["opponent_goals"] or 0)


def _score(row: Row) -> str:
    return f"{row['farense_goals']}-{row['opponent_goals']}"


BIGGEST_WIN = max(MATCHES, key=_margin)
BIGGEST_DEFEAT = min(MATCHES, key=_margin)
EUROPE = {row["venue"]: row for row in MATCHES if row["tier"] == "europe"}
FINAL, REPLAY = (
    next(row for row in MATCHES if (row["competition"], row["round"]) == ("Taça de Portugal", code))
    for code in ("F", "FF")
)
FIRST_TIER = sorted((row for row in STANDINGS if row["tier"] == "1"), key=lambda row: row["season"])
BEST = min(FIRST_TIER, key=lambda row: int(row["position"]))

_FROM_RECORDS = {
    "best_position": BEST["position"],
    "best_position_season": BEST["season"],
    "first_tier_count": str(len(FIRST_TIER)),
    "first_tier_debut": FIRST_TIER[0]["season"],
    "first_tier_latest": FIRST_TIER[-1]["season"],
    "biggest_win_score": _score(BIGGEST_WIN),
    "biggest_win_opponent": BIGGEST_WIN["opponent"],
    "biggest_win_season": BIGGEST_WIN["season"],
    "biggest_win_competition": BIGGEST_WIN["competition"],
    "biggest_defeat_score": _score(BIGGEST_DEFEAT),
    "biggest_defeat_opponent": BIGGEST_DEFEAT["opponent"],
    "biggest_defeat_season": BIGGEST_DEFEAT["season"],
    "biggest_defeat_competition": BIGGEST_DEFEAT["competition"],
    "european_season": EUROPE["home"]["season"],
    "european_opponent": EUROPE["away"]["opponent"],
    "european_home_score": _score(EUROPE["home"]),
    "european_away_score": _score(EUROPE["away"]),
    "cup_final_season": FINAL["season"],
    "cup_final_opponent": FINAL["opponent"],
    "cup_final_score": _score(FINAL),
    "cup_final_replay_score": _score(REPLAY),
}
# beginning of a facet → the club key that tells of the same record
_RECORD_KEYS = {
    "best_position": "best_first_tier_position",
    "first_tier": "first_tier_seasons",
    "biggest_win": "biggest_win_in_matches",
    "biggest_defeat": "biggest_defeat_in_matches",
    "european": "european_participation",
    "cup_final": "cup_final",
}


def _club_key(facet: str) -> str:
    key, _ = {**_FROM_CLUB, **_SEASON_FROM_CLUB}.get(facet, ("", ""))
    return key or next(key for start, key in _RECORD_KEYS.items() if facet.startswith(start))


def _president_name(question: Question) -> str:
    name = _the_row(question, "presidents")["name"]
    return re.sub(r"^(Dr|Eng|Maj|Cap|Prof)\.º? ", "", name)


def _president_term(question: Question) -> str:
    """All the terms of one person: "de 1989 a 1992 e de 1996 a 1998"."""
    rows = [row for fact_id in question.fact_ids for row in _rows(fact_id)]
    everyone = [row for row in PRESIDENTS if row["name"] in {other["name"] for other in rows}]
    assert everyone == rows, f"{question.id} leaves out a term"
    return " e ".join("de {} a {}".format(*row["term"].split("-")) for row in rows)


def _season_of_position(question: Question) -> str:
    row = _the_row(question, "standings")
    alike = [other for other in FIRST_TIER if other["position"] == row["position"]]
    assert alike == [row], f"{question.id} has more than one right season"
    return row["season"]


def _only_year(term: str) -> str:
    """The year of a term that began and ended in it."""
    years = set(re.findall(r"\d{4}", term))
    assert len(years) == 1, term
    return str(years.pop())


_COUNTS = ("points", "won", "drawn", "lost", "goals_for", "goals_against")


def _column(name: str) -> Callable[[Question], str]:
    return lambda question: _the_row(question, "standings")[name]


_FROM_ROW: dict[str, Callable[[Question], str]] = {
    "president_of_term": _president_name,
    "president_term": _president_term,
    "president_term_start": lambda q: _the_row(q, "presidents")["term"].split("-")[0],
    "president_year": lambda q: _only_year(_the_row(q, "presidents")["term"]),
    "position": lambda q: _the_row(q, "standings")["position"],
    "season_of_position": _season_of_position,
    **{column: _column(column) for column in _COUNTS},
    "match_score": lambda q: _score(_the_row(q, "matches")),
    "match_result": lambda q: _score(_the_row(q, "matches")),
    "coach": lambda q: _the_row(q, "people")["name"],
    "birth_date": lambda q: _the_row(q, "people")["birth_date"],
    "birth_place": lambda q: _the_row(q, "people")["birth_place"].split(",")[0],
}


def _facet(question: Question) -> str:
    return question.id.split("-")[1]


def _derived(question: Question) -> str:
    facet = _facet(question)
    if facet in _FROM_CLUB:
        return _club_part(*_FROM_CLUB[facet])
    if facet in _SEASON_FROM_CLUB:
        return _whole_season(_club_part(*_SEASON_FROM_CLUB[facet]))
    if facet in _FROM_RECORDS:
        return _FROM_RECORDS[facet]
    return _FROM_ROW[facet](question)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_golden_answer_is_what_the_tables_say(question: Question) -> None:
    """Each answer equals the value worked out here from the rows its fact ids name."""
    assert question.answer.value == _derived(question)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_golden_answer_rests_on_rows_without_a_note(question: Question) -> None:
    """No row behind an answer carries a doubt; "derived from …" only says how it was made."""
    assert question.fact_ids
    rows = [row for fact_id in question.fact_ids for row in _rows(fact_id)]
    assert len(rows) >= len(question.fact_ids)
    notes = [row.get("note") or row.get("notes") or "" for row in rows]
    assert [note for note in notes if note and not note.startswith("derived from")] == []


@pytest.mark.parametrize(
    "question",
    [q for q in QUESTIONS if _facet(q) not in _FROM_ROW],
    ids=lambda question: question.id,
)
def test_a_question_about_the_club_names_its_key(question: Question) -> None:
    """The club key an answer lies in is among the question's fact ids."""
    assert f"club/{_club_key(_facet(question))}" in question.fact_ids


def test_what_the_club_table_says_of_records_agrees_with_the_rows() -> None:
    """The keys of club.csv behind the record questions say what matches and tables say."""
    said = {key: row["value"] for key, row in CLUB.items()}
    win, defeat = said["biggest_win_in_matches"], said["biggest_defeat_in_matches"]
    assert win.startswith(f"{_score(BIGGEST_WIN)} v {BIGGEST_WIN['opponent']} (")
    assert defeat.startswith(f"{_score(BIGGEST_DEFEAT)} v {BIGGEST_DEFEAT['opponent']} (")
    assert said["first_tier_seasons"].split(": ")[1].split(", ") == [
        row["season"] for row in FIRST_TIER
    ]
    assert said["best_first_tier_position_in_tables"] == f"{BEST['position']} ({BEST['season']})"
    assert f"{FINAL['opponent']} {_score(FINAL)} ({FINAL['date']})" in said["cup_final"]
    assert f"replay {_score(REPLAY)} ({REPLAY['date']})" in said["cup_final"]


def test_a_record_is_held_by_one_match_alone() -> None:
    """No second match has the margin of the biggest win or of the biggest defeat."""
    margins = [_margin(row) for row in MATCHES]
    assert margins.count(max(margins)) == 1
    assert margins.count(min(margins)) == 1
    assert [row["season"] for row in FIRST_TIER if row["position"] == BEST["position"]] == [
        BEST["season"]
    ]
