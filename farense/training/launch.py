"""Commands started on several machines by ``mlx.launch``: met, agreed, and failing together.

Every rank runs the same command line. What one of them cannot do is told by all before any
work begins, and what differs between them is refused. Nothing here imports MLX on loading: a
process has to load its BLAS, with its share of the cores, first.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from farense.errors import BackendError, FarenseError, InputError
from farense.models.backend import prepare_backend
from farense.models.processes import thread_share

if TYPE_CHECKING:
    from farense.training.team import Team

_T = TypeVar("_T")
# What mlx.launch sets for each backend but MPI; for that, mpirun itself.
_RANK, _HOSTS = "MLX_RANK", "MLX_HOSTFILE"
_MPI_SIZE, _MPI_HERE = "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"


def join_launch(workers: int | None = None) -> Team | None:
    """Meet the other processes of an ``mlx.launch``; None outside of one.

    Comes before ``prepare_backend``, which it calls with this process's share of the cores.

    Args:
        workers: What the user asked for with ``--workers``; a launch decides that itself.

    Raises:
        InputError: ``workers`` inside a launch.
        BackendError: the others cannot be reached.
    """
    if not _launched():
        return None
    if workers is not None:
        raise InputError(
            "--workers",
            f"{workers} inside mlx.launch",
            "no --workers: every rank is one process",
            "Give mlx.launch the number: -n, or a line of the hostfile for each process.",
        )
    for name, share in thread_share(os.cpu_count() or 1, _ranks_here()).items():
        os.environ.setdefault(name, share)
    prepare_backend()
    import mlx.core as mx

    from farense.training.team import Team

    try:
        group = mx.distributed.init(strict=True, backend="any")
    except RuntimeError as error:
        raise BackendError(
            f"rank {os.environ.get(_RANK, '?')} on {socket.gethostname()}",
            f"it cannot join the others ({error})",
            "a connection between all ranks",
            "Check the hostfile's addresses, and that its ports are free and reachable.",
        ) from error
    return Team(group.rank(), group.size(), group)


def tell(team: Team | None, value: Any) -> list[Any]:
    """Everybody's JSON value, by rank; every process has to call this."""
    if team is None:
        return [value]
    import mlx.core as mx
    import numpy as np

    content = json.dumps(value).encode()
    group = team.group
    counted = mx.distributed.all_gather(mx.array([len(content)], mx.uint32), group=group)
    lengths = [int(length) for length in np.array(counted)]
    padded = np.frombuffer(content.ljust(max(lengths), b"\0"), np.uint8)
    rows = np.array(mx.distributed.all_gather(mx.array(padded)[None], group=group))
    return [json.loads(row[:length].tobytes()) for row, length in zip(rows, lengths, strict=True)]


def all_or_none(team: Team | None, work: Callable[[], _T]) -> _T:
    """Do ``work`` in every process; where one fails, none goes on.

    Raises:
        BackendError: in every process, because the launcher ends the others as soon as one has
            ended; it holds the words of the first that failed, its rank and its machine.
    """
    if team is None:
        return work()
    result: _T | None = None
    failure: FarenseError | None = None
    try:
        result = work()
    except FarenseError as error:
        failure = error
    told = tell(team, [socket.gethostname(), str(failure) if failure else None])
    for rank, (host, words) in enumerate(told):
        if words is not None:
            raise BackendError(
                f"rank {rank} on {host}",
                words.rstrip("."),
                "every rank ready to begin",
                "Each machine needs the same base, data, adapter and farense, at the same paths.",
            ) from failure
    return cast("_T", result)


def require_same(team: Team | None, parts: Mapping[str, str]) -> None:
    """Refuse to go on where a part differs between the processes.

    Args:
        team: All of them have to call this.
        parts: A short value, such as a hash, by what it is of.

    Raises:
        InputError: in every process, naming the part and the two that differ.
    """
    (first, expected), *others = tell(team, [socket.gethostname(), dict(parts)])
    for rank, (host, found) in enumerate(others, start=1):
        for part, value in expected.items():
            if found.get(part) != value:
                raise InputError(
                    f"{part} of rank {rank} on {host}",
                    str(found.get(part)),
                    f"{value}, as on rank 0 on {first}",
                    "Bring the same to every machine, and start all with the same options.",
                )


def leads(team: Team | None) -> bool:
    """Whether this process is the one that writes files and reports."""
    return team is None or team.leads


def _launched() -> bool:
    if _RANK not in os.environ:
        return int(os.environ.get(_MPI_SIZE, "1")) > 1
    # One rank alone gets an empty list of hosts.
    return _HOSTS not in os.environ or bool(_ring_hosts())


def _ring_hosts() -> list[list[str]]:
    text = Path(os.environ[_HOSTS]).read_text(encoding="utf-8").strip()
    hosts: list[list[str]] = json.loads(text) if text else []
    return hosts


def _ranks_here() -> int:
    """How many ranks share this machine's cores."""
    if _HOSTS in os.environ:
        machines = [addresses[0].rpartition(":")[0] for addresses in _ring_hosts()]
        return machines.count(machines[int(os.environ[_RANK])])
    return int(os.environ.get(_MPI_HERE, "1"))
