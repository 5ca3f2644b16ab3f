"""Train, validation and test by what rows are about, so that no fact stands on two sides."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from farense.datasets.auditing.repeats import Folded, near_repeats
from farense.datasets.auditing.whole import folded_texts
from farense.datasets.formats.items import SPLITS, Item, Split
from farense.datasets.formats.shapes import Shape, ShapeError, row_of
from farense.datasets.formats.writing import MANIFEST, require_apart, write_dataset
from farense.datasets.subjects import groups_of, subject_keys, text_keys
from farense.errors import InputError
from farense.storage import sha256_file, storage_errors, write_json
from farense.text import fold

_SCHEMA = 1
_NO_CATEGORY = "-"


@dataclass(frozen=True)
class Shares:
    """Shares of the rows for validation and test, each from 0 to below 1; the rest is trained."""

    valid: float = 0.1
    test: float = 0.1


def split_items(items: Sequence[Item], shares: Shares, seed: int) -> tuple[Item, ...]:
    """The items, each with its split; groups stay whole, categories keep their shares.

    A group is what shares a fact, match, person, question, nearly equal question or telling
    answer (``subject_keys``). Within each category groups are dealt in seeded random order to
    validation and test until each has its share of the category's rows.

    Raises:
        InputError: the shares leave nothing to train, or there are too few groups to fill a
            split that was asked for.
    """
    if shares.valid < 0 or shares.test < 0 or shares.valid + shares.test >= 1:
        raise InputError(
            "--valid, --test",
            f"{shares.valid} and {shares.test}",
            "two shares from 0, below 1 together",
            "Leave most rows to train.",
        )
    groups = row_groups(items)
    split_of_group = _dealt(_by_category(items, groups), shares, seed)
    done = tuple(
        replace(item, split=split_of_group[group])
        for item, group in zip(items, groups, strict=True)
    )
    _require_filled(done, shares)
    return done


def row_groups(items: Sequence[Item]) -> list[int]:
    """The group of each row, by subject keys, telling answers and nearly equal questions."""
    keys = [subject_keys(item) | answer_keys(item) for item in items]
    prompts, completions = folded_texts(items)
    return groups_of(keys, near_repeats(Folded(prompts, completions)))


def answer_keys(item: Item) -> frozenset[str]:
    """The whole answer as a key where it tells by itself what it is about.

    *Nasceu a 3 de maio de 1965 em Faro.* does, *Ganhou 2-1.* does not: many matches end so.
    """
    telling = [key for key in text_keys(item.completion) if key.startswith("date:")]
    return frozenset((f"answer:{fold(item.completion)}",)) if telling else frozenset()


def _by_category(items: Sequence[Item], groups: Sequence[int]) -> dict[str, dict[int, int]]:
    """Category to the sizes of its groups; a group has the category of most of its rows."""
    told: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for item, group in zip(items, groups, strict=True):
        told[group][str(item.extra.get("category", _NO_CATEGORY))] += 1
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for group, categories in told.items():
        category = min(categories, key=lambda name: (-categories[name], name))
        found[category][group] = categories.total()
    return dict(sorted(found.items()))


def _dealt(
    categories: Mapping[str, Mapping[int, int]], shares: Shares, seed: int
) -> dict[int, Split]:
    """The split of each group; one too large for what a split still lacks is trained."""
    dealer = random.Random(seed)  # noqa: S311 - order, not secrecy
    split_of_group: dict[int, Split] = {}
    for sizes in categories.values():
        rows = sum(sizes.values())
        order = sorted(sizes)
        dealer.shuffle(order)
        lacking: dict[Split, int] = {
            "valid": round(shares.valid * rows),
            "test": round(shares.test * rows),
        }
        for group in order:
            split_of_group[group] = "train"
            for split in ("valid", "test"):
                if sizes[group] <= lacking[split]:
                    split_of_group[group] = split
                    lacking[split] -= sizes[group]
                    break
    return split_of_group


def _require_filled(items: Sequence[Item], shares: Shares) -> None:
    filled = {item.split for item in items}
    wanted = {"train": 1.0, "valid": shares.valid, "test": shares.test}
    for split in SPLITS:
        if wanted[split] > 0 and split not in filled:
            raise InputError(
                split, "no row", "facts that do not hang together", "Add rows, or set its share 0."
            )


def write_split(
    items: Sequence[Item], folder: Path, shape: Shape, *, seed: int, source: Path
) -> Path:
    """Write the mlx-lm folder and, last, ``split.json`` with counts and hashes.

    Raises:
        InputError: a row that the shape cannot hold, or ``folder`` would replace ``source``.
        StorageError: the disk is full or the folder not writable.
    """
    for item in items:
        _require_writable(item, shape)
    require_apart(source, folder)
    with storage_errors(folder):
        # A folder that is there is one whatever its name: rows.v2 has no unknown suffix.
        folder.mkdir(parents=True, exist_ok=True)
    write_dataset(items, folder, shape)
    names = [f"{split}.jsonl" for split in SPLITS if (folder / f"{split}.jsonl").is_file()]
    manifest: dict[str, Any] = {
        "schema": _SCHEMA,
        "by": "fact",
        "seed": seed,
        "source": source.name,
        "source_sha256": sha256_file(source) if source.is_file() else None,
        "counts": {split: _counts(items, split) for split in SPLITS},
        "sha256": {name: sha256_file(folder / name) for name in names},
    }
    write_json(folder / MANIFEST, manifest)
    return folder


def _require_writable(item: Item, shape: Shape) -> None:
    try:
        row_of(item, shape)
    except ShapeError as error:
        raise InputError(
            item.where, str(error), f"a row for {shape}", "Choose another shape."
        ) from error


def _counts(items: Sequence[Item], split: Split) -> dict[str, int]:
    chosen = [item for item in items if item.split == split]
    by_category = Counter(str(item.extra.get("category", _NO_CATEGORY)) for item in chosen)
    return {"rows": len(chosen), **dict(sorted(by_category.items()))}
