"""How much of the answer the phrasing of a question gives away, over a whole pack."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import log2

from farense.datasets.augmenting import MARK
from farense.datasets.refused_places import place_refusals
from farense.errors import InputError
from farense.records import Example

# Of what there is to know about the class of an answer, its phrasing may tell this much.
MOST_GIVEN_AWAY = 0.02
ABSTAIN = "abstain-"
_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("yes or no", re.compile(r"(Sim|Não),")),
    ("outcome", re.compile(r"O Farense (ganhou|empatou|perdeu) \d")),
    ("home or away", re.compile(r".+, jogou (em casa|fora)\.")),
)
_REFUSED = "answered or refused"

Cell = tuple[str, str]


def given_away(rows: Iterable[Example]) -> dict[str, float]:
    """Mutual information of phrasing and answer class, as a share of the class's entropy.

    The classes are yes or no; win, draw or loss; home or away; and, for kinds of question that
    are also refused (``abstain-KIND``), answered or refused, there within each kind, since kinds
    differ in how often they are refused. A phrasing asked of one fact only tells that fact, not
    a habit, and is left out. Places of a season, whose refused rows have a phrasing of their own,
    are measured by the wording itself (`place_refusals`).

    Returns:
        A number from 0 (phrasings tell nothing) to 1 (they tell all) for each class there is.
    """
    told: defaultdict[str, Counter[Cell]] = defaultdict(Counter)
    refused: defaultdict[str, Counter[Cell]] = defaultdict(Counter)
    rows = tuple(rows)
    for row in _asked_of_several(rows):
        for name, shape in _CLASSES:
            found = shape.match(row.completion)
            if found:
                told[name][_pattern(row), found[1]] += 1
        pattern = _pattern(row)
        kind = pattern.removeprefix(ABSTAIN).partition("/")[0]
        refused[kind][pattern.removeprefix(ABSTAIN), str(pattern.startswith(ABSTAIN))] += 1
    shares = {name: _share([cells]) for name, cells in told.items()}
    both = [cells for cells in refused.values() if len({said for _, said in cells}) > 1]
    return shares | ({_REFUSED: _share(both)} if both else {}) | place_refusals(rows)


def check_nothing_given_away(where: str, rows: Iterable[Example]) -> None:
    """Refuse rows whose phrasings tell more of the answer than `MOST_GIVEN_AWAY`.

    Raises:
        InputError: names the class of answers and the share.
    """
    for name, share in given_away(rows).items():
        if share > MOST_GIVEN_AWAY:
            raise InputError(
                where,
                f"phrasings give away {share:.1%} of whether the answer is {name}",
                f"at most {MOST_GIVEN_AWAY:.0%}",
                "Ask each phrasing of as many answers of each class.",
            )


def _pattern(row: Example) -> str:
    """The phrasing; that of a careless copy is its original's."""
    return row.phrasing.partition(MARK)[0]


def _asked_of_several(rows: Iterable[Example]) -> Iterable[Example]:
    by_phrasing: defaultdict[str, list[Example]] = defaultdict(list)
    for row in rows:
        by_phrasing[_pattern(row)].append(row)
    for asked in by_phrasing.values():
        # A refused question names no fact; what tells it apart is itself.
        if len({row.fact_ids or row.prompt for row in asked}) > 1:
            yield from asked


def _share(tables: Iterable[Mapping[Cell, int]]) -> float:
    """I(phrasing; class) / H(class), both summed over tables weighted by their rows."""
    known = unknown = 0.0
    for cells in tables:
        total = sum(cells.values())
        phrasings: Counter[str] = Counter()
        classes: Counter[str] = Counter()
        for (phrasing, said), count in cells.items():
            phrasings[phrasing] += count
            classes[said] += count
        unknown -= sum(n * log2(n / total) for n in classes.values())
        known += sum(
            n * log2(n * total / (phrasings[phrasing] * classes[said]))
            for (phrasing, said), n in cells.items()
        )
    return known / unknown if unknown else 0.0
