"""Careless copies of trained questions, labelled, for adapters that must bear careless typing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

from farense.records import Example
from farense.text import fold, prepare, without_accents

Slip = Literal["accents", "typo", "lower", "order"]
SLIPS: tuple[Slip, ...] = get_args(Slip)
# Between a phrasing and its slip: position/3~typo.
MARK = "~"
# A season or a day, alone in its question: a year may be an end of a term, or of a season.
_TIME = r"(?:\d{1,2} de [a-zç]+ de \d{4}|\d\d/\d\d/\d{4}|(?:\d\d)?\d\d/(?:\d\d)?\d\d)"
_ASKED = r"(?P<asked>[^\d]+?)"
_END = r"(?P<end>[?.]?)"
_TIME_LAST = re.compile(rf"{_ASKED},? (?:em|de|a|na época|no dia) (?P<time>{_TIME}){_END}")
_TIME_FIRST = re.compile(rf"(?P<when>(?:Em|A|No dia) {_TIME}), {_ASKED}{_END}")
_LONG_WORD = re.compile(r"(?<!\w)[a-zà-ÿ]{5,}(?!\w)")


def slip_of(phrasing: str) -> str:
    """The slip of a copy's phrasing; empty for a question as it was written."""
    return phrasing.partition(MARK)[2]


def careless_copies(
    rows: Sequence[Example], share: float, seed: int, taken: Collection[str]
) -> Iterator[Example]:
    """Copies of a ``share`` of the rows, the four slips in turn, with the same answers.

    A copy is marked in its phrasing (``position/3~typo``). Dropping accents or capitals keeps a
    question the same after `fold`; a typing slip or another order must not make it equal to any
    question of ``taken``, which are folded. General questions, which name no fact and have no
    other wording, are not copied. A row that no slip changes has no copy.

    Args:
        rows: The trained rows.
        share: From 0, none, to 1, a copy of each.
        seed: Decides which rows, and where the slips fall.
        taken: Folded questions of the whole pack.
    """
    chance = random.Random(seed)  # noqa: S311 - variety, not secrecy
    own = [row for row in rows if row.category != "general"]
    made = set(taken)
    for turn, row in enumerate(chance.sample(own, round(share * len(own)))):
        for step in range(len(SLIPS)):
            slip = SLIPS[(turn + step) % len(SLIPS)]
            prompt = _SLIPS[slip](row.prompt, chance)
            if prompt != row.prompt and (slip in _SAME_FOLDED or fold(prompt) not in made):
                made.add(fold(prompt))
                yield replace(row, prompt=prompt, phrasing=f"{row.phrasing}{MARK}{slip}")
                break


def reordered(prompt: str) -> str:
    """The question with its season or day at the other end; itself where it has none there.

    ``Quem treinou o Farense em 1994/95?`` → ``1994/95: Quem treinou o Farense?``
    """
    if found := _TIME_LAST.fullmatch(prompt):
        return f"{found['time']}: {found['asked']}{found['end']}"
    if found := _TIME_FIRST.fullmatch(prompt):
        asked, when = found["asked"], found["when"]
        return f"{asked[0].upper()}{asked[1:]} {when[0].lower()}{when[1:]}{found['end']}"
    return prompt


def mistyped(prompt: str, chance: random.Random) -> str:
    """One slip in one longer word that is no name: a letter dropped, doubled or swapped."""
    words = list(_LONG_WORD.finditer(prompt))
    if not words:
        return prompt
    word = chance.choice(words)
    # The first letter is seldom missed.
    at = chance.randrange(word.start() + 1, word.end() - 1)
    before, here, after = prompt[:at], prompt[at], prompt[at + 1 :]
    return chance.choice(
        (before + after, before + here + here + after, before + after[0] + here + after[1:])
    )


def _order(prompt: str, _: random.Random) -> str:
    return reordered(prompt)


def _accents(prompt: str, _: random.Random) -> str:
    return without_accents(prepare(prompt))


def _lower(prompt: str, _: random.Random) -> str:
    return prompt.lower()


_SAME_FOLDED: frozenset[Slip] = frozenset({"accents", "lower"})
_SLIPS: dict[Slip, Callable[[str, random.Random], str]] = {
    "accents": _accents,
    "typo": mistyped,
    "lower": _lower,
    "order": _order,
}
