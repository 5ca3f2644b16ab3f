"""The fact tables: what is read out of them, and every way they can be refused."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from farense.errors import FactTableError
from farense.facts.tables import (
    FactTables,
    Match,
    competition_slug,
    name_slug,
    read_tables,
    standing_id,
)

FACTS = Path(__file__).parents[1] / "data" / "facts"


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables to break."""
    return Path(shutil.copytree(FACTS, tmp_path / "facts"))


def set_cell(path: Path, line: int, column: str, value: str) -> None:
    """Overwrite one cell; ``line`` counts from 1, the header."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[line - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def repeat_line(path: Path, line: int) -> None:
    """Append a copy of one line."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[line - 1]]), encoding="utf-8")


def cell(file: str, line: int, column: str, value: str) -> Callable[[Path], None]:
    return lambda folder: set_cell(folder / file, line, column, value)


def again(file: str, line: int) -> Callable[[Path], None]:
    return lambda folder: repeat_line(folder / file, line)


# what is broken, where the message must point, what it must say
BROKEN = {
    "impossible date": (
        cell("matches.csv", 17, "date", "1995-02-30"),
        "matches.csv:17",
        "date is '1995-02-30'; expected a date of the calendar",
    ),
    "date in another format": (
        cell("matches.csv", 17, "date", "13/09/1995"),
        "matches.csv:17",
        "date is '13/09/1995'",
    ),
    "negative goals": (
        cell("matches.csv", 5, "farense_goals", "-1"),
        "matches.csv:5",
        "farense_goals is '-1'; expected a whole number",
    ),
    "goals in words": (
        cell("matches.csv", 5, "opponent_goals", "dois"),
        "matches.csv:5",
        "opponent_goals is 'dois'",
    ),
    "goals with a superscript": (
        cell("matches.csv", 5, "opponent_goals", "²"),
        "matches.csv:5",
        "opponent_goals is '²'",
    ),
    # line 2 is the 4-1 of 1913
    "outcome the goals deny": (
        cell("matches.csv", 2, "outcome", "loss"),
        "matches.csv:2",
        "outcome 'loss' with 4-1; expected 'win'",
    ),
    "no score and no note": (
        cell("matches.csv", 2, "farense_goals", ""),
        "matches.csv:2",
        "no score and no note",
    ),
    "season of three years": (
        cell("matches.csv", 100, "season", "1940/1942"),
        "matches.csv:100",
        "season is '1940/1942'",
    ),
    "season in short": (
        cell("standings.csv", 9, "season", "1942/43"),
        "standings.csv:9",
        "season is '1942/43'",
    ),
    "unknown venue": (
        cell("matches.csv", 44, "venue", "casa"),
        "matches.csv:44",
        "venue is 'casa'; expected one of home, away, neutral, (empty)",
    ),
    "duplicate match": (
        again("matches.csv", 3),
        "matches.csv:2374",
        "again (first at",
    ),
    # line 2 is 8 played: 4-1-3
    "results that do not add up": (
        cell("standings.csv", 2, "won", "5"),
        "standings.csv:2",
        "W + D + L = 9; expected the 8 matches played",
    ),
    "position beyond the teams": (
        cell("standings.csv", 2, "position", "6"),
        "standings.csv:2",
        "position 6; expected 1 to 5",
    ),
    "league line given twice": (again("standings.csv", 2), "standings.csv:94", "again (first at"),
    "duplicate president": (
        cell("presidents.csv", 3, "order", "1"),
        "presidents.csv:3",
        "1 again (first at",
    ),
    "term running backwards": (
        cell("presidents.csv", 41, "term", "1992-1989"),
        "presidents.csv:41",
        "term is '1992-1989'",
    ),
    "impossible birth": (
        cell("people.csv", 4, "birth_date", "1975-13-18"),
        "people.csv:4",
        "birth_date is '1975-13-18'",
    ),
    "president without a name": (
        cell("presidents.csv", 7, "name", ""),
        "presidents.csv:7",
        "empty name; expected a name",
    ),
    "age in words": (cell("squads.csv", 8, "age", "novo"), "squads.csv:8", "age is 'novo'"),
    "club key given twice": (again("club.csv", 2), "club.csv:27", "'full_name' again"),
    "column taken away": (
        cell("matches.csv", 1, "venue", "where"),
        "matches.csv:1",
        "no column 'venue'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_table_is_refused_at_its_line(folder: Path, case: str) -> None:
    """A table that cannot be true stops the reading, with file, line, finding and remedy."""
    break_it, where, found = BROKEN[case]
    break_it(folder)
    with pytest.raises(FactTableError) as refusal:
        read_tables(folder)
    assert refusal.value.where == str(folder / where)
    assert found in str(refusal.value)
    assert refusal.value.remedy.endswith(".")


@pytest.mark.parametrize(
    "name", ["matches.csv", "standings.csv", "presidents.csv", "people.csv", "squads.csv"]
)
def test_missing_file_is_named(folder: Path, name: str) -> None:
    """A table that is not there is an error naming it."""
    (folder / name).unlink()
    with pytest.raises(FactTableError, match="no such file") as refusal:
        read_tables(folder)
    assert refusal.value.where == str(folder / name)


def test_short_line_is_refused(folder: Path) -> None:
    """A line with a comma too few is an error at that line, not a shifted row."""
    path = folder / "presidents.csv"
    path.write_text(path.read_text(encoding="utf-8") + "49,2030-2031,Ninguém\n", encoding="utf-8")
    with pytest.raises(FactTableError, match=r"presidents\.csv:50: 3 cells; expected 4"):
        read_tables(folder)


def test_open_quote_does_not_swallow_the_table(folder: Path) -> None:
    """A quote never closed in a last column is refused; the rows after it are not lost."""
    path = folder / "presidents.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",outros/presidentes.txt:9", ',"outros:9', 1), encoding="utf-8")
    with pytest.raises(FactTableError, match=r"presidents\.csv:\d+: not CSV"):
        read_tables(folder)


def test_byte_order_mark_is_no_obstacle(folder: Path, tables: FactTables) -> None:
    """A table saved by a spreadsheet with a byte order mark is read as it is."""
    path = folder / "club.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert read_tables(folder).club == tables.club


def test_text_that_is_not_utf8_is_refused(folder: Path) -> None:
    """A table saved in another encoding is refused before its names are garbled."""
    path = folder / "club.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(FactTableError, match="not UTF-8"):
        read_tables(folder)


def test_row_counts_are_those_of_the_readme(tables: FactTables) -> None:
    """Nothing is dropped: the counts equal those `wc -l` gives, less the header."""
    assert len(tables.matches) == 2372
    assert len(tables.standings) == 92
    assert len(tables.people) == 310
    assert len(tables.presidents) == 48
    assert len(tables.club) == 25
    assert len(tables.squads) == 2531


def test_fit_matches_are_those_of_the_readme(tables: FactTables) -> None:
    """2062 matches have no note, a date and a venue (figure of the tables' own README)."""
    assert sum(match.golden_fit for match in tables.matches) == 2062


def test_a_noted_row_is_not_golden(tables: FactTables) -> None:
    """A note takes a row out of golden material; one that only names its origin does not."""
    final = next(m for m in tables.matches if m.match_id.endswith("-ff-estrela-da-amadora-n"))
    assert final.score == "0-2"
    assert not final.golden_fit
    assert not tables.club["stadium"].golden_fit
    assert tables.club["first_tier_seasons"].golden_fit
    by_season = {s.season: s for s in tables.standings}
    assert not by_season["1938/1939"].golden_fit
    assert by_season["1994/1995"].golden_fit


def test_one_match_is_read_as_the_table_has_it(tables: FactTables) -> None:
    """The first leg against Lyon, compared cell by cell with the file, read by eye."""
    match = next(m for m in tables.matches if m.match_id == "1995-1996-taca-uefa-1r-lyon-h")
    assert match == Match(
        match_id="1995-1996-taca-uefa-1r-lyon-h",
        season="1995/1996",
        competition="Taça UEFA",
        round="1R",
        date="1995-09-13",
        venue="home",
        opponent="Lyon",
        opponent_raw="Lyon",
        farense_goals=0,
        opponent_goals=1,
        outcome="loss",
        notes="",
        source="resultados/resultados_completos.md:2397",
        phase="",
        tier="europe",
        competition_raw="Taça UEFA 1995/1996",
    )
    assert match.fact_id == "matches/1995-1996-taca-uefa-1r-lyon-h"


def test_presidents_lose_titles_and_know_their_years(tables: FactTables) -> None:
    """Titles are not part of a name; a term gives its first and last year."""
    by_order = {p.order: p for p in tables.presidents}
    assert by_order[41].plain_name == "António Manuel Gomes Ferreira"
    assert by_order[16].plain_name == "Alberto Arcanjo Pessanha Viegas"
    assert by_order[13].plain_name == "José António Guerreiro Rebeca"
    assert (by_order[12].start_year, by_order[12].end_year) == (1946, 1946)
    assert (by_order[48].start_year, by_order[48].end_year) == (2018, None)


def test_ids_are_spelt_as_golden_sets_spell_them() -> None:
    """Slugs drop accents, signs and case; ids follow the golden schema."""
    assert standing_id("1994/1995", "Primeira Liga") == "standings/1994-1995/primeira-liga"
    assert competition_slug("AF Algarve 1ª Divisão") == "af-algarve-1a-divisao"
    assert competition_slug("Liguilha I/II Divisão") == "liguilha-i-ii-divisao"
    assert name_slug("Eng.º Osvaldo Baptista Bagarrão") == "eng-o-osvaldo-baptista-bagarrao"
    assert name_slug("Hassan Nader") == "hassan-nader"


def test_the_hash_follows_the_bytes(tables: FactTables, folder: Path) -> None:
    """The same bytes give the same hash anywhere; one changed cell gives another."""
    assert read_tables(folder).sha256 == tables.sha256
    set_cell(folder / "squads.csv", 2, "name", "Outro Nome")
    assert read_tables(folder).sha256 != tables.sha256
