"""A dataset without the faults of its audit, and what became of every row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from farense.datasets.auditing.audit import Audit
from farense.datasets.auditing.findings import FaultKind
from farense.datasets.formats.items import Item, Reading, Report


@dataclass(frozen=True)
class Cleaned:
    """The rows kept, and one report for each row that is not: kept + dropped = rows."""

    items: tuple[Item, ...]
    dropped: tuple[Report, ...]


def clean(reading: Reading, audit: Audit, leave: Collection[FaultKind] = ()) -> Cleaned:
    """Apply the fixes of ``audit`` to the rows it was made of.

    Args:
        leave: Kinds whose rows are kept all the same.
    """
    why: dict[int, FaultKind] = {}
    for fault in audit.faults:
        if fault.kind not in leave:
            for row in fault.rows:
                why.setdefault(row, fault.kind)
    dropped = [
        Report(
            item.where,
            why[row],
            f"dropped as {why[row]}",
            skipped=True,
            shown=f"{item.prompt} → {item.completion}"[:160],
        )
        for row, item in enumerate(reading.items)
        if row in why
    ]
    kept = tuple(item for row, item in enumerate(reading.items) if row not in why)
    return Cleaned(kept, (*reading.skipped, *dropped))
