"""Train an adapter with the processes of a team, and pass on what the leader reports."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farense.errors import DivergedError, TrainingError
from farense.models.allocator import is_out_of_memory
from farense.models.processes import Send, run_processes, thread_share
from farense.training.ending import go_back, record_end

if TYPE_CHECKING:
    from farense.training.plan import TrainingPlan
    from farense.training.team import Team

OnEvent = Callable[[dict[str, Any]], None]


def train_together(plan: TrainingPlan, on_event: OnEvent, team: Team | None = None) -> Path:
    """Train ``plan`` with ``plan.workers`` processes, in this one when that is 1.

    Args:
        plan: What to train.
        on_event: Called here with every event of the leading process; besides those of
            training, ``warning`` events carry a ``text`` for the user.
        team: The processes of an ``mlx.launch``, each of which calls this; no others are
            started then, and the leading one alone reports and writes.

    Returns:
        The adapter's folder.

    Raises:
        FarenseError: whatever a process raised.
        TrainingError: a process died, or memory ran out for good; all others are ended.
        KeyboardInterrupt: as it came; all processes are ended.

    Whatever ends the training stands in its state then, and what it measured is exported.
    """
    if team is not None and not team.leads:
        return _train_share(plan, team, lambda _: None)
    try:
        return _train(plan, on_event, team)
    except DivergedError as error:
        told = go_back(plan.partial, error)
        record_end(plan.partial, told)
        raise told from error
    except BaseException as error:
        record_end(plan.partial, error)
        raise


def _train(plan: TrainingPlan, on_event: OnEvent, team: Team | None) -> Path:
    if team is not None or plan.workers == 1:
        from farense.training.team import ALONE

        return _train_share(plan, team or ALONE, on_event)
    ranks = range(plan.workers)
    with tempfile.TemporaryDirectory(prefix="farense-") as folder:
        hosts = write_hosts(Path(folder), plan.workers)
        shared = {"MLX_HOSTFILE": str(hosts), **thread_share(plan.backend.cores, plan.workers)}
        run_processes(
            _work,
            [(plan, rank) for rank in ranks],
            [{**shared, "MLX_RANK": str(rank)} for rank in ranks],
            on_event,
            awaited=(0,),
            died=_died,
            leavings=Path(folder),
        )
    return plan.folder


def _died(who: str, how: str) -> TrainingError:
    return TrainingError(
        f"training {who}",
        f"it ended {how}",
        "a training that ends",
        "Its last words are above; with too little memory pass --workers 1.",
    )


def write_hosts(folder: Path, size: int) -> Path:
    """Write MLX_HOSTFILE for ``size`` processes on this machine, on ports that are free now."""
    hosts = folder / "hosts.json"
    hosts.write_text(json.dumps([[f"127.0.0.1:{port}"] for port in _free_ports(size)]))
    return hosts


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _work(send: Send, plan: TrainingPlan, rank: int) -> None:
    from farense.training.team import join_team

    team = join_team(rank, plan.workers)
    _train_share(plan, team, send if team.leads else lambda _: None)


def _train_share(plan: TrainingPlan, team: Team, on_event: OnEvent) -> Path:
    from farense.models.loading import load_model
    from farense.training.run import train_adapter

    try:
        loaded = load_model(plan.base, plan.backend, dtype=plan.stored_dtype)
        for warning in loaded.warnings:
            on_event({"event": "warning", "text": warning})
        return train_adapter(plan, loaded, on_event, team)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            "training",
            f"memory ran out where no smaller part would help ({error!r})",
            "memory for the weights, what is trained of them, and the optimiser",
            "Train fewer --layers, pass --workers 1, end other programs, or take a smaller base.",
        ) from error
