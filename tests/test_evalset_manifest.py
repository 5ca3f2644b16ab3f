"""manifest.toml: which sets an adapter is asked, and that a set is the one recorded."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from farense.errors import InputError
from farense.evaluation.evalset import read_evalset
from farense.evaluation.set_manifest import read_manifest, record_set, trained_pack
from farense.models.adapters import SUMMARY

DAY = date(2026, 11, 30)


def write(path: Path, *ids: str) -> Path:
    rows = [
        {
            "id": identifier,
            "question": f"Pergunta {identifier}?",
            "references": ["Não sei."],
            "answer": {"kind": "abstain", "value": ""},
            "tier": "unanswerable",
            "category": "é «assim»",
        }
        for identifier in ids
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def record(path: Path, *packs: str, reason: str = "first") -> Any:
    return record_set(path, read_evalset(path).questions, packs, reason, DAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sets: one for every pack, one for the largest, one the manifest does not know."""
    record(write(tmp_path / "small.jsonl", "s"))
    record(write(tmp_path / "large.jsonl", "l"), "full")
    write(tmp_path / "mine.jsonl", "m")
    return tmp_path


def test_a_folder_is_asked_by_pack_and_a_file_always(folder: Path) -> None:
    """A set for another pack is left out of its folder; one that is not recorded never is."""

    def asked(path: Path, pack: str | None) -> list[str]:
        return [question.id for question in read_evalset(path, pack).questions]

    assert asked(folder, "essentials") == ["m", "s"]
    assert asked(folder, "full") == ["l", "m", "s"]
    assert asked(folder, None) == ["l", "m", "s"]
    assert asked(folder / "large.jsonl", "essentials") == ["l"]


def test_the_hash_of_a_folder_is_that_of_the_sets_asked(folder: Path) -> None:
    """What is left out does not change what a verdict was about."""
    before = read_evalset(folder, "essentials").sha256
    write(folder / "large.jsonl", "l", "l2")
    assert read_evalset(folder, "essentials").sha256 == before
    assert read_evalset(folder, "full").sha256 != before


def test_versions_are_counted_and_their_reasons_kept(folder: Path) -> None:
    """Each record adds a version with day and reason; packs stay; other sets are untouched."""
    other = read_manifest(folder)["small"]
    record(write(folder / "large.jsonl", "l", "l2"), reason='a "second" question \\ é')
    manifest = read_manifest(folder)
    assert [(c.version, c.day, c.reason) for c in manifest["large"].changes] == [
        (1, DAY, "first"),
        (2, DAY, 'a "second" question \\ é'),
    ]
    assert (manifest["large"].packs, manifest["large"].questions) == (("full",), 2)
    assert manifest["large"].tiers == {"unanswerable": 2}
    assert manifest["large"].categories == {"é «assim»": 2}
    assert manifest["small"] == other
    table = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    assert table["sets"]["large"]["version"] == 2


def test_a_set_that_did_not_change_gets_no_version(folder: Path) -> None:
    """A reason without a change is refused, and the manifest stays as it was."""
    before = (folder / "manifest.toml").read_bytes()
    with pytest.raises(InputError, match="version 1 as recorded"):
        record(folder / "small.jsonl")
    assert (folder / "manifest.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schema = 1", "schema = 9", "schema 9"),
        ("schema = 1", "schema = ", "not TOML"),
        ('packs = ["full"]', 'packs = ["fool"]', r"packs \['fool'\]"),
        ('packs = ["full"]', "packs = []", r"packs \[\]"),
        ("must_pass = 0", "must_past = 0", "no 'must_pass'"),
        ("version = 1\nsha256", "version = 3\nsha256", r"version 3, changes \[1\]"),
    ],
)
def test_a_broken_manifest_is_refused(folder: Path, old: str, new: str, said: str) -> None:
    """The entry and what is wrong with it are named; nothing is asked by guesswork."""
    path = folder / "manifest.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        read_evalset(folder, "essentials")
    assert "manifest.toml" in str(caught.value)


def test_an_adapter_says_which_pack_it_learnt(tmp_path: Path) -> None:
    """training_summary.json names it; a bare base and other people's data get the smallest."""
    assert trained_pack(None) == "essentials"
    assert trained_pack(tmp_path) == "essentials"
    (tmp_path / SUMMARY).write_text('{"pack": "full"}', encoding="utf-8")
    assert trained_pack(tmp_path) == "full"
    (tmp_path / SUMMARY).write_text('{"pack": "mine"}', encoding="utf-8")
    assert trained_pack(tmp_path) == "essentials"
