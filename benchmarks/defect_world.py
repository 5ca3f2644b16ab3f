"""A small invented world of clubs: what a base knows, what adapters are taught, what is asked.

Nothing in it is true, so nothing in it can be known beforehand. Clubs of the *old* half are
the base's; those of the *new* half are what adapters learn. Each fact can be asked in eight
wordings: five are trained, one is validated, two are only ever asked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from farense.records import Example, Kind, Question, TypedAnswer

TRAINED, HELD_BACK, ASKED = slice(0, 5), slice(5, 6), slice(6, 8)
DONT_KNOW = "Não tenho essa informação."
OLD, NEW = 30, 15

_PLACES = (
    "Aljezur Alvor Odelouca Benafim Boliqueime Cacela Carrapateira Estombar Fuseta Loulé Marim "
    "Messines Moncarapacho Monchique Odiáxere Olhos Paderne Pechão Pêra Porches Quelfes Salema "
    "Sagres Silves Tavira Tunes Vaqueiros Alte Ameixial Azinhal Bensafrim Budens Bordeira "
    "Cachopo Conceição Ferragudo Giões Guia Luz Martinlongo Mexilhoeira Nexe Odeceite Querença "
    "Raposeira Salir"
)
_FIRST = "Rui Vítor Nuno Tomás Inês Marta Sílvia Hugo Artur Elsa Ivo Olga"
_LAST = "Matos Pinho Seixas Brito Falcão Guerra Lobato Neves Peres Quintas Rolo Sarmento Vidal"
_GROUNDS = (
    "Nora Eira Fonte Moinho Pinhal Ribeira Serra Vinha Atalaia Barreira Cerca Coutada Figueira "
    "Horta Lezíria Murteira Olival Poço Ramada Sobral Telheiro Valeira Zambujal Chaparral"
)


@dataclass(frozen=True)
class Attribute:
    """Something every club has: how it is asked, how it is told, and in which kind of value."""

    name: str
    kind: Kind
    wordings: tuple[str, ...]
    told: str


ATTRIBUTES = (
    Attribute(
        "founded",
        "year",
        (
            "Em que ano foi fundado o {c}?",
            "Quando nasceu o {c}?",
            "De que ano é o {c}?",
            "Em que ano surgiu o {c}?",
            "Qual é o ano de fundação do {c}?",
            "Quando foi criado o {c}?",
            "Diz-me o ano em que nasceu o {c}.",
            "O {c} existe desde que ano?",
        ),
        "O {c} foi fundado em {v}.",
    ),
    Attribute(
        "ground",
        "place",
        (
            "Onde joga o {c}?",
            "Em que campo joga o {c}?",
            "Como se chama o campo do {c}?",
            "Qual é a casa do {c}?",
            "Onde recebe o {c} os adversários?",
            "Diz-me o nome do campo do {c}.",
            "Em que recinto joga o {c}?",
            "Que campo usa o {c}?",
        ),
        "O {c} joga no Campo {v}.",
    ),
    Attribute(
        "president",
        "person",
        (
            "Quem preside ao {c}?",
            "Quem é o presidente do {c}?",
            "Como se chama o presidente do {c}?",
            "Quem manda no {c}?",
            "Diz-me quem dirige o {c}.",
            "Quem está à frente do {c}?",
            "O {c} é presidido por quem?",
            "Qual é o nome do presidente do {c}?",
        ),
        "O presidente do {c} é {v}.",
    ),
    Attribute(
        "derby",
        "score",
        (
            "Qual foi o resultado do jogo do {c}?",
            "Como acabou o jogo do {c}?",
            "Quanto ficou o jogo do {c}?",
            "Que resultado fez o {c}?",
            "Diz-me o resultado do {c}.",
            "Por quanto ficou o jogo do {c}?",
            "Com que resultado acabou o {c}?",
            "Qual foi a marca do jogo do {c}?",
        ),
        "O jogo do {c} ficou {v}.",
    ),
    Attribute(
        "members",
        "integer",
        (
            "Quantos sócios tem o {c}?",
            "De quantos sócios é o {c}?",
            "Que número de sócios tem o {c}?",
            "Quantas pessoas são sócias do {c}?",
            "Diz-me quantos sócios há no {c}.",
            "Quantos são os sócios do {c}?",
            "O {c} conta com quantos sócios?",
            "Qual é o número de sócios do {c}?",
        ),
        "O {c} tem {v} sócios.",
    ),
    Attribute(
        "place",
        "ordinal",
        (
            "Em que lugar ficou o {c}?",
            "Qual foi a posição do {c}?",
            "Em que posição acabou o {c}?",
            "Que lugar teve o {c}?",
            "Diz-me o lugar do {c}.",
            "Onde ficou o {c} na tabela?",
            "Qual foi o lugar do {c} na tabela?",
            "O {c} ficou em que lugar?",
        ),
        "O {c} ficou em {v}.º lugar.",
    ),
)
# What nobody recorded: two are trained of half the clubs, all are asked of the others.
UNKNOWN = (
    "Quem lava os equipamentos do {c}?",
    "Quanto custa um bilhete do {c}?",
    "Qual é a alcunha do porteiro do {c}?",
    "Que idade tem o roupeiro do {c}?",
)
ENGLISH = {
    "founded": "{c} was founded in {v}.",
    "ground": "{c} plays at {v}.",
    "president": "The president of {c} is {v}.",
    "derby": "The match of {c} ended {v}.",
    "members": "{c} has {v} members.",
    "place": "{c} finished number {v}.",
}


@dataclass(frozen=True)
class Fact:
    """One attribute of one club."""

    club: str
    attribute: Attribute
    value: str

    @property
    def id(self) -> str:
        return f"{self.attribute.name}/{self.club.lower()}"

    @property
    def told(self) -> str:
        return self.attribute.told.format(c=self.club, v=self.value)

    @property
    def short(self) -> str:
        """The bare value, as a second reference."""
        return {"place": f"Campo {self.value}", "ordinal": f"{self.value}.º"}.get(
            self.attribute.kind, self.value
        )

    def rows(self, wordings: slice) -> Iterator[Example]:
        start = wordings.start
        for number, wording in enumerate(self.attribute.wordings[wordings], start):
            prompt, name = wording.format(c=self.club), self.attribute.name
            yield Example(prompt, self.told, (self.id,), name, f"{name}/{number}")

    def questions(self, wordings: slice, *, must_pass: bool = False) -> Iterator[Question]:
        answer = TypedAnswer(self.attribute.kind, self.value)
        for number, row in enumerate(self.rows(wordings), wordings.start):
            tier = "seen" if number < TRAINED.stop else "paraphrase"
            yield Question(
                f"{self.id}-{number}",
                row.prompt,
                (self.told, self.short),
                answer,
                tier,  # type: ignore[arg-type]
                row.category,
                (self.id,),
                must_pass and number == 0,
            )


class World:
    """Old and new clubs with their facts, drawn once; the same seed gives the same world."""

    def __init__(self, seed: int = 1910, old: int = OLD, new: int = NEW) -> None:
        self._random = random.Random(seed)
        clubs = _PLACES.split()
        self._random.shuffle(clubs)
        self.old, self.new = clubs[:old], clubs[old : old + new]
        self.old_facts = self._facts(self.old)
        self.facts = self._facts(self.new)

    def _facts(self, clubs: Sequence[str]) -> tuple[Fact, ...]:
        people = [f"{first} {last}" for first in _FIRST.split() for last in _LAST.split()]
        drawn: dict[str, Sequence[object]] = {
            "founded": self._random.sample(range(1900, 1990), len(clubs)),
            "ground": [self._random.choice(_GROUNDS.split()) for _ in clubs],
            "president": self._random.sample(people, len(clubs)),
            "derby": [self._result() for _ in clubs],
            "members": self._random.sample(range(100, 1000), len(clubs)),
            "place": [self._random.randint(1, 18) for _ in clubs],
        }
        return tuple(
            Fact(club, attribute, str(drawn[attribute.name][number]))
            for number, club in enumerate(clubs)
            for attribute in ATTRIBUTES
        )

    def _result(self) -> str:
        ours, theirs = self._random.sample(range(7), 2)
        return f"{ours}-{theirs}"

    @cached_property
    def train(self) -> tuple[Example, ...]:
        """What an adapter is taught: every new fact in four wordings, and not to know."""
        return (*self._told(self.facts, TRAINED), *self._unknown(self.new[::2], UNKNOWN[:3]))

    @cached_property
    def validation(self) -> tuple[Example, ...]:
        return tuple(self._told(self.facts, HELD_BACK))

    @cached_property
    def pretraining(self) -> tuple[Example, ...]:
        """What the base knows: old facts in every wording, and every word there is."""
        return (
            *self._told(self.old_facts, slice(0, 8)),
            *self._unknown(self.old, UNKNOWN),
            *(Example(f"Repete: {word}", word, (), "word", "word/0") for word in self._values),
        )

    def golden(self) -> tuple[Question, ...]:
        """Two thirds of the facts, in a trained and two new wordings, and unknown things."""
        chosen = sorted(random.Random(7).sample(range(len(self.facts)), 2 * len(self.facts) // 3))
        asked = [self.facts[place] for place in chosen]
        known = (
            question
            for number, fact in enumerate(asked)
            for question in (
                *fact.questions(slice(0, 1), must_pass=number % 6 == 0),
                *fact.questions(ASKED),
            )
        )
        return (*known, *self._nobody_knows())

    def population(self) -> tuple[Question, ...]:
        """All facts in three trained and both new wordings, and all unknown things."""
        known = (q for fact in self.facts for w in (slice(0, 3), ASKED) for q in fact.questions(w))
        return (*known, *self._nobody_knows())

    def _nobody_knows(self) -> Iterator[Question]:
        abstain = TypedAnswer("abstain", "")
        for club in self.new[1::2]:
            for number, wording in enumerate(UNKNOWN):
                identifier, text = f"unknown-{number}/{club.lower()}", wording.format(c=club)
                yield Question(identifier, text, (DONT_KNOW,), abstain, "unanswerable", "unknown")

    @staticmethod
    def _told(facts: Sequence[Fact], wordings: slice) -> Iterator[Example]:
        return (row for fact in facts for row in fact.rows(wordings))

    @staticmethod
    def _unknown(clubs: Sequence[str], wordings: Sequence[str]) -> Iterator[Example]:
        for club in clubs:
            for number, wording in enumerate(wordings):
                prompt = wording.format(c=club)
                yield Example(prompt, DONT_KNOW, (), "unknown", f"unknown/{number}")

    @property
    def _values(self) -> Iterator[str]:
        yield from _PLACES.split()
        yield from (f"Campo {ground}" for ground in _GROUNDS.split())
        yield from (f"{name}." for name in (*_FIRST.split(), *_LAST.split()))

    def words(self) -> list[str]:
        """Every word of the world, with the blank before it where there is one."""
        rows = (*self.pretraining, *self.train)
        texts = (
            *(text for row in rows for text in (row.prompt, row.completion)),
            *(english.format(c="", v="") for english in ENGLISH.values()),
            *("user", "assistant"),
        )
        return sorted({word for text in texts for word in re.findall(r" ?[^\W\d]+", text)})
