"""When to stop, and which step was best."""

from __future__ import annotations

from dataclasses import dataclass


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
