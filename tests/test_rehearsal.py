"""Rehearsal: general rows are well formed, split by place, and at peace with every pack."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from statistics import mean

import pytest
from click.testing import CliRunner

from farense.cli import cli
from farense.datasets.packs import Pack, build_pack, read_pack
from farense.datasets.rehearsal import Rehearsal, read_rehearsal
from farense.errors import FactTableError, InputError
from farense.facts.phrasing.facet import PACKS, PackName
from farense.facts.tables import FactTables, read_tables
from farense.records import Example
from farense.text import find_integers, fold, is_abstention

ROOT = Path(__file__).parents[1]
FILE = ROOT / "data" / "rehearsal.csv"


@pytest.fixture(scope="module")
def rehearsal() -> Rehearsal:
    return read_rehearsal(FILE)


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(ROOT / "data" / "facts")


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "general.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["question,reply", "Olá?,Olá."], r"general\.csv:1: no column 'answer'; expected it in"),
        (["question,answer", "A?,B.", "C?,"], r"general\.csv:3: empty answer; expected text in it"),
        (["question,answer", "  ,B."], r"general\.csv:2: empty question; expected text in it"),
        (
            ["question,answer", "De que cor é o céu?,É azul.", "de que cor e o ceu,Cinzento."],
            r"csv:3: question 'de que cor e o ceu' again \(first at .*csv:2\); expected each only",
        ),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    """A missing column, an empty cell or a question asked twice is refused where it stands."""
    with pytest.raises(FactTableError, match=message):
        read_rehearsal(table(tmp_path, *lines))


def test_every_row_is_trained_under_its_number(tmp_path: Path) -> None:
    """Three rows, three trained examples; the name of the phrasing is the row's place."""
    lines = [f"Pergunta {n}?,Resposta {n}." for n in range(1, 4)]
    read = read_rehearsal(table(tmp_path, "question,answer", *lines))
    assert read.train == tuple(
        Example(f"Pergunta {n}?", f"Resposta {n}.", (), "general", f"general/{n}")
        for n in range(1, 4)
    )


def test_the_rows_are_short_and_none_is_a_refusal(rehearsal: Rehearsal) -> None:
    """1,454 rows; questions under 45 characters on average, answers under 25."""
    rows = rehearsal.train
    assert len(rows) == 1454
    assert mean(len(row.prompt) for row in rows) < 45
    assert mean(len(row.completion) for row in rows) < 25
    assert not [row for row in rows if is_abstention(row.completion)]
    assert not [row for row in rows if "faren" in fold(row.prompt + row.completion)]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Quanto é 3 + 4?", 3 + 4),
        ("Quanto são 9 mais 8?", 9 + 8),
        ("quanto e 15 menos 6", 15 - 6),
        ("8 vezes 7 quantos são?", 8 * 7),
        ("Quanto é 100 a dividir por 4?", 100 // 4),
    ],
)
def test_sums_are_right(rehearsal: Rehearsal, question: str, value: int) -> None:
    """The last number of the answer is the one Python computes."""
    (row,) = [row for row in rehearsal.train if row.prompt == question]
    assert find_integers(row.completion)[-1] == str(value)


@pytest.mark.parametrize("name", PACKS)
def test_general_rows_join_every_pack(
    tables: FactTables, rehearsal: Rehearsal, name: PackName
) -> None:
    """Each pack takes all rows, and no wording of its own, folded, is one of them."""
    plain = build_pack(tables, name, seed=2)
    joined = build_pack(tables, name, seed=2, rehearsal=rehearsal)
    assert set(joined.train) == {*plain.train, *rehearsal.train}
    assert set(joined.validation) == set(plain.validation)
    assert not prompts(*plain.train, *plain.validation) & prompts(*rehearsal.train)


def prompts(*rows: Example) -> set[str]:
    return {fold(row.prompt) for row in rows}


def test_a_general_row_may_not_repeat_a_pack_prompt(tables: FactTables) -> None:
    """A general question the pack already answers is refused, naming both wordings."""
    own = build_pack(tables, "essentials", seed=2).train[0]
    twin = Example(own.prompt.lower(), "Outra coisa.", (), "general", "general/1")
    with pytest.raises(InputError, match=r"twice .*general/1: 'Outra coisa\.'"):
        build_pack(tables, "essentials", seed=2, rehearsal=Rehearsal(train=(twin,)))


def test_build_reads_the_file_and_the_manifest_names_it(tmp_path: Path) -> None:
    """The built pack holds the given rows, and its manifest their file's sha256 and count."""
    path = table(tmp_path, "question,answer", "De que cor é o mar?,É azul.")
    arguments = ["data", "build", "--data-dir", str(ROOT / "data/facts")]
    arguments += ["--packs-dir", str(tmp_path), "--rehearsal", str(path)]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = json.loads((tmp_path / "essentials/manifest.json").read_text(encoding="utf-8"))
    assert manifest["rehearsal_sha256"] == digest
    assert manifest["counts"]["train.jsonl"]["general"] == 1
    built: Pack = read_pack(tmp_path / "essentials")
    assert built.rehearsal_sha256 == digest
    assert [row.completion for row in built.train if row.category == "general"] == ["É azul."]
