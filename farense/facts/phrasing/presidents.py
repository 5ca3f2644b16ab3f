"""Questions about who presided over the club, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from farense.errors import FactTableError
from farense.facts.phrasing.facet import Facet, PackName, each_once
from farense.facts.phrasing.spelling import spell, spell_all
from farense.facts.phrasing.spoken_presidents import (
    NOTHING_SAID,
    spoken_when,
    spoken_who,
    titled,
    years_of,
)
from farense.facts.phrasing.varied_dealt import (
    VARIED_SINCE,
    VARIED_WHEN,
    VARIED_WHO,
    VARIED_WHO_NOW,
    varied,
)
from farense.facts.phrasing.voices import voiced_when, voiced_who
from farense.facts.tables import FactTables, President

ESSENTIAL_ORDERS = frozenset({1, 2, 3, *range(39, 49)})
_MONTHS = {"mar": "março", "ago": "agosto"}
# Beyond the essentials three wordings must do.
_FEWER = 3

# {when} is the whole term ("de 1989 a 1992"), {inside} a year that only it covers.
_WHO = (
    "Quem foi o presidente {do} {when}?",
    "Diz-me quem presidiu {ao} {when}.",
    "{o} teve que presidente {when}?",
    "Quem mandava {no} {inside}?",
    "Presidente {do}, {years}",
    "Sabes quem liderou os Leões de Faro {inside}?",
)
_WHO_HELD_BACK = ("Qual era o nome do presidente {do} {when}?",)
_WHO_NOW = (
    "Quem é o presidente {do}?",
    "Diz-me o nome do atual presidente {do}.",
    "{o} tem que presidente hoje em dia?",
    "Quem manda {no} desde {start}?",
    "Presidente atual {do}",
    "Sabes quem lidera agora os Leões de Faro?",
)
_WHO_NOW_HELD_BACK = ("Quem está à frente {do} neste momento?",)
_WHEN = (
    "Quando foi {short} presidente {do}?",
    "Diz-me quando presidiu {full}.",
    "{short} presidiu {ao} em que anos?",
    "Em que período liderou {short} os Leões de Faro?",
    "{full}, anos de presidente",
    "Sabes quando é que {short} mandou {no}?",
)
_WHEN_HELD_BACK = ("De quando a quando durou a presidência de {short}?",)
_SINCE = (
    "Desde quando é {short} presidente {do}?",
    "Diz-me desde que ano {full} preside {ao}.",
    "{short} chegou a presidente {do} em que ano?",
    "Em que ano começou {short} a liderar os Leões de Faro?",
    "{full}, presidente desde quando",
    "Sabes quando é que {short} começou a mandar {no}?",
)
_SINCE_HELD_BACK = ("A partir de que ano é {short} o presidente {do}?",)


def president_facets(tables: FactTables) -> Iterator[Facet]:
    """Who presided in each term; when each person presided, all terms in one answer.

    Orders 1-3 and 39-48 are essentials, the others core.
    """
    _require_distinct_short_names(tables.presidents)
    for turn, president in enumerate(tables.presidents):
        yield _who(president, turn)
    by_name: dict[str, list[President]] = {}
    for president in tables.presidents:
        by_name.setdefault(president.plain_name, []).append(president)
    for turn, terms in enumerate(by_name.values()):
        yield _when(terms, turn)


def short_name(name: str) -> str:
    """First and last name: ``António José Andrade Boronha`` → ``António Boronha``."""
    words = name.split()
    last = words[-2:] if words[-1] == "Jr." else words[-1:]
    return " ".join(words[:1] + last)


def _surnames(name: str) -> str:
    """The last two names, as presidents are often called: ``Gomes Ferreira``."""
    return " ".join(name.split()[-2:])


def term_in_words(president: President) -> str:
    """``de 1989 a 1992``, ``em 1947``, ``de março a agosto de 1946``, ``desde 2018``."""
    if president.end_year is None:
        return f"desde {president.start_year}"
    months = re.search(r"\(([a-z]{3})-([a-z]{3})\)", president.term)
    if months:
        return f"de {_MONTHS[months[1]]} a {_MONTHS[months[2]]} de {president.start_year}"
    if president.end_year == president.start_year:
        return f"em {president.start_year}"
    return f"de {president.start_year} a {president.end_year}"


def _who(president: President, turn: int) -> Facet:
    now = president.end_year is None
    wordings, held_back = (_WHO_NOW, _WHO_NOW_HELD_BACK) if now else (_WHO, _WHO_HELD_BACK)
    pack = _pack(president)
    values = {
        "when": _whole_term(president),
        "inside": _inside(president),
        "years": president.term,
        "start": str(president.start_year),
    }
    spoken, spoken_held_back = spoken_who(president, turn) if pack == "essentials" else NOTHING_SAID
    held_out = spell_all(held_back, 0, **values) + spoken_held_back
    return Facet(
        name="president-now" if now else "president-in-term",
        category="presidents",
        fact_ids=(president.fact_id,),
        completion=_who_answer(president),
        wordings=each_once(
            spell_all(_chosen(wordings, pack), turn, **values)
            + _varied(VARIED_WHO_NOW if now else VARIED_WHO, pack, turn, years_of(president))
            + spoken
            + (voiced_who(years_of(president), turn) if pack == "essentials" else ()),
            held_out,
        ),
        held_back=held_out,
        pack=pack,
    )


def _when(terms: Sequence[President], turn: int) -> Facet:
    now = terms[-1].end_year is None
    wordings, held_back = (_SINCE, _SINCE_HELD_BACK) if now else (_WHEN, _WHEN_HELD_BACK)
    packs = {_pack(president) for president in terms}
    pack: PackName = "essentials" if "essentials" in packs else "core"
    name = terms[0].plain_name
    short = short_name(name)
    names = {"short": short, "full": name, "titled": titled(terms[-1], short)}
    spoken, spoken_held_back = (
        spoken_when(terms[-1], short, turn) if pack == "essentials" else NOTHING_SAID
    )
    held_out = tuple(spell(pattern, 0, **names) for pattern in held_back) + spoken_held_back
    called = (short, _surnames(name), name)
    return Facet(
        name="president-since" if now else "president-when",
        category="presidents",
        fact_ids=tuple(president.fact_id for president in terms),
        completion=f"{short} {_was(now)} presidente {' e '.join(map(term_in_words, terms))}.",
        wordings=each_once(
            spell_all(_chosen(wordings, pack), turn, **names)
            + _varied(VARIED_SINCE if now else VARIED_WHEN, pack, turn, names)
            + spoken
            + (voiced_when(called, turn, now=now) if pack == "essentials" else ()),
            held_out,
        ),
        held_back=held_out,
        pack=pack,
    )


def _who_answer(president: President) -> str:
    """``O presidente de 1989 a 1992 foi António …``: the term before the name it leads to."""
    now = president.end_year is None
    term = "atual" if now else term_in_words(president)
    answer = f"O presidente {term} {_was(now)} {president.plain_name}."
    return answer.replace("..", ".")


def _was(now: bool) -> str:
    return "é" if now else "foi"


def _whole_term(president: President) -> str:
    """The term so that no other fits: a lone year is also touched by its neighbours."""
    words = term_in_words(president)
    return f"só {words}" if words.startswith("em ") else words


def _inside(president: President) -> str:
    """``em 1990``, a year that belongs to this term alone, or else the whole term."""
    end = president.end_year
    if end is None or end - president.start_year <= 1:
        return _whole_term(president)
    return f"em {(president.start_year + end) // 2}"


def _pack(president: President) -> PackName:
    return "essentials" if president.order in ESSENTIAL_ORDERS else "core"


def _chosen(wordings: tuple[str, ...], pack: PackName) -> tuple[str, ...]:
    return wordings if pack == "essentials" else wordings[:_FEWER]


def _varied(
    pool: tuple[str, ...], pack: PackName, turn: int, values: dict[str, str]
) -> tuple[str, ...]:
    return spell_all(varied(pool, turn), turn, **values) if pack == "essentials" else ()


def _require_distinct_short_names(presidents: Sequence[President]) -> None:
    full_names: dict[str, str] = {}
    for president in presidents:
        short = short_name(president.plain_name)
        if full_names.setdefault(short, president.plain_name) != president.plain_name:
            raise FactTableError(
                president.fact_id,
                f"{president.plain_name!r} and {full_names[short]!r} shorten to {short!r}",
                "names that differ when shortened",
                "Ask about one of them by the full name only.",
            )
