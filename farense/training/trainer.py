"""One training as an object: steps and validations, and all it is as a snapshot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np

from farense.config import TrainingSettings
from farense.errors import TrainingError
from farense.training.batches import Row
from farense.training.early_stopping import EarlyStopping
from farense.training.fitting import RowsAtOnce
from farense.training.log_rows import Pace, train_row, validate
from farense.training.lora import trainable
from farense.training.loss import Logits
from farense.training.order import DataOrder
from farense.training.schedule import learning_rate
from farense.training.snapshot import Progress, Snapshot, Stopped
from farense.training.stepping import Step, Stepper
from farense.training.team import Team

Event = dict[str, Any]
OnEvent = Callable[[Event], None]
# A training whose loss is this many times that of its first step (or 1 nat, if that was less)
# does not come back. Knowing nothing costs the logarithm of the vocabulary, about 11 nats.
_EXPLODED = 10
# Rows of a bad batch that the message names; the log has all.
_NAMED = 8


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

    def step(self) -> None:
        """Make the next step and report it.

        Raises:
            TrainingError: memory does not suffice for one row, or the loss is not sound.
        """
        batches = self._order.next_step()
        done, step = self.progress, self.progress.step + 1
        rows = [row for batch in batches for row in batch.rows]
        self._model.train()
        result = self._stepper.step(batches, learning_rate(step, self._settings))
        if done.first_loss is None:
            done.first_loss = result.loss
        self._require_sound(step, result, rows)
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
            TrainingError: the loss is not finite.
        """
        step, rows = self.progress.step, self._validation_rows
        given = (self._model, self._logits, rows, self._team, self._measuring)
        row = validate(step, self._epochs, self.stopping, *given)
        if not math.isfinite(row.loss):
            raise self._unsound(step, f"validation loss {row.loss}")
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

    def _require_sound(self, step: int, result: Step, rows: Sequence[Row]) -> None:
        """Stop at a loss that is no number, or so high that training has lost its way."""
        finite = math.isfinite(result.loss) and math.isfinite(result.gradient_norm)
        if finite and result.loss <= _EXPLODED * max(self.progress.first_loss or 0.0, 1.0):
            return
        found = f"loss {result.loss:.4g}, gradient norm {result.gradient_norm:.4g}"
        self._on_event(
            {
                "event": "diverged",
                "step": step,
                "found": found,
                "rows": [row.number for row in rows],
                "prompts": [row.prompt for row in rows],
            }
        )
        # Before the other processes raise, the leading one has written it down.
        self._team.wait()
        named = "; ".join(f"row {row.number} {row.prompt!r}" for row in rows[:_NAMED])
        more = f"; {len(rows) - _NAMED} more in metrics.jsonl" if len(rows) > _NAMED else ""
        raise self._unsound(step, f"{found} in the batch of {named}{more}")

    def _unsound(self, step: int, found: str) -> TrainingError:
        best = self.stopping.best_step
        kept = f"step {best}, the best, is kept" if best else "no step was validated before it"
        return TrainingError(
            f"step {step}",
            found,
            f"finite numbers, and a loss below {_EXPLODED} times that of the first step",
            f"Lower --learning-rate or --scale and train again, or mend the rows; {kept}.",
        )

    def snapshot(self) -> Snapshot:
        """Everything it is now; every process of the team has to ask for it.

        Raises:
            TrainingError: a tensor is not finite; the checkpoint before this one stays the last.
        """
        if not self._stepper.is_finite():
            raise self._unsound(self.progress.step, "tensors that are not finite")
        state = {
            "progress": self.progress.to_json(),
            "stopping": self.stopping.to_json(),
            "order": self._order.position(),
            # Dropout draws in each process for its own rows.
            "random": self._team.gather(_random_state()),
            "rows_at_once": self._at_once.most,
            "measured_at_once": self._measuring.most,
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
        self._measuring.restore(state.get("measured_at_once"))
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
