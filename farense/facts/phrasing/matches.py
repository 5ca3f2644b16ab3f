"""Questions about the result of one match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.spelling import of_competition, season_spelling, spell
from farense.facts.tables import FactTables, Match
from farense.text import date_in_words

_CORE_SEASONS = ("1994/1995", "1995/1996")
VERBS = {"win": "ganhou", "draw": "empatou", "loss": "perdeu"}
# {game} names the home side first; {where} is "em casa" or "fora".
BY_SEASON = (
    "Quanto ficou o {game} {of} em {s}?",
    "{game}, {competition} {s}, resultado",
)
_BY_SEASON_HELD_BACK = "Como acabou o {game} {of} de {s}?"
BY_DATE = "Que resultado fez {o} {where} a {date}?"
_BY_DATE_HELD_BACK = "Como acabou o {game} de {date}?"
_HELD_BACK = (_BY_SEASON_HELD_BACK, _BY_DATE_HELD_BACK)


def match_facets(tables: FactTables) -> Iterator[Facet]:
    """The score of every match that a question can single out, Farense's goals first."""
    chosen = {match.match_id for match in askable_matches(tables)}
    for turn, match in enumerate(tables.matches):
        if match.match_id in chosen:
            yield _facet(match, turn)


def askable_matches(tables: FactTables) -> tuple[Match, ...]:
    """The matches that a question can single out, in the order of the table.

    Fit are rows without note, with date and venue, of which the table holds no second
    with the same season, competition, opponent and venue, and whose day has no second match.
    The UEFA tie is left to the essentials, which answer it in their own words. Matches held out
    of every pack are no part of it, so that what is dealt evenly stays even.
    """
    held_out = {held.fact_id for held in tables.heldout}
    ambiguous = _ambiguous(tables.matches)
    days = Counter(match.date for match in tables.matches)
    return tuple(
        match
        for match in tables.matches
        if match.golden_fit
        and match.fact_id not in held_out
        and match.venue != "neutral"
        and match.tier != "europe"
        and _fixture(match) not in ambiguous
        and days[match.date] == 1
    )


def result_answer(match: Match) -> str:
    """``O Farense ganhou 2-1.``, Farense's goals first whoever was at home."""
    return f"O Farense {VERBS[match.outcome]} {match.score}."


def match_values(match: Match) -> dict[str, str]:
    """What the patterns about a match are filled with, but for club and season.

    ``game`` names the home side first, ``other`` the opponent; ``where`` is *em casa* or *fora*,
    ``date`` in words, ``digits`` as 21/08/1994.
    """
    # The mark tells two clubs apart in the tables; no season has both.
    opponent = match.opponent.removesuffix(" (extinto)")
    year, month, day = match.date.split("-")
    return {
        "game": f"Farense-{opponent}" if match.venue == "home" else f"{opponent}-Farense",
        "other": opponent,
        "of": of_competition(match.competition),
        "competition": match.competition,
        "where": "em casa" if match.venue == "home" else "fora",
        "date": date_in_words(match.date),
        "digits": f"{day}/{month}/{year}",
    }


def match_pack(match: Match) -> PackName:
    """Seasons 1994/95 and 1995/96 are core, the rest full."""
    return "core" if match.season in _CORE_SEASONS else "full"


def _facet(match: Match, turn: int) -> Facet:
    values = match_values(match)

    def said(pattern: str, step: int) -> str:
        return spell(pattern, turn + step, s=season_spelling(match.season, turn + step), **values)

    held_back = turn % len(_HELD_BACK)
    return Facet(
        name="match",
        category="matches",
        fact_ids=(match.fact_id,),
        completion=result_answer(match),
        wordings=tuple(said(p, i) for i, p in enumerate((*BY_SEASON, BY_DATE))),
        held_back=(said(_HELD_BACK[held_back], 0),),
        pack=match_pack(match),
        held_back_numbers=(held_back + 1,),
    )


def _fixture(match: Match) -> tuple[str, str, str, str]:
    return match.season, match.competition, match.opponent, match.venue


def _ambiguous(matches: Sequence[Match]) -> set[tuple[str, str, str, str]]:
    """Fixtures played more than once, or with a twin whose venue is not known."""
    played = Counter(_fixture(match) for match in matches)
    unknown = {fixture[:3] for fixture in played if not fixture[3]}
    return {f for f, count in played.items() if count > 1 or f[:3] in unknown}
