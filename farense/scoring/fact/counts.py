"""Ordinals and integers in an answer, with the thing they count."""

from __future__ import annotations

import re

from farense.scoring.fact.claims import Case, Judgement, Mention, clause_before, judge, plain
from farense.text import find_values
from farense.text.values import Found

# A number answers only for what it counts; a noun may count several things.
_COUNTS = {
    "goal": r"golos?|gols?|tentos?|bolas?",
    "match": r"jogos?|partidas?|encontros?|desafios?|presencas?|internacionalizac\w+|participac\w+",
    "season": r"epocas?|temporadas?|presencas?|participac\w+|edic\w+|campeonatos?|anos?",
    "win": r"vitorias?|triunfos?",
    "draw": r"empates?|igualdades?",
    "defeat": r"derrotas?|desaires?",
    "point": r"pontos?",
    "title": r"titulos?|tacas?|campeonatos?|trofeus?",
    "player": r"jogador\w*|futebolistas?|atletas?",
    "team": r"equipas?|clubes?|times?|participantes?|concorrentes?",
    "member": r"socios?|associados?",
    "year": r"anos?",
    "president": r"presidentes?",
    "minute": r"minutos?",
    "card": r"cartoes|cartao|amarelos|vermelhos",
    "assist": r"assistencias?|passes",
    "euro": r"euros?|contos|escudos",
    "round": r"jornadas?|rondas?|eliminatorias?",
    "spectator": r"espet?ador\w*|espectador\w*|adeptos?|lugares",
}
_UNIT = {name: re.compile(rf"(?:{pattern})\b") for name, pattern in _COUNTS.items()}
_FILLER = r"(?:(?:d[eao]s?|primeir[oa]s|grandes|tot\w+|oficiais|consecutiv\w+|na|no)\s+)*"
_VERBS = {"win": r"\b(?:venc|ganh)\w+", "draw": r"\bempat\w+", "defeat": r"\bperd\w+"}
_ASKED = re.compile(rf"\b(?:quant[oa]s|numero (?:total )?de|total de)\s+{_FILLER}")
_AGAINST = re.compile(r"\w+\s+(?:sofrid\w+|encaixad\w+|consentid\w+|contra)\b|sofrid\w+")
_FOR = re.compile(r"\w+\s+(?:marcad\w+|apontad\w+|a favor)\b|marcad\w+")
_PLACED = re.compile(
    r"\b(?:lugar|posicao|posto|classificado em|n\.?[oº]|numero)(?: n\.?[oº])?[ :]*$"
)
_OTHER_ORDER = re.compile(
    r"^ (?:jornada|eliminatoria|fase|volta|ronda|vez|escalao|edicao|mao|parte|divisao|liga|serie"
    r"|epoca|temporada|presenca|participacao|minuto|presidente|grupo|final|seculo)\w*"
)
_CHAMPION = re.compile(r"(?<!vice-)(?<!vice )\b(?:campeao|campeoes|primeiro classificado)\b")
_WON_IT = re.compile(r"\b(?:ganh|venc|conquist)\w+ (?:o campeonato|a liga|o titulo|a prova)\b")
# The place of another team, told to say where this one stood: a dois pontos do segundo.
_LANDMARK = re.compile(
    r"\b(?:pontos?|atr[aá]s|[aà] frente|diante|longe|perto) d[oae]s? $"
    r"|\b(?:atr[aá]s|[aà] frente) d[oae]s? [\w ]+[,(] ?$|[A-ZÀ-Ý][\w.]+ \($"
)
_AMONG = re.compile(r"\b(?:top|primeir[oa]s) ?-?$")
_AT_MINUTE = re.compile(r"\baos? (?:minuto )?$")
_NONE = re.compile(
    r"\b(?:nenhum|nenhuma|nunca)\b|\b(?:ainda )?nao \w+ (?:ainda )?(?:qualquer|quaisquer)\b"
)
_RUNNER_UP = re.compile(r"\bvice-?(?: )?campea\w+")


def judge_ordinal(case: Case) -> Judgement:
    """The position: ``5.º``, *quinto*, ``lugar 5`` or a bare ``5``; *campeão* is 1.

    Ordinals of rounds, phases or occasions (*1.ª jornada*) are other information unless
    the question asks for one.
    """
    asked = plain(case.question)
    mentions = [
        Mention(f.value, f.start, f.end, f.value == case.value)
        for f in find_values(case.answer)
        if f.kind == "ordinal" and not _of_another_order(case, f, asked)
        if f.value == case.value or not _LANDMARK.search(case.answer[: f.start])
    ]
    if not mentions:
        mentions = _bare_positions(case) or _titles(case)
    return judge(case, mentions, case.excused("ordinal"))


def judge_integer(case: Case) -> Judgement:
    """The number, of the thing asked for; *nenhum* is 0, a lone *uma* is 1.

    A number that counts something else neither answers nor contradicts. Years do neither,
    unless the expected number could be one.
    """
    units = _asked_units(case)
    like_a_year = re.fullmatch(r"(?:1[89]|20)\d\d", case.value) is not None
    kinds = ("integer", "short_year", *(["year"] if like_a_year else []))
    found = [f for f in find_values(case.answer) if f.kind in kinds]
    if not found and case.value == "1":
        found = [f for f in find_values(case.answer) if f.kind == "article"]
    mentions = [
        Mention(_number(f), f.start, f.end, _number(f) == case.value)
        for f in found
        if _number(f) == case.value or not _AT_MINUTE.search(case.plain[: f.start])
        if _compatible(_units_of(case, f), units)
    ]
    if not mentions:
        # XXIV, where nothing else is said.
        alone = [f for f in find_values(case.answer) if f.kind == "roman"]
        mentions = [Mention(f.value, f.start, f.end, f.value == case.value) for f in alone]
    none = _NONE.search(case.plain)
    if not mentions and none:
        right = case.value == "0"
        return Judgement(right, ("0",))
    return judge(case, mentions, case.excused("integer"))


def _number(found: Found) -> str:
    """*Em 90* answers 90 where a number is asked for."""
    return found.value[-2:] if found.kind == "short_year" else found.value


def _of_another_order(case: Case, found: Found, asked: str) -> bool:
    after = _OTHER_ORDER.match(case.plain[found.end :])
    return after is not None and after.group().strip()[:6] not in asked


def _bare_positions(case: Case) -> list[Mention]:
    return [
        Mention(f.value, f.start, f.end, f.value == case.value)
        for f in find_values(case.answer)
        if f.kind in ("integer", "roman")
        and not (f.kind == "roman" and _OTHER_ORDER.match(case.plain[f.end :]))
        and not _AMONG.search(case.plain[: f.start])
        and not case.plain[f.end :].startswith(" primeir")
        and (_PLACED.search(case.plain[: f.start]) or not _units_after(case.plain, f.end))
    ]


def _titles(case: Case) -> list[Mention]:
    return [
        Mention(value, m.start(), m.end(), value == case.value)
        for value, pattern in (("1", _CHAMPION), ("1", _WON_IT), ("2", _RUNNER_UP))
        for m in pattern.finditer(case.plain)
    ]


def _asked_units(case: Case) -> set[str]:
    """What is counted, from the question; else from the words after the value in a reference."""
    question = plain(case.question)
    asked = _ASKED.search(question)
    units = _units_after(question, asked.end()) if asked else set()
    if "conceded" in units and re.search(r"\bsofr\w+", question):
        return {"conceded"}
    if units:
        return units
    for reference in case.references:
        for found in find_values(reference):
            if found.kind == "integer" and found.value == case.value:
                units |= _units_after(plain(reference), found.end)
    return units


def _units_after(text: str, position: int) -> set[str]:
    rest = re.sub(rf"^\s*{_FILLER}", "", text[position:])
    units = {name for name, pattern in _UNIT.items() if pattern.match(rest)}
    if "goal" in units or re.match(r"(?:sofrid|marcad)", rest):
        if _AGAINST.match(rest):
            return {"conceded"}
        return {"scored"} if _FOR.match(rest) else {"scored", "conceded"}
    return units


def _units_of(case: Case, found: Found) -> set[str]:
    """What the number counts; *venceu sete jogos* counts wins."""
    units = _units_after(case.plain, found.end)
    if "match" not in units:
        return units
    clause = clause_before(case.plain, found.start)
    return units | {unit for unit, verb in _VERBS.items() if re.search(verb, clause)}


def _compatible(given: set[str], asked: set[str]) -> bool:
    return not given or not asked or bool(given & asked)
