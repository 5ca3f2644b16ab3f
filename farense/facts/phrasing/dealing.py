"""Wordings dealt out of a pool by turn, so that each is asked of as many facts as any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from farense.facts.phrasing.facet import Facet, PackName


@dataclass(frozen=True)
class Pool:
    """Every pattern one kind of question is asked in: trained ones, and held-back ones."""

    trained: tuple[str, ...]
    held_back: tuple[str, ...]


@dataclass(frozen=True)
class Deal:
    """How much of a pool one fact gets.

    Attributes:
        turn: The place of the fact among those of its class; the next turn begins where this
            one ends, so facts of each class share the patterns evenly.
        trained: Patterns trained.
        held_back_every: A held-back pattern goes to one in this many facts.
    """

    turn: int
    trained: int
    held_back_every: int = 1

    def numbers(self, pool: Sequence[str]) -> tuple[int, ...]:
        """The places in the pool, from 1, of the patterns trained for this turn."""
        count = min(self.trained, len(pool))
        return tuple((self.turn * count + i) % len(pool) + 1 for i in range(count))

    def held_back_numbers(self, pool: Sequence[str]) -> tuple[int, ...]:
        """The place of the pattern held back for this turn; empty where none is."""
        turn, off = divmod(self.turn, self.held_back_every)
        return () if off or not pool else (turn % len(pool) + 1,)


def dealt_facet(
    name: str,
    category: str,
    fact_ids: tuple[str, ...],
    completion: str,
    pool: Pool,
    deal: Deal,
    said: Callable[[str, int], str],
    pack: PackName,
) -> Facet:
    """A facet with the patterns of ``pool`` that ``deal`` gives it.

    ``said`` fills a pattern, given the pattern's number for spellings that take turns.
    """
    numbers = deal.numbers(pool.trained)
    held_back = deal.held_back_numbers(pool.held_back)
    return Facet(
        name=name,
        category=category,
        fact_ids=fact_ids,
        completion=completion,
        wordings=tuple(said(pool.trained[n - 1], n) for n in numbers),
        held_back=tuple(said(pool.held_back[n - 1], n) for n in held_back),
        pack=pack,
        numbers=numbers,
        held_back_numbers=held_back,
    )
