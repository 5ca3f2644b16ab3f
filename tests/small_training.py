"""A training of the tiny base that takes a second, as the command line starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.records import Example
from farense.training.stepping import Stepper

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


class Place:
    """A built pack and a folder of adapters of its own; trains in this process."""

    def __init__(self, root: Path, base: Path, adapters: Path) -> None:
        self.root, self.base, self.adapters = root, base, adapters

    def train(self, *more: str) -> Result:
        return CliRunner().invoke(cli, arguments(self.root, self.base, self.adapters, *more))

    @property
    def partial(self) -> Path:
        (found,) = self.adapters.glob(".*.partial")
        return found

    def finished(self, result: Result) -> Path:
        assert result.exit_code == 0, (result.output, result.exception)
        return Path(result.stdout.splitlines()[-1])


def stop_in_step(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> None:
    """The first ``number - 1`` steps are made, the next one raises."""
    real, calls = Stepper.step, 0

    def step(self: Stepper, *given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            monkeypatch.setattr(Stepper, "step", real)
            raise error
        return real(self, *given)

    monkeypatch.setattr(Stepper, "step", step)
