"""Processes that train one adapter together, each on its share of every batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Team:
    """One process among ``size``; ``group`` is MLX's, None when it works alone."""

    rank: int = 0
    size: int = 1
    group: Any = None

    @property
    def leads(self) -> bool:
        """True in the one process that writes files and reports."""
        return self.rank == 0

    def share(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """This process's share: every ``size``-th item, so that like lengths are dealt evenly."""
        return items[self.rank :: self.size]

    def sum(self, tree: Any) -> Any:
        """Sum a tree of float32 arrays over all processes, in one exchange.

        Every process gets the same bits, so all make the same update.
        """
        if self.group is None:
            return tree
        named = tree_flatten(tree)
        flat = mx.concatenate([array.reshape(-1) for _, array in named])
        flat = mx.distributed.all_sum(flat, group=self.group)
        ends, end = [], 0
        for _, array in named[:-1]:
            end += array.size
            ends.append(end)
        parts = mx.split(flat, ends)
        return tree_unflatten(
            [
                (name, part.reshape(array.shape))
                for (name, array), part in zip(named, parts, strict=True)
            ]
        )

    def total(self, number: float) -> float:
        """Sum a number over all processes."""
        if self.group is None:
            return number
        # As float: MLX makes a Python int an int32, which two gigabytes overflow.
        return float(mx.distributed.all_sum(mx.array(float(number)), group=self.group))


ALONE = Team()


def join_team(rank: int, size: int) -> Team:
    """Meet the other processes; MLX reads their addresses from the environment."""
    return Team(rank, size, mx.distributed.init(strict=True, backend="ring"))
