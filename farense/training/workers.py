"""Start the processes of a team, pass on what the leader reports, and end them all.

On a CPU much of a training step is single-threaded passes between threaded products.
Two processes with half the batch and half the threads each keep both cores busy.
Nothing here imports MLX: a worker has to load the BLAS with its own thread count first.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farense.errors import FarenseError, TrainingError
from farense.models.backend import FLOAT32_SHARE, Backend

if TYPE_CHECKING:
    from farense.training.run import TrainingPlan

# More than this many processes have not been measured to help.
MOST_WORKERS = 4
OnEvent = Callable[[dict[str, Any]], None]

_THREAD_VARIABLES = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def sensible_workers(backend: Backend, float32_bytes: int) -> int:
    """How many processes to train with on this machine.

    One on a GPU; on a CPU one a core up to ``MOST_WORKERS``, as far as each can hold
    its own copy of the weights.
    """
    if backend.device != "cpu":
        return 1
    fitting = int(backend.memory_bytes * FLOAT32_SHARE / max(float32_bytes, 1))
    return max(1, min(backend.cores, MOST_WORKERS, fitting))


def train_together(plan: TrainingPlan, on_event: OnEvent) -> Path:
    """Train ``plan`` with ``plan.workers`` processes, in this one when that is 1.

    Args:
        plan: What to train.
        on_event: Called here with every event of the leading process; besides those of
            training, ``warning`` events carry a ``text`` for the user.

    Returns:
        The adapter's folder.

    Raises:
        FarenseError: whatever the leader raised.
        TrainingError: a process died; all others are ended.
        KeyboardInterrupt: as it came; all processes are ended.
    """
    if plan.workers == 1:
        return _train_share(plan, 0, on_event)
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="farense-") as folder:
        environment = _environment(plan, Path(folder))
        processes = [
            context.Process(
                target=_work,
                args=(rank, environment, pickle.dumps(plan), sender),
                daemon=True,
            )
            for rank in range(plan.workers)
        ]
        for process in processes:
            process.start()
        sender.close()
        try:
            _relay(receiver, processes, on_event)
        finally:
            for process in processes:
                process.terminate()
                process.join()
    return plan.folder


def _relay(receiver: Connection, processes: list[Any], on_event: OnEvent) -> None:
    alive = {process.sentinel: process for process in processes}
    while True:
        ready = wait([receiver, *alive])
        if receiver in ready:
            try:
                message = receiver.recv()
            except EOFError as error:
                raise _died("every training process", "without a word") from error
            if message is None:
                return
            if isinstance(message, FarenseError):
                raise message
            on_event(message)
            continue
        for sentinel in ready:
            process = alive.pop(sentinel)
            process.join()
            if process.exitcode != 0:
                who = f"training process {processes.index(process) + 1} of {len(processes)}"
                raise _died(who, f"with exit code {process.exitcode}")


def _died(who: str, how: str) -> TrainingError:
    return TrainingError(
        who,
        f"it ended {how}",
        "a training that ends",
        "Its last words are above; with too little memory pass --workers 1.",
    )


def _environment(plan: TrainingPlan, folder: Path) -> dict[str, str]:
    hosts = folder / "hosts.json"
    hosts.write_text(json.dumps([[f"127.0.0.1:{port}"] for port in _free_ports(plan.workers)]))
    threads = str(max(1, plan.backend.cores // plan.workers))
    return {"MLX_HOSTFILE": str(hosts), **dict.fromkeys(_THREAD_VARIABLES, threads)}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _work(rank: int, environment: dict[str, str], pickled_plan: bytes, sender: Connection) -> None:
    # Ctrl-C reaches every process of a terminal; the one that started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(environment, MLX_RANK=str(rank))
    from farense.models.backend import prepare_backend

    prepare_backend()
    plan: TrainingPlan = pickle.loads(pickled_plan)  # noqa: S301 - written by our own parent
    try:
        _train_share(plan, rank, sender.send if rank == 0 else lambda _: None)
    except FarenseError as error:
        if rank == 0:
            sender.send(error)
        # The leader's own words are on their way; any other process's death is the news.
        raise SystemExit(0 if rank == 0 else 1) from error
    if rank == 0:
        sender.send(None)


def _end_with_parent() -> None:
    # A parent killed outright ends nobody; its workers would wait for one another for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _train_share(plan: TrainingPlan, rank: int, on_event: OnEvent) -> Path:
    from farense.models.loading import load_model
    from farense.training.run import train_adapter
    from farense.training.team import ALONE, join_team

    team = ALONE if plan.workers == 1 else join_team(rank, plan.workers)
    loaded = load_model(plan.base, plan.backend)
    for warning in loaded.warnings:
        on_event({"event": "warning", "text": warning})
    return train_adapter(plan, loaded, on_event, team)
