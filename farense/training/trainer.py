"""One training as an object: steps and validations, and all it is as a snapshot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

from farense.config import TrainingSettings
from farense.training.batches import Row
from farense.training.divergence import Divergence, Watch
from farense.training.early_stopping import EarlyStopping
from farense.training.fitting import RowsAtOnce
from farense.training.log_rows import Pace, train_row, validate
from farense.training.lora import trainable
from farense.training.loss import Logits
from farense.training.order import DataOrder
from farense.training.schedule import learning_rate
from farense.training.snapshot import Progress, Snapshot, Stopped
from farense.training.stepping import Stepper
from farense.training.team import Team

Event = dict[str, Any]
OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Outcome:
    """What a training ended with.

    ``weights`` are those of ``best_step``, the step with the lowest validation loss;
    ``tokens_per_second`` counts unpadded tokens fed, over the time of the steps alone;
    ``padding_share`` is the share of padding in all that was fed, in [0, 1];
    ``rows_at_once`` is None unless memory ran out and micro-batches had to be divided.
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
    rows_at_once: int | None


class Trainer:
    """A training between two steps: all it is can be taken as a snapshot and put back."""

    def __init__(
        self,
        model: Any,
        logits: Logits,
        train_rows: Sequence[Row],
        validation_rows: Sequence[Row],
        settings: TrainingSettings,
        on_event: OnEvent,
        team: Team,
        measuring: RowsAtOnce,
    ) -> None:
        self.progress = Progress()
        self.stopping = EarlyStopping(settings.patience, settings.min_delta)
        self.best: Mapping[str, mx.array] = {}
        self._model, self._logits, self._team = model, logits, team
        self._at_once, self._measuring = RowsAtOnce(self._tell_fewer), measuring
        self._settings, self._on_event = settings, on_event
        self._rows, self._validation_rows = train_rows, validation_rows
        self._stepper = Stepper(model, logits, settings, team, self._at_once)
        self._order = DataOrder(train_rows, settings)
        self._pace = Pace(settings.steps)
        self._watch = Watch(train_rows)

    def step(self) -> None:
        """Make the next step and report it.

        Raises:
            TrainingError: memory does not suffice for one row.
            DivergedError: the loss is not sound.
        """
        batches = self._order.next_step()
        done, step = self.progress, self.progress.step + 1
        rows = [row for batch in batches for row in batch.rows]
        self._model.train()
        result = self._stepper.step(batches, learning_rate(step, self._settings))
        self._refuse(self._watch.see(step, result.loss, result.gradient_norm, rows))
        done.step = step
        done.batched.update(row.prompt_sha256 for row in rows)
        done.rows += len(rows)
        done.tokens += result.tokens
        done.padded_tokens += result.padded_tokens
        done.seconds += result.seconds
        if step == self._settings.steps:
            done.stopped = "steps"
        row = train_row(step, self._epochs, result, self._settings, self._pace)
        self._on_event(row.to_json())

    def validate(self) -> bool:
        """Measure the whole validation split and report it; True when it is the best so far.

        Raises:
            TrainingError: memory does not suffice for one row.
            DivergedError: the loss is not finite.
        """
        step, rows = self.progress.step, self._validation_rows
        given = (self._model, self._logits, rows, self._team, self._measuring)
        row = validate(step, self._epochs, self.stopping, *given)
        if not math.isfinite(row.loss):
            self._refuse(self._watch.after(step, f"validation loss {row.loss}"))
        self._on_event(row.to_json())
        if row.best:
            self.best = trainable(self._model)
        if self.stopping.exhausted:
            self.progress.stopped = "early_stopping"
        return row.best

    @property
    def _epochs(self) -> float:
        return self.progress.rows / len(self._rows)

    def _tell_fewer(self, most: int) -> None:
        step = self.progress.step + 1
        self._on_event({"event": "memory", "step": step, "rows_at_once": most})

    def _refuse(self, found: Divergence | None) -> None:
        """Stop where the training has lost its way."""
        if found is None:
            return
        self._on_event(found.to_json())
        # Before the other processes raise, the leading one has written it down.
        self._team.wait()
        raise found.error(self.stopping.best_step)

    def snapshot(self) -> Snapshot:
        """Everything it is now; every process of the team has to ask for it.

        Raises:
            DivergedError: a tensor is not finite; the checkpoint before this one stays the last.
        """
        if not self._stepper.is_finite():
            self._refuse(self._watch.after(self.progress.step, "tensors that are not finite"))
        state = {
            "progress": self.progress.to_json(),
            "stopping": self.stopping.to_json(),
            "order": self._order.position(),
            # Dropout draws in each process for its own rows.
            "random": self._team.gather(_random_state()),
            "rows_at_once": self._at_once.most,
            "measured_at_once": self._measuring.most,
            "watch": self._watch.to_json(),
        }
        return Snapshot(trainable(self._model), self._stepper.state(), self.best, state)

    def restore(self, snapshot: Snapshot) -> Progress:
        """Be what the snapshot was taken of."""
        state = snapshot.state
        self.progress = Progress.from_json(state["progress"])
        self.stopping.restore(state["stopping"])
        self.best = snapshot.best
        self._order.go_to(state["order"])
        self._model.load_weights(list(snapshot.weights.items()), strict=False)
        self._stepper.restore(snapshot.optimizer)
        self._at_once.restore(state["rows_at_once"])
        # Neither stands in a checkpoint of an earlier farense.
        self._measuring.restore(state.get("measured_at_once"))
        if "watch" in state:
            self._watch.restore(state["watch"])
        # The seed of a state is its two words side by side.
        high, low = state["random"][self._team.rank]
        mx.random.seed(high << 32 | low)
        return self.progress

    def outcome(self) -> Outcome:
        """What it ended with; the model holds the best step's tensors from now on."""
        done = self.progress
        assert done.stopped is not None
        self._model.load_weights(list(self.best.items()), strict=False)
        return Outcome(
            weights=self.best,
            steps=done.step,
            epochs=self._epochs,
            best_step=self.stopping.best_step,
            best_validation_loss=self.stopping.best_loss,
            stopped=done.stopped,
            tokens_per_second=done.tokens / done.seconds,
            padding_share=1 - done.tokens / done.padded_tokens,
            batched=frozenset(done.batched),
            rows_at_once=self._at_once.most,
        )


def _random_state() -> list[int]:
    """The two words MLX's generator of random numbers stands at."""
    state: Any = mx.random.state
    return [int(word) for word in np.array(state[0])]
