"""How fast and how large an adapter or a base is on this machine, as a record with its rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from statistics import median
from typing import Any

from farense.answering.subject import Subject
from farense.benchmarking.work import Alone, Finished, Task, Together, Work, alone, together
from farense.errors import BackendError
from farense.evaluation.provenance import utc_now
from farense.models.backend import Backend
from farense.models.environment import environment
from farense.models.processes import run_processes, thread_share

SCHEMA = 1


def measure_speed(
    subject: Subject,
    backend: Backend,
    work: Work,
    workers: int,
    on_round: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Time one stream with all cores, then batched answers in ``workers`` processes.

    Args:
        subject: A base, with or without an adapter.
        backend: From ``prepare_backend()``.
        work: How much is done.
        workers: Processes that answer together, as ``farense evaluate`` starts them.
        on_round: Called after each of ``2 * work.rounds`` rounds.

    Returns:
        The record that ``farense bench --json`` prints (docs/speed.md lists its keys).

    Raises:
        FarenseError: whatever a process raised.
        BackendError: a process died; all others are ended.
    """
    task = Task(subject.base, subject.adapter, subject.template, backend, work)
    lone, one = _run(alone, task, 1, lambda message: on_round())
    shares, several = _run(together, task, workers, _every(workers, on_round))
    return {
        "schema": SCHEMA,
        "created": utc_now(),
        "base": {"name": subject.base.name, "sha256": subject.base_sha256},
        "adapter": _adapter(subject),
        "held_as": one[0].held_as,
        "work": asdict(work),
        "workers": workers,
        "measured": {
            **{field.name: _rounds(lone, field.name) for field in fields(Alone)},
            "batch_tokens_per_second": _with_median(_throughput(shares)),
        },
        "load_seconds": one[0].load_seconds,
        "peak_bytes": {
            "alone": one[0].peak_bytes,
            "batch": sum(each.peak_bytes for each in several),
        },
        "machine": environment(backend),
    }


def _run(
    work: Callable[..., None], task: Task, processes: int, on_message: Callable[[Any], None]
) -> tuple[list[Any], list[Finished]]:
    rounds: list[Any] = []
    finished: list[Finished] = []

    def hear(message: Any) -> None:
        if isinstance(message, Finished):
            finished.append(message)
        else:
            rounds.append(message)
            on_message(message)

    run_processes(
        work,
        [(task,)] * processes,
        [thread_share(task.backend.cores, processes)] * processes,
        hear,
        awaited=range(processes),
        died=_died,
    )
    return rounds, finished


def _every(count: int, call: Callable[[], None]) -> Callable[[Any], None]:
    heard = 0

    def hear(_: Any) -> None:
        nonlocal heard
        heard += 1
        if heard % count == 0:
            call()

    return hear


def _rounds(measured: Sequence[Alone], name: str) -> dict[str, Any]:
    return _with_median([getattr(each, name) for each in measured])


def _throughput(shares: Sequence[Together]) -> list[float]:
    """Generated tokens per second of each round, from its first start to its last end."""
    rounds = sorted({share.round for share in shares})
    parts = [[share for share in shares if share.round == number] for number in rounds]
    return [
        sum(p.tokens for p in part) / (max(p.end for p in part) - min(p.start for p in part))
        for part in parts
    ]


def _with_median(rounds: Sequence[float]) -> dict[str, Any]:
    return {"median": median(rounds), "rounds": list(rounds)}


def _adapter(subject: Subject) -> dict[str, str] | None:
    sha256 = subject.adapter_sha256
    return {"path": str(subject.adapter), "sha256": sha256} if sha256 else None


def _died(who: str, how: str) -> BackendError:
    return BackendError(
        f"measuring {who}",
        f"it ended {how}",
        "rounds that end",
        "Its last words are above; with too little memory pass --workers 1 or a smaller"
        " --batch-size.",
    )
