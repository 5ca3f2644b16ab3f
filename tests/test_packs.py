"""Packs: their exact sizes, no leak, no contradiction, and files that prove themselves."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from farense.datasets import packs
from farense.datasets.packs import (
    Pack,
    build_pack,
    check_no_contradiction,
    check_no_leak,
    read_pack,
    write_pack,
)
from farense.errors import InputError, StorageError
from farense.facts.tables import FactTables, read_tables
from farense.text import fold

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tables() -> FactTables:
    return read_tables(ROOT / "data" / "facts")


@pytest.fixture(scope="module")
def essentials(tables: FactTables) -> Pack:
    return build_pack(tables, "essentials", seed=7)


def test_essentials_has_the_rows_worked_out_by_hand(essentials: Pack) -> None:
    """43 club facets in 35 + 6 x 5 wordings, presidents by term in 22 + 4 x 5 and by name in
    22 + 4 x 3, the present one twice in 22 + 4 x 14, positions in 23 + 4 x 4; up to a twentieth
    was written twice and stands once.

    Refused are 86 questions, 77 spoken ones (21 seasons twice, 35 others), 181 varied
    ones (56 + 30 + 35 + 15 + 20 + 25), 232 wide ones (43 + 43 + 44 + 34 + 34 + 34), 180 by
    voices, 3 about each of 11 people, 49 seasons in 4 wordings, some of them there before, 21 of
    them once more, and 28 seasons without a league line in 3 wordings.
    Validation holds two wordings of each of the 93 facets, and 14 + 9 refusals.
    """
    refused = 86 + 77 + 181 + 232 + 180 + 33 + 49 * 4 + 21 + 28 * 3
    asked = sum(row.category == "abstention" for row in essentials.train)
    assert 0.95 * refused < asked <= refused
    written = 43 * 65 + 12 * 42 + 10 * 34 + 2 * 78 + 26 * 39
    assert 0.95 * written < len(essentials.train) - asked < written
    assert len(essentials.validation) == 2 * (43 + 24 + 26) + 14 + 9


def test_documented_sizes_are_the_real_ones(any_pack: Pack) -> None:
    """The table in docs/facts-and-packs.md ends each pack's line with its row counts."""
    text = (ROOT / "docs" / "facts-and-packs.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(f"| `{any_pack.name}` |"))
    assert line.endswith(f"| {len(any_pack.train)} | {len(any_pack.validation)} |")


def test_no_pack_teaches_a_fact_held_out(any_pack: Pack) -> None:
    """No row names an id of heldout.csv, read by the csv module; where the line names a kind of
    question, no row of that kind does."""
    with (ROOT / "data" / "facts" / "heldout.csv").open(encoding="utf-8", newline="") as stream:
        held = {(line["fact_id"], line["phrasing"]) for line in csv.DictReader(stream)}
    assert len(held) >= 60
    for row in (*any_pack.train, *any_pack.validation):
        kind = row.phrasing.partition("/")[0]
        assert not [fact for fact in row.fact_ids if {(fact, ""), (fact, kind)} & held]


def test_what_is_held_out_is_not_of_the_essentials(tables: FactTables, essentials: Pack) -> None:
    """The smallest pack has the same rows whether or not facts are held out."""
    assert build_pack(replace(tables, heldout=()), "essentials", seed=7) == essentials


def test_no_prompt_has_two_answers(any_pack: Pack) -> None:
    """Folded, every prompt of a pack stands once, over both splits together."""
    rows = [*any_pack.train, *any_pack.validation]
    assert len({fold(row.prompt) for row in rows}) == len(rows)


def test_held_back_wordings_are_never_trained(essentials: Pack) -> None:
    """Train and validation share facts, never a prompt."""
    trained = {fold(row.prompt) for row in essentials.train}
    assert not trained & {fold(row.prompt) for row in essentials.validation}
    facts = {row.fact_ids for row in essentials.train}
    assert {row.fact_ids for row in essentials.validation} == facts


def test_questions_stay_short(essentials: Pack) -> None:
    """Tokens cost time on a CPU: most prompts are under 70 characters, answers under 90."""
    lengths = sorted(len(row.prompt) for row in essentials.train)
    assert lengths[len(lengths) * 3 // 4] <= 70
    assert lengths[-1] < 130
    assert max(len(row.completion) for row in essentials.train) < 90


def test_the_same_seed_gives_the_same_bytes(tables: FactTables, tmp_path: Path) -> None:
    """Two builds with one seed are equal byte for byte; another seed only reorders."""
    first = write_pack(build_pack(tables, "essentials", seed=3), tmp_path / "a")
    second = write_pack(build_pack(tables, "essentials", seed=3), tmp_path / "b")
    other = write_pack(build_pack(tables, "essentials", seed=4), tmp_path / "c")
    for name in ("train.jsonl", "valid.jsonl", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
        assert (first / name).read_bytes() != (other / name).read_bytes()
    lines = (first / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(lines) == sorted((other / "train.jsonl").read_text("utf-8").splitlines())


def test_a_pack_is_read_back_as_it_was_written(essentials: Pack, tmp_path: Path) -> None:
    """Writing and reading loses nothing, and the manifest holds the files' own hashes."""
    folder = write_pack(essentials, tmp_path / "pack")
    assert read_pack(folder) == essentials
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((folder / "train.jsonl").read_bytes()).hexdigest()
    assert manifest["sha256"]["train.jsonl"] == digest
    categories = Counter(row.category for row in essentials.train)
    assert manifest["counts"]["train.jsonl"] == {"rows": len(essentials.train), **categories}


def test_a_pack_appears_whole_or_not_at_all(
    essentials: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the manifest cannot be written, the pack that was there stays, and nothing else."""
    folder = write_pack(essentials, tmp_path / "pack")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(path: Path, value: object) -> Path:
        raise StorageError(path, "the disk is full", "room", "Free some space.")

    smaller = replace(essentials, validation=essentials.validation[:1])
    with monkeypatch.context() as patched:
        patched.setattr(packs, "write_json", full)
        with pytest.raises(StorageError):
            write_pack(smaller, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]
    write_pack(smaller, folder)
    assert len(read_pack(folder).validation) == 1


def test_a_pack_takes_the_place_of_nothing_but_a_dataset(essentials: Pack, tmp_path: Path) -> None:
    """A folder that holds somebody's notes is refused, and stays as it is."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "notas.md").write_text("minhas", "utf-8")
    with pytest.raises(InputError, match=r"notas\.md: not a file of a pack"):
        write_pack(essentials, folder)
    assert [path.name for path in folder.iterdir()] == ["notas.md"]


def test_a_changed_file_is_refused(essentials: Pack, tmp_path: Path) -> None:
    """One changed byte in the rows is found out against the manifest."""
    folder = write_pack(essentials, tmp_path / "pack")
    path = folder / "valid.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("1989", "1988", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"valid\.jsonl: missing or not the file of the manifest"):
        read_pack(folder)


def test_a_missing_file_or_manifest_is_named(essentials: Pack, tmp_path: Path) -> None:
    """A pack without its rows or manifest is an error that says what to do."""
    folder = write_pack(essentials, tmp_path / "pack")
    (folder / "train.jsonl").unlink()
    with pytest.raises(InputError, match=r"train\.jsonl: missing .* Build the pack again\."):
        read_pack(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"manifest\.json: no such file"):
        read_pack(folder)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [("schema", 2, "schema 2"), ("pack", "tudo", "pack 'tudo'")],
)
def test_a_manifest_of_another_kind_is_refused(
    essentials: Pack, tmp_path: Path, key: str, value: object, found: str
) -> None:
    """A newer schema or an unknown pack name is refused, not guessed at."""
    path = write_pack(essentials, tmp_path / "pack") / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {key: value}), encoding="utf-8")
    with pytest.raises(InputError, match=found):
        read_pack(path.parent)


def test_a_leak_is_refused_even_in_another_spelling(essentials: Pack) -> None:
    """A validation prompt that differs from a trained one by case and accents is a leak."""
    trained = essentials.train[0]
    spelt = replace(trained, prompt=trained.prompt.upper(), phrasing="leak/v1")
    leaking = replace(essentials, validation=(spelt,))
    with pytest.raises(InputError, match=r"is validated \(leak/v1\) and trained"):
        check_no_leak(leaking)


def test_two_answers_to_one_prompt_are_refused(essentials: Pack) -> None:
    """The same question with another answer is refused, naming both phrasings."""
    twin = replace(essentials.train[0], completion="Outra coisa.", phrasing="twin/1")
    doubled = replace(essentials, train=(*essentials.train, twin))
    with pytest.raises(InputError, match=r"twice .*twin/1: 'Outra coisa\.'"):
        check_no_contradiction(doubled)
