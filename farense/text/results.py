"""Results of matches as they are told: 2-1, dois a um, empate a um, Farense 2 Olhanense 1."""

from __future__ import annotations

import re

from farense.text.calendar import Reading
from farense.text.numerals import SMALL_CARDINAL, cardinal_value

_GOALS = r"(?: (?:golos?|bolas?|gols?))?"
NUMBER = rf"(?:\d{{1,2}}|meia d[úu]zia|{SMALL_CARDINAL})"
SCORE = re.compile(
    rf"(?<![\w/])(?<!\d[.,:/-])(?P<left>{NUMBER}){_GOALS}"
    rf"(?: ?(?P<sign>[-x]) ?|(?P<colon>:| : )|(?P<to> a | contra ))(?P<right>{NUMBER}){_GOALS}"
    r"(?![\w/]|[:-]\d|[.,]\d|\.?[ºª]|\.[oa]\b| ?%)",
    re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(r"\b(?:de|entre|d[ao]s?|jornadas?|páginas?) $", re.IGNORECASE)
_RESULT_BEFORE = re.compile(
    r"\b(?:vit[óo]ria|derrota|resultado|goleada|triunfo|empate|desaire|placar|marcador)"
    r"(?: (?:final|expressiva|pesada))? d[eo] $",
    re.IGNORECASE,
)
_RANGE_AFTER = re.compile(r" (?:anos|jornadas?|meses|dias|minutos|euros)\b", re.IGNORECASE)
DRAW = re.compile(
    rf"\b(?:empat\w+|igualdade|iguald\w+)(?: foi)? (?:a (?P<each>{NUMBER}|zeros){_GOALS}"
    r"(?![\w/]|\.?[ºª]|-\d)|(?P<nil>nulo|sem golos)"
    rf"|(?:(?:em|n[oa]|com|com [oa]|frente ao?|diante do?) [\w-]+ )+a (?P<away>{NUMBER})"
    r" (?:golos?|bolas?))|\b(?P<nulo>nulo)\b"
    r"|\b(?P<none>nenhum golo foi marcado|n[ãa]o houve golos|ningu[ée]m marcou)\b"
    rf"|(?<!\w)(?P<same>{NUMBER})(?: igual\b|{_GOALS} para cada (?:lado|equipa|um|uma|clube)\b)",
    re.IGNORECASE,
)
_TEAM = r"(?-i:[A-ZÀ-Ý])[\w.]+(?: (?:d[aeo]s? )?(?-i:[A-ZÀ-Ý])[\w.]*)*"
SPOKEN_TEAMS = re.compile(
    rf"(?<!\w)(?P<left>{NUMBER}){_GOALS} d[oa]s? {_TEAM},? (?:contra|e) "
    rf"(?P<right>{NUMBER}){_GOALS} d[oa]s? {_TEAM}"
    rf"|\b{_TEAM} (?:marcou|fez|apontou) (?P<first>{NUMBER}){_GOALS},? (?:e|contra) (?:d?[oa]s? )?"
    rf"{_TEAM}(?: (?:marcou|fez|apontou))? (?P<second>{NUMBER}){_GOALS}(?!\w)",
    re.IGNORECASE,
)
_NO_TEAM = r"(?!Jornada|Dia|Grupo|Liga|S[ée]rie|Zona|Golos|Pontos|Vit[óo]rias|Jogos|Empate|Derrota)"
TEAMS = re.compile(
    rf"\b{_NO_TEAM}[A-ZÀ-Ý][\w.]+(?: ?[-:] ?|, ?| )(?P<left>\d{{1,2}})(?: ?[-,;] ?| e (?:o |a )?| )"
    rf"{_NO_TEAM}[A-ZÀ-Ý][\w.]*(?:[ -](?:d[aeo]s? )?[A-ZÀ-Ý][\w.]*)*(?: ?[-:] ?|, ?| )"
    r"(?P<right>\d{1,2})(?![\w/]|[.,:-]\d|\.?[ºª])"
)


def read_score(match: re.Match[str]) -> Reading | None:
    """None where the numbers are the ends of a range: *de 2 a 10 de maio*."""
    left, right = (small_number(match[side]) for side in ("left", "right"))
    before, after = match.string[: match.start()], match.string[match.end() :]
    by_word = match["to"] is not None
    if by_word and _RANGE_BEFORE.search(before) and not _RESULT_BEFORE.search(before):
        return None
    if by_word and _RANGE_AFTER.match(after):
        return None
    return [("score", f"{left}-{right}")]


def read_draw(match: re.Match[str]) -> Reading:
    if match["none"]:
        return [("score", "0-0"), ("integer", "0")]
    each = match["each"] or match["same"] or match["away"]
    goals = 0 if each is None or each.lower() == "zeros" else small_number(each)
    return [("score", f"{goals}-{goals}")]


def read_spoken_teams(match: re.Match[str]) -> Reading:
    left, right = match["left"] or match["first"], match["right"] or match["second"]
    return [("score", f"{small_number(left)}-{small_number(right)}")]


def small_number(text: str) -> int:
    """A match of ``NUMBER`` as a number."""
    if text.lower().startswith("meia "):
        return 6
    return int(text) if text.isdigit() else cardinal_value(text)
