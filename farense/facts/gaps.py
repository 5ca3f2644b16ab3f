"""Known gaps: what the tables are not complete or not sure enough for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from farense.errors import FactTableError
from farense.facts.cells import Row
from farense.facts.rows import Match, Standing
from farense.facts.schema import TABLES, Table

ROW = "row"
TOTALS = "totals"
Section = tuple[str, str, str]


@dataclass(frozen=True)
class KnownGap:
    """What may not be asked of some lines of a table, and why.

    Attributes:
        table: The table without ``.csv``.
        season, competition, phase: The section meant; all empty for the whole table.
        what: ``row`` for the whole line, ``totals`` for sums over the section's lines, or the
            name of one column.
    """

    table: str
    season: str
    competition: str
    phase: str
    what: str
    reason: str

    @property
    def section(self) -> Section:
        return (self.season, self.competition, self.phase)

    def covers(self, section: Section) -> bool:
        """Whether the lines of ``section`` are meant."""
        return self.section in (section, ("", "", ""))


def _gap(row: Row) -> KnownGap:
    names = [table.name for table in TABLES]
    season = row.season("season") if row.cells["season"] else ""
    return KnownGap(
        table=row.one_of("table", names),
        season=season,
        competition=row.cells["competition"],
        phase=row.cells["phase"],
        what=row.text("what"),
        reason=row.text("reason"),
    )


GAPS = Table("known_gaps", KnownGap, _gap, lambda gap: (gap.table, gap.section, gap.what))


def read_gaps(folder: Path) -> tuple[KnownGap, ...]:
    """The gaps listed in ``known_gaps.csv``.

    Raises:
        FactTableError: at the first line that breaks the schema.
    """
    return tuple(gap for _, gap in GAPS.read(folder))


def section_of(line: Match | Standing) -> Section:
    """Season, competition and phase: the matches behind one league line."""
    return (line.season, line.competition, line.phase)


def sums_by_section(matches: Iterable[Match]) -> dict[Section, tuple[int, ...]]:
    """Played, won, drawn, lost, goals for and against, added up over each section.

    A match without a score counts as played and as nothing else.
    """
    sums: defaultdict[Section, list[int]] = defaultdict(lambda: [0] * 6)
    for match in matches:
        row = sums[section_of(match)]
        row[0] += 1
        if match.outcome:
            row[("win", "draw", "loss").index(match.outcome) + 1] += 1
        row[4] += match.farense_goals or 0
        row[5] += match.opponent_goals or 0
    return {section: tuple(row) for section, row in sums.items()}


def line_sums(line: Standing) -> tuple[int, ...]:
    """The same six numbers as a league line states them."""
    return (line.played, line.won, line.drawn, line.lost, line.goals_for, line.goals_against)


def complete_sections(
    matches: Iterable[Match], standings: Iterable[Standing]
) -> frozenset[Section]:
    """Sections whose matches add up to their league line: only these may be summed over."""
    sums = sums_by_section(matches)
    return frozenset(
        section_of(line) for line in standings if sums.get(section_of(line)) == line_sums(line)
    )


def points_follow(line: Standing) -> bool:
    """Whether the points are those of the rule of their time.

    A win gave two points in Portugal up to 1994/95 and three since 1995/96.
    """
    win = 3 if line.season >= "1995" else 2
    return line.points == win * line.won + line.drawn


def gap_errors(
    gaps: Iterable[tuple[Row, KnownGap]],
    matches: tuple[Match, ...],
    standings: Iterable[tuple[Row, Standing]],
) -> Iterable[FactTableError]:
    """Where list and tables disagree, both ways.

    A league line that its matches do not add up to, or whose points do not follow, must be
    listed; what is listed must be so.
    """
    listed = {(gap.what, gap.section): row for row, gap in gaps}
    complete = complete_sections(matches, (line for _, line in standings))
    found: set[tuple[str, Section]] = set()
    for row, line in standings:
        section = section_of(line)
        if section not in complete:
            found.add((TOTALS, section))
        if not points_follow(line):
            found.add(("points", section))
        for what in sorted(w for w, s in found if s == section):
            if (what, section) not in listed:
                yield row.error(f"{what} that do not follow from the results", "it in known_gaps")
    for (what, section), row in listed.items():
        if what in (TOTALS, "points") and (what, section) not in found:
            yield row.error(f"a gap in {what} of {section}", "a league line with that gap")
