"""Facts that no pack may teach, so that a golden question can ask what was never told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from farense.errors import FactTableError
from farense.facts.cells import Row, stop_at
from farense.facts.schema import Table
from farense.records import Example


@dataclass(frozen=True)
class HeldOut:
    """A fact kept out of every pack.

    Attributes:
        fact_id: As rows and golden questions name it.
        phrasing: The one kind of question that is kept out (``birth-place``), for a fact of
            which the rest may be taught; empty for all of it.
    """

    fact_id: str
    phrasing: str

    def covers(self, row: Example) -> bool:
        """Whether a row would teach it."""
        kind = row.phrasing.partition("/")[0]
        return self.fact_id in row.fact_ids and self.phrasing in ("", kind)


def _held_out(row: Row) -> HeldOut:
    return HeldOut(row.text("fact_id"), row.cells["phrasing"])


HELD_OUT = Table("heldout", HeldOut, _held_out, lambda held: (held.fact_id, held.phrasing))


def heldout_lines(
    folder: Path, report: Callable[[FactTableError], None] = stop_at
) -> tuple[tuple[Row, HeldOut], ...]:
    """The lines of ``heldout.csv``; none where a folder has no such file.

    Raises:
        FactTableError: by way of ``report``, which raises by default.
    """
    if not (folder / f"{HELD_OUT.name}.csv").is_file():
        return ()
    return HELD_OUT.read(folder, report)


def without_heldout(rows: Iterable[Example], heldout: Collection[HeldOut]) -> Iterable[Example]:
    """The rows that teach none of the facts held out, in order."""
    listed = {held.fact_id for held in heldout}
    for row in rows:
        if listed.isdisjoint(row.fact_ids) or not any(held.covers(row) for held in heldout):
            yield row


def heldout_errors(
    listed: Iterable[tuple[Row, HeldOut]], fact_ids: Collection[str]
) -> Iterable[FactTableError]:
    """Every listed fact that the tables do not have."""
    for row, held in listed:
        if held.fact_id not in fact_ids:
            yield row.error(f"fact id {held.fact_id!r}", "the id of a line of the tables")
