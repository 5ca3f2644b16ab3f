"""Questions in the voices of people who talk differently: one file of ``voices/`` each.

A young fan on a phone and an old member in a café share hardly a word. Every file was
written by somebody who saw neither the golden questions nor any other wording, so what
the voices have in common is the question and not a habit of its author.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.phrasing.spoken import some_of
from farense.facts.phrasing.spoken_seasons import names_top_tier

# How many of a voice's questions about a key fact, and of its refused ones, are trained; in
# how many of its patterns a season, a refused season and a president are asked. More of each
# would help, but on a CPU every row costs a fifth of a second.
_CLUB = 5
_REFUSED = 30
_PLACES = 4
_REFUSED_PLACES = 1
_TERMS = 3
_YEARS = 2


def voiced_club(name: str) -> tuple[str, ...]:
    """Five questions of each voice for the key fact asked by the facet ``name``."""
    return tuple(question for voice in _voices() for question in voice["club"][name][:_CLUB])


def voiced_places(season: str, turn: int) -> tuple[str, ...]:
    """Four questions of each voice about the place in a season of the top tier."""
    return _placed(season, turn, _PLACES, lambda _: True)


def voiced_refused_places(season: str, turn: int) -> tuple[str, ...]:
    """One question of each voice about a top-tier place in a season spent elsewhere."""
    return _placed(season, turn, _REFUSED_PLACES, names_top_tier)


def _placed(season: str, turn: int, count: int, fits: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(
        spell(pattern, turn, s=season_spelling(season, turn + step))
        for voice in _voices("seasons")
        for step, pattern in enumerate(
            some_of(
                [p for p in voice["seasons"]["position"] if fits(p)],
                count,
                turn,
            )
        )
    )


def voiced_who(years: dict[str, str], turn: int) -> tuple[str, ...]:
    """Who presided: by the whole term and by a year inside it; ``years`` as in `years_of`."""
    if "end" not in years:
        return _every("who_now")
    by_year = (
        spell(pattern, 0, year=years[("early", "late")[step % 2]])
        for step, pattern in enumerate(_dealt("who_year", _YEARS, turn))
    )
    by_term = (
        spell(pattern, 0, start=years["start"], end=years["end"])
        for pattern in _dealt("who", _TERMS, turn)
    )
    return (*by_term, *by_year)


def voiced_when(names: Sequence[str], turn: int, *, now: bool) -> tuple[str, ...]:
    """When somebody presided; the ``names`` they go by take turns."""
    patterns = _every("since") if now else tuple(_dealt("when", _TERMS, turn))
    return tuple(
        spell(pattern, 0, name=names[step % len(names)]) for step, pattern in enumerate(patterns)
    )


def voiced_refusals() -> tuple[str, ...]:
    """Thirty questions of each voice that nobody can answer."""
    return tuple(q for voice in _voices() for q in voice["refused"]["questions"][:_REFUSED])


def _every(kind: str) -> tuple[str, ...]:
    return tuple(
        pattern for voice in _voices("presidents") for pattern in voice["presidents"][kind]
    )


def _dealt(kind: str, count: int, turn: int) -> Iterator[str]:
    for voice in _voices("presidents"):
        yield from some_of(voice["presidents"][kind], count, turn)


def _voices(about: str = "club") -> Iterator[dict[str, Any]]:
    """The voices that have something to ask about this."""
    return (voice for voice in _files() if about in voice)


@cache
def _files() -> tuple[dict[str, Any], ...]:
    folder = resources.files(__package__) / "voices"
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(tomllib.loads(file.read_text(encoding="utf-8")) for file in files)
