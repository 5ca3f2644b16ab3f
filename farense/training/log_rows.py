"""What a step and a validation are in the log, with what they cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import psutil

from farense.config import TrainingSettings
from farense.training.batches import Row
from farense.training.early_stopping import EarlyStopping
from farense.training.fitting import RowsAtOnce
from farense.training.loss import Logits, measure_loss
from farense.training.metrics import TrainRow, ValidationRow
from farense.training.schedule import learning_rate
from farense.training.stepping import Step
from farense.training.team import Team


def validate(
    step: int,
    epochs: float,
    stopping: EarlyStopping,
    model: Any,
    logits: Logits,
    rows: Sequence[Row],
    team: Team,
    at_once: RowsAtOnce,
) -> ValidationRow:
    """Measure the whole split and let early stopping see it."""
    start = time.perf_counter()
    measured = measure_loss(model, logits, rows, team=team, at_once=at_once)
    return ValidationRow(
        step=step,
        loss=measured.loss,
        tokens=measured.tokens,
        seconds=time.perf_counter() - start,
        best=stopping.see(step, measured.loss),
        without_gain=stopping.without_gain,
        epoch=round(epochs, 4),
    )


class Pace:
    """How long the steps take on the whole, validations between them included."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._start = time.perf_counter()
        self._done = 0

    def left(self, step: int) -> float:
        """Seconds from now, when ``step`` was made, to the last step."""
        self._done += 1
        return (time.perf_counter() - self._start) / self._done * (self._steps - step)


def train_row(
    step: int, epochs: float, result: Step, settings: TrainingSettings, pace: Pace
) -> TrainRow:
    """The row of a step that was just made; ``epochs`` are those done with it."""
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
