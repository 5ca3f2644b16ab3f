"""Questions about where and when the players were born."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeAlias

from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.spelling import spell
from farense.facts.tables import FactTables, Person
from farense.text import date_in_words, fold

CORE_BIRTHS = 40

# Each name of a person as the set of its words.
_Names: TypeAlias = tuple[frozenset[str], ...]

WHEN_BORN = (
    "Quando nasceu {name}?",
    "Diz-me a data de nascimento de {name}.",
    "{name} nasceu em que dia?",
)
_WHEN_HELD_BACK = ("Em que data nasceu {name}, jogador {do}?",)
_WHERE = (
    "Onde nasceu {name}?",
    "Diz-me a terra natal de {name}.",
    "{name} nasceu em que terra?",
)
_WHERE_HELD_BACK = ("De que terra era {name}, jogador {do}?",)


def people_facets(tables: FactTables) -> Iterator[Facet]:
    """Birth dates (40 of them core) and birth places (full) of players.

    Only people with a whole date and a name that stands alone: of two words or more, and
    no part of anybody else's name. The core are spread evenly over the alphabet.
    """
    known = [_names(person) for person in tables.people]
    named = [
        (person, name)
        for index, person in enumerate(tables.people)
        if _fit(person) and (name := _name_alone(person, known[:index] + known[index + 1 :]))
    ]
    core = {i * len(named) // CORE_BIRTHS for i in range(CORE_BIRTHS)}
    for number, (person, name) in enumerate(named):
        yield _birth_date(person, name, "core" if number in core else "full")
        if person.birth_place:
            yield _birth_place(person, name)


def _fit(person: Person) -> bool:
    return "player" in person.role and len(person.birth_date) == len("1965-07-08")


def _name_alone(person: Person, others: Sequence[_Names]) -> str:
    """The known name if it stands alone, else the full name, else the empty string."""
    # Ids are made from the known name, so a namesake cannot be told apart by id.
    if any(_words(person.name) in names for names in others):
        return ""
    for name in (person.name, person.full_name):
        words = _words(name)
        if len(words) > 1 and not any(words <= other for names in others for other in names):
            return name
    return ""


def _names(person: Person) -> _Names:
    return tuple(_words(name) for name in (person.name, person.full_name, person.nickname) if name)


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(fold(name).split())


def _birth_date(person: Person, name: str, pack: PackName) -> Facet:
    return Facet(
        name="birth-date",
        category="people",
        fact_ids=(person.fact_id,),
        completion=f"{name} nasceu a {date_in_words(person.birth_date)}.",
        wordings=tuple(spell(pattern, 0, name=name) for pattern in WHEN_BORN),
        held_back=tuple(spell(pattern, 0, name=name) for pattern in _WHEN_HELD_BACK),
        pack=pack,
    )


def _birth_place(person: Person, name: str) -> Facet:
    return Facet(
        name="birth-place",
        category="people",
        fact_ids=(person.fact_id,),
        completion=f"A terra natal de {name} é {person.birth_place}.",
        wordings=tuple(spell(pattern, 0, name=name) for pattern in _WHERE),
        held_back=tuple(spell(pattern, 0, name=name) for pattern in _WHERE_HELD_BACK),
        pack="full",
    )
