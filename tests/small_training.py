"""A training of the tiny base that takes a second, as the command line starts it."""

from __future__ import annotations

from pathlib import Path

from farense.datasets.packs import Pack, write_pack
from farense.records import Example

ROWS = tuple(
    Example(f"Pergunta {'o' * n} {n}?", f"Resposta {n}", (f"f/{n}",), "club", f"tiny/{n}")
    for n in range(11)
)


def write_small_pack(root: Path) -> None:
    """Write the pack that :func:`arguments` names."""
    write_pack(Pack("essentials", 1, "0" * 64, ROWS, ROWS[:3]), root / "built" / "essentials")


def arguments(root: Path, base: Path, adapters: Path, *more: str) -> list[str]:
    """The command, without ``farense``: 12 steps, a checkpoint every 3, a validation every 4."""
    return [
        "train",
        *("--base", str(base), "--packs-dir", str(root / "built"), "--adapters-dir", str(adapters)),
        *("--steps", "12", "--batch-size", "4", "--rank", "2", "--dropout", "0.1"),
        *("--checkpoint-every", "3", "--evaluate-every", "4", "--workers", "1", *more),
    ]
