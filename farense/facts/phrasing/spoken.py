"""More wordings, as supporters really type them: colloquial, hurried, with a slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farense.text import fold


@dataclass(frozen=True)
class Spoken:
    """What a key fact is asked in, beyond its first wordings; ``{…}`` as in `Asked`.

    The last of ``wordings`` holds a typing slip. ``hurried`` is trained without capitals,
    accents and punctuation, however it is written here; ``held_back`` is only validated.
    """

    wordings: tuple[str, ...]
    hurried: str
    held_back: str

    def trained(self, values: dict[str, str]) -> tuple[str, ...]:
        """The filled training wordings, the hurried one last."""
        filled = tuple(wording.format_map(values) for wording in self.wordings)
        return (*filled, fold(self.hurried.format_map(values)))


def some_of(pool: Sequence[str], count: int, turn: int) -> tuple[str, ...]:
    """``count`` neighbours of ``pool``, each turn starting where the last one ended."""
    return tuple(pool[(turn * count + i) % len(pool)] for i in range(count))
