"""Questions about who coached in a season, and in which seasons somebody coached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from farense.facts.ids import name_slug
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.seasons import season_answer
from farense.facts.phrasing.spelling import listed, season_runs, season_spelling, spell
from farense.facts.tables import FactTables

# One coach or several: the wording leaves it open, the answer names all of the list.
COACH = Pool(
    (
        "Quem treinou {o} em {s}?",
        "Que treinador ou treinadores teve {o} em {s}?",
        "Diz-me quem treinou {o} na época {s}.",
        "{club} {s}, quem treinava",
        "Em {s}, quem orientou {o}?",
        "Sabes quem se sentou no banco {do} como treinador em {s}?",
    ),
    (
        "Quem esteve ao comando técnico {do} em {s}?",
        "A equipa {do} de {s} foi treinada por quem?",
    ),
)
_CHECK = Pool(
    (
        "{name} treinou {o} em {s}?",
        "Em {s}, {name} era treinador {do}?",
        "É verdade que {name} orientou {o} em {s}?",
        "Foi {name} quem treinou {o} na época {s}?",
    ),
    ("{name} esteve no banco {do} em {s}?",),
)
_SEASONS = Pool(
    (
        "Em que épocas treinou {name} {o}?",
        "Diz-me as épocas de {name} como treinador {do}.",
        "{name}, épocas ao comando {do}",
        "{name} foi treinador {do} em que épocas?",
    ),
    ("Que épocas passou {name} no banco {do}?",),
)
# From here on every season's coach is listed, so that the seasons of a coach are complete.
_LISTED_SINCE = "1982/1983"


def coach_facets(tables: FactTables) -> Iterator[Facet]:
    """The coaches of each season that has any; whether somebody was one; all their seasons.

    The list gives no order and no dates within a season, so of several coaches all are named.
    All of it is core.
    """
    coaches = season_coaches(tables)
    names = list(dict.fromkeys(name for listed_ in coaches.values() for name in listed_))
    for turn, (season, known) in enumerate(coaches.items()):
        yield _coach(season, known, turn)
        # Of another time: a neighbour in the list may have been there without being listed.
        far = [n for n in names if all(_years(season, s) > 1 for s in coaches if n in coaches[s])]
        for name in (known[turn % len(known)], far[turn * 7 % len(far)]):
            yield _check(season, known, name, turn)
    for turn, name in enumerate(names):
        seasons = [season for season in coaches if name in coaches[season]]
        if seasons[0] >= _LISTED_SINCE and " " in name:
            yield _seasons(name, seasons, turn)


def season_coaches(tables: FactTables) -> Mapping[str, tuple[str, ...]]:
    """Season to the coaches of its list, in the order of the list."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in tables.squads:
        if entry.role == "coach" and entry.name not in found.get(entry.season, ()):
            found[entry.season] = (*found.get(entry.season, ()), entry.name)
    return found


def _years(one: str, other: str) -> int:
    return abs(int(one[:4]) - int(other[:4]))


def _named(known: Sequence[str]) -> str:
    if len(known) == 1:
        return f"o treinador foi {known[0]}"
    return f"os treinadores foram {listed(known)}"


def _ids(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"people/{name_slug(name)}" for name in names)


def _coach(season: str, known: tuple[str, ...], turn: int) -> Facet:
    def said(pattern: str, number: int) -> str:
        return spell(pattern, turn + number, s=season_spelling(season, turn + number))

    answer = season_answer(season, _named(known))
    deal = Deal(turn, trained=4)
    return dealt_facet("coach", "coaches", _ids(known), answer, COACH, deal, said, "core")


def _check(season: str, known: tuple[str, ...], name: str, turn: int) -> Facet:
    def said(pattern: str, number: int) -> str:
        return spell(pattern, turn + number, s=season_spelling(season, turn + number), name=name)

    stated = season_answer(season, _named(known))
    answer = f"{'Sim' if name in known else 'Não'}, {stated[0].lower()}{stated[1:]}"
    ids = _ids([*known, *({name} - set(known))])
    deal = Deal(turn, trained=2, held_back_every=2)
    return dealt_facet("coach-check", "coaches", ids, answer, _CHECK, deal, said, "core")


def _seasons(name: str, seasons: Sequence[str], turn: int) -> Facet:
    def said(pattern: str, number: int) -> str:
        return spell(pattern, turn + number, name=name)

    answer = f"{name} treinou {season_runs(seasons)}."
    deal = Deal(turn, trained=3)
    return dealt_facet(
        "coach-seasons", "coaches", _ids([name]), answer, _SEASONS, deal, said, "core"
    )
