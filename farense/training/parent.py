"""The adapter or checkpoint that a training is continued from, with other settings.

Nothing here imports MLX on loading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.datasets.packs import TRAIN, read_rows
from farense.errors import InputError
from farense.models.adapters import WEIGHTS, adapter_sha256, check_adapter, read_summary
from farense.records import Example
from farense.training.checkpoints import checkpoints_of
from farense.training.repairs import weights_damage


@dataclass(frozen=True)
class Parent:
    """Where a training's tensors begin, instead of LoRA's own beginning.

    Attributes:
        folder: The adapter, or one of a training's checkpoints.
        sha256: Of its tensors.
        batched: ``Row.prompt_sha256`` of every row it had trained: the child has seen them, too.
    """

    folder: Path
    sha256: str
    batched: frozenset[str]

    @classmethod
    def read(cls, folder: Path, base: Path, base_sha256: str, rows: Sequence[Example]) -> Parent:
        """The parent in ``folder``, for a training on this base and these rows.

        Raises:
            ModelFolderError: the folder is no whole adapter.
            BaseMismatchError: it was trained on another base.
            InputError: it is damaged, nothing says what it has seen, or it has seen other rows:
                what is held out could not be proved any more.
        """
        check_adapter(folder, base, base_sha256)
        run, batched = _seen(folder)
        if read_rows(run / TRAIN) != tuple(rows):
            raise InputError(
                f"--start-from {folder}",
                "it was trained on other rows",
                "the very rows of this training",
                "Give the same --pack or --data, or start without it.",
            )
        return cls(folder, adapter_sha256(folder), frozenset(batched))

    def to_json(self) -> dict[str, Any]:
        """As ``parent`` in adapter_config.json, and in the passport."""
        return {"path": str(self.folder), "weights_sha256": self.sha256}

    def put_on(self, model: Any, trainable: Mapping[str, Any]) -> None:
        """Give ``model``'s trainable tensors the parent's values.

        Args:
            model: From ``make_trainable``.
            trainable: Its trainable tensors by name.

        Raises:
            InputError: the parent has other tensors than these settings make.
        """
        import mlx.core as mx

        tensors = mx.load(str(self.folder / WEIGHTS))
        assert isinstance(tensors, dict)
        if _shapes(tensors) != _shapes(trainable):
            raise InputError(
                f"--start-from {self.folder}",
                "its tensors are not those that these settings train",
                "the same names and shapes",
                "Give the --method, --rank, --layers and --target-modules it was trained with.",
            )
        model.load_weights(list(tensors.items()), strict=False)


def _seen(folder: Path) -> tuple[Path, Sequence[str]]:
    """The folder with the rows of an adapter or a checkpoint, and the hashes of what it batched."""
    run = folder.resolve().parent.parent
    for checkpoint in checkpoints_of(run):
        if checkpoint.folder.samefile(folder):
            return run, json.loads(checkpoint.read()["progress.json"])["progress"]["batched"]
    summary = read_summary(folder) or {}
    if "prompts_batched" not in summary:
        raise InputError(
            f"--start-from {folder}",
            "no training_summary.json that says what it was trained on",
            "an adapter or a checkpoint of `farense train`",
            "Give one of these: models/adapters/NAME, or a folder in its checkpoints.",
        )
    if damage := weights_damage(folder):
        raise InputError(folder / WEIGHTS, damage, "trained tensors", "Give another one.")
    return folder, summary["prompts_batched"]


def _shapes(tensors: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
