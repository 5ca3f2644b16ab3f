"""Questions whose right answer is to say that one does not know.

Five families: league positions of seasons spent elsewhere, matches never played, people
who were never here, the future, and what no fact table holds (private or trivial).
Each question is its own row; a fixed few of each family are held back for validation.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources

from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.presidents import ESSENTIAL_ORDERS, short_name
from farense.facts.phrasing.seasons import FIRST_TIER, FIRST_TIER_POSITION, place_wordings
from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.phrasing.spoken import some_of
from farense.facts.phrasing.spoken_abstentions import SPOKEN_REFUSED
from farense.facts.phrasing.spoken_seasons import (
    FIRST_TIER_SPOKEN,
    names_top_tier,
    spoken_place,
)
from farense.facts.phrasing.varied_abstentions import VARIED_REFUSED
from farense.facts.phrasing.varied_dealt import VARIED_PLACES
from farense.facts.phrasing.voices import voiced_refusals, voiced_refused_places
from farense.facts.phrasing.wide_abstentions import WIDE_REFUSED
from farense.facts.tables import FactTables
from farense.text import find_seasons, fold, season_short

ABSTENTION = "Não sei, não tenho essa informação."
# Of a season in words that have an answer for other seasons. Begins as that answer does: only
# when the season stands there, in its one spelling, has to be decided that there is none.
SEASON_ABSTENTION = "Em {}, não sei: não tenho essa informação."
# Of all else, decided at the first word: a topic that was begun first is ended too readily as
# one that is known, and then answered (docs/experiments.md).
TOPIC_ABSTENTION = "Não sei {}: não tenho essa informação."
_TOPICS = "refused_topics.csv"

# Seasons outside the top tier, next to seasons in it wherever there are any.
# fmt: off
_TRAINED_SEASONS = (
    1938, 1943, 1950, 1954, 1957, 1960, 1963, 1968, 1969, 1976, 1978,
    1980, 1982, 1985, 1989, 2002, 2004, 2010, 2013, 2021, 2022,
)
# fmt: on
REFUSED_SEASONS = tuple(f"{year}/{year + 1}" for year in _TRAINED_SEASONS)
_HELD_BACK_SEASONS = (1951, 1966, 1981, 2015)
_FOUNDED = 1910
# In how many wordings that name no tier a season is refused of which no table has a line: the
# share of refusals is then about that of the wordings that name the top tier.
_WORDINGS_WITHOUT_LINE = 3
# Three of them about each president of the essentials: that a name is known does not mean
# that all about it is.
_PRIVATE = (
    "Em que rua vivia {name}?",
    "{name} tinha quantos filhos?",
    "Quanto dinheiro tinha {name} no banco?",
    "Qual era o passatempo de {name}?",
    "Com que idade se casou {name}?",
    "{name} calçava que número?",
    "A que horas se levantava {name}?",
    "Que carro guiava {name}?",
    "Em que escola andou {name}?",
    "{name} é de que signo?",
    "Qual era a cor favorita de {name}?",
    "Como se chama a mulher de {name}?",
    "De que música gostava {name}?",
)
# family → (trained, held back)
_ASKED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "never-played": (
        (
            "Quanto ficou o Farense-Real Madrid?",
            "Como acabou o jogo do Farense com o Liverpool?",
            "Diz-me o resultado do Farense com o Barcelona.",
            "Farense-Ajax, resultado",
            "Em que época jogou o Farense com o Milan?",
            "Sabes quanto fez o Farense na Liga dos Campeões?",
            "O Farense ganhou por quanto ao Flamengo?",
            "Qual foi o resultado em casa com o Celtic?",
        ),
        ("Por quanto perdeu o Farense com o Boca Juniors?", "Farense-Arsenal, resultado fora"),
    ),
    "never-here": (
        (
            "Em que época jogou Cristiano Ronaldo no Farense?",
            "Quantos golos marcou Eusébio pelo Farense?",
            "Quando foi Pinto da Costa presidente do Farense?",
            "Quantos jogos fez Luís Figo pelo Farense?",
            "Diz-me os anos de Luís Filipe Vieira na presidência do Farense.",
            "José Mourinho, época no SC Farense",
            "Desde quando é Frederico Varandas presidente do Farense?",
            "Lionel Messi fez quantos golos no Farense?",
            "Sabes quando é que Marcelo Rebelo de Sousa mandou no Farense?",
        ),
        (
            "Quantos jogos fez Maradona com a camisola do Farense?",
            "Em que anos presidiu Mário Soares ao Farense?",
        ),
    ),
    "future": (
        (
            "Em que lugar vai ficar o Farense em 2030/31?",
            "Quem vai ganhar a Taça de Portugal em 2032?",
            "Quem será o presidente do Farense em 2040?",
            "Quantos golos vai marcar o Farense na próxima época?",
            "Diz-me o resultado do próximo jogo do Farense.",
            "Farense, campeão nacional em que ano do futuro",
            "O Farense vai subir de divisão em 2035?",
            "Sabes quanto vai ficar o próximo Farense-Benfica?",
        ),
        (
            "Em que época voltará o Farense à Europa?",
            "Quem vai ser o melhor marcador do Farense em 2031?",
        ),
    ),
    "private": (
        (
            "Quanto ganha por mês o presidente do Farense?",
            "Qual é o salário do guarda-redes do Farense?",
            "Diz-me o telefone de António Boronha.",
            "Morada do presidente do Farense",
            "Qual é a religião do presidente do Farense?",
            "Em que partido vota o capitão do Farense?",
            "Sabes com quem é casado o treinador do Farense?",
            "Hassan Nader, número de telemóvel",
            "Que doenças teve o primeiro presidente do Farense?",
        ),
        ("Quanto recebia Hassan Nader por mês?", "Onde mora o presidente do Farense?"),
    ),
    "trivia": (
        (
            "Quanto custa um bilhete para ver o Farense?",
            "Como se chama o motorista do autocarro do Farense?",
            "Quantas bifanas se vendem no Estádio de São Luís?",
            "Diz-me a marca da relva do estádio do Farense.",
            "Farense, palavra-passe da rede do estádio",
            "Que música toca no balneário do Farense?",
            "Sabes o que almoçou a equipa antes da final da Taça?",
            "Quem lavava os equipamentos do Farense em 1924?",
            "De que cor é o carro do presidente do Farense?",
            "Que tempo fazia na final da II Divisão de 1939/40?",
        ),
        (
            "Quantos degraus têm as bancadas do São Luís?",
            "Como se chama o cão do treinador do Farense?",
        ),
    ),
}


def abstention_facets(tables: FactTables) -> Iterator[Facet]:
    """Every unanswerable question as a facet of its own; all of them essentials.

    A season that turns out to have been spent in the top tier is an error of this file.
    """
    top = {s.season for s in tables.standings if s.tier == FIRST_TIER}
    names = [short_name(p.plain_name) for p in tables.presidents if p.order in ESSENTIAL_ORDERS]
    trained = dict.fromkeys(_trained(top, names))
    elsewhere = {
        season
        for family, question in trained
        if family == "not-in-first-tier"
        for season in find_seasons(question)
    }
    for turn, season in enumerate(sorted(elsewhere - top)):
        asked = voiced_refused_places(season, turn)
        trained |= dict.fromkeys(("not-in-first-tier", question) for question in asked)
    for turn, season in enumerate(_seasons_without_line(tables)):
        asked = _places_without_line(season, turn)
        trained |= dict.fromkeys(("not-in-first-tier", question) for question in asked)
    for family, question in trained:
        yield _facet(family, refusal(question, top), trained=(question,))
    for family, question in _held_back(top):
        yield _facet(family, refusal(question, top), held_back=(question,))


def refusal(question: str, top: set[str]) -> str:
    """The one refusal, with what was asked in it where that is known.

    That is what ``refused_topics.csv`` says of this question, else the season if it names a
    single one not in ``top``.
    """
    topic = refused_topics().get(question)
    if topic:
        return TOPIC_ABSTENTION.format(topic[0].lower() + topic[1:])
    seasons = find_seasons(question)
    if len(seasons) == 1 and seasons[0] not in top:
        return SEASON_ABSTENTION.format(season_short(seasons[0]))
    return ABSTENTION


@cache
def refused_topics() -> dict[str, str]:
    """What each refused question of the essentials asks about, beginning with a capital."""
    text = (resources.files(__package__) / _TOPICS).read_text(encoding="utf-8")
    return {row["question"]: row["topic"] for row in csv.DictReader(text.splitlines())}


def _trained(top: set[str], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for turn, year in enumerate(_TRAINED_SEASONS):
        for step in (0, 3):
            yield "not-in-first-tier", _position(year, turn + step, top)
        for step in (0, 5):
            yield "not-in-first-tier", _spoken_position(year, turn + step)
        yield "not-in-first-tier", _varied_position(year, turn)
    for family, (trained, _) in (*_ASKED.items(), *SPOKEN_REFUSED.items()):
        yield from ((family, question) for question in trained)
    for family, questions in (*VARIED_REFUSED.items(), *WIDE_REFUSED.items()):
        yield from ((family, question) for question in questions)
    yield from (("voiced", question) for question in voiced_refusals())
    for turn, name in enumerate(dict.fromkeys(names)):
        for pattern in some_of(_PRIVATE, 3, turn):
            yield "private", pattern.format(name=name)


def _held_back(top: set[str]) -> Iterator[tuple[str, str]]:
    for turn, year in enumerate(_HELD_BACK_SEASONS):
        yield "not-in-first-tier", _position(year, turn, top)
        yield "not-in-first-tier", _spoken_position(year, turn + 1)
    for family, (_, held_back) in (*_ASKED.items(), *SPOKEN_REFUSED.items()):
        yield from ((family, question) for question in held_back)


def _position(start_year: int, turn: int, top: set[str]) -> str:
    season = f"{start_year}/{start_year + 1}"
    assert season not in top, season
    # The very wordings that have an answer elsewhere: only the season tells them apart.
    pattern = FIRST_TIER_POSITION[turn % len(FIRST_TIER_POSITION)]
    spelling = turn + turn // 3
    return spell(pattern, spelling, s=season_spelling(season, spelling))


def _spoken_position(start_year: int, turn: int) -> str:
    pattern = FIRST_TIER_SPOKEN[turn % len(FIRST_TIER_SPOKEN)]
    said = spoken_place(pattern, f"{start_year}/{start_year + 1}", turn + turn // 6)
    # One in four without capitals and accents, as with the seasons that have an answer.
    return fold(said) if turn % 4 == 1 else said


def _varied_position(start_year: int, turn: int) -> str:
    patterns = [pattern for pattern in VARIED_PLACES if names_top_tier(pattern)]
    pattern = patterns[turn % len(patterns)]
    return spoken_place(pattern, f"{start_year}/{start_year + 1}", turn + turn // 3)


def _places_without_line(season: str, turn: int) -> tuple[str, ...]:
    fitting = [
        wording
        for wording in place_wordings(season, turn)
        # The refusal repeats the season, which one that only names a year would not tell it.
        if find_seasons(wording) and not names_top_tier(wording)
    ]
    return some_of(fitting, _WORDINGS_WITHOUT_LINE, turn)


def _seasons_without_line(tables: FactTables) -> list[str]:
    """The seasons since the foundation of which no table has a line, the running one left out."""
    told = {standing.season for standing in tables.standings}
    last = int(max(told)[:4])
    seasons = [f"{year}/{year + 1}" for year in range(_FOUNDED, last)]
    return [season for season in seasons if season not in told]


def _facet(
    family: str, completion: str, trained: tuple[str, ...] = (), held_back: tuple[str, ...] = ()
) -> Facet:
    return Facet(
        name=f"abstain-{family}",
        category="abstention",
        fact_ids=(),
        completion=completion,
        wordings=trained,
        held_back=held_back,
        pack="essentials",
    )
