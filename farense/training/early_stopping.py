"""When to stop, and which step was best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class EarlyStopping:
    """Counts validations that did not improve on the best by ``min_delta``.

    ``best_step`` is 0 until the first validation.
    """

    patience: int
    min_delta: float
    best_loss: float = float("inf")
    best_step: int = 0
    without_gain: int = 0

    def see(self, step: int, loss: float) -> bool:
        """Record the validation loss after ``step``; True when it is the best so far."""
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_step, self.without_gain = loss, step, 0
            return True
        self.without_gain += 1
        return False

    @property
    def exhausted(self) -> bool:
        """True when patience has run out."""
        return self.without_gain >= self.patience

    def to_json(self) -> dict[str, Any]:
        """What it has seen; the best loss is None before the first validation."""
        best = self.best_loss if math.isfinite(self.best_loss) else None
        return {
            "best_loss": best,
            "best_step": self.best_step,
            "without_gain": self.without_gain,
        }

    def restore(self, seen: Mapping[str, Any]) -> None:
        """Go on from :meth:`to_json`."""
        best = seen["best_loss"]
        self.best_loss = float("inf") if best is None else best
        self.best_step, self.without_gain = seen["best_step"], seen["without_gain"]
