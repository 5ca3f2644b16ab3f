"""From a base and a pack to an adapter folder, whole or not at all."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.config import Resolved
from farense.datasets.packs import TRAIN, Pack
from farense.errors import FarenseError, StoppedError
from farense.models.adapters import SUMMARY, WEIGHTS, write_adapter
from farense.models.backend import Backend
from farense.models.environment import environment, library_versions, peak_bytes
from farense.models.loading import LoadedModel
from farense.models.templates import PromptTemplate
from farense.storage import read_json, sha256_json, storage_errors, write_json, write_jsonl
from farense.training.batches import Row, tokenise
from farense.training.loop import Event, OnEvent, Outcome, train
from farense.training.lora import attach_lora, lora_parameters, trainable
from farense.training.loss import MeasuredLoss, choose_logits, measure_loss
from farense.training.metrics import MetricsLog

_SCHEMA = 1
# Raised whenever the same settings would train another adapter than before.
_TRAINER_VERSION = 1


@dataclass(frozen=True)
class TrainingPlan:
    """Everything an adapter is made from; equal plans give equal adapters on one machine."""

    base: Path
    base_name: str
    base_sha256: str
    pack: Pack
    template: PromptTemplate
    resolved: Resolved
    backend: Backend
    adapters_dir: Path

    @property
    def key(self) -> str:
        """Hex sha256 over all that decides the adapter's bytes."""
        return sha256_json(
            {
                "trainer": _TRAINER_VERSION,
                "base": self.base_sha256,
                "train": [row.to_json() for row in self.pack.train],
                "validation": [row.to_json() for row in self.pack.validation],
                "template": dataclasses.asdict(self.template),
                "settings": self.resolved.settings.values(),
                "device": self.backend.device,
                "blas": self.backend.blas.name if self.backend.blas else None,
                "versions": library_versions(),
            }
        )

    @property
    def folder(self) -> Path:
        """Where the finished adapter stands; the name ends in the key's first 8 digits."""
        return self.adapters_dir / f"{self.base_name}-{self.pack.name}-{self.key[:8]}"

    @property
    def partial(self) -> Path:
        """Where it is built; never taken for a finished adapter."""
        return self.adapters_dir / f".{self.folder.name}.partial"

    def touch(self) -> None:
        """Make the finished adapter the newest one, as if it had just been trained."""
        (self.folder / SUMMARY).touch()

    def finished(self) -> bool:
        """Whether this very adapter has been trained before."""
        summary = self.folder / SUMMARY
        return (
            summary.is_file()
            and (self.folder / WEIGHTS).is_file()
            and read_json(summary).get("key") == self.key
        )


def train_adapter(plan: TrainingPlan, loaded: LoadedModel, on_event: OnEvent) -> Path:
    """Train, measure the gap over both whole splits, and put the adapter in place.

    Args:
        plan: What to train.
        loaded: The plan's base without an adapter; it is changed.
        on_event: Called with every metrics row, and with ``measure`` events
            (``{"event", "rows", "total"}``) while the gap is measured.

    Returns:
        The adapter's folder, loadable by stock mlx-lm.

    Raises:
        TrainingError: the loss is not finite, or no LoRA layer could be attached.
        StorageError: the disk is full; the folder is not there.
        StoppedError: Ctrl-C; the best step so far stays in ``plan.partial``.
    """
    settings = plan.resolved.settings
    start = time.perf_counter()
    rows = tokenise(plan.pack.train, loaded.tokenizer, plan.template, settings.max_tokens)
    held_back = tokenise(plan.pack.validation, loaded.tokenizer, plan.template, settings.max_tokens)
    _fresh_folder(plan.partial)
    write_jsonl(plan.partial / TRAIN, (row.to_json() for row in plan.pack.train))
    attach_lora(loaded.model, settings)
    config = adapter_config(plan, len(loaded.model.layers))
    try:
        with MetricsLog(plan.partial / "metrics.jsonl") as log:
            outcome = train(
                loaded.model,
                rows,
                held_back,
                settings,
                on_event=_both(log.write, on_event),
                on_best=lambda weights: _keep(plan.partial, weights, config),
            )
            losses = _measure_both(loaded.model, rows, held_back, on_event)
    except KeyboardInterrupt as error:
        raise _interrupted(plan.partial) from error
    summary = _summary(plan, outcome, losses, len(trainable(loaded.model)), start)
    write_json(plan.partial / SUMMARY, summary)
    with storage_errors(plan.folder):
        if plan.folder.exists():
            shutil.rmtree(plan.folder)
        plan.partial.rename(plan.folder)
    return plan.folder


def adapter_config(plan: TrainingPlan, layers: int) -> dict[str, Any]:
    """adapter_config.json: mlx-lm's keys, and what it was trained on and how it is asked."""
    return {
        "fine_tune_type": "lora",
        "num_layers": layers,
        "lora_parameters": lora_parameters(plan.resolved.settings),
        "model": str(plan.base),
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "prompt_template": plan.template.name,
    }


def _measure_both(
    model: Any, rows: tuple[Row, ...], held_back: tuple[Row, ...], on_event: OnEvent
) -> tuple[MeasuredLoss, MeasuredLoss]:
    total = len(rows) + len(held_back)

    def report(offset: int) -> Callable[[int], None]:
        return lambda done: on_event({"event": "measure", "rows": offset + done, "total": total})

    logits = choose_logits(model)
    trained = measure_loss(model, logits, rows, report(0))
    return trained, measure_loss(model, logits, held_back, report(len(rows)))


def _summary(
    plan: TrainingPlan,
    outcome: Outcome,
    losses: tuple[MeasuredLoss, MeasuredLoss],
    lora_tensors: int,
    start: float,
) -> dict[str, Any]:
    trained, validated = losses
    return {
        "schema": _SCHEMA,
        "key": plan.key,
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "pack": plan.pack.name,
        "pack_sha256": sha256_json([row.to_json() for row in plan.pack.train]),
        "prompt_template": plan.template.name,
        "settings": plan.resolved.to_json(),
        "steps": outcome.steps,
        "epochs": outcome.epochs,
        "best_step": outcome.best_step,
        "best_validation_loss": outcome.best_validation_loss,
        "stopped": outcome.stopped,
        "train_loss": dataclasses.asdict(trained),
        "validation_loss": dataclasses.asdict(validated),
        "tokens_per_second": outcome.tokens_per_second,
        "seconds": time.perf_counter() - start,
        "peak_bytes": peak_bytes(),
        "lora_tensors": lora_tensors,
        "trainable_parameters": sum(w.size for w in outcome.weights.values()),
        "prompts_batched": sorted(outcome.batched),
        "environment": environment(plan.backend),
    }


def _fresh_folder(folder: Path) -> None:
    with storage_errors(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)


def _keep(folder: Path, weights: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    write_adapter(folder, weights, config)


def _both(first: OnEvent, second: OnEvent) -> OnEvent:
    def call(event: Event) -> None:
        first(event)
        second(event)

    return call


def _interrupted(partial: Path) -> FarenseError:
    kept = (partial / WEIGHTS).is_file()
    return StoppedError(
        partial,
        "training was stopped",
        "a training that ends",
        (
            "The best step so far is whole in this folder; no adapter was put in place."
            if kept
            else "No step had been validated; no adapter was put in place."
        ),
    )
