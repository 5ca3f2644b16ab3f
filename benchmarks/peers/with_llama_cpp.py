"""llama.cpp's turn: ``python with_llama_cpp.py WORK``, on the 4-bit weights as they are."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from llama_cpp import Llama
from protocol import Work, read_work, serve, took


class LlamaCpp:
    """What the process computes."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.model = Llama(
            work.gguf,
            n_ctx=1024,
            n_batch=512,
            n_threads=work.threads,
            n_threads_batch=work.threads,
            verbose=False,
        )

    def prefill(self) -> dict[str, Any]:
        """The prompt, until the likeliest next token is known."""
        self.model.reset()
        start = time.perf_counter()
        token = next(self.model.generate(self.work.prefill, temp=0.0))
        return took(start, len(self.work.prefill), next=token)

    def decode(self) -> dict[str, Any]:
        """One answer, after its first token."""
        tokens = self.model.generate(self.work.prompt, temp=0.0)
        next(tokens)
        start = time.perf_counter()
        for _ in range(self.work.answer_tokens - 1):
            next(tokens)
        return took(start, self.work.answer_tokens - 1)

    def questions(self) -> dict[str, Any]:
        """Every fourth golden question, one after the other: the speed is that of each."""
        asked = self.work.questions[::4]
        start = time.perf_counter()
        for _, prompt in asked:
            for place, token in enumerate(self.model.generate(prompt, temp=0.0), start=1):
                if token in self.work.stop or place == self.work.most_tokens:
                    break
        return took(start, len(asked))


if __name__ == "__main__":
    peer = LlamaCpp(read_work(Path(sys.argv[1])))
    serve({name: getattr(peer, name) for name in ("prefill", "decode", "questions")})
