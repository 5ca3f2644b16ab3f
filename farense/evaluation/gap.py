"""The two gaps: what the losses say about overfitting, and what a user feels."""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from farense.errors import ScoringError
from farense.evaluation.paired import RESAMPLES
from farense.records import Gap

# (upper bound, label); a gap equal to a bound belongs to the next, worse, label.
LABELS: tuple[tuple[float, str], ...] = (
    (0.05, "EXCELENTE"),
    (0.15, "BOM"),
    (0.30, "MODERADO"),
    (math.inf, "CRÍTICO"),
)


def label_of(value: float) -> str:
    """The Portuguese word for a gap of ``value`` nats per token; negative is EXCELENTE."""
    return next(label for bound, label in LABELS if value < bound)


def gap(train_loss: float, train_rows: int, validation_loss: float, validation_rows: int) -> Gap:
    """Validation loss minus training loss, labelled.

    Args:
        train_loss: Mean over the whole training split in eval mode, each row once,
            completion tokens only, token-weighted, in nats per token. Never a number
            from the training log.
        train_rows: Rows behind it.
        validation_loss: The same over the whole validation split.
        validation_rows: Rows behind it.

    Raises:
        ScoringError: a split is empty or a loss is not a finite number of at least 0.
    """
    _refuse_unusable("training", train_loss, train_rows)
    _refuse_unusable("validation", validation_loss, validation_rows)
    value = validation_loss - train_loss
    return Gap(train_loss, validation_loss, train_rows, validation_rows, value, label_of(value))


def gap_of(training: Mapping[str, Any] | None) -> Gap | None:
    """The gap of a training_summary.json; None without one, or where it has not both losses."""
    if training is None or not {"train_loss", "validation_loss"} <= training.keys():
        return None
    trained, validated = training["train_loss"], training["validation_loss"]
    return gap(trained["loss"], trained["rows"], validated["loss"], validated["rows"])


def _refuse_unusable(split: str, loss: float, rows: int) -> None:
    if rows < 1:
        raise ScoringError(
            f"{split} split",
            f"{rows} rows",
            "at least one row",
            "Build a dataset that has this split; the gap needs both.",
        )
    if not (math.isfinite(loss) and loss >= 0):
        raise ScoringError(
            f"{split} loss",
            f"{loss}",
            "a finite number of nats per token, at least 0",
            "Train again with a lower learning rate and measure both splits anew.",
        )


@dataclass(frozen=True)
class PhrasingGap:
    """How much is lost when a known fact is asked in words never trained on.

    ``seen`` and ``paraphrase`` are mean scores in [0, 1] over the same ``facts`` facts,
    each fact weighing the same; ``value`` is their difference in [-1, 1], positive when
    the unseen wording does worse; ``low`` and ``high`` bound it with 95 % confidence.
    """

    seen: float
    paraphrase: float
    value: float
    low: float
    high: float
    facts: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def phrasing_gap(
    seen: Mapping[str, Sequence[float]],
    paraphrase: Mapping[str, Sequence[float]],
    *,
    seed: int,
) -> PhrasingGap | None:
    """Score on seen wording minus score on unseen wording of the same facts.

    Args:
        seen: For each fact, the scores in [0, 1] of its questions in trained wording.
        paraphrase: The same in wording never trained on.
        seed: Of the resampling of facts behind the interval.

    Returns:
        The gap over the facts scored in both, or None when no fact is.
    """
    shared = sorted(fact for fact in seen if seen[fact] and paraphrase.get(fact))
    if not shared:
        return None
    seen_F = np.array([np.mean(seen[fact]) for fact in shared])
    paraphrase_F = np.array([np.mean(paraphrase[fact]) for fact in shared])
    difference_F = seen_F - paraphrase_F
    generator = np.random.default_rng(seed)
    drawn_R_F = generator.integers(0, len(shared), size=(RESAMPLES, len(shared)))
    low, high = np.percentile(difference_F[drawn_R_F].mean(axis=1), [2.5, 97.5])
    return PhrasingGap(
        seen=float(seen_F.mean()),
        paraphrase=float(paraphrase_F.mean()),
        value=float(difference_F.mean()),
        low=float(low),
        high=float(high),
        facts=len(shared),
    )
