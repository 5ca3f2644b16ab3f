"""One question to one adapter, or to the checkpoints of a training, also while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.answering.generation import stream_answer
from farense.answering.subject import Subject
from farense.errors import InputError
from farense.models.adapters import WEIGHTS
from farense.models.backend import Backend
from farense.models.loading import load_model
from farense.training.checkpoints import Checkpoint, checkpoints_of

LATEST, BEST, ALL = "latest", "best", "all"


@dataclass(frozen=True)
class Asked:
    """Who is asked: an adapter's folder, and what to call it.

    ``step`` is that of a checkpoint; None for the best step's tensors and whole adapters.
    """

    name: str
    adapter: Path | None
    step: int | None = None


@dataclass(frozen=True)
class Reply:
    """What one said; ``seconds`` without loading the model."""

    asked: Asked
    text: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        adapter = self.asked.adapter
        return {
            "name": self.asked.name,
            "adapter": str(adapter) if adapter else None,
            "step": self.asked.step,
            "text": self.text,
            "seconds": self.seconds,
        }


def choose_checkpoints(run: Path, wanted: Sequence[str]) -> tuple[Asked, ...]:
    """The checkpoints of a training that are meant, in the order they are wanted.

    Args:
        run: The folder a training works in, or a finished adapter's.
        wanted: ``latest``, ``best``, ``all`` or the number of a step, each.

    Raises:
        InputError: there is no such checkpoint (yet), or it is damaged; what there is is named.
    """
    chosen = [each for word in wanted for each in _meant(run, word)]
    return tuple(dict.fromkeys(chosen))


def _meant(run: Path, word: str) -> list[Asked]:
    there = checkpoints_of(run)
    best = [Asked(BEST, run)] if (run / WEIGHTS).is_file() else []
    if word == BEST:
        return best or _none(run, "no validation yet, and so no best step", there)
    if word == ALL:
        found = [_asked(each) for each in there if each.damage() is None] + best
        return found or _none(run, "no checkpoint yet", there)
    if word == LATEST:
        intact = (_asked(each) for each in reversed(there) if each.damage() is None)
        newest = next(intact, None)
        return [newest] if newest else best or _none(run, "no checkpoint yet", there)
    if not word.isdecimal():
        raise InputError(
            "--checkpoint", repr(word), "latest, best, all or a step's number", "Mend the option."
        )
    for each in there:
        if each.step == int(word):
            damage = each.damage()
            return [_asked(each)] if damage is None else _none(run, damage, there)
    return _none(run, f"no checkpoint of step {word}", there)


def _asked(checkpoint: Checkpoint) -> Asked:
    return Asked(f"step {checkpoint.step}", checkpoint.folder, checkpoint.step)


def _none(run: Path, found: str, there: Sequence[Checkpoint]) -> list[Asked]:
    steps = ", ".join(str(each.step) for each in there) or "none"
    raise InputError(
        run,
        found,
        f"a checkpoint that is there (steps: {steps})",
        "Name another one, or ask again when the training has come further.",
    )


def ask(
    asked: Asked,
    subject: Subject,
    backend: Backend,
    question: str,
    max_tokens: int,
    on_text: Callable[[str], None] = lambda _: None,
) -> Reply:
    """Load who is asked and answer one question.

    Args:
        asked: Who; of the base of ``subject``.
        subject: Base and template.
        backend: From ``prepare_backend``.
        question: Its text.
        max_tokens: Where the answer is cut.
        on_text: Called with each piece of the answer as it is generated.

    Raises:
        ModelFolderError: the adapter is not there any more, or does not fit the base.
    """
    loaded = load_model(subject.base, backend, asked.adapter, to_answer=True)
    start = time.perf_counter()
    pieces = []
    for piece in stream_answer(loaded, subject.template, question, max_tokens):
        pieces.append(piece)
        on_text(piece)
    return Reply(asked, "".join(pieces), time.perf_counter() - start)
