"""Optimizers and schedules: each MLX's own update, exact under accumulation."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from mlx.utils import tree_flatten

from farense.config import OPTIMIZERS, TrainingSettings
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.training.batches import Row, collate, epoch
from farense.training.lora import attach_lora, flatten, trainable, unflatten
from farense.training.loss import choose_logits
from farense.training.optimizers import Updater
from farense.training.schedule import learning_rate
from farense.training.stepping import Stepper, padded_tokens

Array = npt.NDArray[np.float32]
RATE = 1e-2
TREE: dict[str, Any] = {
    "a": {"w": mx.array([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]]), "v": mx.array([0.1, -0.2])},
    "b": mx.array([[2.0], [-1.0], [0.5]]),
}
GRADIENT: dict[str, Any] = {
    "a": {"w": mx.array([[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]]), "v": mx.array([1.0, -1.0])},
    "b": mx.array([[0.3], [0.2], [-0.1]]),
}
# MLX's own class and arguments, tensor by tensor: what the flat array must equal.
STOCK = {
    "adamw": lambda: optim.AdamW(RATE, weight_decay=0.01, bias_correction=True),
    "adam": lambda: optim.Adam(RATE, bias_correction=True),
    "adafactor": lambda: optim.Adafactor(
        RATE, weight_decay=0.01, relative_step=False, scale_parameter=False
    ),
    "sgd": lambda: optim.SGD(RATE, momentum=0.9, weight_decay=0.01),
    "lion": lambda: optim.Lion(RATE, weight_decay=0.01),
    "muon": lambda: optim.Muon(RATE, weight_decay=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_three_updates_are_those_of_mlx_tensor_by_tensor(name: str) -> None:
    """Whatever shape the tensors are held in, the result is stock MLX's on the named ones."""
    updater = Updater(TrainingSettings(optimizer=name, learning_rate=RATE))
    stock, expected = STOCK[name](), TREE
    parameters = flatten(TREE)
    for number in (1, 2, 3):
        scaled = {"a": {k: v * number for k, v in GRADIENT["a"].items()}, "b": GRADIENT["b"]}
        parameters = updater.apply(flatten(scaled), parameters, RATE, TREE)
        expected = stock.apply_gradients(scaled, expected)
    found = dict(tree_flatten(unflatten(parameters, TREE)))
    for path, tensor in tree_flatten(expected):
        assert mx.allclose(found[path], tensor, atol=1e-6), path
        assert not mx.allclose(tensor, dict(tree_flatten(TREE))[path]), path


@pytest.fixture(scope="module")
def small_model(tiny_base: Path) -> Any:
    """The tiny model with LoRA layers that are not at their zero start."""
    model = load_model(tiny_base, prepare_backend()).model
    attach_lora(model, TrainingSettings(rank=2, scale=4.0))
    Stepper(model, choose_logits(model), TrainingSettings()).step([collate(ROWS)], 1e-2)
    return model


ROWS = tuple(Row(tuple(range(10, 12 + n)), (40 + n, 60 + n, 2), f"sha-{n}") for n in range(5))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_accumulation_is_exact_with_every_optimizer(name: str, tiny_base: Path) -> None:
    """Three unequal micro-batches move every tensor as one large batch does, to 1e-5.

    Two steps, so that the optimizer's state is exact as well. A rate of 1e-3: Lion and Muon
    move by the gradient's sign or direction, in which rounding is not divided by its size.
    """
    (once, _), (in_parts, _) = two_steps(name, tiny_base, WHOLE), two_steps(name, tiny_base, PARTS)
    # Lion goes by signs (below).
    assert name == "lion" or np.abs(once - in_parts).max() < 1e-5
    assert np.median(np.abs(once - in_parts)) < 1e-5


def test_lion_differs_only_where_a_sign_is_nothing_but_rounding(tiny_base: Path) -> None:
    """Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023), algorithm 2: a step is
    the sign of 0.9 m + 0.1 g, and m becomes 0.99 m + 0.01 g. Momenta are equal to 1e-5; so are all
    elements in both of whose steps that sum is more than a millionth of the largest, 99 % and
    more of them; the others are apart by two steps of each sign at most."""
    once, (first, second) = two_steps("lion", tiny_base, WHOLE)
    in_parts, momenta = two_steps("lion", tiny_base, PARTS)
    gradient = (second - 0.99 * first) / 0.01
    sums = np.abs(np.stack([10 * first, 0.9 * first + 0.1 * gradient]))
    # Before B has moved from zero, the gradient of A is zero and not rounding.
    told = ((sums > 1e-6 * sums.max(axis=1, keepdims=True)) | (sums == 0)).all(axis=0)
    assert np.abs(np.stack([first, second]) - np.stack(momenta)).max() < 1e-5
    assert np.abs(once - in_parts)[told].max() < 1e-5
    assert told.mean() > 0.99
    assert np.abs(once - in_parts).max() <= 2 * 2 * 1e-3 + 1e-5


WHOLE = (ROWS,)
PARTS = (ROWS[:1], ROWS[1:3], ROWS[3:])


def two_steps(name: str, base: Path, parts: Sequence[tuple[Row, ...]]) -> tuple[Array, list[Array]]:
    """What is trained after two steps of these micro-batches, and Lion's momentum after each."""
    settings = TrainingSettings(rank=2, scale=4.0, optimizer=name)
    model = load_model(base, prepare_backend()).model
    attach_lora(model, settings)
    stepper = Stepper(model, choose_logits(model), settings)
    momenta = []
    for _ in range(2):
        stepper.step([collate(part) for part in parts], 1e-3)
        if name == "lion":
            momenta.append(np.array(stepper.state()["all.m"]))
    return np.array(flatten(model.trainable_parameters())), momenta


MASKED = st.tuples(st.integers(1, 9), st.lists(st.booleans(), min_size=1, max_size=6)).map(
    lambda row: Row(
        tuple(range(20, 20 + row[0])),
        tuple(range(60, 61 + len(row[1]))),
        "",
        (*row[1], True),
    )
)


@examples(max_examples=15)
@given(rows=st.lists(MASKED, min_size=2, max_size=7), data=st.data())
def test_any_partition_of_masked_rows_makes_the_same_step(
    small_model: Any, rows: list[Row], data: st.DataObject
) -> None:
    """However rows are dealt to micro-batches: loss and SGD's step are those of one batch."""
    start = dict(trainable(small_model))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1))))
    parts = [rows[a:b] for a, b in itertools.pairwise([0, *cuts, len(rows)])]
    found = []
    for dealt in ([rows], parts):
        small_model.load_weights(list(start.items()), strict=False)
        settings = TrainingSettings(optimizer="sgd", clip_norm=1e6)
        stepper = Stepper(small_model, choose_logits(small_model), settings)
        step = stepper.step([collate(part) for part in dealt], 1e-2)
        found.append((step.loss, flatten(small_model.trainable_parameters())))
    small_model.load_weights(list(start.items()), strict=False)
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-5)
    assert float(mx.abs(found[0][1] - found[1][1]).max()) < 1e-5


def test_schedules_by_hand() -> None:
    """Peak 1, warm-up 10, 110 steps, floor 0.1: step 60 is half-way down, step 110 the end."""
    base = TrainingSettings(learning_rate=1.0, warmup_steps=10, steps=110, final_rate=0.1)
    for schedule, rates in (
        ("linear", (0.5, 1.0, 0.775, 0.55, 0.1)),
        ("constant", (0.5, 1.0, 1.0, 1.0, 1.0)),
    ):
        settings = dataclasses.replace(base, schedule=schedule)
        found = [learning_rate(step, settings) for step in (5, 10, 35, 60, 110)]
        assert found == pytest.approx(rates), schedule


LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=80)


@given(lengths=LENGTHS)
def test_padding_is_what_collate_really_adds(lengths: list[int]) -> None:
    """The size of the array that is fed, and of those of two processes."""
    rows = [Row((7,) * length, (8,), str(n)) for n, length in enumerate(lengths)]
    assert padded_tokens(rows, 1) == collate(rows).tokens_B_T.size
    shares = [share for share in (rows[::2], rows[1::2]) if share]
    assert padded_tokens(rows, 2) == sum(collate(share).tokens_B_T.size for share in shares)


FULL_BATCHES = st.integers(1, 8).flatmap(
    lambda count: st.lists(st.integers(1, 40), min_size=10 * count, max_size=10 * count)
)


@examples(max_examples=30)
@given(lengths=FULL_BATCHES, seed=st.integers(0, 9))
def test_length_windows_never_pad_more_than_the_shuffled_order(
    lengths: list[int], seed: int
) -> None:
    """Of all ways to make full batches of one window, sorting by length pads least."""
    rows = [Row((7,) * length, (8,), str(n)) for n, length in enumerate(lengths)]
    batched = sum(padded_tokens(b.rows, 1) for b in epoch(rows, 10, np.random.default_rng(seed)))
    order = np.random.default_rng(seed).permutation(len(rows))
    plain = sum(
        padded_tokens([rows[i] for i in order[at : at + 10]], 1) for at in range(0, len(rows), 10)
    )
    assert batched <= plain
