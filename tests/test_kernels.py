"""The compiled kernels against the formulas in float64, and what they leave to MLX.

Gradients are central differences of the same formulas in float64, right to about 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt
import pytest
from mlx_lm.models import activations, llama
from mlx_lm.tuner.lora import LoRALinear

from farense.models.backend import prepare_backend
from farense.models.kernels import operations
from farense.models.kernels.build import load_kernels

BACKEND = prepare_backend()
pytestmark = pytest.mark.skipif(
    not BACKEND.has_kernels,
    reason=f"the compiled kernels are {BACKEND.kernels} here; on a CPU: `farense kernels build`",
)
KERNELS: Any = load_kernels()[0] if BACKEND.has_kernels else None
Array = npt.NDArray[np.float64]
SHAPES = ((1, 1), (1, 7), (3, 1), (2, 5, 17), (4, 67), (2, 130))
INDEX = (0, 5, -1)


def left_to_mlx(*arguments: Any, **options: Any) -> Any:
    return "left to MLX"


def numbers(*shape: int, scale: float = 1.0, seed: int = 0) -> Array:
    """Normal numbers a float32 holds exactly."""
    values = np.random.default_rng((seed, *shape)).standard_normal(shape) * scale
    return values.astype(np.float32).astype(np.float64)


def assert_agrees(
    function: Callable[..., Any], formula: Callable[..., Any], *inputs: Array, trained: int
) -> None:
    """Value, and gradient by the first ``trained`` inputs, agree to 1e-5."""
    arrays = [mx.array(x.astype(np.float32)) for x in inputs]
    expected = formula(*inputs)
    weight = numbers(*expected.shape, seed=9)
    assert_close(function(*arrays), expected)
    if not trained:
        return
    slopes = mx.grad(
        lambda *given: (function(*given) * mx.array(weight.astype(np.float32))).sum(),
        argnums=list(range(trained)),
    )(*arrays)
    for place, slope in enumerate(slopes if trained > 1 else [slopes]):
        assert_close(slope, difference(formula, inputs, place, weight))


def difference(formula: Callable[..., Any], inputs: Any, place: int, weight: Array) -> Array:
    slope: Array = np.zeros_like(inputs[place])
    for index in np.ndindex(slope.shape):
        step = 1e-5 * max(1.0, abs(inputs[place][index]))
        sides = []
        for moved in (step, -step):
            changed = [x.copy() for x in inputs]
            changed[place][index] += moved
            sides.append((formula(*changed) * weight).sum())
        slope[index] = (sides[0] - sides[1]) / (2 * step)
    return slope


def assert_close(found: mx.array, expected: Any) -> None:
    # Beside a number, what float32 loses where large ones cancel; and nothing below 1e-28.
    lost = 5e-6 * np.abs(expected).max() + 1e-28
    np.testing.assert_allclose(np.array(found), expected, rtol=1e-5, atol=lost)


def sigmoid(x: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)))


def silu_times(gate: Array, up: Array) -> Array:
    return gate * sigmoid(gate) * up


def gelu_tanh(x: Array) -> Array:
    """Hendrycks and Gimpel 2016, the tanh approximation."""
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def rms(x: Array, weight: Array) -> Array:
    return np.asarray(x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * weight)


def attention(q: Array, k: Array, v: Array) -> Array:
    """Vaswani et al. 2017 with a causal mask; query head h reads key head h // (H / K)."""
    share = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, share, axis=1), np.repeat(v, share, axis=1)
    scores = q @ np.swapaxes(k, -1, -2) * 0.3
    queries, keys = scores.shape[-2:]
    unseen = np.arange(keys)[None] > np.arange(queries)[:, None] + keys - queries
    e = np.exp(np.where(unseen, -np.inf, scores - scores.max(-1, keepdims=True)))
    return np.asarray(e / e.sum(-1, keepdims=True) @ v)


SWIGLU: Any = operations.make_swiglu(KERNELS, left_to_mlx) if KERNELS else None
LOG_SUM_EXP: Any = operations.make_log_sum_exp(KERNELS, left_to_mlx) if KERNELS else None
GELU: Any = operations.make_gelu(KERNELS, left_to_mlx) if KERNELS else None
RMS: Any = operations.make_rms_norm(KERNELS, left_to_mlx) if KERNELS else None
ATTENTION: Any = operations.make_attention(KERNELS, left_to_mlx) if KERNELS else None
CROSS_ENTROPY: Any = operations.make_cross_entropy(KERNELS) if KERNELS else None


def rms_1e_5(x: mx.array, weight: mx.array) -> Any:
    return RMS(x, weight, 1e-5)


def causal(q: mx.array, k: mx.array, v: mx.array) -> Any:
    return ATTENTION(q, k, v, scale=0.3, mask="causal")


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_swiglu_and_gelu(shape: tuple[int, ...], scale: float) -> None:
    """Value and gradient, from numbers near 0 to ones that saturate on both sides."""
    x, up = numbers(*shape, scale=scale), numbers(*shape, seed=1)
    assert_agrees(SWIGLU, silu_times, x, up, trained=2)
    assert_agrees(GELU, gelu_tanh, x, trained=1)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rms_norm(shape: tuple[int, ...], scale: float) -> None:
    """Value, and gradient by the input; with 1e-3 the epsilon counts."""
    x, weight = numbers(*shape, scale=scale), numbers(shape[-1], seed=1)
    # A single large number is divided by itself: its gradient is nothing but rounding.
    assert_agrees(rms_1e_5, rms, x, weight, trained=int(shape[-1] > 1 or scale < 1))


@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize("heads", [(1, 1), (4, 2), (3, 1)], ids=str)
@pytest.mark.parametrize(("queries", "keys"), [(1, 1), (1, 9), (3, 10), (5, 5), (17, 17)])
def test_attention(queries: int, keys: int, heads: tuple[int, int], scale: float) -> None:
    """Value and gradients, with shared key heads and with earlier keys in a cache."""
    q = numbers(2, heads[0], queries, 5, scale=scale)
    k, v = numbers(2, heads[1], keys, 5, seed=1), numbers(2, heads[1], keys, 5, seed=2)
    assert_agrees(causal, attention, q, k, v, trained=3)


@pytest.mark.parametrize("rank", [1, 6, 8, 17])
@pytest.mark.parametrize("width", [1, 17, 67])
def test_lora(width: int, rank: int) -> None:
    """x W' + s x A B, and its gradients by x, A and B."""
    weight = numbers(5, width, seed=3)
    layer = LoRALinear(width, 5, r=rank, scale=4.0)
    layer.linear.weight = mx.array(weight.astype(np.float32))
    call = operations.make_lora(KERNELS, left_to_mlx)

    def compiled(x: mx.array, a: mx.array, b: mx.array) -> Any:
        layer.lora_a, layer.lora_b = a, b
        return call(layer, x)

    inputs = numbers(2, 3, width), numbers(width, rank, seed=1), numbers(rank, 5, seed=2)
    assert_agrees(compiled, lambda x, a, b: x @ weight.T + 4.0 * (x @ a @ b), *inputs, trained=3)


@pytest.mark.parametrize("scale", [1.0, 10.0, 1e4])
@pytest.mark.parametrize(("rows", "words"), [(1, 1), (1, 7), (5, 17), (3, 4099), (4, 50_000)])
def test_cross_entropy(rows: int, words: int, scale: float) -> None:
    """Minus the log of the target's softmax, summed; the gradient is softmax minus one-hot."""
    logits = numbers(rows, words, scale=scale)
    targets = np.random.default_rng(1).integers(0, words, rows)
    shifted = logits - logits.max(-1, keepdims=True)
    sums = np.exp(shifted).sum(-1, keepdims=True)
    expected = (np.log(sums)[:, 0] - shifted[np.arange(rows), targets]).sum()
    slope = np.exp(shifted) / sums
    slope[np.arange(rows), targets] -= 1
    given = mx.array(logits.astype(np.float32)), mx.array(targets)
    value, gradient = mx.value_and_grad(lambda x: 3 * CROSS_ENTROPY(x, given[1])[0])(given[0])
    assert float(value) == pytest.approx(3 * expected, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(np.array(gradient), 3 * slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 60.0])
@pytest.mark.parametrize("shape", [*SHAPES, (2, 50_001)])
def test_log_sum_exp(shape: tuple[int, ...], scale: float) -> None:
    """Over the last axis, kept or not; gradients for the smaller ones."""

    def formula(x: Array) -> Array:
        return np.asarray(np.logaddexp.reduce(x, axis=-1, keepdims=True))

    x = numbers(*shape, scale=scale)
    assert_agrees(
        lambda a: LOG_SUM_EXP(a, axis=-1, keepdims=True), formula, x, trained=x.size < 1000
    )
    assert_close(LOG_SUM_EXP(mx.array(x.astype(np.float32)), axis=-1), formula(x)[..., 0])


def test_other_sums_of_exponentials_are_left_to_mlx() -> None:
    """Another axis, all axes, half precision, nothing to sum."""
    x = mx.ones((2, 3))
    assert LOG_SUM_EXP(x, axis=0) == "left to MLX"
    assert LOG_SUM_EXP(x) == "left to MLX"
    assert LOG_SUM_EXP(x.astype(mx.float16), axis=-1) == "left to MLX"
    assert LOG_SUM_EXP(mx.zeros((2, 0)), axis=-1) == "left to MLX"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", INDEX)
def test_what_is_not_finite_stays_so(index: int, bad: float) -> None:
    """A diverged training must be seen: no kernel turns NaN or infinity into a number."""
    x = numbers(1, 67)
    x[0, index] = bad
    broken, fine = mx.array(x.astype(np.float32)), mx.ones((1, 67))
    for found in (SWIGLU(broken, fine), SWIGLU(fine, broken), GELU(broken)):
        assert not np.isfinite(np.array(found)[0, index])
    assert not np.isfinite(np.array(rms_1e_5(broken, fine[0]))[0, index])
    for function in (lambda x: SWIGLU(x, fine), GELU, lambda x: rms_1e_5(x, fine[0])):
        slope = mx.grad(lambda x, f=function: f(x).sum())(broken)
        assert not np.isfinite(np.array(slope)).all()
    target = mx.array([range(67)[index]])
    assert not np.isfinite(float(CROSS_ENTROPY(broken, target)[0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("index", INDEX)
def test_one_bad_score_spoils_its_row(index: int, bad: float) -> None:
    """Softmax over NaN or +infinity is NaN, in attention as in the loss on another word."""
    x = numbers(1, 1, 1, 67)
    x[..., index] = bad
    broken = mx.array(x.astype(np.float32))
    assert np.isnan(np.array(KERNELS.causal_softmax(broken, 1, 1.0))).all()
    loss, gradient = CROSS_ENTROPY(broken.reshape(1, 67), mx.array([7]))
    assert np.isnan(float(loss))
    assert np.isnan(np.array(gradient)[0, 7])


@pytest.mark.parametrize("target", [-1, 67, 2**31 - 1])
def test_a_target_that_is_no_word_gives_nan(target: int) -> None:
    """Nothing is read or written beside the logits."""
    assert np.isnan(float(CROSS_ENTROPY(mx.zeros((1, 67)), mx.array([target]))[0]))


def test_what_they_cannot_do_is_left_to_mlx() -> None:
    """Half precision, unequal shapes, other masks, attention sinks."""
    half, x = mx.ones((1, 2, 3, 4), dtype=mx.float16), mx.ones((1, 2, 3, 4))
    found = [
        SWIGLU(half, half),
        SWIGLU(x, x[..., :1]),
        GELU(half),
        RMS(half, mx.ones(4), 1e-5),
        RMS(x, None, 1e-5),
        RMS(x, mx.ones(1), 1e-5),
        ATTENTION(half, half, half, scale=1.0, mask="causal"),
        ATTENTION(x, x, x, scale=1.0, mask=None),
        ATTENTION(x, x, x, scale=1.0, mask=mx.ones((3, 3), dtype=mx.bool_)),
        ATTENTION(x, x[:, :, :2], x[:, :, :2], scale=1.0, mask="causal"),
        ATTENTION(x, x, x[..., :2], scale=1.0, mask="causal"),
        ATTENTION(x, x, x, scale=1.0, mask="causal", sinks=mx.ones(2)),
    ]
    assert found == [left_to_mlx()] * len(found)


def test_lora_layers_they_cannot_do_are_left_to_mlx() -> None:
    """A bias, a quantised weight, half precision, and dropout while it drops."""
    call = operations.make_lora(KERNELS, left_to_mlx)
    x = mx.ones((2, 32))
    assert isinstance(call(LoRALinear(32, 32, dropout=0.0), x), mx.array)
    quantised = LoRALinear.from_base(nn.QuantizedLinear(32, 32, bias=False, group_size=32))
    half = LoRALinear(32, 32)
    half.set_dtype(mx.float16)
    dropping = LoRALinear(32, 32, dropout=0.5)
    for layer in (LoRALinear(32, 32, bias=True), quantised, half, dropping):
        assert call(layer, x) == left_to_mlx()
    assert isinstance(call(dropping.eval(), x), mx.array)


def test_views_are_read_as_they_are() -> None:
    """Transposed, cut and broadcast arrays give what their copies give."""
    x = mx.array(numbers(6, 34).astype(np.float32))
    for view in (x.T, x[1::2, 3:20], mx.broadcast_to(x[:1], (5, 34))):
        copy = mx.array(np.array(view))
        assert mx.array_equal(SWIGLU(view, view), SWIGLU(copy, copy))
        weight = mx.ones(view.shape[-1])
        assert mx.array_equal(rms_1e_5(view, weight), rms_1e_5(copy, weight))


def test_an_array_still_in_use_is_not_overwritten() -> None:
    """The kernels that work in place do so only in memory nobody else reads."""
    scores = mx.array(numbers(3, 17).astype(np.float32)) + 0
    mx.eval(scores)
    before = np.array(scores)
    mx.eval(KERNELS.causal_softmax(scores, 3, 1.0), CROSS_ENTROPY(scores, mx.array([1, 2, 3])))
    assert np.array_equal(before, np.array(scores))


def test_models_compute_with_them() -> None:
    """mlx-lm's models find the kernels under the names they call."""
    assert llama.swiglu is activations.swiglu
    functions = (activations.swiglu, nn.gelu_approx, mx.fast.rms_norm, LoRALinear.__call__)
    assert {f.__module__ for f in functions} == {operations.__name__}
    assert mx.fast.scaled_dot_product_attention.__module__ == operations.__name__
