"""The order in which rows are trained, as something one can leave and come back to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from farense.config import TrainingSettings
from farense.training.batches import Batch, Row, epoch


class DataOrder:
    """Epoch after epoch, the micro-batches of each step; the seed alone decides.

    Every row is trained once an epoch. An epoch's left-over micro-batches make a smaller step
    of their own: their rows are trained, and the mean is over their own tokens.
    """

    def __init__(self, rows: Sequence[Row], settings: TrainingSettings) -> None:
        self._rows = rows
        self._settings = settings
        self._rng = np.random.default_rng(settings.seed)
        self._start_epoch()

    def next_step(self) -> list[Batch]:
        """The micro-batches of the next step."""
        batches = next(self._steps, None)
        if batches is None:
            self._start_epoch()
            batches = next(self._steps)
        self._taken += 1
        return batches

    def position(self) -> dict[str, Any]:
        """Where it stands, JSON-ready: the generator at the epoch's start, and steps since."""
        return {"epoch_start": self._at_start, "steps_taken": self._taken}

    def go_to(self, position: Mapping[str, Any]) -> None:
        """Stand where :meth:`position` was asked."""
        self._rng.bit_generator.state = position["epoch_start"]
        self._start_epoch()
        for _ in range(position["steps_taken"]):
            self.next_step()

    def _start_epoch(self) -> None:
        self._at_start = self._rng.bit_generator.state
        self._steps = self._steps_of_an_epoch()
        self._taken = 0

    def _steps_of_an_epoch(self) -> Iterator[list[Batch]]:
        waiting: list[Batch] = []
        for batch in epoch(self._rows, self._settings.batch_size, self._rng):
            waiting.append(batch)
            if len(waiting) == self._settings.accumulation:
                yield waiting
                waiting = []
        if waiting:
            yield waiting
