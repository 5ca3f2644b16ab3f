"""How much the wording of a question for a place tells whether there was one.

Places of seasons spent in other leagues are refused. Neither their phrasing (one for all of them)
nor that of the answered ones (the n-th of each season) is a wording; the wording is read from the
question itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log, log2

from farense.datasets.auditing.whole import wording
from farense.datasets.augmenting import slip_of
from farense.records import Example
from farense.text import fold

ALL_WORDINGS = "place or refusal, all wordings"
TIER_NAMED = "place or refusal, top tier named"
_ANSWERED, _REFUSED = "position/", "abstain-not-in-first-tier"
_CLUB = re.compile(
    r"\b(?:sporting clube farense|sc farense|clube de faro|le[õo]es de faro|farense)\b", re.I
)
_TIER = re.compile(
    r"\b(?:primeira liga|i divis[ãa]o|1\.?ª divis[ãa]o|primeira divis[ãa]o|primeiro escal[ãa]o)\b",
    re.I,
)
_NAMES_TIER = re.compile(
    r"\bliga\b|divis|escal[ãa]o|\bprimeira\b|elite|grandes|topo|m[áa]ximo|principal|1\.?ª", re.I
)
Cells = Mapping[tuple[str, bool], int]


def place_refusals(rows: Iterable[Example]) -> dict[str, float]:
    """The share of the entropy of *answered or refused* that the wording tells.

    Of all wordings, and of those that name the top tier; without it there is an answer in some
    league. A wording met once only tells that question, and is left out.

    Returns:
        Mutual information over entropy, from 0 to 1, corrected for the number of cells
        (G. Miller, "Note on the bias of information estimates", 1955), which takes a share that
        chance would give to 0; empty without refusals.
    """
    # The wording of a careless copy is its original's.
    rows = tuple(row for row in rows if not slip_of(row.phrasing))
    cells = {ALL_WORDINGS: _cells(rows, re.compile("")), TIER_NAMED: _cells(rows, _NAMES_TIER)}
    return {name: _share(found) for name, found in cells.items() if len(set(_sides(found))) == 2}


def _sides(cells: Cells) -> list[bool]:
    return [refused for _, refused in cells]


def _cells(rows: Iterable[Example], asked: re.Pattern[str]) -> Cells:
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for row in rows:
        if row.phrasing.startswith((_ANSWERED, _REFUSED)) and asked.search(row.prompt):
            found[_template(row.prompt)][row.phrasing.startswith(_REFUSED)] += 1
    return {
        (told, refused): count
        for told, sides in found.items()
        if sides.total() > 1
        for refused, count in sides.items()
    }


def _template(prompt: str) -> str:
    """The wording without season and names, the club and the top tier spelt one way."""
    return fold(wording(_TIER.sub("liga", _CLUB.sub("clube", prompt))))


def _share(cells: Cells) -> float:
    total = sum(cells.values())
    wordings: Counter[str] = Counter()
    sides: Counter[bool] = Counter()
    for (told, refused), count in cells.items():
        wordings[told] += count
        sides[refused] += count
    unknown = -sum(n * log2(n / total) for n in sides.values())
    known = sum(
        n * log2(n * total / (wordings[told] * sides[refused]))
        for (told, refused), n in cells.items()
    )
    by_chance = (len(cells) - len(wordings) - len(sides) + 1) / (2 * log(2))
    return max(0.0, known - by_chance) / unknown
