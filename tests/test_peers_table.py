"""The table of ``nox -s peers``: ratios, what was asked, and the document around it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from farense.errors import InputError

PEERS = Path(__file__).parent.parent / "benchmarks" / "peers"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module; it stands beside the scripts that use it."""
    monkeypatch.syspath_prepend(str(PEERS))
    yield __import__("table")
    sys.modules.pop("table", None)


def kept(table: Any) -> dict[str, Any]:
    """Every line measured: farense 60, then 100, 40 and 200 of each contestant."""
    speeds = dict(zip(table.COLUMNS, (60.0, 100.0, 40.0, 200.0), strict=True))
    machine = {"chip": "Chip", "cores": 2, "device": "cpu", "mlx": "1", "mlx-lm": "2"}
    return {
        line.name: {
            "created": "2026-02-03T10:00:00Z",
            "rounds": {name: [speeds[name]] * 3 for name in line.contestants},
            "medians": {name: speeds[name] for name in line.contestants},
            "batches": {"farense": 64} if line.name == "answer" else {},
            "machine": {**machine, "blas": "MKL", "kernels": "in use", "bfloat16": "in use"},
            "peers": {"torch": "2.13.0"},
        }
        for line in table.LINES
    }


def test_a_ratio_is_farense_over_its_rival(table: Any) -> None:
    """60 of PyTorch's 100 is 0.60 where 1.0 is asked, 60 of llama.cpp's 200 is 0.30."""
    rows = table.table(kept(table)).splitlines()[2:]
    by_name = dict(zip((line.name for line in table.LINES), rows, strict=True))
    assert by_name["training"].endswith("| 60.0 | 100 | 40.0 | – | 0.60 × PyTorch bfloat16 | 1.0 |")
    assert by_name["decode"].endswith("| 60.0 | 100 | 40.0 | 200 | 0.30 × llama.cpp | 0.3 |")
    assert by_name["answer"].split("|")[2].strip() == "60.0 (batch 64)"
    assert by_name["questions"].endswith("| 60.0 | – | – | 200 | 0.30 × llama.cpp | 2.0 |")


def test_only_the_generated_part_of_the_document_changes(table: Any, tmp_path: Path) -> None:
    """Words before and after stay; written twice, nothing is added."""
    path = tmp_path / "performance.md"
    path.write_text(f"Before.\n\n{table.BEGIN}\nold\n{table.END}\n\nAfter.\n")
    for _ in range(2):
        table.write_document(path, kept(table))
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"Before.\n\n{table.BEGIN}\n| work |")
        assert text.endswith(f"{table.END}\n\nAfter.\n")
        assert "2026-02-03, Chip, 2 cores, cpu; medians of 3 alternated rounds" in text
        assert "\nold\n" not in text


@pytest.mark.parametrize("text", [None, "No marks.", "<!-- peers: end --> <!-- peers: begin -->"])
def test_a_document_without_its_marks_is_refused(
    table: Any, text: str | None, tmp_path: Path
) -> None:
    """Nothing is written into a place nobody marked."""
    path = tmp_path / "performance.md"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match="peers: begin"):
        table.write_document(path, kept(table))
    assert (path.read_text() if path.exists() else None) == text


def test_the_document_has_the_marks(table: Any) -> None:
    """The generated part has its place in docs/performance.md."""
    text = (PEERS.parents[1] / "docs" / "performance.md").read_text(encoding="utf-8")
    assert text.count(table.BEGIN) == text.count(table.END) == 1
