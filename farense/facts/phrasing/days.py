"""Questions about a match by its day: the score from either side, the opponent, where, when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from farense.facts.phrasing.clubs import the_club
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.matches import (
    askable_matches,
    match_pack,
    match_values,
    result_answer,
)
from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.tables import FactTables, Match
from farense.text import date_in_words

# Either club may stand first: the day tells the match, so the order says nothing.
SCORE = Pool(
    (
        "Qual foi o resultado do {game} de {date}?",
        "{game}, {digits}: resultado",
        "Quanto ficou o jogo entre {other} e Farense a {date}?",
        "Farense contra {other}, {digits}: quanto ficou?",
        "Diz-me o resultado do jogo de {date} entre Farense e {other}.",
        "Jogo de {digits}, {other} e Farense: quantos a quantos?",
        "No dia {digits}, que resultado fez {o}?",
        "Sabes como acabou o jogo {do} de {date}?",
    ),
    (
        "Qual foi o marcador final do {game}, a {date}?",
        "O jogo {do} em {digits} acabou com que marcador?",
        "Entre {other} e Farense, a {date}, que resultado houve?",
    ),
)
_OPPONENT = Pool(
    (
        "Com quem jogou {o} a {date}?",
        "Que adversário teve {o} no dia {digits}?",
        "Diz-me contra quem jogou {o} em {digits}.",
        "A {date}, quem foi o adversário {do}?",
    ),
    ("Qual foi o clube que defrontou {o} a {date}?",),
)
_DAY = Pool(
    (
        "Em que dia foi o {game} {of} de {s}?",
        "{game}, {competition} {s}: data do jogo",
        "Diz-me a data do {game} {of} em {s}.",
        "O {game} {of} de {s} jogou-se quando?",
    ),
    ("Em {s}, que data teve no calendário {of} o {game}?",),
)
_VENUE = Pool(
    (
        "A {date}, {o} jogou em casa ou fora?",
        "O jogo {do} a {digits} foi em casa ou fora?",
        "Diz-me se {o} jogou em casa ou fora no dia {digits}.",
        "Casa ou fora: onde jogou {o} a {date}?",
    ),
    ("No dia {date}, {o} recebeu ou visitou o adversário?",),
)
_KINDS = 3
_HELD_BACK_EVERY = 4


def day_facets(tables: FactTables) -> Iterator[Facet]:
    """The score of each match by its day, and by turns its opponent, its day or its venue.

    Turns are counted within matches of one pack, venue and outcome, so that no pattern is
    asked of one outcome, or of one venue, more than of another.
    """
    turns: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    matches = askable_matches(tables)
    venues = _fewest(matches)
    for match in matches:
        kind = (match_pack(match), match.venue, match.outcome)
        turn = turns[kind]
        turns[kind] += 1
        day = date_in_words(match.date)
        yield _facet(match, turn, "result-on-day", result_answer(match), SCORE)
        step, which = divmod(turn, _KINDS)
        if which == 0:
            answer = f"A {day}, o adversário foi {the_club(match.opponent)}."
            yield _facet(match, step, "opponent-on-day", answer, _OPPONENT)
        elif which == 1:
            yield _facet(match, step, "day", f"O jogo foi a {day}.", _DAY)
        elif turn < venues[match_pack(match), match.outcome]:
            where = match_values(match)["where"]
            yield _facet(match, step, "venue-on-day", f"A {day}, jogou {where}.", _VENUE)


def _fewest(matches: tuple[Match, ...]) -> dict[tuple[str, str], int]:
    """For each pack and outcome the number of matches at the rarer venue."""
    counts: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {"home": 0, "away": 0}
    )
    for match in matches:
        counts[match_pack(match), match.outcome][match.venue] += 1
    return {kind: min(by_venue.values()) for kind, by_venue in counts.items()}


def _facet(match: Match, turn: int, name: str, answer: str, pool: Pool) -> Facet:
    values = match_values(match)
    pack = match_pack(match)

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        return spell(pattern, spelling, s=season_spelling(match.season, spelling), **values)

    deal = Deal(turn, trained=3 if pack == "core" else 1, held_back_every=_HELD_BACK_EVERY)
    return dealt_facet(name, "matches", (match.fact_id,), answer, pool, deal, said, pack)
