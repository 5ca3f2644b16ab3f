"""Rounds as documents write them, in the labels of the tables: J5, 4E, 1/8, QF, MF, F."""

from __future__ import annotations

import re

from farense.text import fold

_LEG = re.compile(r" ?\d[ªa] mao$")
_BARE = re.compile(r"0*(\d{1,2})")
_SPELT = (
    (re.compile(r"(?:j|jornada) ?0*(\d{1,2})|0*(\d{1,2})ª? jornada"), "J{}"),
    (re.compile(r"(\d{1,2})ª? ?(?:e|eliminatoria)"), "{}E"),
    (re.compile(r"1/(16|32|64|8)(?: (?:de )?finals?)?|(16|32|64) avos de final"), "1/{}"),
)
_WORDS = {
    **dict.fromkeys(("f", "final"), "F"),
    **dict.fromkeys(("ff", "finalissima"), "FF"),
    **dict.fromkeys(("mf", "1/2", "meia final", "meias finais", "semifinal"), "MF"),
    **dict.fromkeys(("qf", "1/4", "quartos", "quartos de final"), "QF"),
    **dict.fromkeys(("oitavos", "oitavos de final"), "1/8"),
}


def round_label(written: str, *, league: bool) -> str:
    """The label of a round; a spelling that is not known stays as it is.

    *Jornada 5* and *5.ª jornada* are ``J5``, *4.ª eliminatória* is ``4E``, *quartos de final*
    ``QF``, with or without *(1.ª mão)*. A bare number is a matchday where ``league`` says so.
    """
    folded = _LEG.sub("", fold(written).replace("-", " "))
    if league and (number := _BARE.fullmatch(folded)):
        return f"J{number[1]}"
    for pattern, label in _SPELT:
        if found := pattern.fullmatch(folded):
            return label.format(next(filter(None, found.groups())))
    return _WORDS.get(folded, written)
