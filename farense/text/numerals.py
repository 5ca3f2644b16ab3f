"""Portuguese number words, cardinal and ordinal, as patterns and as values.

Both spellings of each side of the Atlantic are read (dezassete, dezessete), with or without
diacritics. Patterns match lower- or upper-case text and hold no group.
"""

from __future__ import annotations

import re


def _table(entries: str) -> dict[str, int]:
    return {word: int(value) for word, value in (e.split("=") for e in entries.split())}


_UNITS = _table("um=1 uma=1 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9")
_TEENS = _table(
    "dez=10 onze=11 doze=12 treze=13 catorze=14 quatorze=14 quinze=15 dezasseis=16 dezesseis=16"
    " dezassete=17 dezessete=17 dezoito=18 dezanove=19 dezenove=19"
)
_TENS = _table(
    "vinte=20 trinta=30 quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90"
)
_HUNDREDS = _table(
    "cem=100 cento=100 duzentos=200 duzentas=200 trezentos=300 trezentas=300 quatrocentos=400"
    " quatrocentas=400 quinhentos=500 quinhentas=500 seiscentos=600 seiscentas=600"
    " setecentos=700 setecentas=700 oitocentos=800 oitocentas=800 novecentos=900 novecentas=900"
)
_ORDINAL_UNITS = _table("primeir=1 segund=2 terceir=3 quart=4 quint=5 sext=6 sétim=7 oitav=8 non=9")
_ORDINAL_TENS = _table(
    "décim=10 vigésim=20 trigésim=30 quadragésim=40 quinquagésim=50 sexagésim=60"
    " septuagésim=70 octogésim=80 nonagésim=90 centésim=100"
)
_ORDINAL_TEENS = _table("undécim=11 duodécim=12")

_ACCENTS = str.maketrans("áâãéêíóôõúç", "aaaeeiooouc")
_CARDINAL_VALUES = {
    word.translate(_ACCENTS): value
    for word, value in ({"zero": 0} | _UNITS | _TEENS | _TENS | _HUNDREDS).items()
}
_ORDINAL_VALUES = {
    stem.translate(_ACCENTS): value
    for stem, value in (_ORDINAL_UNITS | _ORDINAL_TENS | _ORDINAL_TEENS).items()
}


def _any(stems: dict[str, int]) -> str:
    loose = {s.replace("ê", "[êe]").replace("é", "[ée]").replace("í", "[íi]") for s in stems}
    return "(?:" + "|".join(sorted(loose, key=lambda s: (-len(s), s))) + ")"


_BELOW_100 = rf"(?:{_any(_TENS)}(?: e {_any(_UNITS)})?|{_any(_TEENS)}|{_any(_UNITS)}|zero)"
_BELOW_1000 = rf"(?:{_any(_HUNDREDS)}(?: e {_BELOW_100})?|{_BELOW_100})"
SMALL_CARDINAL = rf"\b{_BELOW_100}\b"
CARDINAL = (
    rf"\b(?:(?:{_BELOW_1000} )?mil\b(?:(?: e)? {_BELOW_1000}|, {_any(_HUNDREDS)}"
    rf"(?: e {_BELOW_100})?)?|{_BELOW_1000})\b"
)
ROMAN = r"\b(?=[IVXLCDM])M{0,2}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b"
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}

_UNIT = rf"{_any(_ORDINAL_UNITS)}[oa]"
_TEN = rf"(?:{_any(_ORDINAL_TENS)}|{_any(_ORDINAL_TEENS)})[oa]"
ORDINAL = rf"\b(?:{_TEN}(?:[ -]{_UNIT})?|{_UNIT})\b"


def cardinal_value(text: str) -> int:
    """The number a match of ``CARDINAL`` stands for."""
    total = part = 0
    for word in text.lower().replace(",", "").translate(_ACCENTS).split():
        if word == "mil":
            total, part = total + max(part, 1) * 1000, 0
        elif word != "e":
            part += _CARDINAL_VALUES[word]
    return total + part


def ordinal_value(text: str) -> int:
    """The number a match of ``ORDINAL`` stands for."""
    spoken = re.split(r"[ -]", text.lower().translate(_ACCENTS))
    return sum(_ORDINAL_VALUES[word[:-1]] for word in spoken)


def roman_value(text: str) -> int:
    """The number a match of ``ROMAN`` stands for; a smaller digit before a larger is taken off."""
    digits = [_ROMAN_DIGITS[letter] for letter in text]
    return sum(-d if d < max(digits[i:]) else d for i, d in enumerate(digits))
