"""Products of few and many rows with a packed weight, and the layers and answers that use them."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlx.utils import tree_flatten
from mlx_lm.tuner.lora import LoRALinear

from farense.answering.generation import Decoding, answer_questions
from farense.models.backend import prepare_backend
from farense.models.kernels import build
from farense.models.kernels.build import FEW_ROWS, SOURCE, SOURCES, TRAINING, source_sha256
from farense.models.kernels.few_rows import MOST_ROWS, compute_answers_with, packed_weights
from farense.models.loading import load_model, unpack_to_float32
from farense.models.templates import template_for
from farense.testing import tiny_adapter_folder

BACKEND = prepare_backend()
needs_kernels = pytest.mark.skipif(
    not BACKEND.has_few_rows,
    reason=f"the kernel is {BACKEND.few_rows} here; on a CPU: `farense kernels build`",
)
KERNELS: Any = build.load_kernels(FEW_ROWS)[0]
PRODUCTS = ("few_rows", "many_rows")
QUESTIONS = tuple((str(n), f"Quem marcou {'o golo ' * n}em {1910 + n}?") for n in range(7))


def quantised(outputs: int, inputs: int, group: int, bits: int, seed: int) -> list[mx.array]:
    values = np.random.default_rng(seed).standard_normal((outputs, inputs)).astype(np.float32)
    return list(mx.quantize(mx.array(values), group_size=group, bits=bits))


def normal(*shape: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@needs_kernels
@given(
    product=st.sampled_from(PRODUCTS),
    group=st.sampled_from([32, 64, 128]),
    groups=st.integers(1, 5),
    outputs=st.integers(1, 90),
    rows=st.integers(1, 20),
    bits=st.sampled_from([4, 8]),
    threads=st.integers(1, 3),
    seed=st.integers(0, 2**20),
)
def test_any_product_is_that_of_the_unpacked_weight(
    product: str,
    group: int,
    groups: int,
    outputs: int,
    rows: int,
    bits: int,
    threads: int,
    seed: int,
) -> None:
    """To a millionth of the terms, beside MLX's own unpacking multiplied by NumPy in float64."""
    packed = quantised(outputs, group * groups, group, bits, seed)
    x = np.random.default_rng(seed + 1).standard_normal((rows, group * groups)).astype(np.float32)
    found = np.array(getattr(KERNELS, product)(mx.array(x), *packed, bits, threads))
    q, scales, biases = packed
    weight = np.array(mx.dequantize(q, scales, biases, group_size=group, bits=bits)).astype(float)
    expected = x.astype(np.float64) @ weight.T
    # Terms may cancel: the sum is as exact as they are, not as it is small.
    terms = np.abs(x).sum(-1, keepdims=True) * np.abs(weight).max()
    assert (np.abs(found - expected) <= 1e-6 * terms).all()


@needs_kernels
@pytest.mark.parametrize("name", PRODUCTS)
def test_threads_do_not_change_a_bit(name: str) -> None:
    """A product large enough to be shared out has the same bits on one thread and on four."""
    product = getattr(KERNELS, name)
    packed = quantised(4096, 512, 32, 4, seed=1)
    x = mx.array(normal(3, 512, seed=2))
    alone = product(x, *packed, 4, 1)
    assert all(mx.array_equal(product(x, *packed, 4, 4), alone) for _ in range(20))


@needs_kernels
@pytest.mark.parametrize("bits", [4, 8])
def test_a_row_has_the_same_bits_whatever_stands_beside_it(bits: int) -> None:
    """Alone, at any place of a batch, and past the block of rows that are multiplied together."""
    packed = quantised(50, 320, 32, bits, seed=1)
    x = mx.array(normal(400, 320, seed=2))
    whole = KERNELS.many_rows(x, *packed, bits, 2)
    for start, end in ((0, 1), (5, 18), (380, 391), (399, 400)):
        part = KERNELS.many_rows(x[start:end], *packed, bits, 1)
        assert mx.array_equal(part, whole[start:end])


@needs_kernels
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_so(bad: float, product: str) -> None:
    """A number that is lost is seen in every element of its row, and in no other row."""
    x = np.ones((2, 64), np.float32)
    x[1, 33] = bad
    packed = quantised(40, 64, 32, 4, seed=3)
    found = np.array(getattr(KERNELS, product)(mx.array(x), *packed, 4, 1))
    assert np.isfinite(found[0]).all()
    assert not np.isfinite(found[1]).any()


@needs_kernels
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_view_is_read_as_it_is(name: str) -> None:
    """Cut and transposed rows give what their copies give."""
    product = getattr(KERNELS, name)
    packed = quantised(40, 64, 32, 4, seed=4)
    x = mx.array(np.random.default_rng(5).standard_normal((64, 6)).astype(np.float32))
    for view in (x.T, x.T[1::2], x[:, :3].T):
        copy = mx.array(np.array(view))
        assert mx.array_equal(product(view, *packed, 4, 1), product(copy, *packed, 4, 1))


def kernels_where(many_rows_here: bool) -> Any:
    """The kernels as they are where many rows are theirs, or the BLAS's."""
    names = ("few_rows", "many_rows", "rotate")
    functions = {name: getattr(KERNELS, name) for name in names}
    return SimpleNamespace(**functions, many_rows_here=many_rows_here)


def prepared(
    layer: nn.Module, kernels: Any = KERNELS, *, lora: LoRALinear | None = None
) -> nn.Module:
    """A model of one layer, unpacked, with the packed weight beside, and LoRA on it."""
    model = nn.Module()
    model.only = layer
    weights = packed_weights(model, kernels)
    unpack_to_float32(model)
    if lora is not None:
        lora.linear = model.only
        model.only = lora
    compute_answers_with(model, weights, kernels)
    return model.only.eval()


@needs_kernels
@pytest.mark.parametrize("rows", [MOST_ROWS, MOST_ROWS + 1, 30])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("adapted", [False, True], ids=["base", "adapter"])
def test_where_many_rows_pay_the_unpacked_weight_is_not_read(
    rows: int, bias: bool, adapted: bool
) -> None:
    """Lost, it is missed by nobody: the output is that of the packed one, and of LoRA, by NumPy."""
    packed = nn.QuantizedLinear(64, 32, bias=bias, group_size=32)
    if bias:
        packed.bias = mx.array(normal(32, seed=1))
    a, b = normal(64, 8, seed=2), normal(8, 32, seed=3)
    lora = None
    if adapted:
        lora = LoRALinear(64, 32, r=8, scale=2.0)
        lora.lora_a, lora.lora_b = mx.array(a), mx.array(b)
    q, scales, biases = packed.weight, packed.scales, packed.biases
    weight = np.array(mx.dequantize(q, scales, biases, group_size=32, bits=4)).astype(float)
    layer = prepared(packed, kernels_where(True), lora=lora)
    (layer.linear if adapted else layer).weight = mx.full((32, 64), float("nan"))
    x = normal(rows, 64, seed=4)
    expected = x @ weight.T + (np.array(packed.bias) if bias else 0)
    expected = expected + (2.0 * (x @ a) @ b if adapted else 0)
    np.testing.assert_allclose(np.array(layer(mx.array(x))), expected, rtol=1e-4, atol=1e-3)


@needs_kernels
def test_many_rows_of_an_embedding_are_its_logits() -> None:
    """The vocabulary is multiplied from the packed weight too; a word is still looked up."""
    packed = nn.QuantizedEmbedding(50, 64, group_size=32, bits=8)
    weight = np.array(mx.dequantize(packed.weight, packed.scales, packed.biases, 32, 8))
    layer = prepared(packed, kernels_where(True))
    assert mx.allclose(layer(mx.array([49, 3])), mx.array(weight[[49, 3]]), atol=1e-6)
    layer.weight = mx.full((50, 64), float("nan"))
    x = normal(20, 64, seed=5)
    np.testing.assert_allclose(np.array(layer.as_linear(mx.array(x))), x @ weight.T, atol=1e-4)


@needs_kernels
def test_elsewhere_more_rows_are_left_to_the_blas() -> None:
    """Past MOST_ROWS, and in another type, a layer does what the plain one does, bit for bit."""
    packed = nn.QuantizedLinear(64, 32, bias=True, group_size=32)
    layer = prepared(packed, kernels_where(False))
    plain = nn.Linear(64, 32)
    plain.update(layer.parameters())
    for x in (mx.ones((MOST_ROWS + 1, 64)), mx.ones((1, 64), dtype=mx.float16), mx.ones((0, 64))):
        assert mx.array_equal(layer(x), plain(x))
    few = mx.array(np.random.default_rng(6).standard_normal((MOST_ROWS, 64)).astype(np.float32))
    assert mx.allclose(layer(few), plain(few), atol=1e-5)


@needs_kernels
def test_layers_the_kernel_cannot_do_stay_as_they_were() -> None:
    """Other bits and a model that was never packed."""
    odd = prepared(nn.QuantizedLinear(64, 32, group_size=32, bits=2))
    assert type(odd) is nn.Linear
    assert type(prepared(nn.Linear(64, 32))) is nn.Linear


@needs_kernels
@pytest.mark.parametrize("width", [8, 12])
@pytest.mark.parametrize(("batch", "length"), [(1, 1), (3, 1), (2, 7)])
def test_positions_are_those_of_the_formula(batch: int, length: int, width: int) -> None:
    """Su et al. 2021 in float64: pairs (i, i + dims / 2) turned by position * base^(-2i / dims)."""
    dims, base, scale = 8, 10000.0, 0.5
    x = np.random.default_rng(7).standard_normal((batch, 2, length, width))
    offsets = np.array([300, 5, 41][:batch], np.int32)
    angles = (offsets[:, None] + np.arange(length)) * scale
    turns = angles[:, None, :, None] * base ** (-2.0 * np.arange(dims // 2) / dims)
    left, right, rest = x[..., :4], x[..., 4:8], x[..., 8:]
    turned = (
        left * np.cos(turns) - right * np.sin(turns),
        left * np.sin(turns) + right * np.cos(turns),
    )
    layer = prepared(nn.RoPE(dims, base=base, scale=scale))
    found = layer(mx.array(x.astype(np.float32)), offset=mx.array(offsets))
    np.testing.assert_allclose(np.array(found), np.concatenate([*turned, rest], -1), atol=1e-4)


@needs_kernels
def test_positions_the_kernel_cannot_do_are_left_to_mlx() -> None:
    """Interleaved pairs, half precision, three axes; one offset for all is no such case."""
    x = mx.random.normal((2, 3, 4, 8), key=mx.random.key(0))
    for layer, rows in (
        (nn.RoPE(8, traditional=True), x),
        (nn.RoPE(8), x.astype(mx.float16)),
        (nn.RoPE(8), x[0]),
    ):
        expected = layer(rows, offset=9)
        assert mx.array_equal(prepared(layer)(rows, offset=9), expected)
    plain = nn.RoPE(8)(x, offset=9)
    assert mx.allclose(prepared(nn.RoPE(8))(x, offset=9), plain, atol=1e-5)


@needs_kernels
@pytest.mark.parametrize("adapted", [False, True], ids=["base", "adapter"])
def test_greedy_answers_are_those_of_float32(
    adapted: bool, tiny_base: Path, tmp_path: Path
) -> None:
    """One question at a time and several at once; logits agree to 1e-4, parameters are the same."""
    adapter = tiny_adapter_folder(tmp_path / "adapter", tiny_base, seed=1) if adapted else None
    plain = load_model(tiny_base, BACKEND, adapter)
    packed = load_model(tiny_base, BACKEND, adapter, to_answer=True)
    names = [[name for name, _ in tree_flatten(m.model.parameters())] for m in (plain, packed)]
    assert names[0] == names[1]
    tokens = mx.array([[5, 6, 7]])
    expected = np.array(plain.model(tokens))
    found = np.array(packed.model(tokens))
    assert 0 < np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
    for at_once in (1, 3):
        answers = [
            answer_questions(m, template_for(tiny_base), QUESTIONS, Decoding(12, at_once)).answers
            for m in (plain, packed)
        ]
        assert [a.text for a in answers[0]] == [a.text for a in answers[1]]


@needs_kernels
def test_nothing_is_kept_packed_for_training(tiny_base: Path) -> None:
    """A model loaded to train has the plain layers, whose products have a gradient."""
    model = load_model(tiny_base, BACKEND).model
    assert {type(m) for _, m in model.named_modules()} & {nn.Linear} == {nn.Linear}
    assert not any(hasattr(module, "packed") for _, module in model.named_modules())


def test_without_the_kernel_answers_come_from_float32(tiny_base: Path) -> None:
    """Where it is not built, loading to answer loads the plain layers."""
    without = dataclasses.replace(BACKEND, few_rows="not built")
    model = load_model(tiny_base, without, to_answer=True).model
    assert not any(hasattr(module, "packed") for _, module in model.named_modules())


@pytest.mark.parametrize("name", SOURCES[FEW_ROWS])
def test_its_sources_are_no_part_of_an_adapters_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changing them changes the hash of this module, and not of the one training goes by."""
    before = source_sha256(TRAINING), source_sha256(FEW_ROWS)
    sources = shutil.copytree(SOURCE, tmp_path / "source")
    (sources / name).write_text((sources / name).read_text() + "\n// changed\n")
    monkeypatch.setattr(build, "SOURCE", sources)
    assert source_sha256(TRAINING) == before[0]
    assert source_sha256(FEW_ROWS) != before[1]
