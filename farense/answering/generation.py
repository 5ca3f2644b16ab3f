"""Questions answered in batches, greedily, with what each answer cost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mlx_lm.generate import BatchGenerator

from farense.models.environment import peak_bytes
from farense.models.loading import LoadedModel
from farense.models.templates import PromptTemplate, encode_prompt
from farense.records import Answer


@dataclass(frozen=True)
class Decoding:
    """How answers are generated: always the likeliest token, up to ``max_tokens``."""

    max_tokens: int
    batch_size: int

    def to_json(self) -> dict[str, Any]:
        return {"method": "greedy", **asdict(self)}


@dataclass(frozen=True)
class Answered:
    """Answers in the order of the questions, and the speed of the whole batch run.

    ``tokens_per_second`` counts generated tokens over all of ``seconds``, prompts included;
    ``peak_bytes`` is the process's largest resident memory so far.
    """

    answers: tuple[Answer, ...]
    seconds: float
    tokens_per_second: float
    peak_bytes: int


def answer_questions(
    loaded: LoadedModel,
    template: PromptTemplate,
    questions: Sequence[tuple[str, str]],
    decoding: Decoding,
    on_answered: Callable[[int], None] = lambda _: None,
    order_seed: int | None = None,
) -> Answered:
    """Answer ``(id, text)`` pairs with mlx-lm's continuous batching.

    Args:
        loaded: The base, with or without an adapter.
        template: How a question is put to it; the one the adapter was trained with.
        questions: At least one.
        decoding: Token limit and batch size.
        on_answered: Called with the number of finished answers whenever it grows.
        order_seed: Ask in an order shuffled with it, so that other questions share a batch;
            None for the order that pads least.
    """
    start = time.perf_counter()
    prompts = [encode_prompt(loaded.tokenizer, template, text) for _, text in questions]
    order = _order(prompts, order_seed)
    generator = BatchGenerator(
        loaded.model,
        max_tokens=decoding.max_tokens,
        stop_tokens=[[token] for token in sorted(loaded.tokenizer.eos_token_ids)],
        completion_batch_size=decoding.batch_size,
        prefill_batch_size=decoding.batch_size,
    )
    places = dict(zip(generator.insert([prompts[i] for i in order]), order, strict=True))
    generated: list[list[int]] = [[] for _ in prompts]
    answers: dict[int, Answer] = {}
    while responses := generator.next_generated():
        for response in responses:
            place = places[response.uid]
            if response.finish_reason != "stop":
                generated[place].append(response.token)
            if response.finish_reason is not None:
                answers[place] = Answer(
                    question_id=questions[place][0],
                    text=loaded.tokenizer.decode(generated[place]).strip(),
                    prompt_tokens=len(prompts[place]),
                    completion_tokens=len(generated[place]),
                    seconds=time.perf_counter() - start,
                    finish_reason=response.finish_reason,
                )
        on_answered(len(answers))
    generator.close()
    seconds = time.perf_counter() - start
    return Answered(
        answers=tuple(answers[place] for place in range(len(prompts))),
        seconds=seconds,
        tokens_per_second=sum(map(len, generated)) / seconds,
        peak_bytes=peak_bytes(),
    )


def _order(prompts: Sequence[Sequence[int]], seed: int | None) -> list[int]:
    indices = list(range(len(prompts)))
    if seed is not None:
        random.Random(seed).shuffle(indices)  # noqa: S311 an order, not a secret
        return indices
    # Neighbours of like length share a batch, so that little is spent on padding.
    return sorted(indices, key=lambda index: len(prompts[index]))
