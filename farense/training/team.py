"""Processes that train one adapter together, each on its share of every batch."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import mlx.core as mx

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Team:
    """One process among ``size``; ``group`` is MLX's, None when it works alone.

    ``folder`` is a temporary one that all processes of the team see; None when alone, and
    where they may be on several machines.
    """

    rank: int = 0
    size: int = 1
    group: Any = None
    folder: Path | None = None

    @property
    def leads(self) -> bool:
        """True in the one process that writes files and reports."""
        return self.rank == 0

    def share(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """This process's share: every ``size``-th item, so that like lengths are dealt evenly."""
        return items[self.rank :: self.size]

    def sum(self, array: mx.array) -> mx.array:
        """Sum a float32 array over all processes.

        Every process gets the same bits, so all make the same update.
        """
        if self.group is None:
            return array
        summed: mx.array = mx.distributed.all_sum(array, group=self.group)
        return summed

    def total(self, number: float) -> float:
        """Sum a number over all processes."""
        if self.group is None:
            return number
        # As float: MLX makes a Python int an int32, which two gigabytes overflow.
        return float(mx.distributed.all_sum(mx.array(float(number)), group=self.group))

    def wait(self) -> None:
        """Return when every process has come here."""
        self.total(0.0)

    @property
    def sharing_files(self) -> Team:
        """The processes that see ``shared_folder``: all on one machine, else this one alone."""
        return self if self.folder is not None else ALONE

    @contextmanager
    def shared_folder(self) -> Iterator[Path]:
        """A folder for files that ``sharing_files`` read and write; gone with the team."""
        if self.folder is not None:
            yield self.folder
        else:
            with tempfile.TemporaryDirectory(prefix="farense-") as name:
                yield Path(name)


ALONE = Team()


def join_team(rank: int, size: int) -> Team:
    """Meet the other processes; MLX reads their addresses from the environment."""
    group = mx.distributed.init(strict=True, backend="ring")
    return Team(rank, size, group, Path(os.environ["MLX_HOSTFILE"]).parent)
