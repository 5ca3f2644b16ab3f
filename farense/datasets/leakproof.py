"""Proof that what is held back is not trained: no fact, no prompt, no answer on both sides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from farense.datasets.auditing.findings import Example, first_examples
from farense.datasets.auditing.repeats import Folded, contradictions, near_repeats
from farense.datasets.auditing.whole import folded_texts
from farense.datasets.formats.items import SPLITS, Item
from farense.datasets.formats.writing import MANIFEST as SPLIT_MANIFEST
from farense.datasets.formats.writing import PACK_MANIFEST
from farense.datasets.splitting import answer_keys
from farense.datasets.subjects import subject_keys
from farense.errors import InputError
from farense.storage import read_json, sha256_file

By = Literal["fact", "wording"]
LeakKind = Literal["fact", "prompt", "near_prompt", "answer", "contradiction"]
# Held-back wordings ask trained facts, and have their answers: that is what they are for.
_BY_DESIGN: dict[By, tuple[LeakKind, ...]] = {"fact": (), "wording": ("fact", "answer")}
# What a proof proves, for each way of holding rows back.
PROMISES: dict[By, str] = {
    "fact": "no fact, question or telling answer is both trained and held back",
    "wording": "no question is both trained and held back; facts and answers are,"
    " for validation asks trained facts in wordings that are not trained",
}


@dataclass(frozen=True)
class Leak:
    """One kind of leak: held-back rows concerned, and whether the split means them to be so."""

    kind: LeakKind
    count: int
    by_design: bool
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class LeakReport:
    """The proof of one dataset.

    Attributes:
        held_back: Rows of validation and test.
        files: Hex sha256 of each file, all equal to those of the manifest; empty without one.
        leaks: One of each kind, with a count of 0 where there is none.
        unread: Rows that could not be read, of which nothing is proved.
    """

    by: By
    trained: int
    held_back: int
    files: dict[str, str]
    leaks: tuple[Leak, ...]
    unread: int = 0

    @property
    def proved(self) -> bool:
        """Whether every row was read, and nothing leaks but by design."""
        return not self.unread and all(leak.by_design or not leak.count for leak in self.leaks)

    def to_json(self) -> dict[str, Any]:
        leaks = [
            {
                "kind": leak.kind,
                "count": leak.count,
                "by_design": leak.by_design,
                "examples": [{"where": e.where, "shown": e.shown} for e in leak.examples],
            }
            for leak in self.leaks
        ]
        return {
            "proved": self.proved,
            "by": self.by,
            "trained": self.trained,
            "held_back": self.held_back,
            "unread": self.unread,
            "files": self.files,
            "leaks": leaks,
        }


def prove_split(items: Sequence[Item], by: By, files: dict[str, str] | None = None) -> LeakReport:
    """Hold every validation and test row against every trained one.

    Raises:
        InputError: nothing is held back, or nothing trained.
    """
    held = [row for row, item in enumerate(items) if item.split in ("valid", "test")]
    trained = [row for row, item in enumerate(items) if item.split == "train"]
    if not held or not trained:
        raise InputError(
            "the split", f"{len(trained)} trained, {len(held)} held back", "both", "Split it anew."
        )
    prompts, completions = folded_texts(items)
    texts = Folded(prompts, completions)
    near = near_repeats(texts)
    denied = contradictions(texts, [item.completion for item in items])
    sides = dict.fromkeys(held, "held") | dict.fromkeys(trained, "train")
    across = {row for pair in near if len({sides[r] for r in pair}) == 2 for row in pair}
    # A plain text has no prompt: it leaks when the same text is trained.
    asked = [p or c for p, c in zip(prompts, completions, strict=True)]
    seen = {asked[row] for row in trained}
    found: dict[LeakKind, list[int]] = {
        "fact": _shared([subject_keys(item) for item in items], held, trained),
        "prompt": [row for row in held if asked[row] in seen],
        "near_prompt": [row for row in held if row in across],
        "answer": _shared([answer_keys(item) for item in items], held, trained),
        "contradiction": sorted(row for group in denied for row in group),
    }
    leaks = tuple(
        Leak(
            kind,
            len(rows),
            kind in _BY_DESIGN[by],
            first_examples(
                (items[r].where, f"{items[r].prompt} → {items[r].completion}") for r in rows
            ),
        )
        for kind, rows in found.items()
    )
    return LeakReport(by, len(trained), len(held), files or {}, leaks)


def _shared(
    keys: Sequence[frozenset[str]], held: Sequence[int], trained: Sequence[int]
) -> list[int]:
    known = {key for row in trained for key in keys[row]}
    return [row for row in held if not known.isdisjoint(keys[row])]


def proved_files(folder: Path) -> tuple[By, dict[str, str]]:
    """How the folder was split, and the hashes of its files, proved against its manifest.

    A pack's manifest means a split by wording. A folder without a manifest is taken as split by
    fact, and has no hashes.

    Raises:
        InputError: a file is not the one its manifest names, or a split file that it does not name.
    """
    for name, by in ((SPLIT_MANIFEST, "fact"), (PACK_MANIFEST, "wording")):
        if not (folder / name).is_file():
            continue
        manifest = read_json(folder / name)
        stated = manifest.get("sha256") if isinstance(manifest, dict) else None
        if not isinstance(stated, dict):
            raise InputError(folder / name, "no hashes", "sha256 of each file", "Build it anew.")
        for file, sha256 in stated.items():
            if not (folder / file).is_file() or sha256_file(folder / file) != sha256:
                raise InputError(
                    folder / file,
                    "missing or not the file of the manifest",
                    f"sha256 {sha256}",
                    "Build or split it again.",
                )
        _require_all_named(folder, name, stated)
        return ("fact" if by == "fact" else "wording"), stated
    return "fact", {}


def _require_all_named(folder: Path, manifest: str, named: Collection[str]) -> None:
    for split in SPLITS:
        file = folder / f"{split}.jsonl"
        if file.is_file() and file.name not in named:
            raise InputError(
                file,
                f"not named by {manifest}",
                "only split files with a hash",
                "Remove it, or build or split it again.",
            )
