"""The training loop: what is logged is what happened, and the best step is what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx

from farense.config import TrainingSettings
from farense.training.batches import Row
from farense.training.fitting import RowsAtOnce
from farense.training.loss import Logits
from farense.training.methods import check_trainable
from farense.training.snapshot import Progress, Snapshot
from farense.training.team import ALONE, Team
from farense.training.trainer import OnEvent, Outcome, Trainer

OnBest = Callable[[Mapping[str, mx.array]], None]


@dataclass(frozen=True)
class Saving:
    """When and where a training's checkpoints go, and the one it goes on from.

    ``every`` counts steps; 0 is never. ``save`` is called in every process of a team.
    """

    every: int = 0
    save: Callable[[Snapshot], None] = lambda _: None
    start: Snapshot | None = None

    def due(self, progress: Progress) -> bool:
        """Whether a checkpoint is to be taken now; the last step has one, too."""
        return self.every > 0 and (progress.step % self.every == 0 or progress.stopped is not None)


NO_SAVING = Saving()


def train(
    model: Any,
    logits: Logits,
    train_rows: Sequence[Row],
    validation_rows: Sequence[Row],
    settings: TrainingSettings,
    on_event: OnEvent,
    on_best: OnBest,
    team: Team = ALONE,
    saving: Saving = NO_SAVING,
    measuring: RowsAtOnce | None = None,
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
        saving: Checkpoints; a training that goes on from one ends with the very bits of one
            that was never interrupted.

    Raises:
        TrainingError: the loss or gradient is not finite, the base is not frozen, or memory
            does not suffice for one row.
    """
    check_trainable(model, settings)
    given = (model, logits, train_rows, validation_rows, settings, on_event, team)
    training = Trainer(*given, measuring or RowsAtOnce())
    progress = training.progress
    if saving.start:
        progress = training.restore(saving.start)
        if training.best:
            on_best(training.best)
    every = settings.evaluate_every or settings.steps_per_epoch(len(train_rows))
    while progress.stopped is None:
        training.step()
        last = progress.step == settings.steps
        if (progress.step % every == 0 or last) and training.validate():
            on_best(training.best)
        if saving.due(progress):
            saving.save(training.snapshot())
    return training.outcome()
