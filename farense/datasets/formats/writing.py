"""Rows to files: JSON, JSON Lines, CSV, Parquet and mlx-lm folders."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Literal

from farense.datasets.formats.items import SPLITS, Item, Report, Split
from farense.datasets.formats.raw import pyarrow_parquet
from farense.datasets.formats.shapes import Shape, ShapeError, row_of
from farense.errors import InputError
from farense.storage import real_path, remove, write_bytes, write_jsonl

MANIFEST = "split.json"
PACK_MANIFEST = "manifest.json"
_MANIFESTS = (MANIFEST, PACK_MANIFEST)
_SPLIT = "split"
_SHOWN = 160


def require_apart(source: Path, target: Path) -> None:
    """Refuse a target whose writing would replace or remove what ``source`` is read from.

    Raises:
        InputError: a file that writing ``target`` touches is ``source``, lies in it, or is read
            for it through a link.
    """
    _refuse_touching(source, _files_of(target) if is_folder(target) else (target,), inside=True)


def require_not_read(source: Path, file: Path) -> None:
    """Refuse to write ``file`` over what the dataset ``source`` is read from.

    Raises:
        InputError: it is ``source``, or one of the files of that folder.
    """
    _refuse_touching(source, (file,), inside=False)


def _refuse_touching(source: Path, files: Sequence[Path], *, inside: bool) -> None:
    if not source.exists():
        return
    read = _files_of(source) if source.is_dir() else (source,)
    found = "in the folder that is read" if source.is_dir() else "the file that is read"
    for file in files:
        lies_in = inside and real_path(file).is_relative_to(real_path(source))
        if lies_in or any(_same(file, other) for other in read):
            raise InputError(file, found, "a target apart from the source", "Name another target.")


def is_folder(path: Path) -> bool:
    """Whether a dataset of this name is an mlx-lm folder: it is one, or has no suffix."""
    return path.is_dir() or not path.suffix


def _files_of(folder: Path) -> tuple[Path, ...]:
    """Every file of a dataset in a folder; writing one there replaces or removes them."""
    return tuple(folder / name for name in (*(f"{s}.jsonl" for s in SPLITS), *_MANIFESTS))


def _same(one: Path, other: Path) -> bool:
    # Not by name: links, and file systems that take Meu and meu for one.
    return one.exists() and other.exists() and one.samefile(other)


def write_dataset(items: Sequence[Item], path: Path, shape: Shape) -> tuple[Report, ...]:
    """Write rows by the suffix of ``path``; without one, or to a folder, an mlx-lm folder.

    In a folder, rows go to the split they came from or that their column ``split`` names, others
    to train.jsonl; split files that no row is for, and the manifest of an earlier split or pack,
    are removed. In a single file a column ``split`` keeps what the folder told. Returns the rows
    that the shape cannot hold; all others are written.

    Raises:
        InputError: an unknown suffix.
        StorageError: the disk is full or the folder not writable.
    """
    rows: list[tuple[Item, dict[str, Any]]] = []
    reports: list[Report] = []
    for item in items:
        try:
            rows.append((item, row_of(item, shape)))
        except ShapeError as error:
            shown = (item.prompt or item.text)[:_SHOWN]
            reports.append(Report(item.where, error.kind, str(error), skipped=True, shown=shown))
    if is_folder(path):
        _write_folder(rows, path)
    elif path.suffix.lower() in _WRITERS:
        write_bytes(
            path, _WRITERS[path.suffix.lower()]([_with_split(item, row) for item, row in rows])
        )
    else:
        expected = f"{', '.join(sorted(_WRITERS))}, or a folder"
        raise InputError(path, f"suffix {path.suffix!r}", expected, "Name the file otherwise.")
    return tuple(reports)


def _write_folder(rows: Sequence[tuple[Item, dict[str, Any]]], folder: Path) -> None:
    chosen: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
    for item, row in rows:
        chosen[split_of(item) or "train"].append(_without_split(row))
    filled = [split for split in SPLITS if chosen[split] or split == "train"]
    for split in filled:
        write_jsonl(folder / f"{split}.jsonl", chosen[split])
    # Only now: a run that is cut short leaves a manifest that its files belie.
    stale = (folder / f"{split}.jsonl" for split in SPLITS if split not in filled)
    manifests = (folder / name for name in _MANIFESTS)
    remove(path for path in (*stale, *manifests) if path.is_file())


def split_of(item: Item) -> Split | Literal[""]:
    """The split of a row by its file, else by its column ``split``; empty where neither tells."""
    stated = item.split or item.extra.get(_SPLIT)
    return next((split for split in SPLITS if split == stated), "")


def _with_split(item: Item, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, _SPLIT: item.split} if item.split else row


def _without_split(row: dict[str, Any]) -> dict[str, Any]:
    # The file tells it; a column that says otherwise would be believed by the next reader.
    return {name: cell for name, cell in row.items() if name != _SPLIT or cell not in SPLITS}


def _jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _json(rows: list[dict[str, Any]]) -> bytes:
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    stream = StringIO(newline="")
    columns = _columns(rows)
    writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return stream.getvalue().encode()


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: Any) -> Any:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    parquet = pyarrow_parquet()
    import pyarrow as pa

    columns = {name: [row.get(name) for row in rows] for name in _columns(rows)}
    stream = BytesIO()
    try:
        table = pa.table(columns)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(
            "Parquet", f"a column of several types ({error})", "one", "Write JSON Lines."
        ) from error
    parquet.write_table(table, stream)
    return stream.getvalue()


_WRITERS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}
