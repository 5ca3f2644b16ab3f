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
import numpy as np

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

    def gather(self, numbers: Sequence[int]) -> list[list[int]]:
        """Everybody's numbers, each in [0, 2**32), by rank; all give the same count."""
        mine = mx.array(list(numbers), mx.uint32)[None]
        if self.group is None:
            everybody = mine
        else:
            everybody = mx.distributed.all_gather(mine, group=self.group)
        return [[int(number) for number in row] for row in np.array(everybody)]

    def from_leader(self, content: bytes) -> bytes:
        """What the leading process gives here, in every process; the others' is ignored."""
        if self.group is None:
            return content
        size = self.gather([len(content)])[0][0]
        if size == 0:
            return b""
        mine = np.frombuffer(content, np.uint8) if self.leads else np.zeros(size, np.uint8)
        return np.array(mx.distributed.all_sum(mx.array(mine), group=self.group)).tobytes()

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
