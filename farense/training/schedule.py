"""The learning rate of each step: linear warm-up, then cosine or linear decay, or none."""

from __future__ import annotations

import math

from farense.config import TrainingSettings


def learning_rate(step: int, settings: TrainingSettings) -> float:
    """Learning rate of ``step`` (counted from 1).

    It rises linearly to the peak at ``warmup_steps``. From there it falls to ``final_rate *
    peak`` at the last step, along half a cosine (Loshchilov & Hutter 2017, eq. 5, one cycle) or
    a straight line, or stays at the peak.
    """
    peak, warmup = settings.learning_rate, settings.warmup_steps
    if step <= warmup:
        return peak * step / warmup
    if settings.schedule == "constant":
        return peak
    progress = (step - warmup) / max(settings.steps - warmup, 1)
    floor = peak * settings.final_rate
    if settings.schedule == "linear":
        return floor + (peak - floor) * (1 - min(progress, 1.0))
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
