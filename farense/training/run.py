"""From a base and a pack to an adapter folder, whole or not at all."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from farense.datasets.packs import TRAIN
from farense.errors import StoppedError
from farense.models.adapters import SUMMARY, WEIGHTS, write_adapter
from farense.models.environment import environment, peak_bytes
from farense.models.loading import LoadedModel
from farense.storage import sha256_json, storage_errors, write_json, write_jsonl
from farense.training.batches import Row, tokenise
from farense.training.loop import Event, OnBest, OnEvent, Outcome, train
from farense.training.lora import merged, trainable, trained_layers
from farense.training.loss import MeasuredLoss, choose_logits, completion_tokens, measure_loss
from farense.training.methods import make_trainable, put_on
from farense.training.metrics import METRICS, MetricsLog, export_metrics
from farense.training.plan import TrainingPlan
from farense.training.recomputing import recomputed_blocks
from farense.training.state import StateFile
from farense.training.team import ALONE, Team
from farense.training.trunk import frozen_trunk

_SCHEMA = 1


def train_adapter(
    plan: TrainingPlan, loaded: LoadedModel, on_event: OnEvent, team: Team = ALONE
) -> Path:
    """Train, measure the gap over both whole splits, and put the adapter in place.

    Args:
        plan: What to train.
        loaded: The plan's base without an adapter; it is changed.
        on_event: Called in the leading process with every metrics row, and with
            ``measure`` events (``{"event", "rows", "total"}``) while the gap is measured.
        team: The processes that share the work; only the leading one writes.

    Returns:
        The adapter's folder, loadable by stock mlx-lm.

    Raises:
        InputError: a target module that the base does not have.
        TrainingError: the loss is not finite.
        StorageError: the disk is full; the adapter is not there.
        StoppedError: Ctrl-C; the best step so far stays in ``plan.partial``.
    """
    if not team.leads:
        _compute(plan, loaded, _Reports(), team)
        return plan.folder
    start = time.perf_counter()
    config = adapter_config(plan, loaded.model)
    try:
        _fresh_folder(plan.partial)
        write_jsonl(plan.partial / TRAIN, (row.to_json() for row in plan.data.train))
        settings = plan.resolved.settings
        state = StateFile(plan.partial, settings.steps, settings.patience)
        on_event = _both(state.see, on_event)
        with MetricsLog(plan.partial / METRICS) as log:
            reports = _Reports(
                row=_both(log.write, on_event),
                best=partial(_write_best, plan.partial, config),
                progress=on_event,
            )
            result = _compute(plan, loaded, reports, team)
        export_metrics(plan.partial)
        write_json(plan.partial / SUMMARY, _summary(plan, result, start))
        state.finish()
        with storage_errors(plan.folder):
            if plan.folder.exists():
                shutil.rmtree(plan.folder)
            plan.partial.rename(plan.folder)
    except BaseException as error:
        discard_without_best(plan)
        if isinstance(error, KeyboardInterrupt):
            raise stopped(plan) from error
        raise
    return plan.folder


def discard_without_best(plan: TrainingPlan) -> None:
    """Remove what an unfinished training left, unless it holds the tensors of a best step."""
    if plan.partial.is_dir() and not (plan.partial / WEIGHTS).is_file():
        shutil.rmtree(plan.partial)


def stopped(plan: TrainingPlan) -> StoppedError:
    """The error for a training the user ended; it names what is left of it."""
    left = (
        "The best step so far is whole in this folder"
        if (plan.partial / WEIGHTS).is_file()
        else "No step had been validated"
    )
    return StoppedError(
        plan.partial,
        "training was stopped",
        "a training that ends",
        f"{left}; no adapter was put in place. Run the same command to train anew.",
    )


@dataclass(frozen=True)
class _Reports:
    """Where rows of the log, best tensors and progress go; nowhere but in the leading process."""

    row: OnEvent = lambda _: None
    best: OnBest = lambda _: None
    progress: OnEvent = lambda _: None


@dataclass(frozen=True)
class _Result:
    outcome: Outcome
    train_loss: MeasuredLoss
    validation_loss: MeasuredLoss
    lora_tensors: int
    peak_bytes: int


def _compute(plan: TrainingPlan, loaded: LoadedModel, reports: _Reports, team: Team) -> _Result:
    settings, model = plan.resolved.settings, loaded.model
    rows, held_back = (
        tokenise(split, loaded.tokenizer, plan.template, settings.max_tokens, settings.loss_on)
        for split in (plan.data.train, plan.data.validation)
    )
    make_trainable(model, settings)
    frozen = len(model.layers) - trained_layers(model, settings)
    everything = [*rows, *held_back]

    def reporter(event: str, split: Sequence[Row]) -> Callable[[int], None]:
        def report(done: int) -> None:
            reports.progress({"event": event, "rows": done, "total": len(split)})

        return report

    whole, on_trunk = choose_logits(model), reporter("trunk", everything)
    with (
        recomputed_blocks(model, settings.gradient_checkpointing),
        frozen_trunk(model, whole, everything, frozen, team, on_trunk) as logits,
    ):
        outcome = train(model, logits, rows, held_back, settings, reports.row, reports.best, team)
        tensors = len(trainable(model))
        with merged(model):
            train_loss = measure_loss(model, logits, rows, reporter("measure", rows), team)
        return _Result(
            outcome=outcome,
            train_loss=train_loss,
            # Of the very tensors that are kept, measured over the whole split after their step.
            validation_loss=MeasuredLoss(
                outcome.best_validation_loss, completion_tokens(held_back), len(held_back)
            ),
            lora_tensors=tensors,
            peak_bytes=round(team.total(peak_bytes())),
        )


def adapter_config(plan: TrainingPlan, model: Any) -> dict[str, Any]:
    """adapter_config.json: mlx-lm's keys, and what it was trained on and how it is asked."""
    return {
        **put_on(model, plan.resolved.settings),
        "model": str(plan.base),
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "prompt_template": plan.template.name,
        **({"system_prompt": plan.template.system} if plan.template.system else {}),
    }


def _summary(plan: TrainingPlan, result: _Result, start: float) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "schema": _SCHEMA,
        "key": plan.key,
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "pack": plan.data.name,
        "pack_sha256": sha256_json([row.to_json() for row in plan.data.train]),
        "data": dict(plan.data.record),
        "prompt_template": plan.template.name,
        "settings": plan.resolved.to_json(),
        "workers": plan.workers,
        "steps": outcome.steps,
        "epochs": outcome.epochs,
        "best_step": outcome.best_step,
        "best_validation_loss": outcome.best_validation_loss,
        "stopped": outcome.stopped,
        "train_loss": dataclasses.asdict(result.train_loss),
        "validation_loss": dataclasses.asdict(result.validation_loss),
        "tokens_per_second": outcome.tokens_per_second,
        "padding_share": outcome.padding_share,
        "seconds": time.perf_counter() - start,
        "peak_bytes": result.peak_bytes,
        "lora_tensors": result.lora_tensors,
        "trainable_parameters": sum(w.size for w in outcome.weights.values()),
        "prompts_batched": sorted(outcome.batched),
        "environment": environment(plan.backend),
    }


def _fresh_folder(folder: Path) -> None:
    with storage_errors(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)


def _write_best(folder: Path, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
    write_adapter(folder, weights, config)


def _both(first: OnEvent, second: OnEvent) -> OnEvent:
    def call(event: Event) -> None:
        first(event)
        second(event)

    return call
