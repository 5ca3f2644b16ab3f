"""What makes an update of a gradient: MLX's optimizers, each in the shape it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim

from farense.config import TrainingSettings
from farense.training.lora import flatten, unflatten

SGD_MOMENTUM = 0.9
# These look at a tensor as a matrix: rows and columns (Adafactor), orthogonal updates (Muon).
_NEED_MATRICES = ("adafactor", "muon")


class Updater:
    """One optimizer over all trained tensors.

    Where every element is updated by itself, all tensors are one long array to it: a few
    operations instead of a few on each of some hundred small arrays.

    Attributes:
        optimizer: MLX's; its ``state`` is what a checkpoint has to keep.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.optimizer = _OPTIMIZERS[settings.optimizer](settings)
        self._on_matrices = settings.optimizer in _NEED_MATRICES

    def apply(
        self, gradient_P: mx.array, parameters_P: mx.array, rate: float, like: Any
    ) -> mx.array:
        """The parameters (P,) after one update; ``like`` has their names and shapes."""
        self.optimizer.learning_rate = rate
        if self._on_matrices:
            gradient, parameters = unflatten(gradient_P, like), unflatten(parameters_P, like)
            return flatten(self.optimizer.apply_gradients(gradient, parameters))
        updated = self.optimizer.apply_gradients({"all": gradient_P}, {"all": parameters_P})
        whole: mx.array = updated["all"]
        return whole


def _adamw(settings: TrainingSettings) -> optim.Optimizer:
    # MLX leaves Adam's bias correction off by default; without it the first hundred
    # steps are three to seven times longer than the learning rate says.
    return optim.AdamW(
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        bias_correction=True,
    )


def _adam(settings: TrainingSettings) -> optim.Optimizer:
    return optim.Adam(learning_rate=settings.learning_rate, bias_correction=True)


def _adafactor(settings: TrainingSettings) -> optim.Optimizer:
    # Its own step sizes are left aside: the schedule says how long a step is.
    return optim.Adafactor(
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        relative_step=False,
        scale_parameter=False,
    )


def _sgd(settings: TrainingSettings) -> optim.Optimizer:
    return optim.SGD(
        learning_rate=settings.learning_rate,
        momentum=SGD_MOMENTUM,
        weight_decay=settings.weight_decay,
    )


def _lion(settings: TrainingSettings) -> optim.Optimizer:
    return optim.Lion(learning_rate=settings.learning_rate, weight_decay=settings.weight_decay)


def _muon(settings: TrainingSettings) -> optim.Optimizer:
    return optim.Muon(learning_rate=settings.learning_rate, weight_decay=settings.weight_decay)


_OPTIMIZERS: Mapping[str, Callable[[TrainingSettings], optim.Optimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "adafactor": _adafactor,
    "sgd": _sgd,
    "lion": _lion,
    "muon": _muon,
}
