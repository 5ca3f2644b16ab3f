"""Questions about the result of one match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.spelling import of_competition, season_spelling, spell
from farense.facts.tables import FactTables, Match
from farense.text import date_in_words

_CORE_SEASONS = ("1994/1995", "1995/1996")
_VERBS = {"win": "ganhou", "draw": "empatou", "loss": "perdeu"}
# {game} names the home side first; {where} is "em casa" or "fora".
_BY_SEASON = (
    "Quanto ficou o {game} {of} em {s}?",
    "{game}, {competition} {s}, resultado",
)
_BY_SEASON_HELD_BACK = "Como acabou o {game} {of} de {s}?"
_BY_DATE = "Que resultado fez {o} {where} a {date}?"
_BY_DATE_HELD_BACK = "Como acabou o {game} de {date}?"


def match_facets(tables: FactTables) -> Iterator[Facet]:
    """The score of every match that a question can single out, Farense's goals first.

    Fit are rows without note, with date and venue, of which the table holds no second
    with the same season, competition, opponent and venue; a day with two matches is not
    asked by date. Seasons 1994/95 and 1995/96 are core, the rest full. The UEFA tie is
    left to the essentials, which answer it in their own words.
    """
    ambiguous = _ambiguous(tables.matches)
    days = Counter(match.date for match in tables.matches)
    for turn, match in enumerate(tables.matches):
        fit = match.golden_fit and match.venue != "neutral" and match.tier != "europe"
        if fit and _fixture(match) not in ambiguous and days[match.date] == 1:
            yield _facet(match, turn)


def result_answer(match: Match) -> str:
    """``O Farense ganhou 2-1.``, Farense's goals first whoever was at home."""
    return f"O Farense {_VERBS[match.outcome]} {match.score}."


def _facet(match: Match, turn: int) -> Facet:
    home = match.venue == "home"
    # The mark tells two clubs apart in the tables; no season has both.
    opponent = match.opponent.removesuffix(" (extinto)")
    values = {
        "game": f"Farense-{opponent}" if home else f"{opponent}-Farense",
        "of": of_competition(match.competition),
        "competition": match.competition,
        "where": "em casa" if home else "fora",
        "date": date_in_words(match.date),
    }

    def said(pattern: str, step: int) -> str:
        return spell(pattern, turn + step, s=season_spelling(match.season, turn + step), **values)

    return Facet(
        name="match",
        category="matches",
        fact_ids=(match.fact_id,),
        completion=result_answer(match),
        wordings=tuple(said(p, i) for i, p in enumerate((*_BY_SEASON, _BY_DATE))),
        held_back=(said(_held_back(turn), 0),),
        pack="core" if match.season in _CORE_SEASONS else "full",
    )


def _held_back(turn: int) -> str:
    return (_BY_SEASON_HELD_BACK, _BY_DATE_HELD_BACK)[turn % 2]


def _fixture(match: Match) -> tuple[str, str, str, str]:
    return match.season, match.competition, match.opponent, match.venue


def _ambiguous(matches: Sequence[Match]) -> set[tuple[str, str, str, str]]:
    """Fixtures played more than once, or with a twin whose venue is not known."""
    played = Counter(_fixture(match) for match in matches)
    unknown = {fixture[:3] for fixture in played if not fixture[3]}
    return {f for f, count in played.items() if count > 1 or f[:3] in unknown}
