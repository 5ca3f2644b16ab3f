"""Checkpoints on disk: whole, hashed, and the newest intact one found again.

::

    RUN/checkpoints/step-00000150/
        adapters.safetensors, adapter_config.json    an adapter like any other
        optimizer.safetensors                        the optimiser's tensors
        best.safetensors                             the best step's, where that is another one
        progress.json                                everything else, see training/snapshot.py
        checkpoint.json                              {schema, key, step, files: {name: sha256}}

``RUN`` is the folder a training works in, and the adapter's folder when it has ended. Nothing
here imports MLX.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.folders import whole_folder
from farense.storage import read_json, remove, sha256_file, write_json

FOLDER = "checkpoints"
MANIFEST = "checkpoint.json"
_SCHEMA = 1
_NAME = re.compile(r"step-(\d{8,})")


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint's folder; ``step`` is the optimiser step it was taken after."""

    folder: Path
    step: int

    def read(self) -> dict[str, bytes]:
        """Every file by name, each checked against its hash.

        Raises:
            InputError: a file is missing or is not what was written; the message says which.
        """
        files: dict[str, bytes] = {}
        for name, expected in self._manifest()["files"].items():
            try:
                content = (self.folder / name).read_bytes()
            except OSError as error:
                raise self._damaged(name, f"cannot be read ({error.strerror})") from error
            if hashlib.sha256(content).hexdigest() != expected:
                raise self._damaged(name, "not the bytes that were written")
            files[name] = content
        return files

    def damage(self) -> str | None:
        """What is wrong with it, in a few words; None when it is intact."""
        try:
            self.read()
        except InputError as error:
            return f"{Path(error.where).name}: {error.found}"
        return None

    @property
    def key(self) -> str:
        """The key of the training it belongs to (``TrainingPlan.key``).

        Raises:
            InputError: the manifest is missing or damaged.
        """
        return str(self._manifest()["key"])

    def _manifest(self) -> dict[str, Any]:
        manifest = read_json(self.folder / MANIFEST)
        try:
            whole = manifest["schema"] == _SCHEMA and manifest["step"] == self.step
            names = all(Path(name).name == name for name in manifest["files"])
        except (KeyError, TypeError):
            whole = names = False
        if not whole or not names or not isinstance(manifest.get("key"), str):
            raise self._damaged(MANIFEST, "not the manifest of this checkpoint")
        return dict(manifest)

    def _damaged(self, name: str, found: str) -> InputError:
        return InputError(
            self.folder / name,
            found,
            "an intact checkpoint",
            "Use another checkpoint; the same `farense train` goes on from the one before.",
        )


def checkpoints_of(run: Path) -> tuple[Checkpoint, ...]:
    """The checkpoints of a training, oldest first, damaged ones among them.

    Args:
        run: The folder it works in, or the finished adapter's; any other has none.
    """
    parts = run / FOLDER
    if not parts.is_dir():
        return ()
    named = ((path, _NAME.fullmatch(path.name)) for path in parts.iterdir() if path.is_dir())
    found = [Checkpoint(path, int(match[1])) for path, match in named if match]
    return tuple(sorted(found, key=lambda checkpoint: checkpoint.step))


def write_checkpoint(run: Path, step: int, key: str, write: Callable[[Path], None]) -> Checkpoint:
    """Write one checkpoint whole or not at all; it is on the disk when this returns.

    Args:
        run: The folder the training works in.
        step: The step it is taken after; one of that step is replaced.
        key: Of the training.
        write: Writes all files but the manifest into the folder it is given.

    Raises:
        StorageError: the disk is full or not writable; the checkpoints before are untouched.
    """
    folder = run / FOLDER / f"step-{step:08}"
    with whole_folder(folder) as new:
        write(new)
        files = {path.name: sha256_file(path) for path in sorted(new.iterdir())}
        manifest = {"schema": _SCHEMA, "key": key, "step": step, "files": files}
        write_json(new / MANIFEST, manifest)
    return Checkpoint(folder, step)


def keep_last(run: Path, count: int) -> None:
    """Remove all checkpoints but the last ``count``; 0 keeps all."""
    if count:
        remove(checkpoint.folder for checkpoint in checkpoints_of(run)[:-count])


@dataclass(frozen=True)
class Found:
    """Where a training goes on: the files of the newest intact checkpoint, if there is one.

    ``damaged`` are sentences about newer ones that are not intact.
    """

    step: int
    files: Mapping[str, bytes]
    damaged: tuple[str, ...]

    @property
    def metrics_bytes(self) -> int:
        """How much of metrics.jsonl had been written."""
        return int(self._attempt.get("metrics_bytes", 0))

    @property
    def seconds(self) -> float:
        """Wall time the training had taken."""
        return float(self._attempt.get("seconds", 0.0))

    @property
    def resumed_after(self) -> list[int]:
        """Steps after which it had been gone on from a checkpoint before."""
        return list(self._attempt.get("resumed_after", []))

    @property
    def _attempt(self) -> dict[str, Any]:
        return dict(json.loads(self.files["progress.json"])["attempt"]) if self.files else {}


def newest_intact(run: Path, key: str) -> Found:
    """The newest checkpoint that is intact and of the training with this key."""
    damaged: list[str] = []
    for checkpoint in reversed(checkpoints_of(run)):
        try:
            if checkpoint.key == key:
                return Found(checkpoint.step, checkpoint.read(), tuple(damaged))
            found = "of another training"
        except InputError as error:
            found = f"damaged ({Path(error.where).name}: {error.found})"
        damaged.append(f"The checkpoint of step {checkpoint.step} is {found}.")
    return Found(0, {}, tuple(damaged))
