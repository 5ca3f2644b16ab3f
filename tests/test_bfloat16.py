"""Frozen weights multiplied in bfloat16: the products, their gradients, and trainings with them.

Where the processor lacks the instruction, the same module computes the same products one by
one, so all of this runs wherever the kernels are built; only speed needs AVX512-BF16.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlx_lm.tuner.lora import LoRALinear
from small_training import Place

from farense.config import TrainingSettings
from farense.models.backend import prepare_backend
from farense.models.kernels.bfloat16 import multiply_in_bfloat16
from farense.models.kernels.build import BFLOAT16, IN_USE, load_kernels
from farense.models.loading import load_model
from farense.training.batches import Row, collate
from farense.training.loss import choose_logits, summed_loss
from farense.training.methods import make_trainable

BACKEND = prepare_backend()
KERNELS: Any = load_kernels(BFLOAT16)[0]
needs_kernels = pytest.mark.skipif(
    KERNELS is None,
    reason=f"the kernels are {load_kernels(BFLOAT16)[1]} here; on a CPU: `farense kernels build`",
)
Array = npt.NDArray[np.float32]
BATCH = collate([Row((3, 1, 4, 1, 5), (9, 2, 6, 5 + n), f"sha-{n}") for n in range(3)])


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng((seed, *shape)).standard_normal(shape).astype(np.float32)


def rounded(x: Array) -> npt.NDArray[np.float64]:
    """To the nearest of the float32 numbers whose last 16 bits are 0, ties to the even one."""
    low = x.view(np.uint32) & np.uint32(0xFFFF0000)
    below, above = low.view(np.float32), (low + np.uint32(0x10000)).view(np.float32)
    to_below, to_above = np.abs(x - below), np.abs(above - x)
    odd = (low >> np.uint32(16)) % 2 == 1
    return np.where((to_above < to_below) | ((to_above == to_below) & odd), above, below).astype(
        float
    )


def product(x: Array, weight: Array, threads: int = 1, *, plainly: bool = False) -> Array:
    panels = KERNELS.make_panels(mx.array(weight), False)
    found = KERNELS.product(mx.array(x), panels, weight.shape[0], threads, plainly)
    return np.array(found)


@needs_kernels
@given(
    rows=st.integers(1, 30),
    inputs=st.integers(1, 70),
    outputs=st.integers(1, 70),
    threads=st.integers(1, 3),
    plainly=st.booleans(),
    seed=st.integers(0, 2**20),
)
def test_any_product_is_that_of_the_rounded_factors(
    rows: int, inputs: int, outputs: int, threads: int, plainly: bool, seed: int
) -> None:
    """To float32's own rounding of the terms, with and without the instruction, both ways."""
    x, weight = numbers(rows, inputs, seed=seed), numbers(outputs, inputs, seed=seed + 1)
    terms = np.abs(rounded(x)) @ np.abs(rounded(weight)).T
    expected = rounded(x) @ rounded(weight).T
    assert np.all(np.abs(product(x, weight, threads, plainly=plainly) - expected) <= 1e-5 * terms)
    d = numbers(rows, outputs, seed=seed + 2)
    panels = KERNELS.make_panels(mx.array(weight), True)
    back = np.array(KERNELS.product(mx.array(d), panels, inputs, threads, plainly))
    limit = 1e-5 * (np.abs(rounded(d)) @ np.abs(rounded(weight)))
    assert np.all(np.abs(back - rounded(d) @ rounded(weight)) <= limit)


@needs_kernels
def test_a_row_has_the_same_bits_whatever_stands_beside_it() -> None:
    """So a batch may be shared by processes or divided when memory runs out."""
    x, weight = numbers(31, 96), numbers(50, 96, seed=1)
    whole = product(x, weight, threads=3)
    for start, end in ((0, 1), (5, 18), (30, 31)):
        assert np.array_equal(product(x[start:end], weight), whole[start:end])


@needs_kernels
def test_numbers_that_are_none_stay_none() -> None:
    """A training that diverges is noticed: NaN and infinity come out, not a plausible number."""
    x = numbers(3, 40)
    x[1, 7], x[2, 7] = np.nan, np.inf
    for plainly in (False, True):
        found = product(x, np.abs(numbers(20, 40, seed=1)) + 1, plainly=plainly)
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1]).all()
        assert np.isinf(found[2]).all()


@needs_kernels
def test_gradients_are_those_of_the_product_that_was_computed() -> None:
    """By the input: the output's gradient times the rounded weight; LoRA's own by the formula."""
    linear = nn.Linear(24, 10, bias=False)
    linear.weight = mx.array(numbers(10, 24, seed=1))
    layer = LoRALinear.from_base(linear, r=8, scale=2.0)
    layer.lora_b = mx.array(numbers(8, 10, seed=2))
    layer.linear.freeze()
    multiply_in_bfloat16(layer)
    x, d = numbers(6, 24, seed=3), numbers(6, 10, seed=4)

    def weighted(x: mx.array, a: mx.array, b: mx.array) -> mx.array:
        layer.lora_a, layer.lora_b = a, b
        total: mx.array = (layer(x) * mx.array(d)).sum()
        return total

    a, b = (np.array(t).astype(float) for t in (layer.lora_a, layer.lora_b))
    given = (mx.array(x), layer.lora_a, layer.lora_b)
    of_x, of_a, of_b = mx.grad(weighted, argnums=(0, 1, 2))(*given)
    weight = rounded(numbers(10, 24, seed=1))
    through_lora = 2.0 * (d @ b.T)
    np.testing.assert_allclose(of_x, rounded(d) @ weight + through_lora @ a.T, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(of_a, x.T @ through_lora, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(of_b, 2.0 * (x @ a).T @ d, rtol=1e-4, atol=1e-5)


@needs_kernels
@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_a_model_with_them_says_nearly_what_it_said(method: str, tiny_base: Path) -> None:
    """The loss moves by what rounding to 8 bits costs, under half a per cent; layers that are
    trained whole keep their float32 products, and parameters stay the same arrays."""
    model = load_model(tiny_base, BACKEND).model
    make_trainable(model, TrainingSettings(method=method, rank=2, layers=1))
    before = float(summed_loss(model, choose_logits(model), BATCH))
    shapes = {name: layer.weight.shape for name, layer in layers(model)}
    multiply_in_bfloat16(model)
    after = float(summed_loss(model, choose_logits(model), BATCH))
    assert after != before
    assert after == pytest.approx(before, rel=5e-3)
    assert {name: layer.weight.shape for name, layer in layers(model)} == shapes
    trained_whole = [layer for _, layer in layers(model.layers[-1]) if method == "full"]
    assert not any(hasattr(layer, "panels") for layer in trained_whole)
    assert all(hasattr(layer, "panels") for _, layer in layers(model.layers[0]))


def layers(model: Any) -> list[tuple[str, Any]]:
    return [(n, each) for n, each in model.named_modules() if isinstance(each, nn.Linear)]


@needs_kernels
def test_fastest_trains_in_bfloat16_and_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary names it, a second training has the same bytes, float32 is another adapter."""
    backend = dataclasses.replace(BACKEND, bfloat16=IN_USE)
    monkeypatch.setattr("farense.models.backend.prepare_backend", lambda: backend)
    fast = place.finished(place.train("--dtype", "fastest"))
    tensors = (fast / "adapters.safetensors").read_bytes()
    assert summary(fast)["multiplied_in"] == "bfloat16"
    assert place.finished(place.train("--dtype", "fastest", "--again")) == fast
    assert (fast / "adapters.safetensors").read_bytes() == tensors
    plain = place.finished(place.train("--dtype", "float32"))
    assert summary(plain)["multiplied_in"] == "as held"
    assert (plain / "adapters.safetensors").read_bytes() != tensors


def test_fastest_is_float32_where_bfloat16_is_not_faster(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter's bytes are those of ``auto``, on a processor without the instruction."""
    backend = dataclasses.replace(BACKEND, bfloat16="not for this processor")
    monkeypatch.setattr("farense.models.backend.prepare_backend", lambda: backend)
    bytes_of = [
        (place.finished(place.train("--dtype", dtype)) / "adapters.safetensors").read_bytes()
        for dtype in ("fastest", "auto")
    ]
    assert bytes_of[0] == bytes_of[1]


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "training_summary.json").read_text())
    return found
