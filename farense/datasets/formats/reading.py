"""Files to rows: JSON, JSON Lines, CSV, Parquet and mlx-lm folders; no row vanishes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from farense.datasets.formats.items import SPLITS, Item, Reading, Report
from farense.datasets.formats.raw import Raw, raw_csv, raw_json, raw_jsonl, raw_parquet
from farense.datasets.formats.shapes import ShapeError, item_of
from farense.errors import InputError
from farense.text.encoding import is_damaged, mend, read_decoded

LOG = logging.getLogger(__name__)
# Commands print the reports themselves; without this Python would print each a second time.
LOG.addHandler(logging.NullHandler())
_TEXT_READERS = {".jsonl": raw_jsonl, ".json": raw_json, ".csv": raw_csv}
SUFFIXES = (*sorted(_TEXT_READERS), ".parquet")
_SHOWN = 160
# Far below what Python can follow, so that whatever is read can also be written.
_DEEPEST = 100


def read_dataset(path: Path, *, strict: bool = False) -> Reading:
    """Read a file by its suffix, or an mlx-lm folder of train, valid and test.jsonl.

    A row that cannot be used is skipped with a report and a log line; text in it is mended
    (mojibake, invisible characters, line ends) with a report. ``rows == items + skipped``.

    Raises:
        InputError: no such file, an unknown suffix, a file that is not what its suffix says, or,
            with ``strict``, the first row that would be skipped.
    """
    if path.is_dir():
        return _read_folder(path, strict=strict)
    rows: list[Item] = []
    reports: list[Report] = []
    raws, faults = _raws(path)
    count = 0
    for raw in raws:
        count += 1
        item, said = _item(raw)
        reports.extend(said)
        if item is not None:
            rows.append(item)
        elif strict:
            raise InputError(raw.where, said[-1].message, "a sound row", "Mend or drop the row.")
    for report in reports:
        LOG.warning("%s", report)
    return Reading(path, count, tuple(rows), tuple(reports), faults)


def _read_folder(folder: Path, *, strict: bool) -> Reading:
    files = {split: folder / f"{split}.jsonl" for split in SPLITS}
    there = {split: path for split, path in files.items() if path.is_file()}
    if not there:
        raise InputError(
            folder, "no train.jsonl", "train, valid, test.jsonl", "Name a file or such a folder."
        )
    parts = {split: read_dataset(path, strict=strict) for split, path in there.items()}
    return Reading(
        path=folder,
        rows=sum(part.rows for part in parts.values()),
        items=tuple(
            replace(item, split=split) for split, part in parts.items() for item in part.items
        ),
        reports=tuple(report for part in parts.values() for report in part.reports),
        faults=tuple(dict.fromkeys(fault for part in parts.values() for fault in part.faults)),
    )


def _raws(path: Path) -> tuple[Iterator[Raw], tuple[str, ...]]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return raw_parquet(path), ()
    if suffix not in _TEXT_READERS:
        raise InputError(
            path, f"suffix {suffix!r}", ", ".join(SUFFIXES), "Rename or convert the file."
        )
    decoded = read_decoded(path)
    faults = tuple(fault for fault in decoded.faults if fault != "replacement")
    return _TEXT_READERS[suffix](decoded.text, str(path)), faults


def _item(raw: Raw) -> tuple[Item | None, list[Report]]:
    """The row as an item, or None with the reason as the last report."""
    if raw.kind:
        return None, [_skip(raw, raw.kind, raw.message)]
    repairs: set[str] = set()
    try:
        row = _mended(raw.value, repairs, _DEEPEST)
        item = item_of(row, raw.where)
    except ShapeError as error:
        return None, [_skip(raw, error.kind, str(error))]
    shown = _shown(raw.value)
    kinds = sorted(repairs)
    return item, [Report(raw.where, k, _REPAIRED[k], skipped=False, shown=shown) for k in kinds]


_REPAIRED = {
    "mojibake": "text read in a wrong encoding was decoded rightly",
    "invisible": "invisible characters were dropped",
    "crlf": "line ends were unified",
    "nfc": "accents were composed",
}


def _mended(value: Any, repairs: set[str], deepest: int) -> Any:
    """The value with every text in it mended.

    Raises:
        ShapeError: characters are lost, or more than ``deepest`` values are within each other.
    """
    if deepest < 0:
        raise ShapeError("not_json", f"values more than {_DEEPEST} deep within each other")
    if isinstance(value, str):
        mended = mend(value)
        if is_damaged(mended.text):
            raise ShapeError("damaged", "characters are lost (U+FFFD or mojibake)")
        repairs.update(mended.repairs)
        return mended.text
    if isinstance(value, list):
        return [_mended(item, repairs, deepest - 1) for item in value]
    if isinstance(value, dict):
        return {
            _mended(k, repairs, deepest): _mended(v, repairs, deepest - 1) for k, v in value.items()
        }
    return value


def _skip(raw: Raw, kind: str, message: str) -> Report:
    return Report(raw.where, kind, message, skipped=True, shown=_shown(raw.value))


def _shown(value: Any) -> str:
    try:
        return str(value)[:_SHOWN]
    except RecursionError:
        return "values too deep within each other to be shown"
