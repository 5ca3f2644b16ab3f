"""A training step beside the limit of the machine: products of its type at the same moment.

    pytest benchmarks --benchmark-only

The ratio, not the time, is the figure: ``extra_info["share_of_product_speed"]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farense.config import TrainingSettings
from farense.models.backend import measure_gflops, prepare_backend

ROWS, PROMPT, COMPLETION = 16, 32, 16


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_training_step(benchmark: Any, base: Path, dtype: str) -> None:
    """One optimiser step on 16 rows of 48 tokens, rank 8 on all seven projections."""
    backend, bfloat16 = prepare_backend(), dtype == "bfloat16"
    if bfloat16 and not backend.has_bfloat16:
        pytest.skip(f"products in bfloat16: {backend.bfloat16}")
    from farense.models.kernels.bfloat16 import multiply_in_bfloat16
    from farense.models.loading import load_model
    from farense.training.batches import Row, collate
    from farense.training.lora import attach_lora
    from farense.training.loss import choose_logits
    from farense.training.stepping import Stepper

    loaded = load_model(base, backend)
    settings = TrainingSettings()
    attach_lora(loaded.model, settings)
    if bfloat16:
        multiply_in_bfloat16(loaded.model)
    stepper = Stepper(loaded.model, choose_logits(loaded.model), settings)
    row = Row(tuple(range(100, 100 + PROMPT)), tuple(range(200, 200 + COMPLETION)), "")
    batch = collate([row] * ROWS)
    products: list[float] = []

    def prepare() -> tuple[tuple[object, ...], dict[str, object]]:
        # Beside every round, outside its time, so that a busy machine slows both.
        products.append(measure_gflops(bfloat16=bfloat16))
        return ([batch], 1e-4), {}

    benchmark.pedantic(stepper.step, setup=prepare, rounds=5, warmup_rounds=1)
    seconds = benchmark.stats.stats.median
    gflops = training_flops(loaded.model) / seconds / 1e9
    product = sorted(products)[len(products) // 2]
    benchmark.extra_info["tokens_per_second"] = ROWS * row.length / seconds
    benchmark.extra_info["product_gflops"] = product
    benchmark.extra_info["share_of_product_speed"] = gflops / product
    assert 0 < gflops < 2 * product


def training_flops(model: Any) -> float:
    """Floating-point operations of the products of one step.

    Two a weight and token forward and two backward (the frozen base needs no weight
    gradient), the vocabulary only at completion positions; LoRA's own share is left out
    (below 2 % at rank 8).
    """
    from mlx.utils import tree_flatten

    blocks = sum(
        int(array.size)
        for name, array in tree_flatten(model.parameters())
        if ".layers." in name and array.ndim == 2 and "lora" not in name
    )
    vocabulary = int(model.model.embed_tokens.weight.size)
    tokens, positions = ROWS * (PROMPT + COMPLETION - 1), ROWS * COMPLETION
    return 4.0 * (blocks * tokens + vocabulary * positions)
