"""Whether a match was won, drawn or lost: each phrasing asked of as many of one as of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.matches import (
    VERBS,
    askable_matches,
    match_pack,
    match_values,
    result_answer,
)
from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.tables import FactTables, Match

_OUTCOMES = ("win", "draw", "loss")
# {game} names the home side first.
WHICH = Pool(
    (
        "O {game} {of} de {s} acabou em vitória, empate ou derrota {do}?",
        "{game}, {competition} {s}: vitória, empate ou derrota {do}?",
        "No {game} {of} de {s}, {o} ganhou, empatou ou perdeu?",
        "Diz-me se {o} ganhou, empatou ou perdeu no {game} de {date}.",
        "Como se saiu {o} no {game} de {digits}: ganhou, empatou ou perdeu?",
        "A {date}, {o} ganhou, perdeu ou empatou {where}?",
        "Que desfecho teve para {o} o {game} {of} em {s}?",
        "Vitória, derrota ou empate {do} no {game} de {date}?",
        "Quem ganhou o {game} {of} de {s}?",
    ),
    (
        "{o} saiu do {game} {of} de {s} a ganhar, a empatar ou a perder?",
        "Com que desfecho acabou para {o} o jogo de {date}?",
        "O jogo {where} de {digits} foi ganho, empatado ou perdido {pelo}?",
    ),
)
# {verb}, {verbal} and {noun} say one outcome: all three are asked in every shape.
_CHECK = Pool(
    (
        "{o} {verb} no {game} {of} de {s}?",
        "No {game} de {digits}, {o} {verb}?",
        "É verdade que {o} {verb} {where} a {date}?",
        "{verbal} no {game} {of} em {s}?",
    ),
    ("Foi {noun} {do} no {game} de {date}?",),
)
_VERBALS = {"win": "Ganhámos", "draw": "Empatámos", "loss": "Perdemos"}
_NOUNS = {"win": "vitória", "draw": "empate", "loss": "derrota"}


def outcome_facets(tables: FactTables) -> Iterator[Facet]:
    """Which outcome, and whether it was this one; home and away, core and rest each balanced.

    Of each venue as many wins, draws and defeats are asked as there are of the rarest, spread
    evenly over time. The three of one turn share the patterns of *which*. Of the questions
    *did they win / draw / lose*, one of the three is answered yes and one of the others no.
    """
    for pack in ("core", "full"):
        for venue in ("home", "away"):
            for turn, triple in enumerate(_triples(tables, pack, venue)):
                for match in triple:
                    yield _which(match, turn)
                yield from _checks(triple, turn)


def _triples(tables: FactTables, pack: str, venue: str) -> Iterator[tuple[Match, ...]]:
    """A win, a draw and a defeat at a time, until the rarest outcome is used up."""
    found = [
        [
            match
            for match in askable_matches(tables)
            if (match_pack(match), match.venue, match.outcome) == (pack, venue, outcome)
        ]
        for outcome in _OUTCOMES
    ]
    yield from zip(*(_spread(matches, min(map(len, found))) for matches in found), strict=True)


def _spread(matches: Sequence[Match], count: int) -> list[Match]:
    return [matches[i * len(matches) // count] for i in range(count)]


def _which(match: Match, turn: int) -> Facet:
    values = match_values(match)
    pack = match_pack(match)

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        return spell(pattern, spelling, s=season_spelling(match.season, spelling), **values)

    deal = Deal(turn, trained=3 if pack == "core" else 2, held_back_every=2)
    answer = result_answer(match)
    return dealt_facet("outcome", "matches", (match.fact_id,), answer, WHICH, deal, said, pack)


def _checks(triple: Sequence[Match], turn: int) -> Iterator[Facet]:
    """For each outcome the match that had it and, by turn, one of those that had not."""
    for asked, outcome in enumerate(_OUTCOMES):
        others = [at for at in range(len(_OUTCOMES)) if at != asked]
        # The shapes change with every turn: what is denied changes with every round of them.
        denied = others[(turn // len(_CHECK.trained)) % len(others)]
        for match in (triple[asked], triple[denied]):
            yield _check(match, outcome, turn)


def _check(match: Match, outcome: str, turn: int) -> Facet:
    values = match_values(match) | {
        "verb": VERBS[outcome],
        "verbal": _VERBALS[outcome],
        "noun": _NOUNS[outcome],
    }
    pack = match_pack(match)

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        return spell(pattern, spelling, s=season_spelling(match.season, spelling), **values)

    said_yes = "Sim" if match.outcome == outcome else "Não"
    answer = f"{said_yes}, {VERBS[match.outcome]} {match.score}."
    deal = Deal(turn, trained=1, held_back_every=3)
    return dealt_facet(
        f"outcome-{outcome}", "matches", (match.fact_id,), answer, _CHECK, deal, said, pack
    )
