"""General questions trained along with every pack, so that the base does not forget them.

An adapter that only ever sees club facts and refusals starts to refuse everything else too;
rehearsing old knowledge next to the new is the remedy of Robins (1995), "Catastrophic
forgetting, rehearsal and pseudorehearsal", Connection Science 7(2).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from farense.facts.cells import Row, read_rows
from farense.records import Example
from farense.storage import sha256_file
from farense.text import fold

CATEGORY = "general"


@dataclass(frozen=True)
class Rehearsal:
    """General rows; ``sha256`` is that of the file, None where none was read."""

    train: tuple[Example, ...] = ()
    sha256: str | None = None


def read_rehearsal(path: Path) -> Rehearsal:
    """Read a table with the columns ``question`` and ``answer``.

    Row ``n``, counted from 1, becomes phrasing ``general/<n>``. All are trained, none is
    validated: each fact has one wording here, and validation asks trained facts in wordings
    held back. What is forgotten is measured by the golden tier ``general``.

    Raises:
        FactTableError: no such file or column, or, with ``file:line``, an empty cell or a
            question that, folded, stands there already.
    """
    rows: list[Example] = []
    seen: dict[str, str] = {}
    for number, row in enumerate(read_rows(path, ("question", "answer")), start=1):
        question, answer = _filled(row, "question"), _filled(row, "answer")
        first = seen.setdefault(fold(question), row.where)
        if first != row.where:
            raise row.error(f"question {question!r} again (first at {first})", "each only once")
        rows.append(Example(question, answer, (), CATEGORY, f"{CATEGORY}/{number}"))
    return Rehearsal(tuple(rows), sha256_file(path))


def _filled(row: Row, column: str) -> str:
    cell = row.cells[column].strip()
    if not cell:
        raise row.error(f"empty {column}", "text in it")
    return cell
