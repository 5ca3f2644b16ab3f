"""The loop on a tiny real model: exact updates, kept best, honest logs."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten
from mlx_lm.utils import load_model as load_mlx_model

from farense.config import TrainingSettings
from farense.errors import DivergedError, TrainingError
from farense.models.backend import prepare_backend
from farense.models.loading import LoadedModel, load_model
from farense.training.batches import Batch, Row, collate
from farense.training.early_stopping import EarlyStopping
from farense.training.loop import train
from farense.training.lora import attach_lora, merged, trainable
from farense.training.loss import (
    choose_logits,
    cross_entropy,
    full_logits,
    measure_loss,
    projected_logits,
    summed_loss,
)
from farense.training.methods import check_trainable
from farense.training.order import DataOrder
from farense.training.schedule import learning_rate
from farense.training.stepping import Stepper
from farense.training.trainer import Event

ROWS = tuple(Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(6))
SETTINGS = TrainingSettings(
    rank=2, scale=4.0, learning_rate=1e-2, warmup_steps=2, steps=12, batch_size=4, patience=3
)


@pytest.fixture
def loaded(tiny_base: Path) -> LoadedModel:
    return load_model(tiny_base, prepare_backend())


def ready(loaded: LoadedModel, settings: TrainingSettings = SETTINGS) -> Any:
    attach_lora(loaded.model, settings)
    return loaded.model


def run(loaded: LoadedModel, settings: TrainingSettings = SETTINGS) -> tuple[Any, list[Event]]:
    events: list[Event] = []
    model = ready(loaded, settings)
    outcome = train(
        model, choose_logits(model), ROWS, ROWS[:2], settings, events.append, lambda weights: None
    )
    return outcome, events


def test_only_lora_tensors_are_trainable(loaded: LoadedModel) -> None:
    """Seven projections in each of two blocks, two tensors each: 28; nothing else."""
    names = trainable(ready(loaded))
    assert len(names) == 7 * 2 * 2
    assert {name.rsplit(".", 1)[-1] for name in names} == {"lora_a", "lora_b"}


def test_a_model_without_lora_is_refused(loaded: LoadedModel) -> None:
    """The predecessor trained no LoRA layer at all and did not notice."""
    loaded.model.freeze()
    with pytest.raises(TrainingError, match="no tensor is trainable"):
        check_trainable(loaded.model, SETTINGS)


def test_an_unfrozen_base_is_refused(loaded: LoadedModel) -> None:
    """An adapter must not depend on a changed base."""
    model = ready(loaded)
    model.model.norm.unfreeze()
    with pytest.raises(TrainingError, match="base tensors are trainable"):
        check_trainable(model, SETTINGS)


def test_loss_is_cross_entropy_of_the_completion(loaded: LoadedModel) -> None:
    """Against NumPy: minus the log-softmax of each completion token, summed over two rows."""
    batch = collate(ROWS[:2])
    expected = 0.0
    for row in ROWS[:2]:
        ids = list(row.prompt_ids + row.completion_ids)
        logits = np.array(loaded.model(mx.array([ids[:-1]])))[0].astype(np.float64)
        for place in range(len(row.prompt_ids) - 1, len(ids) - 1):
            shifted = logits[place] - logits[place].max()
            expected -= shifted[ids[place + 1]] - math.log(np.exp(shifted).sum())
    found = float(summed_loss(loaded.model, choose_logits(loaded.model), batch))
    assert found == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_and_its_gradient_are_mlx_own() -> None:
    """Value and gradient against ``mlx.nn.losses.cross_entropy``, far logits included."""
    logits = mx.array([[1.0, -2.0, 0.5], [80.0, -90.0, 3.0], [0.0, 0.0, 0.0]])
    targets = mx.array([2, 0, 1])
    value, gradient = mx.value_and_grad(lambda x: 3 * cross_entropy(x, targets)[0])(logits)
    expected, slope = mx.value_and_grad(
        lambda x: 3 * nn.losses.cross_entropy(x, targets, reduction="sum")
    )(logits)
    assert float(value) == pytest.approx(float(expected), rel=1e-6)
    assert mx.allclose(gradient, slope, atol=1e-6)


def test_projecting_few_positions_equals_projecting_all(loaded: LoadedModel) -> None:
    """The cheap path is taken for this model and gives the same logits."""
    assert choose_logits(loaded.model) is projected_logits
    batch = collate(ROWS)
    full = full_logits(loaded.model, batch)
    assert full.shape[0] == sum(len(row.completion_ids) for row in ROWS)
    assert mx.allclose(projected_logits(loaded.model, batch), full, atol=1e-5)


def test_merged_layers_compute_the_same_and_come_apart_again(loaded: LoadedModel) -> None:
    """The loss with W + scale A B in one product is that with both, to 1e-6 of rounding; inside
    there is no LoRA layer, after it the same tensors are there."""
    run(loaded)
    model = loaded.model
    before, tensors = measure_loss(model, full_logits, ROWS).loss, trainable(model)
    with merged(model):
        assert not any("lora_a" in name for name, _ in tree_flatten(model.parameters()))
        assert measure_loss(model, full_logits, ROWS).loss == pytest.approx(before, abs=1e-5)
    after = trainable(model)
    assert after.keys() == tensors.keys()
    assert all(after[name] is tensors[name] for name in tensors)
    assert measure_loss(model, full_logits, ROWS).loss == before


def test_quantised_layers_are_not_merged(tiny_base: Path) -> None:
    """The sum would have to be rounded to 4 bits: the model as it is on disk stays as it is."""
    model, _ = load_mlx_model(tiny_base)
    attach_lora(model, SETTINGS)
    tensors = trainable(model)
    with merged(model):
        assert trainable(model).keys() == tensors.keys()


def test_a_model_with_another_head_pays_full_price() -> None:
    """A scale between body and head is noticed, not ignored."""

    class Scaled(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = nn.Sequential(nn.Embedding(99, 8))
            self.lm_head = nn.Linear(8, 99)

        def __call__(self, tokens: mx.array) -> mx.array:
            logits: mx.array = 2 * self.lm_head(self.model(tokens))
            return logits

    assert choose_logits(Scaled()) is full_logits


def _after_one_step(loaded: LoadedModel, batches: list[Batch]) -> dict[str, mx.array]:
    model = ready(loaded)
    Stepper(model, choose_logits(model), SETTINGS).step(batches, 1e-2)
    return dict(trainable(model))


def test_accumulation_equals_one_large_batch(tiny_base: Path) -> None:
    """Micro-batches of unequal size and length give the update of one batch, to 1e-5."""
    backend = prepare_backend()
    whole = _after_one_step(load_model(tiny_base, backend), [collate(ROWS)])
    parts = [collate(ROWS[:1]), collate(ROWS[1:3]), collate(ROWS[3:])]
    summed = _after_one_step(load_model(tiny_base, backend), parts)
    for name, tensor in whole.items():
        assert float(mx.abs(tensor - summed[name]).max()) < 1e-5, name


def test_the_gradient_is_clipped(loaded: LoadedModel) -> None:
    """The logged norm is the one before clipping; the update stays finite and small."""
    model = ready(loaded, SETTINGS)
    step = Stepper(model, choose_logits(model), SETTINGS).step([collate(ROWS)], 1e-2)
    assert step.gradient_norm > 0
    assert step.tokens == sum(len(r.prompt_ids) + len(r.completion_ids) - 1 for r in ROWS)


def test_training_learns_and_keeps_the_best_step(loaded: LoadedModel) -> None:
    """Loss falls; the tensors left in the model are those of the best validation."""
    outcome, events = run(loaded)
    losses = [e["loss"] for e in events if e["event"] == "train"]
    assert losses[-1] < losses[0]
    validations = {e["step"]: e["loss"] for e in events if e["event"] == "validation"}
    assert outcome.best_step == min(validations, key=lambda step: validations[step])
    now = measure_loss(loaded.model, choose_logits(loaded.model), ROWS[:2]).loss
    assert now == pytest.approx(validations[outcome.best_step], abs=1e-6)


def test_validation_follows_the_step_it_is_logged_under(loaded: LoadedModel) -> None:
    """Two batches an epoch: a validation after steps 2, 4, …, each behind its training row."""
    _, events = run(loaded)
    order = [(e["event"], e["step"]) for e in events]
    assert order[:6] == [
        ("train", 1),
        ("train", 2),
        ("validation", 2),
        ("train", 3),
        ("train", 4),
        ("validation", 4),
    ]


def test_every_row_was_really_batched(loaded: LoadedModel) -> None:
    """What is recorded as batched is the whole split."""
    outcome, _ = run(loaded)
    assert outcome.batched == {row.prompt_sha256 for row in ROWS}


def test_validating_more_often_does_not_change_training(tiny_base: Path) -> None:
    """Validation draws nothing from the stream that orders training."""
    backend = prepare_backend()
    _, rare = run(load_model(tiny_base, backend))
    often_settings = dataclasses.replace(SETTINGS, evaluate_every=1, patience=99)
    _, often = run(load_model(tiny_base, backend), often_settings)
    assert [e["loss"] for e in rare if e["event"] == "train"] == [
        e["loss"] for e in often if e["event"] == "train"
    ]


def test_early_stopping_stops_after_patience(loaded: LoadedModel) -> None:
    """A learning rate of nearly nothing never improves by min_delta: 1 + patience validations."""
    still = dataclasses.replace(SETTINGS, learning_rate=1e-8, patience=2, evaluate_every=1)
    outcome, events = run(loaded, still)
    assert outcome.stopped == "early_stopping"
    assert len([e for e in events if e["event"] == "validation"]) == 3


def test_a_loss_that_is_not_finite_stops_training(loaded: LoadedModel) -> None:
    """NaN names the step, the batch and what to do; nothing is trained on."""
    model = ready(loaded)
    model.model.norm.weight = mx.full(model.model.norm.weight.shape, float("nan"))
    with pytest.raises(TrainingError, match=r"step 1: loss nan.*Lower --learning-rate"):
        train(
            model,
            choose_logits(model),
            ROWS,
            ROWS[:2],
            SETTINGS,
            lambda event: None,
            lambda weights: None,
        )


def test_the_batch_behind_it_is_named(loaded: LoadedModel) -> None:
    """Row numbers and prompts, in the message and in the log; nothing is logged as a step."""
    model = ready(loaded)
    model.model.norm.weight = mx.full(model.model.norm.weight.shape, float("nan"))
    rows = [dataclasses.replace(ROWS[n], number=n + 1, prompt=f"Quem {n}?") for n in range(2)]
    log: list[Event] = []
    given = (model, choose_logits(model), rows, ROWS[:2], SETTINGS, log.append, lambda _: None)
    with pytest.raises(TrainingError, match=r"row [12] 'Quem [01]\?'; row [12] 'Quem [01]\?'; "):
        train(*given)
    (told,) = log
    assert (told["event"], told["step"]) == ("diverged", 1)
    assert sorted(zip(told["rows"], told["prompts"], strict=True)) == [
        (1, "Quem 0?"),
        (2, "Quem 1?"),
    ]
    assert "NaN" not in json.dumps(told)


def test_a_loss_that_explodes_stops_training(loaded: LoadedModel) -> None:
    """Finite, yet more than knowing nothing costs twice: what it showed in and whose update came
    before are named, in the message and in the log, and the best step as kept."""
    settings = dataclasses.replace(SETTINGS, evaluate_every=2)
    model, log = ready(loaded, settings), list[Event]()

    def spoil(event: Event) -> None:
        log.append(event)
        if event["event"] == "validation":
            model.model.norm.weight = 1000 * model.model.norm.weight

    rows = [dataclasses.replace(row, number=n, prompt=f"Quem {n}?") for n, row in enumerate(ROWS)]
    given = (model, choose_logits(model), rows, ROWS[:2], settings, spoil, lambda _: None)
    pattern = (
        r"step 3: loss \d.* in the batch of (row \d 'Quem \d\?'; )+the last update before,"
        r" of step 2, was that of row \d 'Quem .*at most 25, where \S+ is usual\."
        r".*step 2, the best"
    )
    with pytest.raises(DivergedError, match=pattern) as error:
        train(*given)
    assert error.value.last_sound == 1
    order = DataOrder(rows, settings)
    _, second, third = (batch_rows(order.next_step()) for _ in range(3))
    assert (log[-1]["rows"], log[-1]["cause"]["rows"]) == (third, second)
    assert log[-1]["event"] == "diverged"
    assert float(log[-1]["found"].split(",")[0].removeprefix("loss ")) > 10 * log[0]["loss"]


def batch_rows(batches: list[Batch]) -> list[int]:
    return [row.number for batch in batches for row in batch.rows]


def test_a_normal_noisy_training_is_no_false_alarm(tiny_base: Path) -> None:
    """One row a step, two thirds of them learnt by heart and the others never the same twice: sixty
    steps go through."""
    model = ready(load_model(tiny_base, prepare_backend()))
    settings = dataclasses.replace(SETTINGS, steps=60, batch_size=1, evaluate_every=60)
    rows = [dataclasses.replace(row, number=n) for n, row in enumerate(ROWS * 4)]
    random = np.random.default_rng(0)
    for n in range(0, len(rows), 3):
        answer = tuple(map(int, random.integers(3, 90, 3)))
        rows[n] = dataclasses.replace(rows[n], completion_ids=answer)
    log = list[Event]()
    train(model, choose_logits(model), rows, ROWS[:2], settings, log.append, lambda _: None)
    assert len([row for row in log if row["event"] == "train"]) == 60


def test_metrics_rows_are_plain_json(loaded: LoadedModel) -> None:
    """Each event survives a round trip through JSON with its documented keys."""
    _, events = run(loaded)
    first = json.loads(json.dumps(events[0]))
    assert set(first) == {
        "event",
        "step",
        "epoch",
        "loss",
        "learning_rate",
        "gradient_norm",
        "tokens",
        "padded_tokens",
        "tokens_per_second",
        "seconds",
        "memory_bytes",
        "padded_tokens_per_second",
        "device_bytes",
        "device_peak_bytes",
        "eta_seconds",
        "version",
    }


def test_warmup_then_cosine() -> None:
    """By hand: peak 1, warm-up 10, 110 steps, floor 0.1: half-way down is 0.55."""
    settings = TrainingSettings(learning_rate=1.0, warmup_steps=10, steps=110, final_rate=0.1)
    assert learning_rate(1, settings) == pytest.approx(0.1)
    assert learning_rate(10, settings) == pytest.approx(1.0)
    assert learning_rate(60, settings) == pytest.approx(0.55)
    assert learning_rate(110, settings) == pytest.approx(0.1)


def test_min_delta_is_what_counts_as_gain() -> None:
    """0.9995 is no gain on 1.0 when 0.001 is asked; 0.99 is."""
    stopping = EarlyStopping(patience=2, min_delta=0.001)
    assert stopping.see(1, 1.0)
    assert not stopping.see(2, 0.9995)
    assert stopping.see(3, 0.99)
    assert (stopping.best_step, stopping.without_gain) == (3, 0)
