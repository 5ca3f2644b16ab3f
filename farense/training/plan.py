"""What an adapter is made from, and where it stands."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.config.resolving import Resolved
from farense.datasets.training_data import TrainingData
from farense.models.adapters import SUMMARY, WEIGHTS, read_summary
from farense.models.backend import Backend
from farense.models.environment import library_versions
from farense.models.kernels.build import BFLOAT16, source_sha256
from farense.models.templates import PromptTemplate
from farense.storage import sha256_json
from farense.training.parent import Parent
from farense.training.workplace import partial_of

# Raised whenever the same settings would train another adapter than before.
_TRAINER_VERSION = 1


@dataclass(frozen=True)
class TrainingPlan:
    """Everything an adapter is made from; equal plans give equal adapters on one machine."""

    base: Path
    base_name: str
    base_sha256: str
    data: TrainingData
    template: PromptTemplate
    resolved: Resolved
    backend: Backend
    adapters_dir: Path
    workers: int
    parent: Parent | None = None

    @functools.cached_property
    def key(self) -> str:
        """Hex sha256 over all that decides the adapter's bytes.

        Taken once: a training that began keeps its folder, whatever changes on disk meanwhile.
        """
        return sha256_json(self._ingredients())

    def parts(self) -> dict[str, str]:
        """A short hash of each part of the key, by its name."""
        named = {"train": "training rows", "validation": "validation rows"}
        parts = self._ingredients().items()
        return {named.get(name, name): sha256_json(part)[:12] for name, part in parts}

    def _ingredients(self) -> dict[str, Any]:
        return {
            "trainer": _TRAINER_VERSION,
            "base": self.base_sha256,
            "train": [row.to_json() for row in self.data.train],
            "validation": [row.to_json() for row in self.data.validation],
            "template": dataclasses.asdict(self.template),
            "settings": self.resolved.settings.shaping(),
            "device": self.backend.device,
            "workers": self.workers,
            "blas": self.backend.blas.name if self.backend.blas else None,
            "kernels": source_sha256() if self.backend.has_kernels else None,
            **({"bfloat16": source_sha256(BFLOAT16)} if self.multiplies_in_bfloat16 else {}),
            "versions": library_versions(),
            # Only where there is one: others keep the key they always had.
            **({"parent": self.parent.sha256} if self.parent else {}),
        }

    @property
    def multiplies_in_bfloat16(self) -> bool:
        """Whether frozen weights are multiplied in bfloat16, and all else is float32."""
        return self.backend.multiplies_in_bfloat16(self.resolved.settings.dtype)

    @property
    def stored_dtype(self) -> str:
        """What the weights are loaded as, by the names of ``load_model``."""
        dtype = self.resolved.settings.dtype
        return "auto" if self.multiplies_in_bfloat16 or dtype == "fastest" else dtype

    @property
    def folder(self) -> Path:
        """Where the finished adapter stands; the name ends in the key's first 8 digits."""
        return self.adapters_dir / f"{self.base_name}-{self.data.name}-{self.key[:8]}"

    @property
    def partial(self) -> Path:
        """Where it is built; never taken for a finished adapter."""
        return partial_of(self.folder)

    def touch(self) -> None:
        """Make the finished adapter the newest one, as if it had just been trained."""
        (self.folder / SUMMARY).touch()

    def finished(self) -> bool:
        """Whether this very adapter has been trained before."""
        summary = read_summary(self.folder) if (self.folder / WEIGHTS).is_file() else None
        return summary is not None and summary.get("key") == self.key
