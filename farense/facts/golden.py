"""What a golden question may rest on: no note, nothing missing, no known gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from farense.facts.gaps import ROW, KnownGap, section_of
from farense.facts.rows import ClubFact, Match, Standing
from farense.facts.tables import FactTables

# Tables whose lines may carry a note; a president's or person's line has none.
UNFIT_KINDS = ("matches", "standings", "club")


def why_unfit(record: Any, gaps: Sequence[KnownGap], column: str | None = None) -> str | None:
    """Why a line, or one ``column`` of it, is no golden material; None where it is.

    Args:
        record: A record of the fact tables.
        gaps: The list of ``known_gaps.csv``.
        column: What is asked for, where it is one column of the line.
    """
    note = getattr(record, "notes", getattr(record, "note", ""))
    if note and not (isinstance(record, ClubFact) and record.golden_fit):
        return f"note: {note}"
    if isinstance(record, Match) and not record.golden_fit:
        return "no date, venue or score"
    section = section_of(record) if isinstance(record, Match | Standing) else ("", "", "")
    table = _TABLE_OF.get(type(record).__name__, "")
    for gap in gaps:
        if gap.table == table and gap.what in (ROW, column) and gap.covers(section):
            return f"known gap: {gap.reason}"
    return None


_TABLE_OF = {
    "Match": "matches",
    "Standing": "standings",
    "President": "presidents",
    "Person": "people",
    "SquadEntry": "squads",
    "ClubFact": "club",
}


def why_not_golden(
    tables: FactTables, gaps: Sequence[KnownGap], fact_id: str, column: str | None = None
) -> str | None:
    """The same for a fact id of a golden question or a training row.

    An id that several lines share (two phases of a season, two namesakes) is fit when one of
    them is; which one is meant is the question's own affair.
    """
    records: list[Any] = [
        *tables.matches,
        *tables.standings,
        *tables.presidents,
        *tables.people,
        *tables.club.values(),
    ]
    meant = [record for record in records if record.fact_id == fact_id]
    if not meant:
        return "no such fact in the tables"
    reasons = [why_unfit(record, gaps, column) for record in meant]
    return None if None in reasons else reasons[0]
