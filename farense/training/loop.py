"""The training loop: what is logged is what happened, and the best step is what is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mlx.core as mx
import numpy as np
import psutil

from farense.config import TrainingSettings
from farense.errors import TrainingError
from farense.training.batches import Batch, Row, epoch
from farense.training.early_stopping import EarlyStopping
from farense.training.lora import trainable
from farense.training.loss import Logits, measure_loss
from farense.training.methods import check_trainable
from farense.training.metrics import TrainRow, ValidationRow
from farense.training.schedule import learning_rate
from farense.training.stepping import Step, Stepper
from farense.training.team import ALONE, Team

Stopped = Literal["steps", "early_stopping"]
Event = dict[str, Any]
OnEvent = Callable[[Event], None]
OnBest = Callable[[Mapping[str, mx.array]], None]


@dataclass(frozen=True)
class Outcome:
    """What a training ended with.

    ``weights`` are those of ``best_step``, the step with the lowest validation loss;
    ``tokens_per_second`` counts unpadded tokens fed, over the time of the steps alone;
    ``padding_share`` is the share of padding in all that was fed, in [0, 1].
    """

    weights: Mapping[str, mx.array]
    steps: int
    epochs: float
    best_step: int
    best_validation_loss: float
    stopped: Stopped
    tokens_per_second: float
    padding_share: float
    batched: frozenset[str]


def train(
    model: Any,
    logits: Logits,
    train_rows: Sequence[Row],
    validation_rows: Sequence[Row],
    settings: TrainingSettings,
    on_event: OnEvent,
    on_best: OnBest,
    team: Team = ALONE,
) -> Outcome:
    """Train the trainable tensors of ``model`` and keep those of the best step.

    Args:
        model: From ``make_trainable``; on return it holds the best step's tensors.
        logits: From ``choose_logits``, or of a trunk.
        train_rows: Every row is trained once in each epoch.
        validation_rows: The whole split is measured after the step it is logged under.
        settings: Steps, rates, patience, seed.
        on_event: Called with every ``train`` and ``validation`` row of metrics.jsonl.
        on_best: Called with the tensors whenever validation improved.
        team: The processes that share every batch; all hold the same tensors throughout.

    Raises:
        TrainingError: the loss or gradient is not finite, or the base is not frozen.
    """
    check_trainable(model, settings)
    stepper = Stepper(model, logits, settings, team)
    stopping = EarlyStopping(settings.patience, settings.min_delta)
    stream = _micro_batches(train_rows, settings)
    every = settings.evaluate_every or settings.steps_per_epoch(len(train_rows))
    best: Mapping[str, mx.array] = {}
    batched: set[str] = set()
    tokens, padded, seconds, rows_done, step = 0, 0, 0.0, 0, 0
    pace = _Pace(settings.steps)
    stopped: Stopped = "steps"
    for step in range(1, settings.steps + 1):
        batches = next(stream)
        model.train()
        result = stepper.step(batches, learning_rate(step, settings))
        _require_finite(step, result, batches, stopping.best_step)
        batched.update(row.prompt_sha256 for batch in batches for row in batch.rows)
        rows_done += sum(len(batch.rows) for batch in batches)
        tokens, seconds = tokens + result.tokens, seconds + result.seconds
        padded += result.padded_tokens
        epochs = rows_done / len(train_rows)
        on_event(_train_row(step, epochs, result, settings, pace).to_json())
        if step % every == 0 or step == settings.steps:
            row = _validate(step, epochs, stopping, model, logits, validation_rows, team)
            on_event(row.to_json())
            if not math.isfinite(row.loss):
                raise _not_finite(step, f"validation loss {row.loss}", stopping.best_step)
            if row.best:
                best = trainable(model)
                on_best(best)
            if stopping.exhausted:
                stopped = "early_stopping"
                break
    model.load_weights(list(best.items()), strict=False)
    return Outcome(
        weights=best,
        steps=step,
        epochs=rows_done / len(train_rows),
        best_step=stopping.best_step,
        best_validation_loss=stopping.best_loss,
        stopped=stopped,
        tokens_per_second=tokens / seconds,
        padding_share=1 - tokens / padded,
        batched=frozenset(batched),
    )


def _micro_batches(rows: Sequence[Row], settings: TrainingSettings) -> Iterator[list[Batch]]:
    rng = np.random.default_rng(settings.seed)
    while True:
        waiting: list[Batch] = []
        for batch in epoch(rows, settings.batch_size, rng):
            waiting.append(batch)
            if len(waiting) == settings.accumulation:
                yield waiting
                waiting = []
        # The epoch's left-over micro-batches make a smaller step of their own: their
        # rows are trained, and the mean is over their own tokens.
        if waiting:
            yield waiting


def _validate(
    step: int,
    epochs: float,
    stopping: EarlyStopping,
    model: Any,
    logits: Logits,
    rows: Sequence[Row],
    team: Team,
) -> ValidationRow:
    start = time.perf_counter()
    measured = measure_loss(model, logits, rows, team=team)
    return ValidationRow(
        step=step,
        loss=measured.loss,
        tokens=measured.tokens,
        seconds=time.perf_counter() - start,
        best=stopping.see(step, measured.loss),
        without_gain=stopping.without_gain,
        epoch=round(epochs, 4),
    )


class _Pace:
    """How long the steps take on the whole, validations between them included."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._start = time.perf_counter()
        self._done = 0

    def left(self, step: int) -> float:
        """Seconds from now, when ``step`` was made, to the last step."""
        self._done += 1
        return (time.perf_counter() - self._start) / self._done * (self._steps - step)


def _train_row(
    step: int, epochs: float, result: Step, settings: TrainingSettings, pace: _Pace
) -> TrainRow:
    return TrainRow(
        step=step,
        epoch=round(epochs, 4),
        loss=result.loss,
        learning_rate=learning_rate(step, settings),
        gradient_norm=result.gradient_norm,
        tokens=result.tokens,
        tokens_per_second=result.tokens / result.seconds,
        seconds=result.seconds,
        memory_bytes=psutil.Process().memory_info().rss,
        padded_tokens=result.padded_tokens,
        padded_tokens_per_second=result.padded_tokens / result.seconds,
        device_bytes=mx.get_active_memory(),
        device_peak_bytes=mx.get_peak_memory(),
        eta_seconds=pace.left(step),
    )


def _require_finite(step: int, result: Step, batches: Sequence[Batch], best_step: int) -> None:
    if math.isfinite(result.loss) and math.isfinite(result.gradient_norm):
        return
    prompts = ", ".join(row.prompt_sha256[:12] for batch in batches for row in batch.rows)
    found = f"loss {result.loss}, gradient norm {result.gradient_norm} (prompts {prompts})"
    raise _not_finite(step, found, best_step)


def _not_finite(step: int, found: str, best_step: int) -> TrainingError:
    kept = f"step {best_step} is kept" if best_step else "no step was validated before it"
    return TrainingError(
        f"step {step}",
        found,
        "finite numbers",
        f"Lower --learning-rate or --scale and train again; {kept}.",
    )
