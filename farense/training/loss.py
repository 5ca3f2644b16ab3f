"""Cross-entropy over completion tokens only, and the vocabulary projection only there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx

from farense.models.kernels.operations import compiled_cross_entropy
from farense.training.batches import Batch, Row, collate, in_order
from farense.training.fitting import RowsAtOnce
from farense.training.team import ALONE, Team

# Rows in a batch when a loss is only measured: no activations are kept for a backward pass.
MEASURE_BATCH = 8
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class MeasuredLoss:
    """Token-weighted mean cross-entropy of a whole split, in nats per token."""

    loss: float
    tokens: int
    rows: int


Logits = Callable[[Any, Batch], mx.array]


def choose_logits(model: Any) -> Logits:
    """The cheapest function giving logits (N, V) at a batch's positions, proved on this model.

    Most models of the zoo are a body ``model.model`` and a head (``lm_head`` or the tied
    embedding); then only the chosen positions are projected to the vocabulary. A model
    that does something else between the two fails the comparison and pays full price.
    """
    sample = collate([Row((1, 2), (3, 4, 5), "")])
    expected = full_logits(model, sample)
    try:
        found = projected_logits(model, sample)
    except (AttributeError, TypeError, ValueError):
        return full_logits
    equal = found.shape == expected.shape and bool(
        mx.allclose(found, expected, rtol=_TOLERANCE, atol=_TOLERANCE)
    )
    return projected_logits if equal else full_logits


def full_logits(model: Any, batch: Batch) -> mx.array:
    """Logits (N, V) by projecting every position and picking the chosen ones."""
    logits_B_T_V = model(mx.array(batch.tokens_B_T))
    flat = logits_B_T_V.reshape(-1, logits_B_T_V.shape[-1])
    logits_N_V: mx.array = flat[mx.array(batch.positions_N)]
    return logits_N_V


def projected_logits(model: Any, batch: Batch) -> mx.array:
    """Logits (N, V) by projecting the chosen positions alone."""
    hidden_B_T_H = model.model(mx.array(batch.tokens_B_T))
    hidden_N_H = hidden_B_T_H.reshape(-1, hidden_B_T_H.shape[-1])[mx.array(batch.positions_N)]
    head = model.lm_head if "lm_head" in model else model.model.embed_tokens.as_linear
    logits_N_V: mx.array = head(hidden_N_H)
    return logits_N_V


def summed_loss(model: Any, logits: Logits, batch: Batch) -> mx.array:
    """Summed cross-entropy of a batch's trained tokens, in nats.

    A sum, not a mean: micro-batches of different sizes then add up exactly to the
    gradient of one large batch.
    """
    logits_N_V = logits(model, batch)
    loss: mx.array = cross_entropy(logits_N_V.astype(mx.float32), mx.array(batch.targets_N))[0]
    return loss


def cross_entropy(logits_N_V: mx.array, targets_N: mx.array) -> tuple[mx.array, mx.array]:
    """Summed cross-entropy in nats, and what its gradient is made from (N, V)."""
    function = compiled_cross_entropy() or _plain_cross_entropy
    loss, kept_N_V = function(logits_N_V, targets_N)
    return loss, kept_N_V


def _forward(logits_N_V: mx.array, targets_N: mx.array) -> tuple[mx.array, mx.array]:
    """Summed cross-entropy in nats, and the probabilities (N, V) it comes from.

    The probabilities are its gradient but for the targets, so keeping them spares the
    backward pass a second exponential over the whole vocabulary: on a CPU, with 262,144
    words, a tenth of a training step.
    """
    peak_N_1 = mx.max(logits_N_V, axis=-1, keepdims=True)
    exponentials_N_V = mx.exp(logits_N_V - peak_N_1)
    sums_N_1 = mx.sum(exponentials_N_V, axis=-1, keepdims=True)
    chosen_N_1 = mx.take_along_axis(logits_N_V, targets_N[:, None], axis=-1)
    loss = mx.sum(mx.log(sums_N_1) + peak_N_1 - chosen_N_1)
    return loss, exponentials_N_V / sums_N_1


def _backward(
    primals: tuple[mx.array, mx.array],
    cotangents: tuple[mx.array, mx.array],
    outputs: tuple[mx.array, mx.array],
) -> tuple[mx.array, mx.array]:
    _, targets_N = primals
    rows_N = mx.arange(targets_N.size)
    gradient_N_V = outputs[1].at[rows_N, targets_N].add(-1.0)
    return cotangents[0] * gradient_N_V, mx.zeros_like(targets_N)


# Called like ``_forward``; differentiating it runs ``_backward``.
_plain_cross_entropy: Any = mx.custom_function(_forward)
_plain_cross_entropy.vjp(_backward)


def measure_loss(
    model: Any,
    logits: Logits,
    rows: Sequence[Row],
    on_rows: Callable[[int], None] = lambda _: None,
    team: Team = ALONE,
    at_once: RowsAtOnce | None = None,
) -> MeasuredLoss:
    """Loss over a whole split in eval mode, each row once.

    Args:
        model: Left in the mode it was found in.
        logits: From :func:`choose_logits`.
        rows: The split.
        on_rows: Called with the number of rows done after each batch.
        team: The processes that share the batches; all get the same result.
        at_once: How many rows of a batch are computed at once; fewer change the result by
            no more than the rounding of a sum.

    Raises:
        TrainingError: memory does not suffice for one row alone.
    """
    training, at_once = model.training, at_once or RowsAtOnce()
    model.eval()
    total, done = 0.0, 0

    def add(part: Sequence[Row]) -> None:
        nonlocal total
        total += float(summed_loss(model, logits, collate(part)))

    for batch in team.share(list(in_order(rows, MEASURE_BATCH))):
        at_once.in_parts(batch, add)
        done += len(batch)
        on_rows(min(done * team.size, len(rows)))
    model.train(training)
    at_once.agree(team)
    tokens = completion_tokens(rows)
    return MeasuredLoss(team.total(total) / tokens, tokens, len(rows))


def completion_tokens(rows: Sequence[Row]) -> int:
    """Tokens that a loss over ``rows`` is a mean of."""
    return sum(sum(row.trained) if row.trained else len(row.completion_ids) for row in rows)
