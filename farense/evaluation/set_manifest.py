"""manifest.toml of a folder of golden sets: which packs each is for, and what it is by hash."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.facts.phrasing.facet import PACKS
from farense.models.adapters import SUMMARY
from farense.records import TIERS, Question
from farense.storage import read_json, sha256_file, write_text

MANIFEST = "manifest.toml"
# What an adapter of no known pack is asked: the sets of the smallest.
DEFAULT_PACK = "essentials"
_SCHEMA = 1
_HEAD = """\
# The golden sets of this folder. `packs` says which adapters are asked a set when the folder is
# named: those that learnt one of these packs. The rest is written by
# `farense evalset new FILE --reason "..."` and proved by `farense evalset check`.

schema = 1
"""


@dataclass(frozen=True)
class Change:
    """Why a version is not the one before."""

    version: int
    day: date
    reason: str


@dataclass(frozen=True)
class SetRecord:
    """What the manifest says of one set; ``changes`` has one entry a version, oldest first."""

    packs: tuple[str, ...]
    sha256: str
    questions: int
    must_pass: int
    tiers: Mapping[str, int]
    categories: Mapping[str, int]
    changes: tuple[Change, ...]

    @property
    def version(self) -> int:
        """The number of the last change."""
        return self.changes[-1].version


def counts_of(questions: Iterable[Question]) -> dict[str, Any]:
    """``questions``, ``must_pass``, ``tiers`` and ``categories`` as a record holds them."""
    held = list(questions)
    tiers = Counter(question.tier for question in held)
    categories = Counter(question.category for question in held)
    return {
        "questions": len(held),
        "must_pass": sum(question.must_pass for question in held),
        "tiers": {tier: tiers[tier] for tier in TIERS if tiers[tier]},
        "categories": dict(sorted(categories.items())),
    }


def read_manifest(folder: Path) -> dict[str, SetRecord]:
    """The sets recorded in a folder's manifest.toml; none where there is no such file.

    Raises:
        InputError: it is not TOML, or an entry lacks a key or names an unknown pack.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, f"not TOML ({error})", "TOML in UTF-8", "Mend that line.") from error
    if table.get("schema") != _SCHEMA or not isinstance(table.get("sets"), dict):
        raise InputError(
            path,
            f"schema {table.get('schema')!r}",
            f"schema = {_SCHEMA} and a table [sets.NAME] a set",
            "Write it with `farense evalset new FILE --reason TEXT`.",
        )
    return {name: _record(f"{path}: {name}", entry) for name, entry in table["sets"].items()}


def _record(where: str, entry: dict[str, Any]) -> SetRecord:
    try:
        packs = tuple(entry["packs"])
        changes = tuple(Change(c["version"], c["date"], c["reason"]) for c in entry["changes"])
        record = SetRecord(
            packs=packs,
            sha256=entry["sha256"],
            questions=entry["questions"],
            must_pass=entry["must_pass"],
            tiers=entry["tiers"],
            categories=entry["categories"],
            changes=changes,
        )
    except (KeyError, TypeError) as error:
        raise InputError(
            where,
            f"no {error}",
            "packs, sha256, questions, must_pass, tiers, categories, changes",
            "Record the set anew: farense evalset new FILE --reason TEXT.",
        ) from error
    versions = [change.version for change in changes]
    counted = versions == list(range(1, entry.get("version", 0) + 1))
    if not versions or not counted or not packs or not set(packs) <= set(PACKS):
        raise InputError(
            where,
            f"packs {list(packs)}, version {entry.get('version')!r}, changes {versions}",
            f"some of {', '.join(PACKS)}, and one change a version from 1 on",
            "Mend that entry.",
        )
    return record


def sets_of_pack(folder: Path, files: Sequence[Path], pack: str) -> list[Path]:
    """Those files of a folder that its manifest gives to ``pack``, or does not know.

    Raises:
        InputError: the manifest is broken.
    """
    recorded = read_manifest(folder)
    return [f for f in files if f.stem not in recorded or pack in recorded[f.stem].packs]


def trained_pack(adapter: Path | None) -> str:
    """The pack an adapter's training_summary.json names; the smallest where it names none.

    Raises:
        InputError: the summary is not JSON.
    """
    summary = adapter / SUMMARY if adapter else None
    named = read_json(summary).get("pack") if summary and summary.is_file() else None
    return named if named in PACKS else DEFAULT_PACK


def record_set(
    file: Path, questions: Sequence[Question], packs: Sequence[str], reason: str, day: date
) -> SetRecord:
    """Record the set as it now is, as the next version, in the manifest beside it.

    Args:
        file: The set.
        questions: What it holds.
        packs: The packs it is for; empty keeps those recorded, all of them for a new set.
        reason: Why it changed, for people.
        day: Of the change.

    Raises:
        InputError: nothing changed, or the manifest is broken.
    """
    recorded = read_manifest(file.parent)
    before = recorded.get(file.stem)
    record = SetRecord(
        packs=tuple(pack for pack in PACKS if pack in packs) or (before.packs if before else PACKS),
        sha256=sha256_file(file),
        changes=(
            *(before.changes if before else ()),
            Change(before.version + 1 if before else 1, day, reason),
        ),
        **counts_of(questions),
    )
    if before and replace(record, changes=before.changes) == before:
        raise InputError(
            file,
            f"the set is version {before.version} as recorded",
            "a set that changed",
            "Nothing was written.",
        )
    recorded[file.stem] = record
    write_text(file.parent / MANIFEST, _rendered(recorded))
    return record


def _rendered(sets: Mapping[str, SetRecord]) -> str:
    return _HEAD + "".join(_entry(name, sets[name]) for name in sorted(sets))


def _entry(name: str, record: SetRecord) -> str:
    lines = [
        "",
        f"[sets.{_key(name)}]",
        f"packs = [{', '.join(map(_text, record.packs))}]",
        f"version = {record.version}",
        f"sha256 = {_text(record.sha256)}",
        f"questions = {record.questions}",
        f"must_pass = {record.must_pass}",
        f"tiers = {_inline(record.tiers)}",
        f"categories = {_inline(record.categories)}",
    ]
    for change in record.changes:
        lines += [
            "",
            f"[[sets.{_key(name)}.changes]]",
            f"version = {change.version}",
            f"date = {change.day.isoformat()}",
            f"reason = {_text(change.reason)}",
        ]
    return "\n".join(lines) + "\n"


def _inline(counts: Mapping[str, int]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {value}" for key, value in counts.items()) + " }"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    # A JSON string is a TOML basic string; DEL alone is escaped in the one and not the other.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
