"""How the measuring process and those that compute speak: a JSON object a line, both ways.

Every process stays alive between its turns, so that loading is not timed and rounds can
alternate between them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Handler = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Work:
    """The same for everybody, in token ids.

    Attributes:
        base: farense's model folder; ``hf`` and ``gguf`` hold the same weights.
        threads: Of each process.
        prefill: The prompt that is only read.
        prompt: The question that is answered alone, and by many at once.
        answer_tokens: Length of those answers.
        rows: Training rows, each a prompt and a completion of one length over all rows.
        questions: Golden questions as text, and as prompts.
        stop: Ids that end an answer.
        most_tokens: Longest golden answer.
    """

    base: str
    hf: str
    gguf: str
    threads: int
    prefill: list[int]
    prompt: list[int]
    answer_tokens: int
    rows: list[tuple[list[int], list[int]]]
    questions: list[tuple[str, list[int]]]
    stop: list[int]
    most_tokens: int


def write_work(path: Path, work: Work) -> None:
    """For ``read_work`` in another process."""
    path.write_text(json.dumps(asdict(work)), encoding="utf-8")


def read_work(path: Path) -> Work:
    """What ``write_work`` wrote."""
    return Work(**json.loads(path.read_text(encoding="utf-8")))


def serve(handlers: Mapping[str, Handler]) -> None:
    """Answer requests ``{"line": …, more arguments}`` until standard input ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Whatever libraries print must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        reply = handlers[request.pop("line")](**request)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def took(start: float, count: int, **more: Any) -> dict[str, Any]:
    """The reply about work begun at ``start``."""
    return {"count": count, "seconds": time.perf_counter() - start, **more}
