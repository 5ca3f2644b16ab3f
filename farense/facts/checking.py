"""Every error of the fact tables at once, each at its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import FactTableError
from farense.facts.gaps import GAPS, gap_errors
from farense.facts.golden import UNFIT_KINDS, why_unfit
from farense.facts.heldout import heldout_errors, heldout_lines
from farense.facts.links import Linked, link_errors
from farense.facts.rows import SquadEntry
from farense.facts.schema import TABLES


@dataclass(frozen=True)
class FactsCheck:
    """What ``check_facts`` found.

    Attributes:
        lines: Lines that keep the schema, by table.
        golden: Of those, the ones a golden question may rest on.
        errors: In the order of the files, then of the checks between them.
    """

    lines: dict[str, int]
    golden: dict[str, int]
    errors: tuple[FactTableError, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "lines": self.lines,
            "golden": self.golden,
            "errors": [
                {"where": e.where, "found": e.found, "expected": e.expected, "remedy": e.remedy}
                for e in self.errors
            ],
        }


def check_facts(folder: Path) -> FactsCheck:
    """Check each line, then keys between tables, duplicates, derived keys and known gaps.

    A line that breaks the schema is reported once and takes no part in the checks between
    lines, so that one slip does not show as ten.
    """
    errors: list[FactTableError] = []
    read = {table.name: table.read(folder, errors.append) for table in (*TABLES, GAPS)}
    heldout = heldout_lines(folder, errors.append)
    if not errors:
        gaps = read.pop(GAPS.name)
        errors.extend(link_errors(Linked(**read), folder))
        records = (record for lines in read.values() for _, record in lines)
        ids = {record.fact_id for record in records if not isinstance(record, SquadEntry)}
        errors.extend(heldout_errors(heldout, ids))
        matches = tuple(match for _, match in read["matches"])
        errors.extend(gap_errors(gaps, matches, read["standings"]))
        listed = tuple(gap for _, gap in gaps)
    else:
        listed = tuple(gap for _, gap in read.pop(GAPS.name))
    golden = {
        name: sum(why_unfit(record, listed) is None for _, record in read[name])
        for name in UNFIT_KINDS
    }
    return FactsCheck({name: len(lines) for name, lines in read.items()}, golden, tuple(errors))
