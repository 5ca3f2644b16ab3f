"""Rows to train on from any dataset, and the rows held back to validate on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from farense.datasets.formats.items import Item, Report, Split
from farense.datasets.formats.reading import read_dataset
from farense.datasets.formats.writing import split_of
from farense.datasets.leakproof import By, LeakReport, prove_split
from farense.datasets.splitting import Shares, split_items
from farense.datasets.subjects import stated_facts
from farense.errors import InputError
from farense.records import Example, Message
from farense.storage import sha256_file

_PAIR = ("user", "assistant")


@dataclass(frozen=True)
class TrainingData:
    """What an adapter learns from and is validated on.

    Attributes:
        name: Part of the adapter's folder name.
        record: Where the rows are from and how some were held back, for the run's record.
        warnings: Sentences for the user.
    """

    name: str
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    record: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def system(self) -> str:
        """The system message that every trained row begins with; empty where they differ."""
        found = {_system(row.conversation) for row in self.train}
        return found.pop() if len(found) == 1 else ""


def _system(messages: Sequence[Message]) -> str:
    return messages[0].content if messages and messages[0].role == "system" else ""


def read_training_data(
    source: Path, validation: Path | None, share: float, seed: int
) -> TrainingData:
    """Read a dataset to train on.

    Rows to validate on are those of ``validation``; without it those that the dataset names,
    by the file valid.jsonl of a folder or a column ``split``; without either a share, drawn with
    the seed so that no fact, question or answer is on both sides (``split_items``). Rows of
    a split ``test`` are left out.

    Raises:
        InputError: a file cannot be read or holds no sound row, nothing can be held back, or a
            question is on both sides.
    """
    sides = _sides(source, validation, share, seed)
    _require_rows(sides.train, sides.held, source)
    proof = prove_split([*sides.train, *sides.held], sides.by)
    counts = {"train": len(sides.train), "validation": len(sides.held)}
    record = {
        "source": source.name,
        "source_sha256": sha256_file(source) if source.is_file() else None,
        "rows": {**counts, "test_left_out": sides.left_out},
        "skipped": len(sides.skipped),
        "validation": sides.how,
        "leaks": {leak.kind: leak.count for leak in proof.leaks},
    }
    return TrainingData(
        name=re.sub(r"[^\w-]+", "-", source.stem).strip("-") or "data",
        train=tuple(example_of(item) for item in sides.train),
        validation=tuple(example_of(item) for item in sides.held),
        record=record,
        warnings=(*map(str, sides.skipped), *_leaks(proof)),
    )


@dataclass(frozen=True)
class _Sides:
    """What is trained and what is held back; ``how`` and ``by`` say by what it was chosen."""

    train: Sequence[Item]
    held: Sequence[Item]
    how: str
    by: By
    left_out: int
    skipped: tuple[Report, ...]


def _sides(source: Path, validation: Path | None, share: float, seed: int) -> _Sides:
    reading = read_dataset(source)
    named = [replace(item, split=split_of(item) or "train") for item in reading.items]
    train = [item for item in named if item.split == "train"]
    held = [item for item in named if item.split == "valid"]
    left_out = sum(item.split == "test" for item in named)
    if validation is not None:
        other = read_dataset(validation)
        given = [replace(item, split="valid") for item in other.items]
        skipped = reading.skipped + other.skipped
        return _Sides(train, given, validation.name, "wording", left_out, skipped)
    if held:
        return _Sides(train, held, "rows it names", "wording", left_out, reading.skipped)
    train, held = _dealt(train, source, share, seed)
    how = f"{share:g} of the rows, by fact, seed {seed}"
    return _Sides(train, held, how, "fact", left_out, reading.skipped)


def example_of(item: Item) -> Example:
    """The row as it is trained and recorded."""
    simple = tuple(message.role for message in item.messages) in ((), _PAIR)
    return Example(
        prompt=item.prompt,
        completion=item.completion,
        fact_ids=stated_facts(item),
        category=str(item.extra.get("category", "")),
        phrasing=str(item.extra.get("phrasing", Path(item.where).name)),
        input=item.input,
        messages=() if simple else item.messages,
    )


def _dealt(
    items: Sequence[Item], source: Path, share: float, seed: int
) -> tuple[list[Item], list[Item]]:
    bare = [replace(item, split="") for item in items]
    try:
        done = split_items(bare, Shares(valid=share, test=0.0), seed)
    except InputError as error:
        raise InputError(
            source,
            f"no rows that can be held back ({error.found})",
            "facts that do not hang together, so that a share can be kept for validation",
            "Give --validation FILE, rows with a column split, or another --validation-share.",
        ) from error
    sides: dict[Split, list[Item]] = {"train": [], "valid": []}
    for item in done:
        sides["valid" if item.split == "valid" else "train"].append(item)
    return sides["train"], sides["valid"]


def _require_rows(train: Sequence[Item], held: Sequence[Item], source: Path) -> None:
    for rows, name in ((train, "to train on"), (held, "to validate on")):
        if not rows:
            raise InputError(
                source,
                f"no sound row {name}",
                "rows of a known shape on both sides",
                "`farense data audit` names what is wrong with the rows.",
            )


def _leaks(proof: LeakReport) -> list[str]:
    """Warnings of what is nearly on both sides.

    Raises:
        InputError: a question is on both sides, or a drawn split is not proved.
    """
    found = [leak for leak in proof.leaks if leak.count and not leak.by_design]
    for leak in found:
        if leak.kind == "prompt" or (proof.by == "fact" and leak.kind != "contradiction"):
            example = leak.examples[0]
            raise InputError(
                example.where,
                f"trained and held back ({leak.kind}, {leak.count} rows): {example.shown}",
                "each question on one side only",
                "Drop it from one side, or let farense hold rows back: leave out --validation.",
            )
    return [
        f"{leak.count} held-back rows: {leak.kind} ({leak.examples[0].where}:"
        f" {leak.examples[0].shown})"
        for leak in found
    ]
