"""The table of planted defects as Markdown, and its section of docs/planted-defects.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from defect_judging import Found

_REASON_WORDS = 20


def write_section(page: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of section ``name``.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    before, mark, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ending, after = rest.partition(end)
    if not (mark and ending):
        raise ValueError(f"{page} has no section {name}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def section(found: Sequence[Found], heading: str) -> str:
    """Heading, counts, the table of damaged and that of harmless copies."""
    damaged = [copy for copy in found if not copy.harmless]
    harmless = [copy for copy in found if copy.harmless]
    return "\n".join((heading, "", *_counts(damaged, harmless), "", *_table(found)))


def missed(found: Sequence[Found]) -> list[Found]:
    """Damaged copies that had to be rejected and were not."""
    return [copy for copy in found if copy.must_be_rejected and copy.decision != "reject"]


def wronged(found: Sequence[Found]) -> list[Found]:
    """Harmless copies that were rejected."""
    return [copy for copy in found if copy.harmless and copy.decision == "reject"]


def _counts(damaged: Sequence[Found], harmless: Sequence[Found]) -> Iterator[str]:
    due = [copy for copy in damaged if copy.must_be_rejected]
    caught = sum(copy.decision == "reject" for copy in due)
    slight = [copy for copy in damaged if not copy.must_be_rejected]
    also = sum(copy.decision == "reject" for copy in slight)
    open_ = sum(copy.decision in ("not_enough_data", "could_not_judge") for copy in slight)
    wrong = wronged(harmless)
    accepted = sum(copy.decision == "accept" for copy in harmless)
    yield f"* damaged copies: {len(damaged)}; detectable: {len(due)}, **rejected: {caught}**"
    yield (
        f"* damage too slight for this set: {len(slight)}, of which {also} rejected all the same, "
        f"{open_} *not enough data*, {len(slight) - also - open_} accepted"
    )
    yield (
        f"* harmless copies: {len(harmless)}; **rejected: {len(wrong)}**, accepted: {accepted}, "
        f"*not enough data*: {len(harmless) - accepted - len(wrong)}"
    )


def _table(found: Sequence[Found]) -> Iterator[str]:
    yield "| copy | what was done | change, points (95 %) | truly | shows from | verdict | reason |"
    yield "| --- | --- | ---: | ---: | ---: | --- | --- |"
    for copy in found:
        name = f"*{copy.name}*" if copy.harmless else copy.name
        truth = "–" if copy.true_change is None else _points(copy.true_change)
        change = f"{_points(copy.change)} ({_points(copy.low)} to {_points(copy.high)})"
        shows = _points(copy.detectable).lstrip("+")
        due = "**" if copy.must_be_rejected else ""
        verdict = f"{due}{copy.decision.replace('_', ' ')}{due}"
        cells = (name, copy.done, change, truth, shows, verdict, _reason(copy))
        yield f"| {' | '.join(cells)} |"


def _points(share: float) -> str:
    rounded = round(100 * share, 1) + 0.0
    return f"{rounded:+.1f}" if rounded else "0.0"


def _reason(copy: Found) -> str:
    """The rules that failed; of the first, what was found."""
    if not copy.reasons:
        return "–"
    names = ", ".join(f"`{name}`" for name, _ in copy.reasons)
    said = re.sub(r"\s+", " ", copy.reasons[0][1]).replace("|", "&#124;")
    words = said.split(" ")
    shown = " ".join(words[:_REASON_WORDS]) + (" …" if len(words) > _REASON_WORDS else "")
    return f"{names}: {shown}"
