"""One thing asked about a fact: its wordings and its one answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from farense.facts.phrasing.golden_twins import is_golden_twin
from farense.records import Example
from farense.text import fold

PackName = Literal["essentials", "core", "full"]
PACKS: tuple[PackName, ...] = get_args(PackName)


def within(smallest: PackName, pack: PackName) -> bool:
    """Whether ``pack`` holds what belongs to ``smallest``: each pack holds the smaller ones."""
    return PACKS.index(smallest) <= PACKS.index(pack)


def each_once(wordings: Iterable[str], held_back: Sequence[str]) -> tuple[str, ...]:
    """The wordings without those that, folded, came before or are held back.

    People who write without seeing each other do ask alike now and then.
    """
    asked = {fold(wording) for wording in held_back}
    kept = []
    for wording in wordings:
        folded = fold(wording)
        if folded not in asked:
            asked.add(folded)
            kept.append(wording)
    return tuple(kept)


@dataclass(frozen=True)
class Facet:
    """Several ways to ask one thing, and the canonical answer to all of them.

    ``wordings`` are trained; ``held_back`` are only ever validated on. ``pack`` is the
    smallest pack the facet belongs to; each larger pack holds it too. Where wordings are
    dealt out of a pool, ``numbers`` and ``held_back_numbers`` tell their places in it, from 1,
    so that a phrasing names one pattern; otherwise they are counted as they stand.
    """

    name: str
    category: str
    fact_ids: tuple[str, ...]
    completion: str
    wordings: tuple[str, ...]
    held_back: tuple[str, ...]
    pack: PackName
    numbers: tuple[int, ...] = ()
    held_back_numbers: tuple[int, ...] = ()

    def train(self) -> Iterator[Example]:
        """One example a training wording; phrasings ``<name>/1``, ``<name>/2``, …

        A wording that is a golden twin leaves its number unused.
        """
        rows = self._examples(self.wordings, self.numbers, "")
        return (row for row in rows if not is_golden_twin(row.prompt))

    def validation(self) -> Iterator[Example]:
        """One example a held-back wording; phrasings ``<name>/v1``, …"""
        return self._examples(self.held_back, self.held_back_numbers, "v")

    def _examples(
        self, prompts: Sequence[str], numbers: Sequence[int], mark: str
    ) -> Iterator[Example]:
        counted = numbers or range(1, len(prompts) + 1)
        for number, prompt in zip(counted, prompts, strict=True):
            phrasing = f"{self.name}/{mark}{number}"
            yield Example(prompt, self.completion, self.fact_ids, self.category, phrasing)
