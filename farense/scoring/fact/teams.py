"""The teams around a score: which words name them, and on which side Farense stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from farense.scoring.fact.claims import Case, lexicon, plain
from farense.scoring.fact.names import content
from farense.text.values import Found

CLUB = "farense"
# What opens a sentence with a capital letter and is no team.
_OPENING = lexicon(
    "um uma foi os as no na nos nas em ao aos resultado goleada triunfo final jogo ganhou venceu",
    "perdeu empatou acabou terminou depois apos ja mas sim nao creio penso acho talvez segundo",
)
# They stand before a verb as a team would: *a final da II Divisão foi uma vitória 3-2*.
_COMPETITIONS = lexicon("liga taca supertaca campeonato divisao i ii iii iv uefa champions escalao")
_WORD = r"[a-z][\w'.]*"
_LEFT = re.compile(rf"(?:(?:^|(?<=[^\w]))((?:{_WORD} ){{0,3}}{_WORD}),? ?[:-]? ?)$")
_RIGHT = re.compile(rf"^ ?[-:]? ?((?:{_WORD} ){{0,3}}{_WORD})")
_PAIR = re.compile(rf"({_WORD}(?: {_WORD}){{0,2}}) ?(?:-|x|vs\.?) ?({_WORD}(?: {_WORD}){{0,2}})")


def flanked_side(text: str, found: Found, teams: set[str]) -> str | None:
    """On which side of the score Farense stands, if a team name stands on each side."""
    raw = text[found.start : found.end]
    named = list(_names(raw, teams))
    if len(named) == 2:  # "Farense 2, Olhanense 1" is one found score
        return _side(named[0], named[1])
    left = _LEFT.search(text[: found.start])
    right = _RIGHT.match(text[found.end :])
    left_teams = list(_names(left[1], teams))[-1:] if left and _ends(left[1], teams) else []
    right_teams = list(_names(right[1], teams))[:1] if right and _starts(right[1], teams) else []
    if left_teams and right_teams:
        return _side(left_teams[0], right_teams[0])
    return None


def _names(text: str, teams: set[str]) -> Iterator[str]:
    return (w for w in re.findall(r"[\w']+", text) if w in teams)


def _ends(text: str, teams: set[str]) -> bool:
    return re.findall(r"[\w']+", text)[-1] in teams or text.split()[-1] in {"sc", "fc", "dc", "cd"}


def _starts(text: str, teams: set[str]) -> bool:
    prefix = re.findall(r"[\w']+", text)
    generic = {"sc", "fc", "cd", "sl", "os", "o", "sporting", "clube", "estrela", "vitoria", "dc"}
    while prefix and prefix[0] in generic - teams:
        if prefix[0] == "o" and len(prefix) > 1 and prefix[1] == CLUB:
            return False
        prefix = prefix[1:]
    return bool(prefix) and prefix[0] in teams


def _side(left: str, right: str) -> str | None:
    if left == CLUB:
        return "left" if right != CLUB else None
    return "right" if right == CLUB else None


def pair_side(text: str, teams: set[str]) -> str | None:
    """The last ``X-Y`` (or ``X vs Y``) naming two teams."""
    sides = [
        _side(left[-1], right[0])
        for m in _PAIR.finditer(text)
        if (left := list(_names(m[1], teams))) and (right := list(_names(m[2], teams)))
    ]
    return sides[-1] if sides else None


def teams_of(case: Case) -> set[str]:
    """Distinctive words of the clubs named in question and references, and Farense."""
    named: set[str] = {CLUB}
    for text in (case.question, *case.references, case.answer):
        for run in re.findall(r"[A-ZÀ-Ý][\w']*(?:[ -](?:d[aeo]s? )?[A-ZÀ-Ý][\w']*)*", text):
            named |= content(plain(run).replace("-", " ").split())
    # Faro and the like stand in a reference as the place of the match.
    places = {"faro", "algarve", "portugal", "casa", "lisboa"}
    return (
        named
        - places
        - _OPENING
        - {"qual", "quem", "por", "com", "empate", "vitoria", "derrota"}
        - _COMPETITIONS
    )
