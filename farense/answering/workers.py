"""Questions answered by several local processes, each its own portions of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from farense.answering.cache import answered_from
from farense.answering.generation import Answered, Decoding, Share, answer_questions
from farense.errors import BackendError
from farense.models.backend import Backend
from farense.models.loading import load_model
from farense.models.processes import Send, run_processes, thread_share
from farense.models.templates import PromptTemplate
from farense.training.launch import all_or_none, tell
from farense.training.team import Team


@dataclass(frozen=True)
class Task:
    """What every process is told: who answers what, and how."""

    base: Path
    adapter: Path | None
    backend: Backend
    template: PromptTemplate
    questions: tuple[tuple[str, str], ...]
    decoding: Decoding
    order_seed: int | None


@dataclass(frozen=True)
class _Progress:
    rank: int
    done: int


@dataclass(frozen=True)
class _Warning:
    text: str


@dataclass(frozen=True)
class _Part:
    """One process's answers; ``start`` and ``end`` by the clock all processes share."""

    answered: Answered
    start: float
    end: float


def answer_together(
    task: Task,
    workers: int,
    on_answered: Callable[[int], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> Answered:
    """Answer with ``workers`` processes; the same answers, bit for bit, as with one.

    That holds where a product has the same bits for any number of threads (MKL, which
    ``prepare_backend`` asks for it); elsewhere a near-tie of logits may be decided otherwise.

    Args:
        task: What is to be answered.
        workers: At least 2.
        on_answered: Called with the number of finished answers whenever it grows.
        on_warning: Hears what loading the model had to say.

    Raises:
        FarenseError: whatever a process raised.
        BackendError: a process died; all others are ended.
        KeyboardInterrupt: as it came; all processes are ended.
    """
    done = dict.fromkeys(range(workers), 0)
    parts: list[_Part] = []

    def hear(message: _Progress | _Warning | _Part) -> None:
        if isinstance(message, _Progress):
            done[message.rank] = message.done
            on_answered(sum(done.values()))
        elif isinstance(message, _Warning):
            on_warning(message.text)
        else:
            parts.append(message)

    run_processes(
        _answer_share,
        [(task, Share(rank, workers)) for rank in range(workers)],
        [thread_share(task.backend.cores, workers)] * workers,
        hear,
        awaited=range(workers),
        died=_died,
    )
    return _joined(parts, [identifier for identifier, _ in task.questions])


def answer_in_launch(
    task: Task, team: Team, on_answered: Callable[[int], None], on_warning: Callable[[str], None]
) -> Answered:
    """Answer with the processes of an ``mlx.launch``, each of which calls this.

    Args:
        task: What is to be answered; the same in all.
        team: The processes.
        on_answered, on_warning: As in :func:`answer_together`; the number of answers is
            estimated from this process's own.

    Returns:
        All answers, in every process.

    Raises:
        FarenseError: a process cannot load the model, in every process.
    """
    loaded = all_or_none(
        team, lambda: load_model(task.base, task.backend, task.adapter, to_answer=True)
    )
    for warning in loaded.warnings:
        on_warning(warning)
    everything = len(task.questions)
    mine = answer_questions(
        loaded,
        task.template,
        task.questions,
        task.decoding,
        lambda count: on_answered(min(count * team.size, everything)),
        task.order_seed,
        Share(team.rank, team.size),
    )
    # Clocks of several machines have nothing in common; all began when all had loaded.
    told = (answered_from(record) for record in tell(team, asdict(mine)))
    parts = [_Part(answered, 0.0, answered.seconds) for answered in told]
    return _joined(parts, [identifier for identifier, _ in task.questions])


def _answer_share(send: Send, task: Task, share: Share) -> None:
    loaded = load_model(task.base, task.backend, task.adapter, to_answer=True)
    if share.rank == 0:
        for warning in loaded.warnings:
            send(_Warning(warning))
    start = time.perf_counter()
    answered = answer_questions(
        loaded,
        task.template,
        task.questions,
        task.decoding,
        lambda count: send(_Progress(share.rank, count)),
        task.order_seed,
        share,
    )
    send(_Part(answered, start, time.perf_counter()))


def _joined(parts: Sequence[_Part], order: Sequence[str]) -> Answered:
    answers = {answer.question_id: answer for part in parts for answer in part.answered.answers}
    seconds = max(part.end for part in parts) - min(part.start for part in parts)
    return Answered(
        answers=tuple(answers[identifier] for identifier in order),
        seconds=seconds,
        tokens_per_second=sum(a.completion_tokens for a in answers.values()) / seconds,
        peak_bytes=sum(part.answered.peak_bytes for part in parts),
    )


def _died(who: str, how: str) -> BackendError:
    return BackendError(
        f"answering {who}",
        f"it ended {how}",
        "an answer to every question",
        "Its last words are above; with too little memory pass --workers 1.",
    )
