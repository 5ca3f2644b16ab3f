"""One optimiser step from one or more micro-batches."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_unflatten

from farense.config import TrainingSettings
from farense.training.batches import Batch, Row, collate
from farense.training.fitting import RowsAtOnce
from farense.training.lora import flatten, unflatten
from farense.training.loss import Logits, summed_loss
from farense.training.optimizers import Updater
from farense.training.team import ALONE, Team


@dataclass(frozen=True)
class Step:
    """One optimiser step: mean loss over its completion tokens, and its cost.

    ``padded_tokens`` are ``tokens`` and the padding that is computed with them.
    """

    loss: float
    gradient_norm: float
    tokens: int
    padded_tokens: int
    seconds: float


class Stepper:
    """Makes optimiser steps from one or more micro-batches.

    Attributes:
        at_once: How many rows of a micro-batch are computed at once.
    """

    def __init__(
        self,
        model: Any,
        logits: Logits,
        settings: TrainingSettings,
        team: Team = ALONE,
        at_once: RowsAtOnce | None = None,
    ) -> None:
        self._model = model
        self._team = team
        self._settings = settings
        self.at_once = at_once or RowsAtOnce()
        self._parameters = flatten(model.trainable_parameters())
        self._updater = Updater(settings)
        self._loss_and_gradient = nn.value_and_grad(
            model, lambda batch: summed_loss(model, logits, batch)
        )

    def step(self, batches: Sequence[Batch], rate: float) -> Step:
        """One update with the gradient of the mean loss over all completion tokens.

        Summed gradients are divided once by the number of completion tokens in all
        micro-batches, so accumulation gives the update of one large batch.
        """
        start = time.perf_counter()
        completion_tokens = sum(len(batch.targets_N) for batch in batches)
        total, gradient = self._summed(batches)
        gradient, norm = optim.clip_grad_norm(
            {"lora": gradient / completion_tokens}, self._settings.clip_norm
        )
        like = self._model.trainable_parameters()
        self._parameters = self._updater.apply(gradient["lora"], self._parameters, rate, like)
        self._model.update(unflatten(self._parameters, like))
        mx.eval(total, norm, self._model.trainable_parameters(), self._updater.optimizer.state)
        return Step(
            loss=float(total) / completion_tokens,
            gradient_norm=float(norm),
            tokens=sum(row.length for batch in batches for row in batch.rows),
            padded_tokens=sum(padded_tokens(batch.rows, self._team.size) for batch in batches),
            seconds=time.perf_counter() - start,
        )

    def is_finite(self) -> bool:
        """Whether every trained number is one."""
        return bool(mx.isfinite(self._parameters).all())

    def state(self) -> dict[str, mx.array]:
        """The optimiser's tensors by their path; with the model's own they are all there is."""
        return dict(tree_flatten(self._updater.optimizer.state))

    def restore(self, state: Mapping[str, mx.array]) -> None:
        """Go on from :meth:`state`, and from the tensors that stand in the model now."""
        self._updater.optimizer.state = tree_unflatten(list(state.items()))
        self._parameters = flatten(self._model.trainable_parameters())
        mx.eval(self._parameters)

    def _summed(self, batches: Sequence[Batch]) -> tuple[mx.array, mx.array]:
        """Summed loss and its flat gradient over all rows, each process doing its share.

        What was not computed for want of memory is computed again in smaller parts: sums do
        not mind, so the update stays the same. All processes then go on with the smallest.
        """
        before = self.at_once.most
        total, gradient = mx.array(0.0), mx.zeros_like(self._parameters)

        def add(rows: Sequence[Row]) -> None:
            nonlocal total, gradient
            loss, more = self._loss_and_gradient(collate(rows))
            sums = total + loss, gradient + flatten(more)
            # Now, or the activations of all micro-batches would be held at once.
            mx.eval(*sums)
            total, gradient = sums

        for batch in batches:
            self.at_once.in_parts(self._team.share(batch.rows), add)
        halved = mx.array([float(self.at_once.most != before)])
        summed = self._team.sum(mx.concatenate([total[None], halved, gradient]))
        if summed[1].item():
            self.at_once.agree(self._team)
        return summed[0], summed[2:]


def padded_tokens(rows: Sequence[Row], processes: int) -> int:
    """Tokens fed for a batch's rows; each process pads its share to the longest row of it."""
    shares = (rows[first::processes] for first in range(processes))
    return sum(len(share) * max(row.length for row in share) for share in shares if share)
