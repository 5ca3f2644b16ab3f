"""farense's turn: ``python with_farense.py WORK RANK SIZE``, one of SIZE equal processes."""

from __future__ import annotations

import functools
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from protocol import Work, read_work, serve, took

from farense.models.backend import prepare_backend

BACKEND = prepare_backend()

from farense.answering.generation import Decoding, answer_questions  # noqa: E402
from farense.benchmarking.work import QUESTION, Endless, token_times  # noqa: E402
from farense.models.loading import LoadedModel, load_model  # noqa: E402
from farense.models.templates import template_for  # noqa: E402


class Farense:
    """What one process computes."""

    def __init__(self, work: Work, rank: int, size: int) -> None:
        self.work, self.rank, self.size = work, rank, size
        self.template = template_for(Path(work.base))

    @functools.cached_property
    def loaded(self) -> LoadedModel:
        """The base as answers are computed with it."""
        return load_model(Path(self.work.base), BACKEND, to_answer=True)

    @functools.cached_property
    def stepper(self) -> Any:
        """Training of rank 8 on all seven projections of all blocks, as ``farense train``."""
        from farense.config import TrainingSettings
        from farense.models.kernels.bfloat16 import multiply_in_bfloat16
        from farense.training.lora import attach_lora
        from farense.training.loss import choose_logits
        from farense.training.stepping import Stepper
        from farense.training.team import ALONE, join_team

        team = join_team(self.rank, self.size) if self.size > 1 else ALONE
        settings = TrainingSettings(rank=8, layers=0)
        model = load_model(Path(self.work.base), BACKEND).model
        attach_lora(model, settings)
        # As `farense train --dtype fastest`: the rival multiplies in bfloat16 too.
        if BACKEND.has_bfloat16:
            multiply_in_bfloat16(model)
        model.train()
        return Stepper(model, choose_logits(model), settings, team)

    def prefill(self) -> dict[str, Any]:
        """The prompt, until the likeliest next token is known."""
        import mlx.core as mx
        from mlx_lm.models.cache import make_prompt_cache

        start = time.perf_counter()
        cache = make_prompt_cache(self.loaded.model)
        logits_V = self.loaded.model(mx.array([self.work.prefill]), cache=cache)[0, -1]
        token = int(mx.argmax(logits_V))
        return took(start, len(self.work.prefill), next=token)

    def decode(self) -> dict[str, Any]:
        """One answer, after its first token."""
        times = list(token_times(self.loaded, self.template, self.work.answer_tokens))
        return {"count": len(times) - 1, "seconds": times[-1] - times[0]}

    def answer(self, batch: int) -> dict[str, Any]:
        """``batch`` answers at once, prompts included; every process does as many."""
        endless = replace(self.loaded, tokenizer=Endless(self.loaded.tokenizer))
        asked = [(str(number), QUESTION) for number in range(batch)]
        start = time.perf_counter()
        found = answer_questions(
            endless, self.template, asked, Decoding(self.work.answer_tokens, batch)
        )
        return took(start, sum(answer.completion_tokens for answer in found.answers))

    def questions(self) -> dict[str, Any]:
        """This process's share of the golden questions."""
        asked = [(str(number), text) for number, (text, _) in enumerate(self.work.questions)]
        mine = asked[self.rank :: self.size]
        start = time.perf_counter()
        answer_questions(self.loaded, self.template, mine, Decoding(self.work.most_tokens, 64))
        return took(start, len(mine))

    def training(self) -> dict[str, Any]:
        """One optimiser step on all rows; each process does its share of them."""
        from farense.training.batches import Row, collate

        rows = [Row(tuple(prompt), tuple(completion), "") for prompt, completion in self.work.rows]
        stepper, batch = self.stepper, collate(rows)
        start = time.perf_counter()
        stepper.step([batch], 1e-4)
        # All processes make the same step; its tokens are counted by one.
        tokens = sum(len(p) + len(c) for p, c in self.work.rows) if self.rank == 0 else 0
        return took(start, tokens)


if __name__ == "__main__":
    peer = Farense(read_work(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
    names = ("prefill", "decode", "answer", "questions", "training")
    serve({name: getattr(peer, name) for name in names})
