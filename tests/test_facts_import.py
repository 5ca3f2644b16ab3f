"""Importing result documents: nothing vanishes, no score is turned, conflicts stay outside."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.cli import cli
from farense.errors import InputError
from farense.facts.importing.building import Imported, Known, import_lines, read_known
from farense.facts.importing.documents import import_documents
from farense.facts.importing.markdown import read_markdown
from farense.facts.importing.tabular import read_csv, read_json
from farense.facts.importing.titles import Titles, season_of_date
from farense.facts.schema import MATCHES
from farense.text import fold

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "data" / "facts"
SAMPLES = ROOT / "data" / "samples"


def only_clubs(*names: str) -> Known:
    """Tables that know these clubs, and no match."""
    return Known(Titles(()), {fold(name): name for name in names}, ())


@pytest.fixture(scope="module")
def known() -> Known:
    return read_known(FACTS)


def sample(name: str, known: Known) -> Imported:
    return import_documents([SAMPLES / name], known)


def short(imported: Imported) -> list[tuple[Any, ...]]:
    """Season, round, date, venue, opponent as written, and Farense's goals first."""
    return [
        (m.season, m.round, m.date, m.venue, m.opponent_raw, m.farense_goals, m.opponent_goals)
        for m in imported.matches
    ]


def test_the_markdown_sample_is_read_as_a_person_reads_it(known: Known) -> None:
    """Every row of data/samples/resultados.md that has no error, read off by eye."""
    assert short(sample("resultados.md", known)) == [
        ("1951/1952", "J1", "1951-09-16", "home", "Vitória FC", 4, 1),
        ("1951/1952", "J2", "1951-09-23", "away", "Olhanense", 0, 3),
        ("1951/1952", "J3", "1951-10-07", "home", "Lusitano VRSA", 2, 2),
        ("1951/1952", "J4", "1952-03-30", "away", "Portimonense", 1, 0),
        ("1951/1952", "J5", "", "home", "Silves", 0, 0),
        ("1951/1952", "1E", "1952-06-30", "away", "Juventude de Évora", 1, 1),
        ("1951/1952", "F", "1952-07-06", "", "Atlético CP", 0, 2),
        ("1925", "", "1925-06-30", "home", "Luso de Beja", 3, 1),
        ("1930/1931", "", "1931-06-30", "away", "Luso de Beja", 2, 1),
        ("1931/1932", "", "1931-07-01", "home", "Luso de Beja", 1, 1),
        ("1952/1953", "J8", "1952-11-09", "home", "Portimonense", 5, 1),
    ]


def test_every_error_of_the_markdown_sample_is_reported(known: Known) -> None:
    """The errors written into the sample, one by one; none of these lines is in the table."""
    imported = sample("resultados.md", known)
    assert [conflict.kind for conflict in imported.conflicts] == [
        "no season",
        "displayed score order vs icon",
        "date outside season",
        "unreadable date",
        "match not of this club",
        "unknown opponent",
        "same match with two scores or dates",
        "same match twice",
        "two matches in one round",
        "two matches in one round",
    ]
    assert [line.reason for line in imported.unread] == [
        "no result of two clubs",
        "two matches merged in one row",
    ]
    assert len(imported.left_out) == 11


@pytest.mark.parametrize("name", ["resultados.md", "resultados.csv", "resultados.json"])
def test_lines_in_are_lines_out_plus_lines_reported(known: Known, name: str) -> None:
    """No line of a document vanishes."""
    imported = sample(name, known)
    out = (imported.matches, imported.known, imported.left_out, imported.unread)
    assert imported.lines == sum(map(len, out)) > 0


def test_the_csv_sample_takes_seasons_from_dates(known: Known) -> None:
    """30 June 1954 without a season is 1953/54: seasons turn over in July."""
    imported = sample("resultados.csv", known)
    assert short(imported) == [
        ("1953/1954", "J1", "1953-09-13", "home", "Silves", 2, 0),
        ("1953/1954", "J2", "1953-09-20", "away", "Olhanense", 1, 1),
        ("1953/1954", "J3", "1954-06-30", "home", "Atlético CP", 0, 2),
    ]
    assert [c.kind for c in imported.conflicts] == ["displayed score order vs icon"]
    assert [line.reason for line in imported.unread] == ["home_goals is 'três'"]


def test_the_json_sample_is_read_in_both_shapes(known: Known) -> None:
    """Home and away clubs, or venue and opponent with Farense's goals first."""
    imported = sample("resultados.json", known)
    assert short(imported) == [
        ("1954/1955", "J1", "1954-09-08", "away", "Atlético CP", 4, 1),
        ("1954/1955", "J2", "1954-09-15", "home", "Silves", 3, 3),
        ("1954/1955", "J3", "1954-09-22", "away", "Olhanense", 0, 1),
    ]
    assert [line.reason for line in imported.unread] == ["farense_goals is '-1'", "no object"]


def test_a_match_the_tables_deny_stays_out(known: Known, tmp_path: Path) -> None:
    """Farense 0-1 Lyon (13 September 1995) is known; told as 1-1 it is a conflict."""
    page = tmp_path / "uefa.md"
    table = "### Taça UEFA 1995/1996\n\n| Jornada | Data | Jogo |\n|---|---|---|\n"
    page.write_text(table + "| 1R | 1995-09-13 | **SC Farense 0** - 1 Lyon |\n", "utf-8")
    assert [m.match_id for m in import_documents([page], known).known] == [
        "1995-1996-taca-uefa-1r-lyon-h"
    ]
    page.write_text(table + "| 1R | 1995-09-13 | **SC Farense 1** - 1 Lyon |\n", "utf-8")
    (conflict,) = import_documents([page], known).conflicts
    assert conflict.kind == "differs from the fact tables"
    assert (conflict.value_a, conflict.value_b) == ("1-1 on 1995-09-13", "0-1 on 1995-09-13")


def test_titles_mean_what_the_tables_say(known: Known) -> None:
    """The club's documents call the top tier five names, and II Divisão ZS the south zone."""
    titles = known.titles
    assert titles.read("LP Betclic 24/25").competition == "Primeira Liga"
    read = titles.read("II Divisão ZS 57/58")
    assert (read.season, read.competition, read.phase) == ("1957/1958", "II Divisão", "Zona Sul")
    assert titles.read("Jogos Locais 1920").season == "1920"
    assert titles.read("Jogos Pioneiros 1913-1916").season == ""


def test_seasons_turn_over_in_july() -> None:
    """30 June ends a season, 1 July begins the next; before 1930 the year counts."""
    assert season_of_date("1975-06-30") == "1974/1975"
    assert season_of_date("1975-07-01") == "1975/1976"
    assert season_of_date("1920-10-05") == "1920"


def test_the_command_writes_tables_that_keep_the_schema(tmp_path: Path) -> None:
    """matches.csv is read by the schema of the fact tables; conflicts.csv holds the rest."""
    files = [str(SAMPLES / f"resultados.{suffix}") for suffix in ("md", "csv", "json")]
    out = tmp_path / "imported"
    arguments = ["facts", "import", *files, "--data-dir", str(FACTS), "--out", str(out)]
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    counts = json.loads(result.output)
    # 24 + 5 + 5 lines; 11 + 3 + 3 rows, worked out by hand above.
    assert (counts["lines"], counts["new"]) == (34, 17)
    assert len(MATCHES.read(out)) == 17
    with (out / "conflicts.csv").open(encoding="utf-8", newline="") as stream:
        # 10 + 1 conflicts and 2 + 1 + 2 lines without a result
        assert len(list(csv.DictReader(stream))) == 16
    shown = CliRunner().invoke(cli, arguments)
    assert "resultados.md:44: two matches merged in one row" in shown.output


def test_files_that_cannot_be_used_are_refused(known: Known, tmp_path: Path) -> None:
    """An unknown suffix, broken JSON and lost characters each name the place."""
    (tmp_path / "a.txt").write_text("x", "utf-8")
    (tmp_path / "b.json").write_text("[{", "utf-8")
    (tmp_path / "c.md").write_bytes("# Época\n| Taça de Portugal \ufffd |\n".encode())
    for name, said in (("a.txt", "suffix '.txt'"), ("b.json", "unreadable"), ("c.md", "lost")):
        with pytest.raises(InputError, match=said):
            import_documents([tmp_path / name], known)


def test_a_date_of_several_matches_is_a_conflict_of_each(tmp_path: Path) -> None:
    """Documents fill unknown dates with 1 September: none of those rows enters the table."""
    page = tmp_path / "fillers.md"
    page.write_text(
        "### Liga Exemplo 1948/49\n\n| Jornada | Data | Jogo |\n|---|---|---|\n"
        "| J1 | 1948-09-01 | Moura 1 - **3 SC Farense** |\n"
        "| J2 | 1948-09-01 | **SC Farense 1** - 0 Silves |\n"
        "| J3 | 1948-10-03 | **SC Farense 2** - 2 Moura |\n",
        encoding="utf-8",
    )
    imported = import_documents([page], only_clubs("Moura", "Silves"))
    assert [m.round for m in imported.matches] == ["J3"]
    assert [c.kind for c in imported.conflicts] == ["date shared by several matches"] * 2
    assert len(imported.left_out) == 2


@dataclass(frozen=True)
class Played:
    """A match as a document would tell it."""

    season: str
    round: str
    date: str
    opponent: str
    at_home: bool
    own: int
    other: int

    @property
    def shown(self) -> tuple[str, int, int, str]:
        """Home club, its goals, the other's goals, away club."""
        if self.at_home:
            return ("SC Farense", self.own, self.other, self.opponent)
        return (self.opponent, self.other, self.own, "SC Farense")


def _met(side: tuple[str, bool]) -> tuple[str, bool]:
    return fold(side[0]), side[1]


@st.composite
def matches(draw: st.DrawFn) -> list[Played]:
    """One season of matches, one a round and a day, from 1 July to 30 June, or undated."""
    year = draw(st.integers(1930, 2024))
    count = draw(st.integers(1, 12))
    days = draw(st.lists(st.integers(0, 364), min_size=count, max_size=count, unique=True))
    dated = st.booleans()
    names = st.text("abcdeçãéíõúàôºABCÉ.' ", min_size=3, max_size=20)
    clubs = names.map(lambda n: " ".join(n.split())).filter(lambda n: any(map(str.isalpha, n)))
    # A league meets each club once at home and once away.
    sides = st.tuples(clubs, st.booleans())
    met = draw(st.lists(sides, min_size=count, max_size=count, unique_by=_met))
    return [
        Played(
            season=f"{year}/{year + 1}",
            round=f"J{number}",
            date=(date(year, 7, 1) + timedelta(days=day)).isoformat() if draw(dated) else "",
            opponent=opponent,
            at_home=at_home,
            own=draw(st.integers(0, 20)),
            other=draw(st.integers(0, 20)),
        )
        for number, (day, (opponent, at_home)) in enumerate(zip(days, met, strict=True), start=1)
    ]


def as_markdown(played: list[Played]) -> str:
    rows = []
    for m in played:
        home, left, right, away = m.shown
        left_side = f"**{home} {left}**" if m.at_home else f"{home} {left}"
        right_side = f"{right} {away}" if m.at_home else f"**{right} {away}**"
        rows.append(f"| {m.round} | {m.date or '-'} | {left_side} - {right_side} |")
    head = "| Jornada | Data | Jogo |\n|:-:|:-:|:--|\n"
    return f"### Liga {played[0].season}\n\n{head}" + "\n".join(rows) + "\n"


def as_csv(played: list[Played]) -> str:
    rows = ["season,competition,round,date,home,home_goals,away_goals,away"]
    for m in played:
        home, left, right, away = m.shown
        rows.append(f'{m.season},Liga,{m.round},{m.date},"{home}",{left},{right},"{away}"')
    return "\n".join(rows) + "\n"


def as_json(played: list[Played]) -> str:
    keys = ("home", "home_goals", "away_goals", "away")
    rows = [
        {**dict(zip(keys, m.shown, strict=True)), "round": m.round, "date": m.date} for m in played
    ]
    return json.dumps({"competition": "Liga", "season": played[0].season, "matches": rows})


@pytest.mark.parametrize(
    ("write", "read"),
    [(as_markdown, read_markdown), (as_csv, read_csv), (as_json, read_json)],
    ids=["markdown", "csv", "json"],
)
@settings(max_examples=60, deadline=None)
@given(played=matches())
def test_what_is_written_is_read_back(write: Any, read: Any, played: list[Played]) -> None:
    """Any season written as a document comes back whole: same scores, same side, same date."""
    known = only_clubs(*(m.opponent for m in played))
    imported = import_lines(read(write(played), "page"), known)
    assert [
        Played(
            season=m.season,
            round=m.round,
            date=m.date,
            opponent=m.opponent_raw,
            at_home=m.venue == "home",
            own=m.farense_goals or 0,
            other=m.opponent_goals or 0,
        )
        for m in imported.matches
    ] == played
    assert imported.conflicts == ()


@pytest.mark.parametrize("opened", ["[", '{"matches": ['])
def test_a_document_nested_too_deeply_is_refused(tmp_path: Path, opened: str) -> None:
    """An error naming the file, and no traceback."""
    path = tmp_path / "fundo.json"
    closed = opened.replace('{"matches": [', "]}").replace("[", "]")
    path.write_text(opened * 100_000 + closed * 100_000, "utf-8")
    with pytest.raises(InputError, match=r"fundo\.json: unreadable \("):
        import_documents([path], only_clubs())
