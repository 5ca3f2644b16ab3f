"""Local processes that compute together: how many, started, heard, and ended all.

On a CPU much of the work is single-threaded passes between threaded products. Several
processes with one BLAS thread each keep every core busy. Nothing here imports MLX: a process
has to load the BLAS with its own thread count first.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from farense.errors import FarenseError
from farense.models.backend import FLOAT32_SHARE, Backend, prepare_backend

# More than this many processes have not been measured to help.
MOST_WORKERS = 4
_LAST_WORDS_SECONDS = 5.0
Send = Callable[[Any], None]

_THREAD_VARIABLES = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class _Ended:
    """The last word of a process that did all it had to."""


@dataclass(frozen=True)
class _Failed:
    """The last word of a process that met an error nobody foresaw."""

    how: str


def sensible_workers(backend: Backend, float32_bytes: int) -> int:
    """How many processes to compute with on this machine.

    One on a GPU; on a CPU one a core up to ``MOST_WORKERS``, as far as each can hold
    its own copy of the weights.
    """
    if backend.device != "cpu":
        return 1
    fitting = int(backend.memory_bytes * FLOAT32_SHARE / max(float32_bytes, 1))
    return max(1, min(backend.cores, MOST_WORKERS, fitting))


def thread_share(cores: int, workers: int) -> dict[str, str]:
    """Environment variables that give each of ``workers`` processes its share of the cores."""
    return dict.fromkeys(_THREAD_VARIABLES, str(max(1, cores // workers)))


def run_processes(
    work: Callable[..., None],
    arguments: Sequence[tuple[Any, ...]],
    environments: Sequence[Mapping[str, str]],
    on_message: Callable[[Any], None],
    awaited: Collection[int],
    died: Callable[[str, str], FarenseError],
    leavings: Path | None = None,
) -> None:
    """Run ``work(send, *arguments[rank])`` in one process a rank, and end them all.

    Args:
        work: A function of a module; what it gives to ``send`` comes out at ``on_message``.
            It is unpickled after the process has loaded BLAS and MLX.
        arguments: Of each process.
        environments: Variables set in each process before anything is loaded.
        on_message: Called here; the messages of one process come in their order.
        awaited: Ranks whose work has to be done; the others are ended with them.
        died: The error for a process that failed or ended by itself: who, and how.
        leavings: A temporary folder that goes when this process is killed outright.

    Raises:
        FarenseError: the first one raised in a process, or that of ``died``.
        KeyboardInterrupt: as it came; all processes are ended.
    """
    context = multiprocessing.get_context("spawn")
    processes: list[Any] = []
    receivers: list[Connection] = []
    try:
        for given, environment in zip(arguments, environments, strict=True):
            # A pipe each: long messages of several processes would mix in one.
            receiver, sender = context.Pipe(duplex=False)
            task = pickle.dumps((work, given))
            process = context.Process(
                target=_run, args=(dict(environment), task, sender, leavings), daemon=True
            )
            process.start()
            sender.close()
            processes.append(process)
            receivers.append(receiver)
        _relay(receivers, processes, on_message, set(awaited), died)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _relay(
    receivers: list[Connection],
    processes: list[Any],
    on_message: Callable[[Any], None],
    awaited: set[int],
    died: Callable[[str, str], FarenseError],
) -> None:
    ranks = {receiver: rank for rank, receiver in enumerate(receivers)}
    while awaited:
        for receiver in wait(list(ranks)):
            assert isinstance(receiver, Connection)
            rank = ranks[receiver]
            try:
                message = receiver.recv()
            except (EOFError, OSError) as error:
                del ranks[receiver]
                processes[rank].join()
                if processes[rank].exitcode == -signal.SIGTERM:
                    # Who ends all processes of a job ends us too, and that is what to tell.
                    time.sleep(_LAST_WORDS_SECONDS)
                if processes[rank].exitcode != 0 or rank in awaited:
                    how = f"with exit code {processes[rank].exitcode}"
                    raise died(_who(rank, processes), how) from error
                continue
            if isinstance(message, FarenseError):
                raise message
            if isinstance(message, _Failed):
                # Its traceback comes before our error; one that cannot end is ended.
                processes[rank].join(_LAST_WORDS_SECONDS)
                raise died(_who(rank, processes), message.how)
            if isinstance(message, _Ended):
                awaited.discard(rank)
            else:
                on_message(message)


def _who(rank: int, processes: list[Any]) -> str:
    return f"process {rank + 1} of {len(processes)}"


def _run(
    environment: dict[str, str], pickled: bytes, sender: Connection, leavings: Path | None
) -> None:
    # Ctrl-C and a closed terminal reach all its processes; the one that started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(leavings,), daemon=True).start()
    os.environ.update(environment)
    prepare_backend()
    work, arguments = pickle.loads(pickled)  # noqa: S301 - written by our own parent
    try:
        work(sender.send, *arguments)
    except FarenseError as error:
        sender.send(error)
    except BaseException as error:
        sender.send(_Failed(f"with {type(error).__name__}: {error}"))
        raise
    else:
        sender.send(_Ended())


def _end_with_parent(leavings: Path | None) -> None:
    # A parent killed outright ends nobody; its workers would wait for one another for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        if leavings is not None:
            shutil.rmtree(leavings, ignore_errors=True)
        os._exit(1)
