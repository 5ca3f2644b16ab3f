"""The lines that are compared, and the generated part of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.storage import write_text

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
TORCH = ("PyTorch bfloat16", "PyTorch float32")
PYTORCH, LLAMA_CPP = ("torch", "transformers", "peft"), ("llama-cpp-python",)
COLUMNS = ("farense", *TORCH, "llama.cpp")


@dataclass(frozen=True)
class Line:
    """A kind of work: who does it, and which ratio is asked of farense.

    ``shared`` says that farense shares the work among processes, as its commands do.
    """

    name: str
    title: str
    contestants: tuple[str, ...]
    rival: str
    asked: float | None
    shared: bool = False

    @property
    def packages(self) -> list[str]:
        """What the contestants besides farense are made of."""
        torch, llama = set(self.contestants) & set(TORCH), "llama.cpp" in self.contestants
        return [*(PYTORCH if torch else ()), *(LLAMA_CPP if llama else ())]


LINES = (
    Line(
        "training",
        "training, 16 rows of 58 tokens, LoRA rank 8 on all layers, tokens/s",
        ("farense", *TORCH),
        TORCH[0],
        1.0,
        shared=True,
    ),
    Line("prefill", "reading a prompt of 256 tokens, tokens/s", COLUMNS, "llama.cpp", None),
    Line("decode", "writing one answer, tokens/s", COLUMNS, "llama.cpp", 0.3),
    Line(
        "answer",
        "answers of 32 tokens at the best batch of each, tokens/s",
        ("farense", *TORCH),
        TORCH[0],
        1.0,
        shared=True,
    ),
    Line(
        "questions",
        "golden questions/s, llama.cpp one at a time",
        ("farense", "llama.cpp"),
        "llama.cpp",
        2.0,
        shared=True,
    ),
)


def table(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The table in Markdown, from what ``measure.py`` keeps of each line."""
    heads = ("work", *COLUMNS, "ratio", "asked")
    rows = [
        f"| {' | '.join(heads)} |",
        f"| --- |{' ---: |' * (len(heads) - 1)}",
        *(f"| {' | '.join(_cells(line, kept[line.name]))} |" for line in LINES),
    ]
    return "\n".join(rows)


def _cells(line: Line, found: Mapping[str, Any]) -> list[str]:
    medians, batches = found["medians"], found["batches"]
    speeds = [
        _speed(medians[name], batches.get(name)) if name in medians else "–" for name in COLUMNS
    ]
    ratio = medians["farense"] / medians[line.rival]
    asked = "–" if line.asked is None else f"{line.asked:.1f}"
    return [line.title, *speeds, f"{ratio:.2f} × {line.rival}", asked]


def _speed(per_second: float, batch: int | None) -> str:
    shown = f"{per_second:.0f}" if per_second >= 100 else f"{per_second:.1f}"
    return shown if batch is None else f"{shown} (batch {batch})"


def section(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole generated part: table, machine, versions, dates."""
    first = kept[LINES[0].name]
    machine = first["machine"]
    peers = {name: version for line in LINES for name, version in kept[line.name]["peers"].items()}
    dates = sorted({kept[line.name]["created"][:10] for line in LINES})
    rounds = sorted({len(speeds) for f in kept.values() for speeds in f["rounds"].values()})
    versions = ", ".join(f"{name} {version}" for name, version in peers.items())
    return (
        f"{BEGIN}\n{table(kept)}\n\n"
        f"{' and '.join(dates)}, {machine['chip']}, {machine['cores']} cores, {machine['device']};"
        f" medians of {' to '.join(map(str, rounds))} alternated rounds. MLX {machine['mlx']},"
        f" mlx-lm {machine['mlx-lm']}, BLAS {machine['blas']}, kernels {machine['kernels']},"
        f" bfloat16 {machine['bfloat16']};"
        f" {versions}.\n{END}"
    )


def write_document(path: Path, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the generated part of ``path``; the words around it stay.

    Raises:
        InputError: the document has no such part.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(
            path, f"no {BEGIN} or no {END}", "both, around the table", "Put both marks back."
        )
    write_text(path, before + section(kept) + after)
