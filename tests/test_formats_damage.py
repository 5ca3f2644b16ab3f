"""Reliability: whatever happens to a file, no row vanishes silently.

A few hundred damaged files here; `nox -s reliability` runs ten thousand.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from farense.datasets.formats import reading as reading_module
from farense.datasets.formats.items import Item, Reading
from farense.datasets.formats.reading import read_dataset
from farense.datasets.formats.shapes import SHAPES, Shape
from farense.datasets.formats.writing import write_dataset
from farense.errors import InputError
from farense.records import Message

FILES = int(os.environ.get("FARENSE_TEST_DAMAGED_FILES", "300"))
# One in each row; it is ASCII, so that most damage leaves it legible.
TOKEN = re.compile(rb"k\d{4}k")
SUFFIXES = ("jsonl", "json", "csv")
ROWS = [
    Item(
        "",
        (
            Message("user", f"k{number:04d}k Quem marcou ao Olhanense em 19{40 + number}?"),
            Message("assistant", f"Foi o João, à 2.ª parte; «{number} golos», São Luís."),
        ),
        extra={"category": "época"},
    )
    for number in range(12)
]


@pytest.fixture(scope="module", autouse=True)
def whole_rows_in_reports() -> Iterator[None]:
    """Reports show the beginning of a row; here they show all of it, to look for tokens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_module, "_SHOWN", 1 << 30)
        patch.setattr(reading_module.LOG, "disabled", True)
        yield


@cache
def sound_file(shape: Shape, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.{suffix}"
        write_dataset(ROWS, path, shape)
        return path.read_bytes()


@st.composite
def damage(draw: st.DrawFn) -> list[tuple[str, int, int, bytes]]:
    """One to six blows: what, where (in thousandths of the file), how long, with what."""
    kinds = st.sampled_from(["delete", "insert", "overwrite", "repeat", "cut", "recode", "crlf"])
    blow = st.tuples(
        kinds, st.integers(0, 999), st.integers(1, 60), st.binary(min_size=1, max_size=8)
    )
    return draw(st.lists(blow, min_size=1, max_size=6))


def damaged(data: bytes, blows: list[tuple[str, int, int, bytes]]) -> bytes:
    for kind, thousandth, length, new in blows:
        at = len(data) * thousandth // 1000
        before, after = data[:at], data[at:]
        if kind == "delete":
            data = before + after[length:]
        elif kind == "insert":
            data = before + new + after
        elif kind == "overwrite":
            data = before + new + after[len(new) :]
        elif kind == "repeat":
            data = before + after[:length] + after
        elif kind == "cut":
            data = before
        elif kind == "recode":
            data = data.decode("utf-8", "replace").encode("cp1252", "replace")
        else:
            data = data.replace(b"\n", b"\r\n")
    return data


@settings(
    max_examples=FILES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=FILES < 1000,
)
@given(shape=st.sampled_from(SHAPES), suffix=st.sampled_from(SUFFIXES), blows=damage())
@example(  # the header is gone, the first row stands in its place, and what follows is no CSV
    shape="chat",
    suffix="csv",
    blows=[("delete", 0, 1, b"-"), ("delete", 95, 1, b"-"), ("delete", 0, 17, b"-")],
)
@example(  # the first row has slipped into the header
    shape="question-answer",
    suffix="csv",
    blows=[("delete", 0, 1, b"-"), ("delete", 16, 4, b"-"), ("delete", 136, 53, b"-")],
)
@example(  # half of the first row has slipped into the header, and nothing follows
    shape="prompt-completion",
    suffix="csv",
    blows=[("cut", 167, 1, b"-"), ("cut", 190, 1, b"-"), ("delete", 400, 11, b"-")],
)
def test_no_row_of_a_damaged_file_vanishes(
    shape: Shape, suffix: str, blows: list[tuple[str, int, int, bytes]]
) -> None:
    """Rows in = rows out + rows reported, and each legible token is in a row or a report."""
    broken = damaged(sound_file(shape, suffix), blows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.{suffix}"
        path.write_bytes(broken)
        try:
            reading = read_dataset(path)
        except InputError:
            # A JSON file is one value: broken, it is refused as a whole, aloud.
            assert path.suffix == ".json" or not broken.strip()
            return
        assert reading.rows == len(reading.items) + len(reading.skipped)
        told = everything_told(reading)
        if not broken.startswith((b"\xff\xfe", b"\xfe\xff")):
            assert {token.decode() for token in TOKEN.findall(broken)} <= told
        check_conversion(reading, Path(folder))


def everything_told(reading: Reading) -> set[str]:
    """Every token that stands in a row kept or in a report."""
    kept = (json.dumps([i.prompt, i.completion, i.text, dict(i.extra)]) for i in reading.items)
    said = (f"{report.shown} {report.message}" for report in reading.skipped)
    text = " ".join((*kept, *said))
    return set(re.findall(r"k\d{4}k", text))


def check_conversion(reading: Reading, folder: Path) -> None:
    """What was kept is written whole: as many rows come back, less those reported."""
    reports = write_dataset(reading.items, folder / "out.jsonl", "chat")
    again = read_dataset(folder / "out.jsonl")
    assert len(again.items) == len(reading.items) - len(reports)
    assert again.skipped == ()
