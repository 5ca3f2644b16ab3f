"""Settings: each default written once, each value stored with where it came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from farense.errors import InputError

Origin = Literal["default", "option"]

# Longest answer in tokens, and how many questions are answered at once.
ANSWER_TOKENS = 40
ANSWERS_AT_ONCE = 64
# Of resamples and sign flips, and of the order in which a baseline is asked a second time.
RESAMPLING_SEED = 1910
SECOND_ORDER_SEED = 1910

PROJECTIONS = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
)


def _setting(default: Any, help_text: str, low: float, high: float | None = None) -> Any:
    return field(default=default, metadata={"help": help_text, "low": low, "high": high})


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that shapes an adapter besides its base and its data.

    The command line derives one option from each field; the defaults here were chosen
    by the measurements in docs/experiments.md.

    Raises:
        InputError: a value outside its range.
    """

    rank: int = _setting(8, "LoRA rank", 1, 256)
    scale: float = _setting(16.0, "LoRA scale (what other tools call alpha / rank)", 0.01, 1000)
    layers: int = _setting(16, "last blocks that get LoRA layers; 0: all", 0)
    dropout: float = _setting(0.0, "LoRA dropout", 0, 0.9)
    learning_rate: float = _setting(8e-4, "peak learning rate", 1e-8, 1)
    final_rate: float = _setting(0.05, "last learning rate as a share of the peak", 0, 1)
    warmup_steps: int = _setting(30, "steps of linear warm-up", 0)
    steps: int = _setting(950, "optimiser steps; the cosine ends here", 1)
    batch_size: int = _setting(8, "rows in a micro-batch", 1)
    accumulation: int = _setting(1, "micro-batches in a step", 1)
    clip_norm: float = _setting(1.0, "largest gradient norm", 1e-6)
    weight_decay: float = _setting(0.01, "AdamW weight decay", 0, 1)
    evaluate_every: int = _setting(0, "steps between validations; 0: once an epoch", 0)
    patience: int = _setting(5, "validations without improvement before stopping", 1)
    min_delta: float = _setting(0.001, "smallest validation loss gain that counts", 0)
    max_tokens: int = _setting(256, "longest row in tokens; longer ones are refused", 8)
    seed: int = _setting(1910, "seed of weights, data order and dropout", 0, 2**32 - 1)

    def __post_init__(self) -> None:
        for setting in dataclasses.fields(self):
            value, low, high = (
                getattr(self, setting.name),
                setting.metadata["low"],
                setting.metadata["high"],
            )
            if not (low <= value and (high is None or value <= high)):
                ceiling = "" if high is None else f" and at most {high}"
                raise InputError(
                    f"--{setting.name.replace('_', '-')}",
                    f"{value}",
                    f"a value of at least {low}{ceiling}",
                    "Give another value, or leave the option out for its default.",
                )

    def values(self) -> dict[str, int | float]:
        """Every setting by name."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Resolved:
    """Settings with the origin of each value."""

    settings: TrainingSettings
    origins: Mapping[str, Origin]

    def to_json(self) -> dict[str, dict[str, Any]]:
        """``{name: {"value": …, "origin": …}}``."""
        return {
            name: {"value": value, "origin": self.origins[name]}
            for name, value in self.settings.values().items()
        }


def resolve(options: Mapping[str, Any]) -> Resolved:
    """Settings from the options a user gave; None means not given.

    Raises:
        InputError: a value outside its range.
    """
    given = {name: value for name, value in options.items() if value is not None}
    settings = TrainingSettings(**given)
    origins: dict[str, Origin] = {
        name: "option" if name in given else "default" for name in settings.values()
    }
    return Resolved(settings, origins)
