"""The audit of a dataset: every fault with its count, examples and fix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from farense.datasets.auditing import repeats, single, undated, whole
from farense.datasets.auditing.findings import (
    FAULTS,
    FIXES,
    Fault,
    FaultKind,
    fault_of_rows,
    first_examples,
)
from farense.datasets.auditing.seasons import has_impossible_season
from farense.datasets.formats.items import Item, Reading, Report
from farense.datasets.formats.writing import PACK_MANIFEST

MAX_CHARACTERS = 2000


@dataclass(frozen=True)
class Audit:
    """A dataset's health.

    Attributes:
        name: The file or folder.
        rows: Rows met; ``readable`` of them could be read.
        faults: In the order of ``FAULTS``.
    """

    name: str
    rows: int
    readable: int
    faults: tuple[Fault, ...]

    @property
    def dropped(self) -> frozenset[int]:
        """Positions, among the readable rows, that ``farense data clean`` leaves out."""
        return frozenset().union(*(fault.rows for fault in self.faults))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rows": self.rows,
            "readable": self.readable,
            "kept_by_clean": self.readable - len(self.dropped),
            "faults": [fault.to_json() for fault in self.faults],
        }


def audit(reading: Reading, *, max_characters: int = MAX_CHARACTERS, seed: int = 1910) -> Audit:
    """Look for every fault of ``FAULTS``; 100,000 rows take less than a minute.

    Args:
        max_characters: The longest sound row, prompt and completion together.
        seed: That of the random split whose leaks are counted.
    """
    items = reading.items
    found: list[Fault | None] = [Fault(_file(f), 1, 1) for f in reading.faults]
    found.extend(_reported(reading.reports, reading.rows))
    found.extend(_single(items, max_characters))
    texts = repeats.Folded(*whole.folded_texts(items))
    found.append(fault_of_rows("no_season", items, undated.undated_matches(items, texts.prompts)))
    found.extend(_repeated(items, texts))
    found += [whole.giveaways(items), whole.one_sided(items), whole.valid_is_tail(items)]
    by_wording = (reading.path / PACK_MANIFEST).is_file()
    found += [
        whole.split_leaks(items, by_wording=by_wording),
        whole.random_split_leaks(items, seed),
    ]
    faults = _merged([fault for fault in found if fault is not None and fault.count])
    order = {kind: place for place, kind in enumerate(FAULTS)}
    return Audit(
        name=str(reading.path),
        rows=reading.rows,
        readable=len(items),
        faults=tuple(sorted(faults, key=lambda fault: order[fault.kind])),
    )


def _file(name: str) -> FaultKind:
    return next(kind for kind in FAULTS if kind == name)


def _merged(faults: Sequence[Fault]) -> list[Fault]:
    """One fault a kind: line ends of a file and within a row are both ``crlf``."""
    by_kind: dict[FaultKind, Fault] = {}
    for fault in faults:
        there = by_kind.get(fault.kind)
        if there is None or fault.count > there.count:
            by_kind[fault.kind] = fault
    return list(by_kind.values())


def _reported(reports: Sequence[Report], rows: int) -> list[Fault]:
    by_kind: defaultdict[str, list[Report]] = defaultdict(list)
    for report in reports:
        by_kind[report.kind].append(report)
    return [
        Fault(
            kind=kind,
            count=len(by_kind[kind]),
            of=rows,
            examples=first_examples((r.where, f"{r.message}: {r.shown}") for r in by_kind[kind]),
        )
        for kind in FIXES
        if by_kind.get(kind)
    ]


def _single(items: Sequence[Item], max_characters: int) -> list[Fault]:
    latest = datetime.now(UTC).year
    rules: dict[FaultKind, Callable[[Item], bool]] = {
        "too_long": lambda item: single.is_too_long(item, max_characters),
        "junk": single.is_junk,
        "impossible_season": lambda item: has_impossible_season(item, latest),
    }
    rows: dict[FaultKind, list[int]] = {
        kind: [row for row, item in enumerate(items) if rule(item)] for kind, rule in rules.items()
    }
    return [fault_of_rows(kind, items, found) for kind, found in rows.items()]


def _repeated(items: Sequence[Item], texts: repeats.Folded) -> list[Fault]:
    twice = [later for _, later in repeats.repeats(texts)]
    groups = repeats.contradictions(texts, [item.completion for item in items])
    denied = [row for group in groups for row in group]
    labels = [str(item.extra.get("phrasing", "")) for item in items]
    near = {later for _, later in repeats.slips(texts, repeats.near_repeats(texts), labels)}
    asked = f"questions: {len(groups)}"
    return [
        fault_of_rows("duplicate", items, twice),
        fault_of_rows("contradiction", items, denied, detail=asked),
        fault_of_rows("near_duplicate", items, sorted(near)),
    ]
