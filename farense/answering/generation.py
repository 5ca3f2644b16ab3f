"""Questions answered in batches, greedily, with what each answer cost."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mlx_lm.generate import BatchGenerator

from farense.models.environment import peak_bytes
from farense.models.loading import LoadedModel
from farense.models.processes import MOST_WORKERS
from farense.models.rendering import encode_prompt
from farense.models.templates import PromptTemplate
from farense.records import Answer, FinishReason


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

    ``tokens_per_second`` counts generated tokens over all of ``seconds``, prompts included,
    loading the model not; ``peak_bytes`` is the largest resident memory so far, that of all
    answering processes together.
    """

    answers: tuple[Answer, ...]
    seconds: float
    tokens_per_second: float
    peak_bytes: int


@dataclass(frozen=True)
class Share:
    """The portions of one process among ``size``: every ``size``-th from ``rank``."""

    rank: int = 0
    size: int = 1

    def of(self, portions: Sequence[list[int]]) -> Sequence[list[int]]:
        return portions[self.rank :: self.size]


ALL = Share()


def answer_questions(
    loaded: LoadedModel,
    template: PromptTemplate,
    questions: Sequence[tuple[str, str]],
    decoding: Decoding,
    on_answered: Callable[[int], None] = lambda _: None,
    order_seed: int | None = None,
    share: Share = ALL,
) -> Answered:
    """Answer ``(id, text)`` pairs, one portion of at most a batch after the other.

    Which questions share a portion follows from the questions and ``decoding`` alone, so
    the answers have the same bits whoever answers the portion.

    Args:
        loaded: The base, with or without an adapter.
        template: How a question is put to it; the one the adapter was trained with.
        questions: At least one.
        decoding: Token limit and batch size.
        on_answered: Called with the number of finished answers whenever it grows.
        order_seed: Ask in an order shuffled with it, so that other questions share a batch;
            None for the order that pads least.
        share: Answer these portions only.

    Returns:
        The answers of the share, in the order of the questions.
    """
    start = time.perf_counter()
    prompts = [encode_prompt(loaded.tokenizer, template, text) for _, text in questions]
    answers: dict[int, Answer] = {}
    for portion in share.of(portions_of(_order(prompts, order_seed), decoding.batch_size)):
        for place, tokens, reason in _generate(loaded, prompts, portion, decoding):
            answers[place] = Answer(
                question_id=questions[place][0],
                text=loaded.tokenizer.decode(tokens).strip(),
                prompt_tokens=len(prompts[place]),
                completion_tokens=len(tokens),
                seconds=time.perf_counter() - start,
                finish_reason=reason,
            )
            on_answered(len(answers))
    seconds = time.perf_counter() - start
    return Answered(
        answers=tuple(answers[place] for place in sorted(answers)),
        seconds=seconds,
        tokens_per_second=sum(a.completion_tokens for a in answers.values()) / seconds,
        peak_bytes=peak_bytes(),
    )


def portions_of(order: Sequence[int], batch_size: int) -> list[list[int]]:
    """Cut an order of questions into portions that are answered apart, of nearly one size.

    As many as needed for at most ``batch_size`` each; from three on a multiple of
    ``MOST_WORKERS``, so that no worker waits for another's last portion.
    """
    count = -(-len(order) // batch_size)
    if count > 2:
        count = -(-count // MOST_WORKERS) * MOST_WORKERS
    bounds = [len(order) * place // count for place in range(count + 1)]
    # The last is the one with the longest prompts: begun first, it is not waited for.
    return [list(order[low:high]) for low, high in itertools.pairwise(bounds)][::-1]


def _generate(
    loaded: LoadedModel, prompts: Sequence[list[int]], portion: Sequence[int], decoding: Decoding
) -> Iterator[tuple[int, list[int], FinishReason]]:
    """Yield ``(place, tokens, finish reason)`` as the prompts at these places are answered."""
    generator = _generator(loaded, decoding)
    places = dict(zip(generator.insert([prompts[i] for i in portion]), portion, strict=True))
    generated: dict[int, list[int]] = {place: [] for place in portion}
    while responses := generator.next_generated():
        for response in responses:
            place = places[response.uid]
            if response.finish_reason != "stop":
                generated[place].append(response.token)
            if response.finish_reason is not None:
                yield place, generated[place], response.finish_reason
    generator.close()


def _generator(loaded: LoadedModel, decoding: Decoding) -> Any:
    return BatchGenerator(
        loaded.model,
        max_tokens=decoding.max_tokens,
        stop_tokens=[[token] for token in sorted(loaded.tokenizer.eos_token_ids)],
        completion_batch_size=decoding.batch_size,
        prefill_batch_size=decoding.batch_size,
    )


def stream_answer(
    loaded: LoadedModel, template: PromptTemplate, question: str, max_tokens: int
) -> Iterator[str]:
    """Answer one question piece by piece, as it is generated.

    Args:
        loaded: The base, with or without an adapter.
        template: How the question is put to it.
        question: Its text.
        max_tokens: Where the answer is cut.

    Yields:
        Text that only grows; together the answer ``answer_questions`` gives alone.
    """
    generator = _generator(loaded, Decoding(max_tokens, 1))
    generator.insert([encode_prompt(loaded.tokenizer, template, question)])
    tokens: list[int] = []
    said = ""
    while responses := generator.next_generated():
        tokens += [each.token for each in responses if each.finish_reason != "stop"]
        whole = loaded.tokenizer.decode(tokens).strip()
        # A letter of several tokens is not one yet: it shows as the replacement sign.
        if not whole.endswith("\ufffd"):
            yield whole.removeprefix(said)
            said = whole
    yield loaded.tokenizer.decode(tokens).strip().removeprefix(said)
    generator.close()


def _order(prompts: Sequence[Sequence[int]], seed: int | None) -> list[int]:
    indices = list(range(len(prompts)))
    if seed is not None:
        random.Random(seed).shuffle(indices)  # noqa: S311 an order, not a secret
        return indices
    # Neighbours of like length share a batch, so that little is spent on padding.
    return sorted(indices, key=lambda index: len(prompts[index]))
