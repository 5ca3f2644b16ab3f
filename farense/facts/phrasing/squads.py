"""Questions about who was in a season's squad: only of players that can be told apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.seasons import season_answer
from farense.facts.phrasing.spelling import season_runs, season_spelling, spell
from farense.facts.tables import FactTables, Person, SquadEntry
from farense.text import fold

SEASONS = Pool(
    (
        "Em que épocas esteve {name} no plantel {do}?",
        "Diz-me as épocas de {name} no plantel {do}.",
        "{name}: épocas no plantel {do}",
        "{name} foi jogador {do} em que épocas?",
    ),
    ("Por que épocas passou {name} no plantel {do}?",),
)
_CHECK = Pool(
    (
        "{name} fez parte do plantel {do} em {s}?",
        "Em {s}, {name} estava no plantel {do}?",
        "É verdade que {name} era do plantel {do} em {s}?",
        "{name} pertenceu à equipa {do} de {s}?",
    ),
    ("O plantel {do} de {s} tinha {name}?",),
)
_ROLE = Pool(
    (
        "Que posição tinha {name} no plantel {do} de {s}?",
        "Em {s}, {name} jogava {no} em que posição?",
        "{name}, plantel {do} {s}: posição",
        "Diz-me a posição de {name} no plantel {do} de {s}.",
    ),
    ("No plantel {do} de {s}, {name} era guarda-redes, defesa, médio ou avançado?",),
)
_ROLES = {
    "goalkeeper": "guarda-redes",
    "defender": "defesa",
    "midfielder": "médio",
    "forward": "avançado",
}
_CORE_SEASONS = frozenset({"1994/1995", "1995/1996"})
# A season this far from all of somebody's is one the lists leave no doubt about.
_FAR = 10


@dataclass(frozen=True)
class Player:
    """One player of the squad lists, told apart from everybody else.

    ``fact_ids`` name the person where people.csv has one, and else the lines of the lists.
    """

    name: str
    entries: tuple[SquadEntry, ...]
    fact_ids: tuple[str, ...]

    @property
    def seasons(self) -> tuple[str, ...]:
        return tuple(entry.season for entry in self.entries)


def squad_facets(tables: FactTables) -> Iterator[Facet]:
    """Whether a player was in a squad (as often yes as no), all their seasons, their position.

    Players of 1994/95 or 1995/96 are core, the rest full.
    """
    seasons = sorted({entry.season for entry in tables.squads})
    turns: Counter[PackName] = Counter()
    for player in players_told_apart(tables):
        pack: PackName = "full" if _CORE_SEASONS.isdisjoint(player.seasons) else "core"
        turn = turns[pack]
        turns[pack] += 1
        said = f"{player.name} esteve no plantel {season_runs(player.seasons)}."
        yield _facet("squad-seasons", player, "", said, SEASONS, turn, pack)
        entry = player.entries[turn % len(player.entries)]
        said = season_answer(entry.season, f"{player.name} era {_ROLES[entry.role]}")
        yield _facet("squad-role", player, entry.season, said, _ROLE, turn, pack)
        far = [s for s in seasons if all(_years(s, own) >= _FAR for own in player.seasons)]
        for season in (entry.season, far[turn * 7 % len(far)]):
            there = season in player.seasons
            stated = season_answer(season, f"{'' if there else 'não '}estava no plantel")
            said = f"{'Sim' if there else 'Não'}, {stated[0].lower()}{stated[1:]}"
            yield _facet("squad-check", player, season, said, _CHECK, turn, pack)


def players_told_apart(tables: FactTables) -> tuple[Player, ...]:
    """The players of whose name all lines of the lists mean one person, in order of the lists.

    The name has two words or more, stands once a season, with an age that always tells the same
    year of birth, one nationality and a known position; it is no coach's or official's, no part
    of another name of the lists, and of at most one person in people.csv, born in that year.
    """
    lines: defaultdict[str, list[SquadEntry]] = defaultdict(list)
    for entry in tables.squads:
        lines[entry.name].append(entry)
    names = {name: _words(name) for name in lines}
    found = []
    for name, entries in lines.items():
        words = names[name]
        alone = not any(words <= other for key, other in names.items() if key != name)
        if len(words) > 1 and alone and _whole(name) and _one_person(entries):
            ids = _fact_ids(tables, words, entries)
            if ids:
                found.append(Player(name, tuple(sorted(entries, key=lambda e: e.season)), ids))
    return tuple(found)


def _whole(name: str) -> bool:
    """Whether the name was read whole: *Mijanovi ć* and *Patterson -Sewell* were not."""
    return all(len(word) > 1 and word[0].isalpha() for word in name.split())


def _one_person(entries: Sequence[SquadEntry]) -> bool:
    born = {_born(entry) for entry in entries}
    return (
        0 not in born
        and max(born) - min(born) <= 1
        and len({entry.season for entry in entries}) == len(entries)
        and len({entry.nationality for entry in entries}) == 1
        and all(entry.role in _ROLES for entry in entries)
    )


def _born(entry: SquadEntry) -> int:
    """The year of birth that an age in a season tells, within one; 0 without an age."""
    return int(entry.season[:4]) - entry.age if entry.age else 0


def _fact_ids(
    tables: FactTables, words: frozenset[str], entries: Sequence[SquadEntry]
) -> tuple[str, ...]:
    """What the questions rest on; empty where two people may be meant."""
    known = [
        person
        for person in tables.people
        if any(words <= _words(name) or _words(name) <= words for name in _people_names(person))
    ]
    if not known:
        return tuple(entry.fact_id for entry in entries)
    if len(known) > 1 or not known[0].birth_date:
        return ()
    off = abs(int(known[0].birth_date[:4]) - _born(entries[0]))
    return (known[0].fact_id,) if off <= 1 else ()


def _people_names(person: Person) -> tuple[str, ...]:
    return tuple(filter(None, (person.name, person.full_name, person.nickname)))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(fold(name).split())


def _years(one: str, other: str) -> int:
    return abs(int(one[:4]) - int(other[:4]))


def _facet(
    name: str, player: Player, season: str, answer: str, pool: Pool, turn: int, pack: PackName
) -> Facet:
    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        spelt = season_spelling(season, spelling) if season else ""
        return spell(pattern, spelling, s=spelt, name=player.name)

    deal = Deal(turn, trained=2 if pack == "core" else 1, held_back_every=3)
    return dealt_facet(name, "squads", player.fact_ids, answer, pool, deal, said, pack)
