"""Loading, reading and writing with the real base, in one process with all cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farense.models.backend import prepare_backend

PROMPT, READ, STEPS = 36, 256, 8


def test_model_load(benchmark: Any, base: Path) -> None:
    """From the folder to weights that can be multiplied."""
    backend = prepare_backend()
    from farense.models.loading import load_model

    options = {"to_answer": True}
    benchmark.pedantic(load_model, (base, backend), options, rounds=5, warmup_rounds=1)


def test_prefill(benchmark: Any, loaded: Any) -> None:
    """A prompt of 256 tokens, until the logits of the last one are known."""
    from farense.benchmarking.work import read_prompt

    tokens = [100 + number % 1000 for number in range(READ)]
    benchmark.pedantic(read_prompt, (loaded.model, tokens), rounds=7, warmup_rounds=1)
    benchmark.extra_info["tokens_per_second"] = READ / benchmark.stats.stats.median


def test_time_to_first_token(benchmark: Any, loaded: Any) -> None:
    """From a question as text to the first token of its answer."""
    from farense.benchmarking.work import token_times
    from farense.models.templates import template_for

    template = template_for(loaded.folder)
    benchmark.pedantic(lambda: list(token_times(loaded, template, 1)), rounds=7, warmup_rounds=1)


@pytest.mark.parametrize("batch", [1, 2, 4, 8, 16, 32, 64])
def test_decode(benchmark: Any, loaded: Any, batch: int) -> None:
    """Eight tokens of each of ``batch`` answers, after prompts of 36."""
    import mlx.core as mx
    from mlx_lm.models.cache import make_prompt_cache

    cache = make_prompt_cache(loaded.model)
    prompt = [100 + number for number in range(PROMPT)]
    mx.eval(loaded.model(mx.array([prompt] * batch), cache=cache)[:, -1])

    def write() -> None:
        tokens = mx.full((batch, 1), 100, dtype=mx.int32)
        for _ in range(STEPS):
            logits_B_V = loaded.model(tokens, cache=cache)[:, -1]
            tokens = mx.argmax(logits_B_V, axis=-1)[:, None]
            mx.eval(tokens)

    benchmark.pedantic(write, rounds=5, warmup_rounds=1)
    benchmark.extra_info["tokens_per_second"] = batch * STEPS / benchmark.stats.stats.median
