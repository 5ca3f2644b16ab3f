"""`farense evalset check|stats|new`: every fault at its line, counts, and a set to start from."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.datasets.packs import Pack
from farense.errors import InputError
from farense.evaluation.evalset import read_evalset
from farense.evaluation.evalset_check import EvalsetCheck, check_evalsets
from farense.evaluation.set_manifest import record_set
from farense.evaluation.taught_wordings import TaughtWordings
from farense.facts.gaps import read_gaps
from farense.facts.phrasing.facet import PackName
from farense.facts.tables import FactTables, read_tables
from farense.records import Example

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "data" / "facts"
NICKNAME = "Que alcunha é que o povo dá ao nosso clube?"
LONG = "diz-me por favor se fores capaz em que ano é que o clube foi fundado"


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(FACTS)


def example(prompt: str, completion: str, fact: str) -> Example:
    return Example(prompt, completion, (fact,), "club", "written-here/1")


@pytest.fixture(scope="module")
def packs() -> dict[PackName, Pack]:
    """A core that teaches three facts, and an essentials pack that teaches two of them."""
    small = (
        example(NICKNAME, "A alcunha é Leões de Faro.", "club/nickname"),
        example(f"{LONG} na cidade de Faro", "Foi fundado em 1910.", "club/founding_date"),
    )
    president = example("Quem presidia?", "Era Abílio Marques.", "presidents/35")
    return {
        "essentials": Pack("essentials", 0, "", small, ()),
        "core": Pack("core", 0, "", (*small, president), ()),
    }


def row(**changes: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "id": "a",
        "question": "De que bichos é que nos chamam, no jornal?",
        "references": ["Leões de Faro"],
        "answer": {"kind": "text", "value": "Leões de Faro"},
        "tier": "paraphrase",
        "category": "club",
        "fact_ids": ["club/nickname"],
    }
    return kept | changes


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A set without a fault."""
    return write(tmp_path / "set.jsonl", row())


def check(path: Path, tables: FactTables, packs: dict[PackName, Pack]) -> EvalsetCheck:
    return check_evalsets(path, tables, read_gaps(FACTS), packs)


POINTS = {
    "question": "Que soma de pontos?",
    "references": ["35"],
    "answer": {"kind": "integer", "value": "35"},
}
PRESIDENT = {
    "question": "Quem mandava em 1978?",
    "references": ["Abílio Marques"],
    "answer": {"kind": "person", "value": "Abílio Marques"},
    "fact_ids": ["presidents/35"],
}
FAULTS = {
    "a key that is none": (row(id="b", question="Outra?", tyer="seen"), "unknown key 'tyer'"),
    "an id again": (row(question="Outra?"), "id 'a' was already used at"),
    "a wording again": (
        row(id="b", question="de que bichos é que nos chamam no JORNAL"),
        "the wording of b was already used at",
    ),
    "a fact that is none": (
        row(id="b", question="Outra?", fact_ids=["people/ninguem"]),
        "people/ninguem (no such fact in the tables)",
    ),
    "a row with a note": (
        row(id="b", question="Que estádio?", fact_ids=["club/stadium"], tier="heldout"),
        "club/stadium (note: named as home ground",
    ),
    "a column in the known gaps": (
        row(id="b", **POINTS, fact_ids=["standings/2008-2009/iii-divisao"], tier="heldout"),
        "standings/2008-2009/iii-divisao (known gap: 35 points do not follow",
    ),
    "an answer the row denies": (
        row(id="b", question="Outra?", answer={"kind": "text", "value": "Águias de Faro"}),
        "the answer 'Águias de Faro' of b stands in none of the rows club/nickname",
    ),
    "a taught wording": (
        row(id="b", question="que alcunha e que o povo da ao nosso clube"),
        "the wording of b is 100.0 % like the taught written-here/1",
    ),
    "thirteen taught words": (
        row(
            id="b",
            question=f"Tu que sabes tudo sobre os grandes e os pequenos da bola, {LONG}?",
            references=["1910"],
            answer={"kind": "year", "value": "1910"},
            fact_ids=["club/founding_date"],
        ),
        "the wording of b is thirteen words in a row of the taught written-here/1",
    ),
    "seen and never trained": (
        row(id="b", question="Outra?", tier="seen"),
        "b is of tier seen, but no pack trains its wording",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found_at_its_line(
    fault: str, sound: Path, tables: FactTables, packs: dict[PackName, Pack]
) -> None:
    """The second line breaks one rule: exactly that is said, with file and line."""
    broken, said = FAULTS[fault]
    write(sound, row(), broken)
    (error,) = check(sound, tables, packs).errors
    assert error.where == f"{sound}:2"
    assert said in str(error)


def test_a_sound_set_has_no_error(
    sound: Path, tables: FactTables, packs: dict[PackName, Pack]
) -> None:
    """One question, recorded or not, and nothing to say about it."""
    assert check(sound, tables, packs).errors == ()
    record_set(sound, read_evalset(sound).questions, ["core"], "first", date(2026, 11, 30))
    found = check(sound, tables, packs)
    assert (found.questions, found.errors) == (1, ())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (row(**PRESIDENT), "the pack essentials teaches nothing of presidents/35"),
        (row(**PRESIDENT, tier="heldout"), "the pack core teaches presidents/35"),
        (row(tier="seen"), "the pack essentials does not train its wording"),
    ],
)
def test_a_tier_must_be_true_of_each_pack_of_the_set(
    question: dict[str, Any],
    said: str,
    sound: Path,
    tables: FactTables,
    packs: dict[PackName, Pack],
) -> None:
    """A set recorded for two packs is held against both."""
    write(sound, question)
    both = ["essentials", "core"]
    record_set(sound, read_evalset(sound).questions, both, "first", date(2026, 11, 30))
    assert any(said in str(error) for error in check(sound, tables, packs).errors)


def test_a_set_other_than_recorded_is_refused(
    sound: Path, tables: FactTables, packs: dict[PackName, Pack]
) -> None:
    """A changed set, one the manifest does not know, and one that is gone, each by its name."""
    record_set(sound, read_evalset(sound).questions, [], "first", date(2026, 11, 30))
    write(sound, row(question="De que bichos é que se fala na bancada?"))
    write(sound.with_name("new.jsonl"), row(id="n", question="E no jornal, que bichos somos?"))
    manifest = sound.with_name("manifest.toml")
    text = manifest.read_text(encoding="utf-8")
    entry = text[text.index("[sets.set]") :]
    manifest.write_text(text + entry.replace("sets.set", "sets.gone"), encoding="utf-8")
    said = [str(error) for error in check(sound.parent, tables, packs).errors]
    assert [re.sub(r"^.*?/([\w.]+): ", r"\1: ", line).partition(";")[0] for line in said] == [
        "new.jsonl: the set is not in manifest.toml",
        "set.jsonl: the set is not version 1 of manifest.toml",
        "manifest.toml: a set gone that is not there",
    ]


def test_wordings_are_compared_by_rapidfuzz_on_folded_text() -> None:
    """One letter of 20 is another: 2 x 19 / 40 = 95 %, a twin. Two of 34: 2 x 32 / 68, none."""
    long = "abcdefghijklmnopqrstuvwxyzzyxwvuts"
    rows = [example(text, "x", "club/nickname") for text in ("abcdefghijklmnopqrst", long)]
    wordings = ["ABCDÉFGHIJKLMNOPQRSX!", f"{long[:-2]}qq"]
    twin, other = TaughtWordings(rows).twins(wordings)
    assert twin is not None
    assert twin.ratio == 95
    assert other is None


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["evalset", *map(str, arguments)])


def test_a_new_set_is_valid_and_explained(tmp_path: Path) -> None:
    """Four lines of four tiers, told one by one; a second call overwrites nothing."""
    path = tmp_path / "my.jsonl"
    started = run("new", path)
    assert started.exit_code == 0
    tiers = [question.tier for question in read_evalset(path).questions]
    assert tiers == ["paraphrase", "robustness", "unanswerable", "general"]
    assert all(f"line {n}  {tier}" in started.output for n, tier in enumerate(tiers, start=1))
    again = run("new", path)
    assert isinstance(again.exception, InputError)
    assert "a file is there already" in str(again.exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("my.txt",), "a .jsonl file"), (("my.jsonl", "--pack", "core"), "--pack: no --reason")],
)
def test_a_new_set_is_not_started_by_mistake(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """Another ending, and packs that nothing records, are refused; no file is written."""
    refused = run("new", tmp_path / arguments[0], *arguments[1:])
    assert said in str(refused.exception)
    assert list(tmp_path.iterdir()) == []


def test_recording_a_version_asks_for_a_reason(tmp_path: Path) -> None:
    """With one, the version is recorded and counted; an empty one is refused."""
    path = tmp_path / "my.jsonl"
    run("new", path)
    assert "why the set changed" in str(run("new", path, "--reason", " ").exception)
    recorded = run("new", path, "--reason", "first", "--pack", "core", "--pack", "full")
    assert "my version 1: 4 questions, packs core, full" in recorded.output
    shown = json.loads(run("stats", tmp_path, "--json").output)
    assert shown["sets"]["my"]["version"] == 1
    assert shown["sets"]["my"]["packs"] == ["core", "full"]
    assert shown["total"]["tiers"] == {
        "paraphrase": 1,
        "unanswerable": 1,
        "robustness": 1,
        "general": 1,
    }
    assert shown["table"]["club"]["robustness"] == 1
    assert "not recorded" not in run("stats", path).output
