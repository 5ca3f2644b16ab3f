"""Rows computed in as few parts as memory allows: fewer at once whenever it runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mlx.core as mx

from farense.errors import TrainingError
from farense.models.allocator import is_out_of_memory
from farense.training.batches import Row
from farense.training.team import Team


class RowsAtOnce:
    """How many rows are computed at once: all that come together, until memory runs out.

    Args:
        on_fewer: Called with the number whenever all processes have agreed on a smaller one.

    Attributes:
        most: The number that later rows keep to; None while memory has sufficed.
    """

    def __init__(self, on_fewer: Callable[[int], None] = lambda _: None) -> None:
        self.most: int | None = None
        self._on_fewer = on_fewer
        self._agreed: int | None = None

    def in_parts(self, rows: Sequence[Row], compute: Callable[[Sequence[Row]], None]) -> None:
        """Compute ``rows``, and again in smaller parts what memory did not suffice for.

        Args:
            rows: What would be one batch.
            compute: Adds up or keeps what it makes of a part. It has to evaluate that first:
                one that raises is called again with half of the rows.

        Raises:
            TrainingError: memory does not suffice for one row alone.
        """
        while rows:
            part = rows[: self.most or len(rows)]
            if _fits(compute, part):
                rows = rows[len(part) :]
            else:
                self.most = _half(part)
                mx.clear_cache()

    def agree(self, team: Team) -> None:
        """Keep to the smallest number of any process; every process has to call this."""
        sizes = (found[0] for found in team.gather([self.most or 0]))
        self.most = min((size for size in sizes if size), default=None)
        if self.most is not None and self.most != self._agreed:
            self._on_fewer(self.most)
        self._agreed = self.most

    def restore(self, most: int | None) -> None:
        """Keep to what an attempt before this one had come to."""
        self.most = self._agreed = min(filter(None, (most, self.most)), default=None)


def _fits(compute: Callable[[Sequence[Row]], None], rows: Sequence[Row]) -> bool:
    try:
        compute(rows)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True


def _half(rows: Sequence[Row]) -> int:
    if len(rows) > 1:
        return (len(rows) + 1) // 2
    raise TrainingError(
        f"row {rows[0].number} ({rows[0].prompt!r})",
        f"no memory for this one row of {rows[0].length} tokens",
        "memory for one row at a time",
        "Train fewer --layers, end other programs, leave long rows out, or take a smaller base.",
    )
