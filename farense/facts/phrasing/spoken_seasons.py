"""Spoken wordings about the place in a Primeira Liga season, dealt out by turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from farense.facts.phrasing.spelling import FIRST_TWO_DIGIT_SEASON, spell
from farense.facts.phrasing.spoken import some_of
from farense.text import fold, season_short

# These and the slips name the top tier, so they fit any season (see abstentions).
_FIRST_TIER = (
    "Que lugar fizemos na I Divisão em {s}?",
    "Olha lá, na Primeira Liga de {s} acabámos em que lugar?",
    "{club} na I Divisão {s}: que lugar?",
    "No fim da Primeira Liga de {s}, em que lugar estava {o}?",
    "Alguém sabe que lugar teve {o} na I Divisão de {s}?",
    "Primeira divisão {s}, {o} fechou em que lugar?",
    "Gostava de saber a posição {do} na Primeira Liga {s}.",
    "Na tabela da I Divisão de {s}, em que lugar ficámos?",
    "A nossa posição na Primeira Liga de {s} foi qual?",
    "Na I Divisão de {s}, {o} arrumou as contas em que lugar?",
)
# Only clear for a season spent in the top tier; {end} is the year it ended in.
_SEASON_SPOKEN = (
    "Em que lugar ficámos em {s}?",
    "E já agora, em {s} acabámos em que lugar?",
    "No campeonato de {s}, que lugar alcançou {o}?",
    "Não me lembro em que lugar ficámos na época {s}.",
    "A época {s} valeu que lugar {ao}?",
    "Lugar {do} no campeonato {s}, qual foi?",
    "Na época que acabou em {end}, ficámos em que lugar?",
    "Em {s}, {o} fechou o campeonato em que lugar?",
    "Que classificação conseguimos em {s}?",
    "Época {s}: {o} ficou em que posição?",
    "A época terminada em {end} rendeu que lugar {ao}?",
)
_SLIPS = (
    "Em que lgar ficou {o} na I Divisão em {s}?",
    "Qual foi a posiçao final {do} na Primiera Liga de {s}?",
    "Em {s}, {o} ficou em que lugra da I Divisão?",
)
_HURRIED_FIRST_TIER = "Lugar {do} na primeira divisão em {s}"
FIRST_TIER_SPOKEN = (*_FIRST_TIER, *_SLIPS, _HURRIED_FIRST_TIER)
_TOP_TIER = re.compile("divis|liga|escalao|principal|na primeira")
_HURRIED = (
    "Em que lugar ficou {o} em {s}?",
    _HURRIED_FIRST_TIER,
    "{club} {s}, em que posição ficou?",
)
_HELD_BACK = "No fim do campeonato de {s}, {o} estava em que posição?"


@cache
def names_top_tier(asked: str) -> bool:
    """Whether a question for a place, or its pattern, names the top tier: it fits any season then.

    Without a tier a season spent in another league has an answer too.
    """
    return _TOP_TIER.search(fold(asked)) is not None


def spoken_places(season: str, turn: int) -> tuple[str, ...]:
    """Eight training wordings for a season of the top tier, the hurried one last."""
    patterns = (
        *some_of(_FIRST_TIER, 3, turn),
        *some_of(_SEASON_SPOKEN, 3, turn),
        *some_of(_SLIPS, 1, turn // 2),
    )
    said = tuple(spoken_place(p, season, turn + i) for i, p in enumerate(patterns))
    hurried = some_of(_HURRIED, 1, turn // 3)[0]
    return (*said, fold(spoken_place(hurried, season, turn)))


def held_back_place(season: str, turn: int) -> str:
    return spoken_place(_HELD_BACK, season, turn)


def spoken_place(pattern: str, season: str, turn: int) -> str:
    """The wording with club and season spelt by the turn."""
    return spell(pattern, turn, s=_season(season, turn), end=season[-4:])


def _season(season: str, turn: int) -> str:
    """``1994-95``, ``1994/1995``, ``1994-1995``, ``1994/95``, and ``94/95``, ``94-95`` if clear."""
    short = season_short(season)
    forms: Sequence[str] = (short.replace("/", "-"), season, season.replace("/", "-"), short)
    if int(season[:4]) >= FIRST_TWO_DIGIT_SEASON:
        forms = (short[2:], forms[0], short[2:].replace("/", "-"), *forms[1:])
    return forms[turn % len(forms)]
