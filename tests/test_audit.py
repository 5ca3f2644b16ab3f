"""The audit finds every fault that was put into a file, and cleaning removes them."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from audit_rows import audit_apart, write_rows
from click.testing import CliRunner
from rapidfuzz import fuzz

from farense.cli import cli
from farense.datasets.auditing.audit import Audit, audit
from farense.datasets.auditing.findings import FAULTS, FaultKind
from farense.datasets.auditing.repeats import Folded, near_repeats
from farense.datasets.auditing.whole import wording
from farense.datasets.formats.items import Item, Reading
from farense.datasets.formats.reading import read_dataset
from farense.errors import InputError
from farense.records import Message
from farense.reporting.audit_words import FAULT_WORDS

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
# How many rows of data/samples/mau.jsonl have each fault, counted by hand when it was written.
IN_JSONL: dict[FaultKind, int] = {
    "bom": 1,
    "crlf": 1,
    "not_json": 1,
    "not_an_object": 1,
    "unknown_shape": 1,
    "wrong_type": 1,
    "key_twice": 1,
    "empty": 1,
    "damaged": 1,
    "mojibake": 1,
    "invisible": 1,
    "nfc": 1,
    "too_long": 1,
    "junk": 2,
    "duplicate": 1,
    "near_duplicate": 1,
    "contradiction": 2,
    "no_season": 1,
    "impossible_season": 2,
    "giveaway": 24,
    # 24 + 24 away matches, the one in Braga twice, and the six of the validation
    "one_sided": 56,
    "valid_is_tail": 7,
    "split_leak": 1,
}


@pytest.fixture(scope="module")
def bad() -> Audit:
    return audit(read_dataset(SAMPLES / "mau.jsonl"))


def counts(found: Audit) -> dict[FaultKind, int]:
    return {fault.kind: fault.count for fault in found.faults}


def test_every_fault_of_the_bad_sample_is_found(bad: Audit) -> None:
    """Each fault that was written into the file, as often as it was, and no other."""
    assert counts(bad) == IN_JSONL


def test_the_bad_csv_shows_the_faults_a_jsonl_cannot_have() -> None:
    """cp1252, a cell too many, an open quote; and what a random split of it would leak."""
    found = audit(read_dataset(SAMPLES / "mau.csv"))
    assert counts(found) == {
        "not_utf8": 1,
        "not_csv": 1,
        "wrong_cells": 1,
        "random_split_leaks": found.faults[-1].count,
    }
    # Four questions a match: nearly every row held back has a sister that is trained.
    assert found.faults[-1].count >= 3
    assert set(IN_JSONL) | set(counts(found)) == set(FAULTS)


def test_the_wording_that_gives_the_outcome_away_is_named(bad: Audit) -> None:
    """*ganhou contra* is a loss 24 times of 24; the other wording has all three outcomes."""
    giveaway = next(fault for fault in bad.faults if fault.kind == "giveaway")
    assert giveaway.detail == "o · ganhou contra o · em ·: loss 24 of 24"
    one_sided = next(fault for fault in bad.faults if fault.kind == "one_sided")
    assert one_sided.detail == "98 % away"


def test_wordings_leave_names_and_numbers_out() -> None:
    """Two questions in one wording are one wording."""
    first = wording("Em que lugar ficou o Farense na II Divisão em 1989/90?")
    assert first == wording(
        "Em que lugar ficou o Sporting Clube Farense na Primeira Liga em 1970/71?"
    )
    assert first == "em que lugar ficou o · na · em ·"


def test_the_health_card_is_a_page_and_text(tmp_path: Path) -> None:
    """Both name every kind with count, example and fix; the page asks for nothing outside."""
    page = tmp_path / "saude.html"
    arguments = ["data", "audit", str(SAMPLES / "mau.jsonl"), "--out", str(page)]
    shown = CliRunner().invoke(cli, arguments)
    assert shown.exit_code == 1, shown.exception
    html = page.read_text("utf-8")
    for kind, count in IN_JSONL.items():
        assert f"{kind}: {count} of " in shown.output
        assert FAULT_WORDS[kind][0].split(" (")[0] in html
    assert "mau.jsonl:59" in shown.output
    assert "http" not in html.replace("https:", "")
    as_json = CliRunner().invoke(cli, [*arguments, "--json"])
    assert {f["kind"]: f["count"] for f in json.loads(as_json.stdout)["faults"]} == IN_JSONL


def test_the_page_lies_beside_what_is_audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder one is in has a page too; two files that differ in the suffix have two."""
    folder = tmp_path / "meu"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"prompt": "Quem?", "completion": "Gago."}\n', "utf-8")
    (folder / "train.csv").write_text("prompt,completion\nQuem?,Gago.\n", "utf-8")
    monkeypatch.chdir(folder)
    for name in (".", "train.jsonl", "train.csv"):
        done = CliRunner().invoke(cli, ["data", "audit", name])
        assert done.exit_code == 0, done.exception
    assert (tmp_path / "meu.health.html").is_file()
    pages = sorted(path.name for path in folder.glob("*.html"))
    assert pages == ["train.csv.health.html", "train.jsonl.health.html"]


@pytest.mark.parametrize("out", ["rows.jsonl", "meu/train.jsonl", "meu/manifest.json"])
def test_the_page_never_replaces_what_is_audited(tmp_path: Path, out: str) -> None:
    """A page named like the dataset, or like a file of its folder, is refused unwritten."""
    row = '{"prompt": "Quem?", "completion": "Gago."}\n'
    (tmp_path / "meu").mkdir()
    for name in ("rows.jsonl", "meu/train.jsonl", "meu/manifest.json"):
        (tmp_path / name).write_text(row, "utf-8")
    source = tmp_path / Path(out).parts[0]
    refused = CliRunner().invoke(cli, ["data", "audit", str(source), "--out", str(tmp_path / out)])
    assert isinstance(refused.exception, InputError), refused.output
    assert "Name another target." in str(refused.exception)
    assert (tmp_path / out).read_text("utf-8") == row


def test_cleaning_removes_what_can_be_removed_and_counts_it(tmp_path: Path) -> None:
    """77 rows in; after cleaning only what a person has to decide is left."""
    source = Path(shutil.copy(SAMPLES / "mau.jsonl", tmp_path / "mau.jsonl"))
    before = source.read_bytes()
    target = tmp_path / "limpo.jsonl"
    done = CliRunner().invoke(cli, ["data", "clean", str(source), str(target)])
    assert done.exit_code == 0, done.exception
    assert source.read_bytes() == before
    again = audit(read_dataset(target))
    assert set(counts(again)) <= {"one_sided", "valid_is_tail", "split_leak"}
    dropped = done.stderr.count(": skipped: ")
    assert f"77 rows in = {again.rows} written + {dropped} dropped" in done.output
    assert again.rows + dropped == 77
    same = CliRunner().invoke(cli, ["data", "clean", str(source), str(source)])
    assert "the file that is read" in str(same.exception)
    assert source.read_bytes() == before


def test_a_kind_can_be_left(tmp_path: Path) -> None:
    """--leave giveaway keeps those 24 rows; an unknown kind is refused."""
    source, target = SAMPLES / "mau.jsonl", tmp_path / "limpo.jsonl"
    CliRunner().invoke(cli, ["data", "clean", str(source), str(target), "--leave", "giveaway"])
    assert counts(audit(read_dataset(target)))["giveaway"] == 24
    wrong = CliRunner().invoke(cli, ["data", "clean", str(source), str(target), "--leave", "x"])
    assert "--leave: x; expected bom" in str(wrong.exception)


def reading_of(rows: list[tuple[str, str]]) -> Reading:
    items = tuple(
        Item(f"rows:{n}", (Message("user", asked), Message("assistant", answered)))
        for n, (asked, answered) in enumerate(rows, start=1)
    )
    return Reading(Path("rows"), len(items), items, (), ())


def test_one_answer_in_other_words_is_no_contradiction() -> None:
    """*Foi 2-1.* and *O resultado foi 2-1.* agree; 2-1 and 1-2 do not, nor do two names."""
    asked = "Qual foi o resultado a 3 de maio de 1990?"
    same = audit(reading_of([(asked, "Foi 2-1."), (asked, "O resultado foi 2-1.")]))
    assert "contradiction" not in counts(same)
    turned = audit(reading_of([(asked, "Foi 2-1."), (asked, "Foi 1-2.")]))
    assert counts(turned)["contradiction"] == 2
    names = audit(reading_of([("Quem?", "Foi António Gago."), ("Quem?", "Foi João Gralho.")]))
    assert counts(names)["contradiction"] == 2


def test_another_number_is_another_question() -> None:
    """Two questions that differ in a year are never near duplicates."""
    rows = [(f"Em que lugar ficou o Farense em {year}?", "Em 5.º lugar.") for year in (1990, 1991)]
    assert "near_duplicate" not in counts(audit(reading_of(rows)))


def test_near_duplicates_are_found_as_comparing_all_pairs_finds_them() -> None:
    """Of 400 planted typing slips among 2,000 rows, at least 95 % of what all pairs show."""
    random_ = random.Random(5)
    words = [
        "golo",
        "época",
        "jogo",
        "casa",
        "fora",
        "treinador",
        "avançado",
        "defesa",
        "taça",
        "adeptos",
        "bola",
        "final",
    ]
    texts = [" ".join(random_.choices(words, k=8)) for _ in range(1600)]
    for text in texts[:400]:
        at = random_.randrange(1, len(text) - 1)
        texts.append(text[:at] + text[at + 1 :])
    found = set(near_repeats(Folded(texts, [""] * len(texts))))
    true = {
        (a, b)
        for b in range(1600, 2000)
        for a in range(1600)
        if texts[a] != texts[b] and fuzz.ratio(texts[a], texts[b]) >= 95
    }
    assert len(true) >= 400
    assert len(found & true) >= 0.95 * len(true)
    assert all(fuzz.ratio(texts[a], texts[b]) >= 95 for a, b in found)


def test_ten_thousand_rows_take_a_tenth_of_the_bound(tmp_path: Path) -> None:
    """100,000 rows have 60 s and 1.5 GB (benchmarks/test_audit_speed.py); here are 10,000."""
    path = write_rows(tmp_path / "large.jsonl", 10_000)
    readable, seconds, peak_bytes = audit_apart(path)
    assert readable == 10_000
    assert seconds < 6
    assert peak_bytes < 500_000_000
