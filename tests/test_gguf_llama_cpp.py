"""The imported model answers as llama.cpp does from the same GGUF.

The arithmetic differs (llama.cpp rounds activations to 8 bits before each product), so
near-ties may fall the other way; where they do, the tie is asserted.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from farense.models.backend import prepare_backend

REAL_GGUF = Path(os.environ.get("FARENSE_TEST_GGUF", "models/smollm2-135m.gguf"))
REAL_FOLDER = Path("models/smollm2-135m")
pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed"
    ),
    pytest.mark.skipif(
        not REAL_GGUF.is_file(), reason="FARENSE_TEST_GGUF does not name the SmolLM2 GGUF"
    ),
    pytest.mark.skipif(
        not REAL_FOLDER.is_dir(), reason="run `farense models pull smollm2-135m` first"
    ),
]
QUESTIONS = (
    "What is the capital of Portugal?",
    "Name three colours.",
    "How many days are there in a week?",
    "Who wrote Romeo and Juliet?",
    "What is 2 + 2?",
    "Translate 'good morning' to Portuguese.",
    "What is the largest ocean?",
    "Give me a synonym of happy.",
    "What do bees make?",
    "Is water wet?",
    "How many players are there in a football team?",
    "What is the opposite of hot?",
    "Which planet is closest to the sun?",
    "Write a short poem about the sea.",
    "What language is spoken in Brazil?",
    "Em que cidade joga o Farense?",
    "Qual é a capital de Portugal?",
    "Quantos jogadores tem uma equipa de futebol?",
    "Quem foi o primeiro presidente do Farense?",
    "Qual é a cor do céu?",
    "Escreve uma frase sobre o Algarve.",
    "Quanto é 10 vezes 10?",
    "O que é a Ria Formosa?",
    "Em que ano foi fundado o Farense?",
)
NEW_TOKENS = 8
# Measured: the two differ by up to about 0.3 in the gap between the two best logits.
NEAR_TIE_LOGITS = 0.5


def greedy_here(loaded: Any, ids: list[int]) -> tuple[list[int], np.ndarray[Any, Any]]:
    """The imported model's next tokens by largest logit, and the first one's log odds."""
    import mlx.core as mx
    from mlx_lm.generate import generate_step

    steps = list(generate_step(mx.array(ids), loaded.model, max_tokens=NEW_TOKENS))
    return [int(token) for token, _ in steps], np.array(steps[0][1])


def greedy_there(llama: Any, ids: list[int]) -> list[int]:
    llama.reset()
    found = []
    for token in llama.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0):
        found.append(int(token))
        if len(found) == NEW_TOKENS:
            break
    return found


def agreeing(left: list[int], right: list[int]) -> int:
    """How many leading tokens are equal."""
    pairs = zip(left, right, strict=True)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(left))


def test_greedy_text_equals_llama_cpp(capsys: pytest.CaptureFixture[str]) -> None:
    """Over 24 prompts, the first greedy token is llama.cpp's at least 20 times, else a tie.

    The count of agreeing leading tokens is printed; docs/models.md has the figures.
    """
    from llama_cpp import Llama

    from farense.models.loading import load_model
    from farense.models.rendering import encode_prompt
    from farense.models.templates import TEMPLATES

    loaded = load_model(REAL_FOLDER, prepare_backend())
    llama = Llama(str(REAL_GGUF), n_ctx=256, verbose=False, seed=0)
    counts = []
    for question in QUESTIONS:
        ids = encode_prompt(loaded.tokenizer, TEMPLATES["chatml"], question)
        here, odds = greedy_here(loaded, ids)
        there = greedy_there(llama, ids)
        counts.append(agreeing(here, there))
        assert odds[here[0]] - odds[there[0]] < NEAR_TIE_LOGITS, question
    with capsys.disabled():
        print(f"\nleading tokens equal to llama.cpp's, of {NEW_TOKENS}: {counts}")
    assert sum(count >= 1 for count in counts) >= 20
