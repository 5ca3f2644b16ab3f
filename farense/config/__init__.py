"""Settings: each default written once, each value stored with where it came from."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from farense.errors import InputError

# Longest answer in tokens, and how many questions are answered at once.
ANSWER_TOKENS = 40
ANSWERS_AT_ONCE = 64
# Of resamples and sign flips, and of the order in which a baseline is asked a second time.
RESAMPLING_SEED = 1910
SECOND_ORDER_SEED = 1910

METHODS = ("lora", "dora", "full")
OPTIMIZERS = ("adamw", "adam", "adafactor", "sgd", "lion", "muon")
# "auto" is the base's own; farense.models.templates holds the texts.
TEMPLATES = ("auto", "model", "chatml", "alpaca", "llama2", "mistral", "phi", "pergunta", "p-r")
DTYPES = ("auto", "fastest", "float32", "bfloat16", "float16")
SCHEDULES = ("cosine", "linear", "constant")


def _setting(
    default: Any,
    help_text: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    *,
    shapes: bool = True,
) -> Any:
    metadata = {
        "help": help_text,
        "low": low,
        "high": high,
        "choices": choices,
        "shapes": shapes,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that shapes an adapter besides its base and its data.

    The command line derives one option from each field, and so do environment and files; the
    defaults here were chosen by the measurements in docs/experiments.md. ``epochs`` is 0 where
    ``steps`` counts.

    Raises:
        InputError: a value outside its range.
    """

    method: str = _setting(
        "lora", "what is trained: LoRA or DoRA layers, or the last blocks whole", choices=METHODS
    )
    rank: int = _setting(8, "LoRA rank", 1, 256)
    scale: float = _setting(16.0, "LoRA scale (what other tools call alpha / rank)", 0.01, 1000)
    layers: int = _setting(16, "last blocks that are trained; 0: all", 0)
    dropout: float = _setting(0.0, "LoRA dropout", 0, 0.9)
    target_modules: tuple[str, ...] = _setting(
        ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
        "modules of a block that get LoRA layers, with commas between them",
    )
    optimizer: str = _setting("adamw", "what makes an update of a gradient", choices=OPTIMIZERS)
    learning_rate: float = _setting(8e-4, "peak learning rate", 1e-8, 1)
    schedule: str = _setting(
        "cosine", "how the learning rate falls after warm-up", choices=SCHEDULES
    )
    final_rate: float = _setting(0.05, "last learning rate as a share of the peak", 0, 1)
    warmup_steps: int = _setting(30, "steps of linear warm-up", 0)
    steps: int = _setting(1400, "optimiser steps; the schedule ends here", 1)
    epochs: float = _setting(0.0, "passes over the rows, instead of --steps", 0, 100_000)
    batch_size: int = _setting(8, "rows in a micro-batch", 1)
    accumulation: int = _setting(1, "micro-batches in a step", 1)
    clip_norm: float = _setting(1.0, "largest gradient norm", 1e-6)
    weight_decay: float = _setting(0.01, "weight decay; adam has none", 0, 1)
    evaluate_every: int = _setting(0, "steps between validations; 0: once an epoch", 0)
    patience: int = _setting(5, "validations without improvement before stopping", 1)
    min_delta: float = _setting(0.001, "smallest validation loss gain that counts", 0)
    template: str = _setting(
        "auto", "text around questions and answers; auto: what the base knows", choices=TEMPLATES
    )
    loss_on: str = _setting(
        "all", "answers of a conversation that are trained", choices=("all", "last")
    )
    max_tokens: int = _setting(256, "longest row in tokens; longer ones are refused", 8)
    dtype: str = _setting(
        "auto",
        "numbers the frozen weights are computed with; auto: float32 on a CPU, as stored on a GPU;"
        " fastest: bfloat16 on a CPU with AVX512-BF16, else as auto",
        choices=DTYPES,
    )
    gradient_checkpointing: bool = _setting(
        False, "compute blocks again in the backward pass, to save memory"
    )
    seed: int = _setting(1910, "seed of weights, data order and dropout", 0, 2**32 - 1)
    checkpoint_every: int = _setting(
        50, "steps between checkpoints; 0: no checkpoints", 0, shapes=False
    )
    keep_checkpoints: int = _setting(3, "last checkpoints that are kept; 0: all", 0, shapes=False)

    def __post_init__(self) -> None:
        for name, value in self.values().items():
            require_in_range(name, value, f"--{name.replace('_', '-')}")

    def values(self) -> dict[str, Any]:
        """Every setting by name."""
        return dataclasses.asdict(self)

    def shaping(self) -> dict[str, Any]:
        """Those that decide the adapter's bytes, by name."""
        return {n: value for n, value in self.values().items() if SETTINGS[n].metadata["shapes"]}

    def steps_per_epoch(self, rows: int) -> int:
        """Optimiser steps in one pass over ``rows`` rows, the last ones possibly smaller."""
        return math.ceil(math.ceil(rows / self.batch_size) / self.accumulation)


SETTINGS = {setting.name: setting for setting in dataclasses.fields(TrainingSettings)}


def require_in_range(name: str, value: Any, where: str) -> None:
    """Refuse a value that a setting cannot have.

    Args:
        name: Of the setting.
        value: Of the setting's own type.
        where: What the user wrote it in or as, for the message.

    Raises:
        InputError: outside the range, or none of the choices.
    """
    limits = SETTINGS[name].metadata
    low, high, choices = limits["low"], limits["high"], limits["choices"]
    if choices:
        fits, expected = value in choices, f"one of {', '.join(choices)}"
    elif low is not None:
        fits = low <= value and (high is None or value <= high)
        ceiling = "" if high is None else f" and at most {high}"
        expected = f"a value of at least {low}{ceiling}"
    else:
        return
    if not fits:
        raise InputError(
            where, f"{value}", expected, "Give another value, or leave it out for its default."
        )
