"""Splits by fact, and the proof that what is held back is not trained."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.cli import cli
from farense.datasets.formats.items import Item
from farense.datasets.formats.reading import read_dataset
from farense.datasets.leakproof import PROMISES, prove_split, proved_files
from farense.datasets.packs import Pack, write_pack
from farense.datasets.splitting import Shares, split_items
from farense.datasets.subjects import groups_of, subject_keys, times_of
from farense.errors import InputError
from farense.facts.phrasing.facet import PackName
from farense.records import Message
from farense.text import find_dates, find_seasons, find_years

ROOT = Path(__file__).parents[1]


def item(asked: str, answered: str = "Sim.", **extra: object) -> Item:
    return Item("row", (Message("user", asked), Message("assistant", answered)), extra=extra)


def about_matches(count: int) -> list[Item]:
    """Four questions on each match, of two categories, without ids: only the text tells."""
    rows = []
    for number in range(count):
        day = f"{1 + number % 28} de março de {1950 + number // 28}"
        category = "resultado" if number % 2 else "golos"
        rows += [
            item(f"Qual foi o resultado a {day}?", f"Foi {number % 4}-1.", category=category),
            item(f"Com quem jogou o Farense a {day}?", "Com o Olhanense.", category=category),
            item(f"A {day} quem ganhou?", f"Foi {number % 4}-1.", category=category),
            item("Que jogo foi esse?", f"O jogo {number} foi a {day}.", category=category),
        ]
        rows[-1] = item(f"Quando foi o jogo número {number}?", f"A {day}.", category=category)
    return rows


def test_questions_on_one_match_never_straddle() -> None:
    """200 matches with four questions each: every match is on one side, whatever the seed."""
    rows = about_matches(200)
    for seed in range(5):
        split = split_items(rows, Shares(), seed)
        for at in range(0, len(split), 4):
            assert len({row.split for row in split[at : at + 4]}) == 1
        assert prove_split(split, "fact").proved


def test_a_random_split_of_the_same_rows_leaks() -> None:
    """What the proof is for: held back at random, most rows have a sister in training."""
    rows = about_matches(200)
    held = set(random.Random(1).sample(range(len(rows)), 88))
    split = [
        Item(r.where, r.messages, extra=r.extra, split="valid" if n in held else "train")
        for n, r in enumerate(rows)
    ]
    report = prove_split(split, "fact")
    assert not report.proved
    leaks = {leak.kind: leak.count for leak in report.leaks}
    # A row stays clean only when its three sisters are held back too.
    assert leaks["fact"] >= 80
    assert leaks["prompt"] == 0


def test_categories_keep_their_shares() -> None:
    """Of 400 rows of each category a tenth is validated and a tenth tested."""
    split = split_items(about_matches(200), Shares(), 3)
    for category in ("resultado", "golos"):
        rows = Counter(row.split for row in split if row.extra["category"] == category)
        assert rows == {"train": 320, "valid": 40, "test": 40}


def test_the_seed_decides_alone() -> None:
    """The same seed gives the same split, another seed another."""
    rows = about_matches(60)
    first = [row.split for row in split_items(rows, Shares(), 1)]
    assert first == [row.split for row in split_items(rows, Shares(), 1)]
    assert first != [row.split for row in split_items(rows, Shares(), 2)]


def test_fact_ids_count_where_a_row_has_them() -> None:
    """Two rows of one fact belong together though their words share nothing."""
    rows = [
        item("Quem?", "Gago.", fact_ids=["presidents/2"]),
        item("Onde?", "Faro.", fact_ids=["club/founding_place"]),
        item("O segundo?", "António.", fact_ids=["presidents/2"]),
    ]
    assert groups_of([subject_keys(row) for row in rows]) == [0, 1, 0]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("Em 1989/90, que fez o Farense com o Olhanense?", "Farense-Olhanense de 1989/1990?", True),
        ("Como ficou o Olhanense-Farense em 1989/90?", "Em 1989/90, Farense – Olhanense?", True),
        ("Que fez em 1989/90 com o Olhanense?", "Que fez em 1990/91 com o Olhanense?", False),
        ("Onde nasceu o Paco Fortes?", "De que terra é o Paco Fortes?", True),
        ("Onde nasceu o Paco Fortes?", "Onde nasceu o Hassan Nader?", False),
        ("O que houve a 13/09/1995?", "O jogo de 13 de setembro de 1995?", True),
    ],
)
def test_subjects_are_read_from_the_words(first: str, second: str, together: bool) -> None:
    """A date, a season with a name, or a name alone says what a question is about."""
    shared = subject_keys(item(first)) & subject_keys(item(second))
    assert bool(shared) == together


@pytest.mark.parametrize(
    "text",
    [
        "Em 1989/90 com o Olhanense",
        "Em 1989/1990 com o Olhanense",
        "Em 1989 com o Olhanense",
        "Na época 89/90 com o Olhanense",
        "A 13/09/1995 com o Lyon, 0-1",
        "A 13 de setembro de 1995 com o Lyon",
        "Em 1995-09-13 com o Lyon",
        "Em setembro de 1995 com o Lyon",
        "De 1989 a 1992 com o Fortes",
        "1989-1992 com o Fortes",
        "Em '90 com o Estrela",
        "O resultado foi 2-1 com o Olhanense em 1990/91, à 5.ª jornada",
    ],
)
def test_the_short_way_to_read_times_reads_the_same(text: str) -> None:
    """Dates, seasons and years are those that the parser of the scorers finds."""
    dates = find_dates(text)
    seasons = find_seasons(text) or ([] if dates else find_years(text))
    assert times_of(text) == (dates, seasons)


@settings(max_examples=40, deadline=None)
@given(
    keys=st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=3), min_size=1, max_size=12)
)
def test_groups_are_the_connected_components(keys: list[frozenset[str]]) -> None:
    """Compared with following shared keys by hand until nothing is added."""
    groups = groups_of(keys)
    for row in range(len(keys)):
        reached, known = {row}, set(keys[row])
        while more := {r for r in range(len(keys)) if r not in reached and known & keys[r]}:
            reached |= more
            known |= {key for r in more for key in keys[r]}
        assert {r for r in range(len(keys)) if groups[r] == groups[row]} == reached


def test_shares_that_cannot_be_are_refused() -> None:
    """Nothing to train, or one fact for three splits, is an error and no lopsided split."""
    with pytest.raises(InputError, match="below 1 together"):
        split_items(about_matches(5), Shares(0.6, 0.4), 1)
    with pytest.raises(InputError, match="no row"):
        split_items([item("Quem?"), item("Onde?")], Shares(), 1)


def test_the_command_writes_a_folder_that_proves_itself(tmp_path: Path) -> None:
    """Manifest with hashes, proof on request; one changed byte and it is refused."""
    source = tmp_path / "rows.jsonl"
    lines = [{"prompt": r.prompt, "completion": r.completion, **r.extra} for r in about_matches(60)]
    source.write_text("\n".join(json.dumps(line) for line in lines) + "\nbroken\n", "utf-8")
    folder = tmp_path / "split"
    done = CliRunner().invoke(cli, ["data", "split", str(source), str(folder), "--validate"])
    assert done.exit_code == 0, done.output
    assert "241 rows in = 192 train, 24 valid, 24 test + 1 skipped" in done.output
    assert "no leak" in done.output
    assert f"split by fact: {PROMISES['fact']}" in done.output
    by, files = proved_files(folder)
    assert (by, sorted(files)) == ("fact", ["test.jsonl", "train.jsonl", "valid.jsonl"])
    with (folder / "valid.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    checked = CliRunner().invoke(cli, ["data", "check", str(folder)])
    assert "not the file of the manifest" in str(checked.exception)


def test_a_split_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    """The target of split is always a folder: meu.v2 is no file of an unknown kind."""
    source = tmp_path / "rows.jsonl"
    lines = [{"prompt": r.prompt, "completion": r.completion, **r.extra} for r in about_matches(60)]
    source.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    folder = tmp_path / "meu.v2"
    done = CliRunner().invoke(cli, ["data", "split", str(source), str(folder), "--validate"])
    assert done.exit_code == 0, done.output
    assert sorted(proved_files(folder)[1]) == ["test.jsonl", "train.jsonl", "valid.jsonl"]


def test_an_unreadable_row_and_an_unnamed_file_are_no_proof(tmp_path: Path) -> None:
    """What cannot be read may be trained all the same; nor is a file proved that has no hash."""
    for name, rows in {
        "train": ['{"prompt": "Onde nasceu o Paco Fortes?", "completion": "Em Barcelona."}', "{}"],
        "valid": ['{"prompt": "Onde nasceu o Hassan Nader?", "completion": "Em Casablanca."}'],
    }.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    checked = CliRunner().invoke(cli, ["data", "check", str(tmp_path)])
    assert checked.exit_code == 1, checked.exception
    assert "train.jsonl:2: skipped: " in checked.stderr
    assert "rows that could not be read: 1\n" in checked.stdout
    assert checked.stdout.endswith("NOT PROVED\n")
    as_json = CliRunner().invoke(cli, ["data", "check", str(tmp_path), "--json"])
    told = json.loads(as_json.stdout)
    assert (as_json.exit_code, told["proved"], told["unread"]) == (1, False, 1)
    sha256 = hashlib.sha256((tmp_path / "train.jsonl").read_bytes()).hexdigest()
    manifest = {"sha256": {"train.jsonl": sha256}}
    (tmp_path / "split.json").write_text(json.dumps(manifest), "utf-8")
    refused = CliRunner().invoke(cli, ["data", "check", str(tmp_path)])
    assert "valid.jsonl: not named by split.json; expected" in str(refused.exception)


def test_each_kind_of_leak_is_told(tmp_path: Path) -> None:
    """One prompt, one nearly equal prompt, one answer and one fact on both sides."""
    trained = [
        item("Onde fica Faro?", "No Algarve."),
        item("Em que cidade portuguesa joga o clube de que falamos?", "Em Faro."),
        item("Quando nasceu ele?", "A 8 de julho de 1965, em Casablanca."),
        item("Com quem jogou o Farense em 1989/90 na Amadora?", "Com o Estrela."),
    ]
    held = [
        item("onde fica faro", "No Algarve."),
        item("Em que cidade portugesa joga o clube de que falamos?", "Em Faro."),
        item("Qual é a data de nascimento?", "A 8 de julho de 1965, em Casablanca."),
        item("Em 1989/1990 que fez o Farense na Amadora?", "Empatou."),
    ]
    rows = [Item("t", r.messages, split="train") for r in trained]
    rows += [Item(f"v{n}", r.messages, split="valid") for n, r in enumerate(held)]
    report = prove_split(rows, "fact")
    told = {leak.kind: [e.where for e in leak.examples] for leak in report.leaks}
    assert told["prompt"] == ["v0"]
    assert told["near_prompt"] == ["v1"]
    assert told["answer"] == ["v2"]
    assert "v3" in told["fact"]
    assert not report.proved


def test_no_pack_leaks(any_pack: Pack, tmp_path: Path) -> None:
    """The proof of all three packs: no prompt or near prompt on both sides, nothing contradicts.

    Facts and answers are shared by design: validation asks trained facts in held-back wordings.
    """
    folder = write_pack(any_pack, tmp_path / any_pack.name)
    checked = CliRunner().invoke(cli, ["data", "check", str(folder), "--json"])
    report = json.loads(checked.output)
    assert report["by"] == "wording"
    assert sorted(report["files"]) == ["train.jsonl", "valid.jsonl"]
    found = {leak["kind"]: leak["count"] for leak in report["leaks"]}
    assert (found["prompt"], found["near_prompt"], found["contradiction"]) == (0, 0, 0)
    assert checked.exit_code == 0


def test_each_pack_can_be_split_by_fact_instead(any_pack: Pack, tmp_path: Path) -> None:
    """Its rows dealt anew by what they are about: no fact, question or answer on two sides."""
    folder = write_pack(any_pack, tmp_path / any_pack.name)
    arguments = ["data", "split", str(folder), str(tmp_path / "facts"), "--validate"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.endswith("no leak\n")
    shares = Counter(row.split for row in read_dataset(tmp_path / "facts").items)
    assert min(shares["valid"], shares["test"]) > 0.05 * shares.total()


def test_a_pack_says_that_it_holds_wordings_back(tmp_path: Path) -> None:
    """The command says what is promised of a pack, and its manifest how rows were held back."""
    arguments = ["data", "build", "--data-dir", str(ROOT / "data/facts")]
    arguments += ["--rehearsal", str(ROOT / "data/rehearsal.csv"), "--packs-dir", str(tmp_path)]
    built = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert f"split by wording: {PROMISES['wording']}" in built.output
    manifest = json.loads((tmp_path / "essentials" / "manifest.json").read_text("utf-8"))
    assert manifest["by"] == "wording"


def test_the_pack_of_the_main_job_gives_no_golden_question_away(
    built_packs: Callable[[PackName], Pack], tmp_path: Path
) -> None:
    """No golden prompt outside the tier seen is trained; no held-out fact is answered."""
    folder = write_pack(built_packs("essentials"), tmp_path / "essentials")
    arguments = ["data", "check", str(folder), "--evalset", str(ROOT / "evalsets"), "--json"]
    assert json.loads(CliRunner().invoke(cli, arguments).output)["taught"] == {}
