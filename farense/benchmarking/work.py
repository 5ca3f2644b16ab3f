"""The work that is timed, in the process that does it.

Every answer runs to its full length, so that each round is the same work whatever the model
would say. A first round warms up and is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.generate import BatchGenerator
from mlx_lm.models.cache import make_prompt_cache

from farense.answering.generation import Decoding, answer_questions
from farense.config import ANSWERS_AT_ONCE
from farense.models.backend import Backend
from farense.models.environment import peak_bytes
from farense.models.loading import LoadedModel, load_model
from farense.models.processes import Send
from farense.models.rendering import encode_prompt
from farense.models.templates import PromptTemplate

# Some 36 tokens in SmolLM2's vocabulary, with the chat template around it.
QUESTION = "Em que época chegou o Sporting Clube Farense à final da Taça de Portugal?"


@dataclass(frozen=True)
class Work:
    """How much is done in a round, and how many rounds are counted.

    Attributes:
        rounds: At least 1.
        prefill_tokens: Length of the prompt that is only read.
        answer_tokens: Length of every answer, at least 2.
        batch_size: Answers written at once by each process.
    """

    rounds: int = 5
    prefill_tokens: int = 256
    answer_tokens: int = 32
    batch_size: int = ANSWERS_AT_ONCE


@dataclass(frozen=True)
class Task:
    """Who computes, on what, and how much."""

    base: Path
    adapter: Path | None
    template: PromptTemplate
    backend: Backend
    work: Work


@dataclass(frozen=True)
class Alone:
    """A round of one stream: tokens per second, and seconds from question to first token."""

    prefill_tokens_per_second: float
    first_token_seconds: float
    decode_tokens_per_second: float


@dataclass(frozen=True)
class Together:
    """A process's part of a round of batched answers, by the clock all processes share."""

    round: int
    start: float
    end: float
    tokens: int


@dataclass(frozen=True)
class Finished:
    """What a process took: to load the model, and memory at most."""

    load_seconds: float
    peak_bytes: int
    held_as: str


def alone(send: Send, task: Task) -> None:
    """Send an ``Alone`` a round, then ``Finished``."""
    loaded, seconds = _loaded(task)
    for number in range(task.work.rounds + 1):
        measured = _alone(loaded, task)
        if number:
            send(measured)
    send(Finished(seconds, peak_bytes(), loaded.dtype))


def together(send: Send, task: Task) -> None:
    """Send a ``Together`` a round, then ``Finished``; one of several equal processes."""
    loaded, seconds = _loaded(task)
    endless = replace(loaded, tokenizer=Endless(loaded.tokenizer))
    decoding = Decoding(task.work.answer_tokens, task.work.batch_size)
    questions = [(str(number), QUESTION) for number in range(task.work.batch_size)]
    for number in range(task.work.rounds + 1):
        start = time.perf_counter()
        answered = answer_questions(endless, task.template, questions, decoding)
        end = time.perf_counter()
        tokens = sum(answer.completion_tokens for answer in answered.answers)
        if number:
            send(Together(number, start, end, tokens))
    send(Finished(seconds, peak_bytes(), loaded.dtype))


class Endless:
    """A tokenizer without tokens that end an answer."""

    eos_token_ids: frozenset[int] = frozenset()

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)


def _loaded(task: Task) -> tuple[LoadedModel, float]:
    start = time.perf_counter()
    loaded = load_model(task.base, task.backend, task.adapter, to_answer=True)
    return loaded, time.perf_counter() - start


def _alone(loaded: LoadedModel, task: Task) -> Alone:
    work = task.work
    prompt = encode_prompt(loaded.tokenizer, task.template, QUESTION)
    repeated = prompt * (work.prefill_tokens // len(prompt) + 1)
    start = time.perf_counter()
    read_prompt(loaded.model, repeated[: work.prefill_tokens])
    prefilled = time.perf_counter()
    times = list(token_times(loaded, task.template, work.answer_tokens))
    return Alone(
        prefill_tokens_per_second=work.prefill_tokens / (prefilled - start),
        first_token_seconds=times[0],
        decode_tokens_per_second=(len(times) - 1) / (times[-1] - times[0]),
    )


def read_prompt(model: Any, tokens: list[int]) -> None:
    """Compute the keys and values of a prompt, and the logits of its last token."""
    cache = make_prompt_cache(model)
    mx.eval(model(mx.array([tokens]), cache=cache)[:, -1])


def token_times(loaded: LoadedModel, template: PromptTemplate, tokens: int) -> Iterator[float]:
    """Yield the seconds from the question to each of ``tokens`` tokens of one answer."""
    start = time.perf_counter()
    generator = BatchGenerator(loaded.model, max_tokens=tokens)
    generator.insert([encode_prompt(loaded.tokenizer, template, QUESTION)])
    while generator.next_generated():
        yield time.perf_counter() - start
    generator.close()
