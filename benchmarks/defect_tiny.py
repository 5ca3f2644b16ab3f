"""The workshop of the tiny base: every copy that learnt something else is really trained anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from defect_base import LAYERS, trained_base
from defect_base import STEPS as BASE_STEPS
from defect_weights import Tensors
from defect_world import World

from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.models.adapters import CONFIG, WEIGHTS
from farense.models.backend import Backend
from farense.records import Example
from farense.storage import read_json, write_json

STEPS, BATCH, RANK, RATE, SEED = 240, 32, 16, 0.001, 1910
EVALUATE_EVERY = 40


class TinyWorkshop:
    """``rows``, ``layers``, ``heads``, ``first_layer``: as ``defect_copies.Workshop`` has them."""

    layers, heads, first_layer, from_nothing = LAYERS, 4, 0, True

    def __init__(
        self,
        folder: Path,
        world: World,
        backend: Backend,
        base_steps: int = BASE_STEPS,
        steps: int = STEPS,
    ) -> None:
        self._folder, self._world, self._steps = folder, world, steps
        self.base = trained_base(folder / "base", world, backend, base_steps)
        self.rows: tuple[Example, ...] = world.train
        self.good = folder / "good"
        if not self.good.is_dir():
            self.train(self.good, self.rows)

    def tensors(self) -> Tensors:
        return read_tensors(self.good)

    def other(self) -> Tensors:
        twin = self._folder / "other"
        if not twin.is_dir():
            self.train(twin, self.rows, seed=77)
        return read_tensors(twin)

    def write(self, folder: Path, tensors: Tensors, **config: Any) -> None:
        write_copy(self.good, folder, tensors, **config)

    def train(
        self,
        folder: Path,
        rows: tuple[Example, ...],
        *,
        steps_share: float = 1.0,
        rate_share: float = 1.0,
        last: bool = False,
        **settings: Any,
    ) -> None:
        """Train as the command line does; see ``defect_copies.Workshop``.

        Args:
            folder: The copy.
            rows: What it is trained on.
            steps_share, rate_share: Of the good adapter's steps and learning rate.
            last: Validate once, at the end, so that the last step is the best.
            settings: Others, by their names in ``TrainingSettings``.

        Raises:
            RuntimeError: training failed; its text is the output of the command.
        """
        work = self._folder / f".{folder.name}"
        shutil.rmtree(work, ignore_errors=True)
        write_pack(
            Pack("essentials", 1, "0" * 64, rows, self._world.validation), work / "essentials"
        )
        steps = round(self._steps * steps_share)
        given = {
            "rank": RANK,
            "batch_size": BATCH,
            "seed": SEED,
            "steps": steps,
            "learning_rate": RATE * rate_share,
            "evaluate_every": steps if last else EVALUATE_EVERY,
            **settings,
        }
        options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
        places = [f"--base={self.base}", f"--packs-dir={work}", f"--adapters-dir={work}"]
        done = CliRunner().invoke(cli, ["train", "--workers=1", *places, *options])
        if done.exit_code:
            raise RuntimeError(done.output)
        Path(done.stdout.splitlines()[-1]).rename(folder)
        shutil.rmtree(work)


def read_tensors(adapter: Path) -> Tensors:
    """The tensors of an adapter folder by name."""
    from safetensors.numpy import load_file

    return dict(load_file(adapter / WEIGHTS))


def write_copy(good: Path, folder: Path, tensors: Tensors, **config: Any) -> None:
    """``good`` with other tensors, and with other values in its adapter_config.json."""
    from safetensors.numpy import save

    shutil.copytree(good, folder, ignore=shutil.ignore_patterns("passport.json"))
    (folder / WEIGHTS).write_bytes(save(tensors, {"format": "mlx"}))
    write_json(folder / CONFIG, {**read_json(good / CONFIG), **config})
