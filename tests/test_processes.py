"""Processes that compute together: heard in order, and none outlives the work."""

from __future__ import annotations

import os
import time
from typing import Any

import psutil
import pytest

from farense.errors import BackendError, FarenseError, InputError
from farense.models.backend import prepare_backend
from farense.models.processes import run_processes, thread_share


def count(send: Any, rank: int, upto: int) -> None:
    for number in range(upto):
        send((rank, number, os.environ["MKL_NUM_THREADS"], "x" * 100_000))


def refuse(send: Any, rank: int, upto: int) -> None:
    raise InputError("somewhere", "this", "that", f"Do it {rank} times.")


def vanish(send: Any, rank: int, upto: int) -> None:
    if rank == 1:
        os._exit(9)
    time.sleep(60)


def stumble(send: Any, rank: int, upto: int) -> None:
    if rank == 1:
        raise ZeroDivisionError("by nothing")
    time.sleep(60)


def follow(send: Any, rank: int, upto: int) -> None:
    """The leader ends; the other would go on for ever."""
    while rank:
        time.sleep(1)


def died(who: str, how: str) -> FarenseError:
    return BackendError(who, how, "life", "Try again.")


def run(work: Any, awaited: tuple[int, ...] = (0, 1)) -> list[Any]:
    heard: list[Any] = []
    environment = thread_share(prepare_backend().cores, 2)
    run_processes(work, [(0, 5), (1, 5)], [environment] * 2, heard.append, awaited, died)
    return heard


def test_every_message_arrives_whole_and_in_order() -> None:
    """Five messages of 100 kB from each of two processes that write at the same time; each
    has half of the cores for its BLAS."""
    heard = run(count)
    for rank in (0, 1):
        mine = [message for message in heard if message[0] == rank]
        assert [number for _, number, _, _ in mine] == [0, 1, 2, 3, 4]
    assert {text for _, _, _, text in heard} == {"x" * 100_000}
    half = str(max(1, (os.cpu_count() or 1) // 2))
    assert {threads for _, _, threads, _ in heard} == {half}


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (refuse, r"somewhere: this; expected that"),
        (vanish, r"process 2 of 2: with exit code 9"),
        (stumble, r"process 2 of 2: with ZeroDivisionError: by nothing"),
    ],
)
def test_an_error_or_a_death_ends_all(work: Any, message: str) -> None:
    """The error of a process is raised here; of a dead one its place and exit code, of one that
    met something unforeseen its place and what that was."""
    with pytest.raises(FarenseError, match=message):
        run(work)
    assert not workers()


def test_only_the_awaited_are_waited_for() -> None:
    """The leader's end is the end of the others."""
    assert run(follow, awaited=(0,)) == []
    assert not workers()


def workers() -> list[psutil.Process]:
    """Children of this process, but for multiprocessing's own resource tracker."""
    children = psutil.Process().children()
    return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]
