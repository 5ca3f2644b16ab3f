"""`farense facts check` and `show`: every error at its line, gaps both ways, golden only if fit."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from farense.cli import cli
from farense.facts.checking import check_facts
from farense.facts.gaps import complete_sections, read_gaps
from farense.facts.golden import why_not_golden, why_unfit
from farense.facts.tables import FactTables, read_tables

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "data" / "facts"
# The column of the league line that a golden category asks for.
COLUMNS = {"points": "points", "goals": "goals_for"}


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables to break."""
    return Path(shutil.copytree(FACTS, tmp_path / "facts"))


def edit(name: str, line: int, column: str, value: str) -> Callable[[Path], None]:
    """Overwrite one cell; ``line`` counts from 1, the header."""

    def change(folder: Path) -> None:
        path = folder / name
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        rows[line - 1][rows[0].index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)

    return change


def add(name: str, **cells: str) -> Callable[[Path], None]:
    """Append a copy of the last line with some cells changed."""

    def change(folder: Path) -> None:
        path = folder / name
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        with path.open("a", encoding="utf-8", newline="") as stream:
            csv.DictWriter(stream, list(rows[0]), lineterminator="\n").writerow(rows[-1] | cells)

    return change


def test_the_committed_tables_have_no_error() -> None:
    """The counts are those of data/facts/README.md; 2062 matches are fit, as stated there."""
    found = check_facts(FACTS)
    assert [str(error) for error in found.errors] == []
    assert found.lines == {
        "matches": 2372,
        "standings": 92,
        "presidents": 48,
        "people": 310,
        "squads": 2531,
        "club": 25,
    }
    assert found.golden["matches"] == 2062


def test_all_errors_are_reported_each_at_its_line(folder: Path) -> None:
    """Three broken lines in two files are three errors; nothing stops at the first."""
    edit("matches.csv", 17, "date", "1995-02-30")(folder)
    edit("matches.csv", 44, "venue", "casa")(folder)
    edit("standings.csv", 2, "won", "5")(folder)
    assert [error.where for error in check_facts(folder).errors] == [
        str(folder / "matches.csv:17"),
        str(folder / "matches.csv:44"),
        str(folder / "standings.csv:2"),
    ]


# What is broken: the change, where the error must point, what it must say. The second line of
# matches.csv is the 4-1 against Vitória FC of 5 October 1913.
LINKS = {
    "spelling merged into another club": (
        edit("matches.csv", 2, "opponent", "Vitória SC"),
        "matches.csv:2",
        "opponent 'Vitória SC' for 'Vitória Futebol Clube'",
    ),
    "date outside the season": (
        edit("matches.csv", 2, "date", "1914-10-05"),
        "matches.csv:2",
        "1914-10-05 in season 1913",
    ),
    "id of another season": (
        edit("matches.csv", 2, "match_id", "1914-jogos-particulares-e-locais-x"),
        "matches.csv:2",
        "match_id '1914-",
    ),
    "same match under another id": (
        add("matches.csv", match_id="2025-2026-ii-liga-another"),
        "matches.csv:2374",
        "two matches on one day",
    ),
    "same pairing on a day not told": (
        add("matches.csv", match_id="2025-2026-ii-liga-another", date=""),
        "matches.csv:2374",
        "one pairing twice",
    ),
    "two opponents on one matchday": (
        add("matches.csv", match_id="2025-2026-ii-liga-another", date="", opponent="SC Braga B"),
        "matches.csv:2374",
        "two matches in one round",
    ),
    "league line unlike its table": (
        edit("standings.csv", 3, "goals_for", "15"),
        "standings.csv:3",
        "goals_for is 15; expected 14 as in",
    ),
    "league table of another size": (
        edit("standings.csv", 3, "teams", "5"),
        "standings.csv:3",
        "teams is 5; expected the 4",
    ),
    "president whom people do not know": (
        edit("presidents.csv", 7, "name", "Ninguém da Silva"),
        "presidents.csv:7",
        "president 'Ninguém da Silva'",
    ),
    "coach in a season without him": (
        edit("people.csv", 2, "coach_seasons", "1950/1951"),
        "people.csv:2",
        "'Abel Xavier' coach in 1950/1951",
    ),
    "derived key gone stale": (
        edit("club.csv", 25, "value", "16-0 v Louletano DC"),
        "club.csv:25",
        "biggest_win_in_matches is '16-0",
    ),
    "gap that is none": (
        add(
            "known_gaps.csv",
            table="matches",
            season="1990/1991",
            competition="Primeira Liga",
            phase="",
            what="totals",
        ),
        "known_gaps.csv:46",
        "a gap in totals",
    ),
    "fact held out that is none": (
        add("heldout.csv", fact_id="people/ninguem"),
        "heldout.csv:65",
        "fact id 'people/ninguem'",
    ),
}


@pytest.mark.parametrize("case", LINKS)
def test_what_denies_another_line_is_reported_at_its_line(folder: Path, case: str) -> None:
    """Keys, duplicates, derived keys and gaps are checked between lines and tables."""
    break_it, where, said = LINKS[case]
    break_it(folder)
    at_line = [str(e) for e in check_facts(folder).errors if e.where == str(folder / where)]
    assert any(said in error for error in at_line)


def test_a_gap_taken_off_the_list_is_missed(folder: Path) -> None:
    """The league line of 1971/72 says 30 matches, 29 are recorded: that must be listed."""
    path = folder / "known_gaps.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "1971/1972" not in line]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), encoding="utf-8")
    (error,) = check_facts(folder).errors
    assert error.where.startswith(str(folder / "standings.csv:"))
    assert "totals that do not follow" in str(error)


def test_sums_are_taken_only_where_the_matches_add_up(tables: FactTables) -> None:
    """1990/91 adds up to its line (8th, 38 played); 1971/72 misses the match of a round."""
    complete = complete_sections(tables.matches, tables.standings)
    assert ("1990/1991", "Primeira Liga", "") in complete
    assert ("1971/1972", "Primeira Liga", "") not in complete
    # 92 league lines, 37 of them listed with a gap in their totals.
    assert len(complete) == 92 - 37


def test_noted_rows_and_known_gaps_are_never_golden(tables: FactTables) -> None:
    """A note, a missing date, venue or score, or an entry of known_gaps.csv each forbid it."""
    gaps = read_gaps(FACTS)
    fit = next(m for m in tables.matches if m.golden_fit)
    assert why_unfit(fit, gaps) is None
    assert why_unfit(replace(fit, notes="doubtful"), gaps) == "note: doubtful"
    assert why_unfit(replace(fit, venue=""), gaps) == "no date, venue or score"
    assert str(why_unfit(tables.squads[0], gaps)).startswith("known gap: short names")
    line = next(s for s in tables.standings if s.season == "2008/2009")
    assert why_unfit(line, gaps, "position") is None
    assert str(why_unfit(line, gaps, "points")).startswith("known gap: 35 points")
    assert why_not_golden(tables, gaps, "club/stadium") is not None
    assert why_not_golden(tables, gaps, "club/no_such_key") == "no such fact in the tables"


def test_no_golden_question_rests_on_an_unfit_row(tables: FactTables) -> None:
    """Each fact id of each golden set is that of a sound row, in the column it asks for."""
    gaps = read_gaps(FACTS)
    rows = [
        json.loads(line)
        for path in sorted((ROOT / "evalsets").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    unfit = {
        (row["id"], fact): why
        for row in rows
        for fact in row.get("fact_ids", ())
        if (why := why_not_golden(tables, gaps, fact, COLUMNS.get(row["category"])))
    }
    assert sum(len(row.get("fact_ids", ())) for row in rows) > 300
    assert unfit == {}


def test_check_exits_with_1_and_names_the_line(folder: Path) -> None:
    """The command prints file:line, counts, and exits 1; 0 on sound tables."""
    runner = CliRunner()
    assert runner.invoke(cli, ["facts", "check", "--data-dir", str(folder)]).exit_code == 0
    edit("matches.csv", 5, "farense_goals", "-1")(folder)
    broken = runner.invoke(cli, ["facts", "check", "--data-dir", str(folder)])
    assert broken.exit_code == 1
    assert f"{folder / 'matches.csv'}:5: farense_goals is '-1'" in broken.output
    assert broken.output.endswith("1 errors\n")
    as_json = runner.invoke(cli, ["facts", "check", "--data-dir", str(folder), "--json"])
    assert [e["where"] for e in json.loads(as_json.output)["errors"]] == [
        str(folder / "matches.csv:5")
    ]


def test_show_finds_hassan_without_case_and_accents(folder: Path) -> None:
    """Hassan Nader stands in people, squads and club; his birth is 8 July 1965 in the table."""
    shown = CliRunner().invoke(cli, ["facts", "show", "HASSAN", "--data-dir", str(folder)])
    assert shown.exit_code == 0
    assert "birth_date 1965-07-08" in shown.output
    assert "squads: " in shown.output
    assert "[not golden: note: goal count only in a short summary note]" in shown.output
    as_json = CliRunner().invoke(
        cli, ["facts", "show", "são luís", "--data-dir", str(folder), "--json"]
    )
    assert [fact["fact_id"] for fact in json.loads(as_json.output)["facts"]] == ["club/stadium"]


def test_show_of_an_unknown_name_is_an_error(folder: Path) -> None:
    """A name of no line is refused, not answered with nothing."""
    shown = CliRunner().invoke(cli, ["facts", "show", "Zzyzx", "--data-dir", str(folder)])
    assert shown.exit_code != 0
    assert "no line with 'Zzyzx'" in str(shown.exception)
