"""Refused questions of the larger packs, in the very patterns of the answerable ones.

Only the season, the day or the name tells them from what has an answer: a match that never
was, a season without a recorded coach or cup, somebody who never played, the future.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from farense.facts.gaps import complete_sections, section_of
from farense.facts.phrasing.abstentions import REFUSED_SEASONS, refusal
from farense.facts.phrasing.coaches import COACH, season_coaches
from farense.facts.phrasing.cup_runs import CUP, REACHED
from farense.facts.phrasing.days import SCORE
from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.matches import (
    BY_DATE,
    BY_SEASON,
    askable_matches,
    match_values,
)
from farense.facts.phrasing.outcomes import WHICH
from farense.facts.phrasing.people import WHEN_BORN
from farense.facts.phrasing.seasons import FIGURES, FIRST_TIER
from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.phrasing.squads import SEASONS, players_told_apart
from farense.facts.tables import FactTables, Match

_TOP = "Primeira Liga"
_FUTURE = tuple(f"{year}/{year + 1}" for year in range(2027, 2039))
# Nobody of these names is in any list; some are known from elsewhere.
_NEVER_HERE = (
    *("Xavier Penalva", "Duarte Malhão Rebelo", "Cipriano Valverde", "Tomé Alcarias"),
    *("Ezequiel Montalvo", "Baltazar Queimado", "Otávio Sargaço", "Nuno Cabeçudo Pires"),
    *("Zinédine Zidane", "Roberto Baggio", "Ricardo Quaresma", "Vítor Baía", "Fernando Chalana"),
    *("Thierry Henry", "Deco de Souza", "Bernardo Silva Malta", "Amílcar Roncão"),
    *("Policarpo Vidigueira", "Samuel Estômbar", "Gil Tavira Mendes", "Ivo Carrapateira"),
    *("Lourenço Albufeira", "Zacarias Milreu", "Rui Estói Barrocal"),
)
_PRIVATE = (
    "Quanto ganhava {name} por mês?",
    "Quantos filhos tem {name}?",
    "Onde mora {name}?",
    "Com quem é casado {name}?",
    "{name} é de que religião?",
    "Qual é o número de telefone de {name}?",
    "Em que partido vota {name}?",
    "Que doenças teve {name}?",
)
# How many turns of each kind the core and the rest have: whole rounds of its pool, so that no
# pattern is refused more often than another.
_ROUNDS: dict[str, tuple[int, int]] = {
    "match": (4, 100),
    "outcome": (1, 60),
    "result-on-day": (2, 60),
    "coach": (3, 0),
    "cup-reached": (2, 2),
    "squad-seasons": (2, 4),
    "birth-date": (2, 6),
    "figure": (5, 2),
    "private": (2, 20),
}


@dataclass(frozen=True)
class _Refused:
    """One kind: its patterns, and what fills them at each turn."""

    kind: str
    patterns: Sequence[str]
    fillings: Sequence[dict[str, str]]


def near_refusal_facets(tables: FactTables) -> Iterator[Facet]:
    """Each refused question as a facet of its own, named ``abstain-KIND`` after its kind.

    The numbers are those of the patterns of that kind, which are dealt out evenly.
    """
    top = {line.season for line in tables.standings if line.tier == FIRST_TIER}
    seen: set[str] = set()
    for refused in _kinds(tables, top):
        core, rest = _ROUNDS.get(refused.kind, _ROUNDS["figure"])
        count = len(refused.patterns)
        for turn in range((core + rest) * count):
            number = turn % count
            pack: PackName = "core" if turn < core * count else "full"
            filling = refused.fillings[turn % len(refused.fillings)]
            spelling = turn + turn // count
            prompt = _said(refused.patterns[number], filling, spelling)
            if prompt not in seen:
                seen.add(prompt)
                yield _facet(refused.kind, number + 1, prompt, refusal(prompt, top), pack)


def _said(pattern: str, filling: dict[str, str], turn: int) -> str:
    season = filling.get("season", "")
    spelt = season_spelling(season, turn) if season else ""
    return spell(pattern, turn, s=spelt, **{k: v for k, v in filling.items() if k != "season"})


def _facet(kind: str, number: int, prompt: str, answer: str, pack: PackName) -> Facet:
    return Facet(
        name=f"abstain-{kind}",
        category="abstention",
        fact_ids=(),
        completion=answer,
        wordings=(prompt,),
        held_back=(),
        pack=pack,
        numbers=(number,),
    )


def _kinds(tables: FactTables, top: set[str]) -> Iterator[_Refused]:
    never = _never_played(tables)
    yield _Refused("match", (*BY_SEASON, BY_DATE), never)
    yield _Refused("outcome", WHICH.trained, never)
    yield _Refused("result-on-day", SCORE.trained, never)
    listed = season_coaches(tables)
    # Seasons whose list names no coach, and seasons to come.
    squads = sorted({entry.season for entry in tables.squads if entry.season >= "1940"})
    unknown = [season for season in squads if season not in listed]
    yield _Refused("coach", COACH.trained, _seasons(_mixed(unknown, _FUTURE)))
    cups = {match.season for match in tables.matches if match.competition == CUP}
    absent = [season for season in squads if season not in cups]
    yield _Refused("cup-reached", REACHED.trained, _seasons(_mixed(absent, _FUTURE)))
    names = [{"name": name} for name in _NEVER_HERE]
    yield _Refused("squad-seasons", SEASONS.trained, names)
    yield _Refused("birth-date", WHEN_BORN, names)
    elsewhere = [season for season in REFUSED_SEASONS if season not in top]
    league = {"na": f"na {_TOP}"}
    for column, (_, wordings, _) in FIGURES.items():
        yield _Refused(column, wordings, [{"season": s, **league} for s in elsewhere])
    players = [{"name": player.name} for player in players_told_apart(tables)]
    yield _Refused("private", _PRIVATE, players)


def _seasons(seasons: Sequence[str]) -> list[dict[str, str]]:
    return [{"season": season} for season in seasons]


def _mixed(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """One of each in turn while there are both, then the rest."""
    both = [season for pair in zip(first, second, strict=False) for season in pair]
    return [*both, *first[len(second) :], *second[len(first) :]]


def _never_played(tables: FactTables) -> list[dict[str, str]]:
    """Matches of the top tier that never were: another season's club, on a day without a match.

    Only of seasons whose recorded matches are complete, so that the club was not met; the day is
    the one after a match, when there was none.
    """
    complete = complete_sections(tables.matches, tables.standings)
    days = {match.date for match in tables.matches}
    league = [m for m in askable_matches(tables) if m.competition == _TOP]
    met = {(match.season, match.opponent) for match in tables.matches}
    clubs = sorted({match.opponent for match in league})
    found = []
    for turn, match in enumerate(m for m in league if section_of(m) in complete):
        strangers = [club for club in clubs if (match.season, club) not in met]
        after = (date.fromisoformat(match.date) + timedelta(days=1)).isoformat()
        if after not in days:
            found.append(_filling(match, strangers[turn * 7 % len(strangers)], after))
    # Neighbours are of one season: a stride spreads what is taken from the front.
    stride = 37
    return [found[at * stride % len(found)] for at in range(len(found))]


def _filling(match: Match, club: str, day: str) -> dict[str, str]:
    values = match_values(replace(match, opponent=club, date=day))
    return {"season": match.season, **values}
