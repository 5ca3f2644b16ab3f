"""From a base and a pack to an adapter folder, whole or not at all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from farense.datasets.packs import TRAIN
from farense.folders import put_in_place
from farense.models.adapters import SUMMARY, write_adapter
from farense.models.environment import peak_bytes
from farense.models.kernels.bfloat16 import multiply_in_bfloat16
from farense.models.loading import LoadedModel
from farense.storage import storage_errors, write_json, write_jsonl
from farense.training.batches import Row, tokenise
from farense.training.exports import export_metrics
from farense.training.fitting import RowsAtOnce
from farense.training.log_file import MetricsLog
from farense.training.loop import OnBest, Saving, train
from farense.training.lora import merged, trainable, trained_layers
from farense.training.loss import MeasuredLoss, choose_logits, completion_tokens, measure_loss
from farense.training.methods import make_trainable
from farense.training.metrics import METRICS
from farense.training.plan import TrainingPlan
from farense.training.recomputing import recomputed_blocks
from farense.training.resuming import Keeper, pick_up
from farense.training.snapshot import Snapshot, shared_snapshot
from farense.training.state import StateFile
from farense.training.summary import Result, adapter_config, summary
from farense.training.team import ALONE, Team
from farense.training.trainer import Event, OnEvent
from farense.training.trunk import frozen_trunk
from farense.training.workplace import LOCK, SETTINGS, aside_of, holding


def train_adapter(
    plan: TrainingPlan, loaded: LoadedModel, on_event: OnEvent, team: Team = ALONE
) -> Path:
    """Train, measure the gap over both whole splits, and put the adapter in place.

    Args:
        plan: What to train.
        loaded: The plan's base without an adapter; it is changed.
        on_event: Called in the leading process with every metrics row, with ``measure`` events
            (``{"event", "rows", "total"}``) while the gap is measured, and with those of
            ``pick_up``.
        team: The processes that share the work; only the leading one writes.

    Returns:
        The adapter's folder, loadable by stock mlx-lm.

    Raises:
        InputError: a target module that the base does not have, or a parent with other tensors.
        TrainingError: the loss is not finite.
        StorageError: the disk is full, or another process trains the same plan.

    Whatever it raises, the adapter is not there, and its checkpoints stay in ``plan.partial``.
    """
    if not team.leads:
        _compute(plan, loaded, _Reports(), shared_snapshot({}, team), team)
        return plan.folder
    start = time.perf_counter()
    with holding(plan.partial):
        _write_whole(plan, loaded, on_event, team, start)
        _put_in_place(plan)
    return plan.folder


def _write_whole(
    plan: TrainingPlan, loaded: LoadedModel, on_event: OnEvent, team: Team, start: float
) -> None:
    """Train in ``plan.partial`` until everything stands in it that belongs to the adapter."""
    folder = plan.partial
    found = pick_up(plan, on_event)
    snapshot = shared_snapshot(found.files, team)
    settings = plan.resolved.settings
    config = adapter_config(plan, loaded.model)
    write_jsonl(folder / TRAIN, (row.to_json() for row in plan.data.train))
    # Before the first step: who lost the command line of a killed training finds it here.
    write_json(folder / SETTINGS, plan.resolved.to_json())
    with MetricsLog(folder / METRICS, found.metrics_bytes) as log:
        state = StateFile(folder, settings.steps, settings.patience)
        on_event = _both(state.see, on_event)
        keeper = Keeper(plan, config, log, found, start)
        reports = _Reports(
            row=_both(log.write, on_event),
            best=partial(_write_best, folder, config),
            progress=on_event,
            save=keeper.save,
        )
        result = _compute(plan, loaded, reports, snapshot, team)
    export_metrics(folder)
    write_json(folder / SUMMARY, summary(plan, result, keeper.seconds, keeper.resumed_after))
    state.finish()


def _put_in_place(plan: TrainingPlan) -> None:
    aside = aside_of(plan.folder)
    with storage_errors(plan.folder):
        shutil.rmtree(aside, ignore_errors=True)
        (plan.partial / LOCK).unlink()
        put_in_place(plan.partial, plan.folder, aside)
        shutil.rmtree(aside, ignore_errors=True)


@dataclass(frozen=True)
class _Reports:
    """Where rows of the log, best tensors and progress go; nowhere but in the leading process."""

    row: OnEvent = lambda _: None
    best: OnBest = lambda _: None
    progress: OnEvent = lambda _: None
    save: Callable[[Snapshot], None] = lambda _: None


def _compute(
    plan: TrainingPlan, loaded: LoadedModel, reports: _Reports, start: Snapshot | None, team: Team
) -> Result:
    settings, model = plan.resolved.settings, loaded.model
    rows, held_back = (
        tokenise(split, loaded.tokenizer, plan.template, settings.max_tokens, settings.loss_on)
        for split in (plan.data.train, plan.data.validation)
    )
    make_trainable(model, settings)
    if plan.parent:
        plan.parent.put_on(model, trainable(model))
    if plan.multiplies_in_bfloat16:
        multiply_in_bfloat16(model)
    frozen = len(model.layers) - trained_layers(model, settings)
    everything = [*rows, *held_back]

    def reporter(event: str, split: Sequence[Row]) -> Callable[[int], None]:
        def report(done: int) -> None:
            reports.progress({"event": event, "rows": done, "total": len(split)})

        return report

    def tell_fewer(most: int) -> None:
        reports.row({"event": "memory", "measured_at_once": most})

    whole, on_trunk = choose_logits(model), reporter("trunk", everything)
    measuring = RowsAtOnce(tell_fewer)
    # The leading process's number: taking a checkpoint is something all have to do together.
    saving = Saving(team.gather([settings.checkpoint_every])[0][0], reports.save, start)
    with (
        recomputed_blocks(model, settings.gradient_checkpointing),
        frozen_trunk(model, whole, everything, frozen, team, on_trunk, measuring) as logits,
    ):
        given = (model, logits, rows, held_back, settings, reports.row, reports.best)
        outcome = train(*given, team, saving, measuring)
        tensors = len(trainable(model))
        with merged(model):
            on_rows = reporter("measure", rows)
            train_loss = measure_loss(model, logits, rows, on_rows, team, measuring)
        return Result(
            outcome=outcome,
            train_loss=train_loss,
            # Of the very tensors that are kept, measured over the whole split after their step.
            validation_loss=MeasuredLoss(
                outcome.best_validation_loss, completion_tokens(held_back), len(held_back)
            ),
            lora_tensors=tensors,
            peak_bytes=round(team.total(peak_bytes())),
            measured_at_once=measuring.most,
        )


def _write_best(folder: Path, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
    write_adapter(folder, weights, config)


def _both(first: OnEvent, second: OnEvent) -> OnEvent:
    def call(event: Event) -> None:
        first(event)
        second(event)

    return call
