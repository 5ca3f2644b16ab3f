"""Careless copies: labelled, answered as their originals, and away from golden paraphrases."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from farense.cli import cli
from farense.datasets.augmenting import MARK, SLIPS, mistyped, reordered, slip_of
from farense.datasets.formats.items import Item
from farense.datasets.packs import Pack, build_pack, read_pack
from farense.evaluation.evalset import read_evalset
from farense.evaluation.pack_leaks import taught_questions
from farense.facts.tables import read_tables
from farense.records import Message, Question, TypedAnswer
from farense.text import fold, without_accents

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built() -> Pack:
    """The essentials, every fifth row with a copy; 95 % of them keep the answers of 1,128 rows."""
    return build_pack(read_tables(ROOT / "data" / "facts"), "essentials", 1910, augment=0.2)


def test_a_copy_is_labelled_and_answers_as_its_original(built: Pack) -> None:
    """All four slips in equal parts, each naming the phrasing it was made from."""
    originals = {(row.phrasing, row.fact_ids, row.completion) for row in built.train}
    copies = [row for row in built.train if slip_of(row.phrasing)]
    by_slip = Counter(slip_of(row.phrasing) for row in copies)
    assert set(by_slip) == set(SLIPS)
    assert len(copies) > 0.95 * (len(built.train) - len(copies)) / 5
    assert not any(slip_of(row.phrasing) for row in built.validation)
    for row in copies:
        assert (row.phrasing.partition(MARK)[0], row.fact_ids, row.completion) in originals


def test_what_is_not_copied_stays_as_it_was(built: Pack) -> None:
    """Without its copies the pack is the one built without: the option is off by default."""
    plain = build_pack(read_tables(ROOT / "data" / "facts"), "essentials", 1910)
    kept = [row for row in built.train if not slip_of(row.phrasing)]
    assert sorted(kept, key=repr) == sorted(plain.train, key=repr)
    assert built.validation == plain.validation


def test_a_slip_does_what_its_name_says(built: Pack) -> None:
    """No accent is left, no capital is left, one letter is off, or the season has moved."""
    for row in built.train:
        slip = slip_of(row.phrasing)
        if slip == "accents":
            assert row.prompt == without_accents(row.prompt)
        elif slip == "lower":
            assert row.prompt == row.prompt.lower()


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        ("Quem treinou o Farense em 1994/95?", "1994/95: Quem treinou o Farense?"),
        ("Com quem jogou o Farense a 21 de agosto de 1994?",
         "21 de agosto de 1994: Com quem jogou o Farense?"),
        ("Em 94/95, quem orientou o Farense?", "Quem orientou o Farense em 94/95?"),
        ("Quem foi presidente de 1989 a 1992?", "Quem foi presidente de 1989 a 1992?"),
        ("Que lugar na época que acabou em 1995?", "Que lugar na época que acabou em 1995?"),
    ],
)  # fmt: skip
def test_a_season_or_day_moves_whole(asked: str, moved: str) -> None:
    """It goes to the other end; a lone year stays, since it may be part of something longer."""
    assert reordered(asked) == moved


def test_a_typing_slip_is_in_no_name_or_number() -> None:
    """One letter dropped, doubled or swapped, in a longer word in small letters."""
    for seed in range(50):
        typed = mistyped("Quem treinou o Farense em 1994/95?", random.Random(seed))
        assert typed.startswith("Quem t")
        assert typed.endswith(" o Farense em 1994/95?")
        assert abs(len(typed) - len("Quem treinou o Farense em 1994/95?")) <= 1
    assert mistyped("O Elvas, 1947/48?", random.Random(1)) == "O Elvas, 1947/48?"


def test_the_command_writes_and_counts_copies(tmp_path: Path) -> None:
    """The manifest counts them by slip, and data check proves that none leaks."""
    facts, rehearsal = str(ROOT / "data" / "facts"), str(ROOT / "data" / "rehearsal.csv")
    arguments = ["data", "build", "--data-dir", facts, "--rehearsal", rehearsal]
    arguments += ["--packs-dir", str(tmp_path), "--augment", "0.1"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    folder = tmp_path / "essentials"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    by_slip = Counter(slip_of(row.phrasing) for row in read_pack(folder).train)
    assert manifest["augmented"] == {slip: by_slip[slip] for slip in sorted(SLIPS)}
    checked = CliRunner().invoke(cli, ["data", "check", str(folder)])
    assert checked.exit_code == 0, checked.output


def paraphrase(asked: str) -> Question:
    return Question("q", asked, ("Sim.",), TypedAnswer("text", "Sim"), "paraphrase", "club")


def taught(pack: Pack, questions: list[Question]) -> dict[str, str]:
    items = [
        Item(
            str(n),
            (Message("user", row.prompt), Message("assistant", row.completion)),
            extra={"phrasing": row.phrasing, "fact_ids": list(row.fact_ids)},
            split="train",
        )
        for n, row in enumerate(pack.train)
    ]
    return taught_questions(items, questions)


def test_no_golden_paraphrase_is_a_careless_copy(built: Pack) -> None:
    """Held against every paraphrase there is: none is trained in any spelling or order, and none
    lies within a slip of a copy."""
    golden = [q for q in read_evalset(ROOT / "evalsets").questions if q.tier == "paraphrase"]
    assert golden
    assert taught(built, golden) == {}


def test_a_careless_copy_of_a_paraphrase_is_found(built: Pack) -> None:
    """Shown on made-up questions: one whose copy is trained, one beside a mistyped copy."""
    about_facts = [row for row in built.train if row.fact_ids]
    copied = next(row for row in about_facts if slip_of(row.phrasing) == "order")
    long = [row for row in about_facts if len(row.prompt) > 40]
    typed = next(row for row in long if slip_of(row.phrasing) == "typo")
    original = next(
        row
        for row in about_facts
        if row.phrasing == copied.phrasing.partition(MARK)[0] and row.fact_ids == copied.fact_ids
    )
    only_copies = replace(
        built, train=tuple(r for r in built.train if fold(r.prompt) != fold(original.prompt))
    )
    found = taught(only_copies, [replace(paraphrase(original.prompt), id="order")])
    assert found == {"order": "a careless copy of it is trained"}
    beside = replace(paraphrase(f"{typed.prompt[:-1]}s?"), id="typo")
    assert taught(built, [beside]) == {"typo": "it lies beside a careless copy that is trained"}
