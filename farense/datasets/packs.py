"""Packs: the question-answer pairs one adapter learns from, and those it is validated on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from farense.datasets.augmenting import MARK, careless_copies, slip_of
from farense.datasets.formats.writing import MANIFEST as SPLIT_MANIFEST
from farense.datasets.formats.writing import PACK_MANIFEST as MANIFEST
from farense.datasets.giveaways import check_nothing_given_away, given_away
from farense.datasets.rehearsal import Rehearsal
from farense.errors import InputError
from farense.facts.heldout import without_heldout
from farense.facts.phrasing.catalogue import facets
from farense.facts.phrasing.facet import PACKS, PackName
from farense.facts.tables import FactTables
from farense.folders import whole_folder
from farense.records import Example
from farense.storage import (
    read_json,
    read_jsonl,
    sha256_file,
    write_json,
    write_jsonl,
)
from farense.text import fold

TRAIN = "train.jsonl"
VALIDATION = "valid.jsonl"
# What a folder may hold that a pack takes the place of; macOS adds the last one by itself.
_REPLACED = frozenset({MANIFEST, TRAIN, VALIDATION, "test.jsonl", SPLIT_MANIFEST, ".DS_Store"})
_SCHEMA = 1
_NO_REHEARSAL = Rehearsal()


@dataclass(frozen=True)
class Pack:
    """The rows of a pack.

    ``facts_sha256`` names the fact tables it was built from, ``rehearsal_sha256`` the file of
    general questions trained along; None without one.
    """

    name: PackName
    seed: int
    facts_sha256: str
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    rehearsal_sha256: str | None = None


def build_pack(
    tables: FactTables,
    pack: PackName,
    seed: int,
    rehearsal: Rehearsal = _NO_REHEARSAL,
    augment: float = 0.0,
) -> Pack:
    """Phrase the facts of ``pack``; the seed decides the order of the rows and what is copied.

    Validation rows are the held-back wordings of the same facts. The general rows of
    ``rehearsal`` join the trained ones. Facts that the tables hold out are in neither. With
    ``augment``, careless copies of that share of the trained rows join them (`careless_copies`).

    Raises:
        InputError: a validation prompt is also trained, one prompt has two answers, or the
            phrasings of a kind of question give its answers away.
    """
    chosen = facets(tables, pack)
    trained = [*without_heldout(chain(*(f.train() for f in chosen)), tables.heldout)]
    validated = [*without_heldout(chain(*(f.validation() for f in chosen)), tables.heldout)]
    if augment:
        taken = {_folded(row.prompt) for row in (*trained, *validated)}
        trained += careless_copies(trained, augment, seed, taken)
    built = Pack(
        name=pack,
        seed=seed,
        facts_sha256=tables.sha256,
        train=_shuffled(chain(trained, rehearsal.train), seed),
        validation=_shuffled(validated, seed),
        rehearsal_sha256=rehearsal.sha256,
    )
    check_no_leak(built)
    check_no_contradiction(built)
    check_nothing_given_away(f"pack {pack}", built.train)
    return built


def check_no_leak(pack: Pack) -> None:
    """Refuse a validation prompt that, folded, equals a training prompt.

    Raises:
        InputError: names both phrasings.
    """
    trained = {_folded(row.prompt): row for row in pack.train}
    for row in pack.validation:
        twin = trained.get(_folded(row.prompt))
        if twin is not None:
            raise InputError(
                f"pack {pack.name}",
                f"{row.prompt!r} is validated ({row.phrasing}) and trained ({twin.phrasing})",
                "each wording on one side only",
                "Reword one of the two.",
            )


def check_no_contradiction(pack: Pack) -> None:
    """Refuse a prompt that is there twice, or that has two answers.

    A careless copy may equal its own original once both are folded: their answer is one.

    Raises:
        InputError: names both phrasings.
    """
    for rows in (pack.train, pack.validation):
        seen: dict[str, Example] = {}
        for row in rows:
            twin = seen.setdefault(_folded(row.prompt), row)
            if twin is not row and not _copies(twin, row):
                raise InputError(
                    f"pack {pack.name}",
                    f"{row.prompt!r} twice ({twin.phrasing}: {twin.completion!r},"
                    f" {row.phrasing}: {row.completion!r})",
                    "each prompt once",
                    "Reword one of the two so that only one answer is true.",
                )


def _copies(one: Example, other: Example) -> bool:
    origins = {row.phrasing.partition(MARK)[0] for row in (one, other)}
    same = (one.completion, one.fact_ids) == (other.completion, other.fact_ids)
    return same and len(origins) == 1 and one.phrasing != other.phrasing


def write_pack(pack: Pack, folder: Path) -> Path:
    """Write ``train.jsonl``, ``valid.jsonl`` and ``manifest.json``; returns ``folder``.

    The folder appears whole or not at all, in place of a pack or split that is there.

    Raises:
        InputError: the folder is there and holds something else, which would be lost.
        StorageError: the disk is full or the folder not writable.
    """
    _require_replaceable(folder)
    files = {TRAIN: pack.train, VALIDATION: pack.validation}
    with whole_folder(folder) as new:
        for name, rows in files.items():
            write_jsonl(new / name, (row.to_json() for row in rows))
        manifest = {
            "schema": _SCHEMA,
            "pack": pack.name,
            "by": "wording",
            "seed": pack.seed,
            "facts_sha256": pack.facts_sha256,
            "rehearsal_sha256": pack.rehearsal_sha256,
            "given_away": {n: round(share, 4) for n, share in given_away(pack.train).items()},
            "augmented": dict(sorted(Counter(_slips(pack.train)).items())),
            "counts": {name: _counts(rows) for name, rows in files.items()},
            "sha256": {name: sha256_file(new / name) for name in files},
        }
        write_json(new / MANIFEST, manifest)
    return folder


def _require_replaceable(folder: Path) -> None:
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.name not in _REPLACED:
            raise InputError(
                entry,
                "not a file of a pack",
                "a new folder, or one that holds only a pack",
                "Move it away, or choose another folder for the packs.",
            )


def read_pack(folder: Path) -> Pack:
    """Read a pack as written, proving its files against the manifest.

    Raises:
        InputError: a file is missing, damaged, or not the one the manifest names.
    """
    manifest = _manifest(folder)
    for name in (TRAIN, VALIDATION):
        if not (folder / name).is_file() or sha256_file(folder / name) != manifest["sha256"][name]:
            raise InputError(
                folder / name,
                "missing or not the file of the manifest",
                f"sha256 {manifest['sha256'][name]}",
                "Build the pack again.",
            )
    return Pack(
        name=manifest["pack"],
        seed=manifest["seed"],
        facts_sha256=manifest["facts_sha256"],
        train=read_rows(folder / TRAIN),
        validation=read_rows(folder / VALIDATION),
        rehearsal_sha256=manifest.get("rehearsal_sha256"),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    manifest = read_json(path)
    needed = {"schema", "pack", "seed", "facts_sha256", "sha256"}
    if not isinstance(manifest, dict) or not needed <= manifest.keys():
        raise InputError(path, "not a manifest", ", ".join(sorted(needed)), "Build the pack again.")
    if manifest["schema"] != _SCHEMA or manifest["pack"] not in PACKS:
        raise InputError(
            path,
            f"schema {manifest['schema']!r}, pack {manifest['pack']!r}",
            f"schema {_SCHEMA}, one of {', '.join(PACKS)}",
            "Build the pack again with this version.",
        )
    return manifest


def read_rows(path: Path) -> tuple[Example, ...]:
    """The rows of a train.jsonl or valid.jsonl, in order.

    Raises:
        InputError: a line is not an example; ``where`` is ``file:line``.
    """
    rows = []
    for number, value in read_jsonl(path):
        try:
            rows.append(Example.from_json(value))
        except (TypeError, KeyError) as error:
            raise InputError(
                f"{path}:{number}",
                f"not an example ({error})",
                "prompt, completion, fact_ids, category, phrasing",
                "Build the pack again.",
            ) from error
    return tuple(rows)


@lru_cache(maxsize=1 << 17)
def _folded(prompt: str) -> str:
    # Both checks fold every prompt, and folding is most of what building a pack costs.
    return fold(prompt)


def _shuffled(rows: Iterable[Example], seed: int) -> tuple[Example, ...]:
    ordered = list(rows)
    random.Random(seed).shuffle(ordered)  # noqa: S311 - order, not secrecy
    return tuple(ordered)


def _slips(rows: Iterable[Example]) -> Iterator[str]:
    return (slip for row in rows if (slip := slip_of(row.phrasing)))


def _counts(rows: Sequence[Example]) -> dict[str, int]:
    by_category = Counter(row.category for row in rows)
    return {"rows": len(rows), **dict(sorted(by_category.items()))}
