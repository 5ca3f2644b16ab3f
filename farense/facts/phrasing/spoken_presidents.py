"""Spoken wordings about the presidents of the essentials, dealt out by turn."""

from __future__ import annotations

from typing import TypeAlias

from farense.facts.phrasing.spelling import spell, spell_all
from farense.facts.phrasing.spoken import some_of
from farense.facts.tables import President
from farense.text import fold

# Training wordings, and those held back.
Said: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
NOTHING_SAID: Said = ((), ())

# {early} and {late} are years inside the term, its second and its last but one.
_WHO = (
    "Quem era o nosso presidente em {early}?",
    "Olha lá, quem esteve à frente {do} entre {start} e {end}?",
    "De {start} até {end}, o presidente {do} foi quem?",
    "Quem dirigia {o} em {late}?",
    "Quem comandou {o} no período {years}?",
    "Em {early}, quem presidia ao nosso clube?",
    "Não me lembro quem era presidente {do} em {late}.",
    "Alguém sabe quem geriu {o} entre {start} e {end}?",
    "A presidência {do} de {start} até {end} foi de quem?",
    "Gostava de saber quem mandou {no} entre {start} e {end}.",
    "Presidente {do} em {late}, quem era?",
    "Quem ocupou a cadeira de presidente de {start} até {end}?",
    "E já agora, em {early} o presidente {do} era quem?",
)
_WHO_SLIPS = (
    "Quem foi o persidente {do} de {start} até {end}?",
    "Quem era o presidnete {do} em {late}?",
    "Qem mandava {no} entre {start} e {end}?",
)
_WHO_HURRIED = (
    "Quem foi o presidente {do} entre {start} e {end}?",
    "Presidente {do} no período {years}",
    "Quem presidia {ao} em {early}?",
)
_WHO_HELD_BACK = "Que presidente teve {o} entre {start} e {end}?"
_WHO_NOW = (
    "Quem é o nosso presidente?",
    "E já agora, quem preside {ao} hoje?",
    "Quem comanda agora o nosso clube?",
    "O presidente {do} neste momento é quem?",
    "Desde {start}, quem dirige {o}?",
    "Alguém sabe quem é o atual presidente {do}?",
    "Quem é o persidente atual {do}?",
)
_WHO_NOW_HURRIED = ("Quem é o presidente {do} agora?",)
_WHO_NOW_HELD_BACK = "Quem ocupa hoje a presidência {do}?"
# {titled} is "Dr. António Ferreira" or "presidente Rui Fernandes".
_WHEN = (
    "Quando é que o {titled} esteve à frente {do}?",
    "{short} foi nosso presidente em que anos?",
    "Olha lá, em que anos mandou {short} no clube?",
    "Não me lembro quando {short} presidiu {ao}.",
    "Em que anos dirigiu {full} o clube?",
    "Gostava de saber os anos de {short} na presidência.",
    "Na presidência {do}, {short} esteve em que anos?",
    "O {titled} comandou {o} em que anos?",
    "Alguém sabe quando {full} liderou o clube?",
    "E já agora, {short} foi presidente quando?",
)
_WHEN_SLIPS = (
    "Em que anos foi {short} persidente {do}?",
    "Quando foi {short} o presidnete {do}?",
    "{short} presidiu {ao} qando?",
)
_WHEN_HURRIED = (
    "{short} presidente {do}, em que anos?",
    "Anos de {full} na presidência",
    "Quando mandou {short} {no}?",
)
_WHEN_HELD_BACK = "Em que anos teve {short} a presidência {do}?"
_SINCE = (
    "Desde quando temos {short} como presidente?",
    "{short} é o nosso presidente desde que ano?",
    "O {titled} está à frente {do} desde quando?",
    "Em que ano pegou {full} {no}?",
    "Gostava de saber quando {short} assumiu a presidência.",
    "Olha lá, {short} manda {no} desde quando?",
    "Desde qunado preside {short} {ao}?",
)
_SINCE_HURRIED = ("{short} presidente {do}, desde que ano?",)
_SINCE_HELD_BACK = "Em que ano assumiu {short} a presidência {do}?"


def spoken_who(president: President, turn: int) -> Said:
    """Eight training wordings, the hurried one last, and one to hold back.

    Terms that ended must have lasted two years or more, or no year is only theirs.
    """
    values = years_of(president)
    if president.end_year is None:
        return _said(_WHO_NOW, _WHO_NOW_HURRIED, _WHO_NOW_HELD_BACK, turn, values)
    patterns = (*some_of(_WHO, 6, turn), *some_of(_WHO_SLIPS, 1, turn))
    return _said(patterns, _WHO_HURRIED, _WHO_HELD_BACK, turn, values)


def years_of(president: President) -> dict[str, str]:
    """The years of a term by the names the wordings use; only the start if it goes on."""
    start, end = president.start_year, president.end_year
    if end is None:
        return {"start": str(start)}
    return {
        "start": str(start),
        "end": str(end),
        "years": president.term,
        "early": str(start + 1),
        "late": str(end - 1),
    }


def titled(president: President, short: str) -> str:
    """``Dr. António Ferreira`` or ``presidente Rui Fernandes``."""
    title = president.name.removesuffix(president.plain_name).strip() or "presidente"
    return f"{title} {short}"


def spoken_when(last: President, short: str, turn: int) -> Said:
    """As `spoken_who`, about the years of one person, whose latest term is ``last``."""
    values = {"short": short, "full": last.plain_name, "titled": titled(last, short)}
    if last.end_year is None:
        return _said(_SINCE, _SINCE_HURRIED, _SINCE_HELD_BACK, turn, values)
    patterns = (*some_of(_WHEN, 6, turn), *some_of(_WHEN_SLIPS, 1, turn))
    return _said(patterns, _WHEN_HURRIED, _WHEN_HELD_BACK, turn, values)


def _said(
    patterns: tuple[str, ...],
    hurried: tuple[str, ...],
    held_back: str,
    turn: int,
    values: dict[str, str],
) -> Said:
    trained = spell_all(patterns, turn, **values)
    typed = fold(spell(hurried[turn % len(hurried)], turn, **values))
    return (*trained, typed), (spell(held_back, turn, **values),)
