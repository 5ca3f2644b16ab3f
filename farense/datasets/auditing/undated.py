"""Questions about one match that name no season: several matches, and answers, fit them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from farense.datasets.formats.items import Item
from farense.datasets.subjects import names_in, stated_facts, times_of
from farense.text import find_values, is_abstention

_MATCH = re.compile(
    r"\b(?:jog[oaá]\w*|resultado|partida|encontro|desafio|d[ée]rbi|derby|duelo|confronto|embate"
    r"|marcador|placard?|desfecho|rece[pb]?[cç][ãa]o|receb[eiê]\w*|visit\w+|desloca\w+|ganh\w+"
    r"|venc\w+|bat(?:eu|emos|er)|perd\w+|empat\w+|gole\w+|derrot\w+|defront\w+|enfrent\w+|elimin\w+"
    r"|quanto (?:ficou|deu|fez|fizemos|acabou|foi)|quantos a quantos|por quantos"
    r"|(?:ficou|acabou|deu) (?:em )?quanto|como (?:acabou|terminou|correu|ficou|foi))\b",
    re.IGNORECASE,
)
_OTHER = r"(?:[oa]s? )?(?!(?:SC |Sporting Clube )?Farense\b)[A-ZÀ-Ý]"
_AGAINST = re.compile(
    r"\b(?i:contra|frente ao?s?|com o|diante d[aeo]s?|perante|vs\.?|versus)\s|\s[-–—x]\s"
    r"|\b(?i:visita|desloca[çc][ãa]o|ida|rece[pb]?[cç][ãa]o) (?:ao?s?|à) "
    r"|\b(?i:casa|campo|terreno|reduto|est[áa]dio) d[aeo]s? (?!São Lu|Farense)[A-ZÀ-Ý]"
    r"|\b(?i:bateu|batemos|venceu|vencemos|derrotou|recebeu|recebemos|visitou|eliminou|goleou"
    rf"|defrontou|enfrentou|ganh\w+ ao?|marc\w+ ao?|com a|com os|frente à) {_OTHER}"
)
_PAIRING = re.compile(r"\bFarense ?[-–—x] ?[A-ZÀ-Ý]|[A-ZÀ-Ý][\w.]* ?[-–—x] ?Farense\b")
_YEAR = re.compile(r"(?:1[89]|20)\d\d|\b\d\d[/-]\d\d\b|['’]\d\d\b")
_TIMES = frozenset(("date", "day", "month", "season", "span", "year", "short_year"))
_DECADE = re.compile(r"\bd[ée]cada|\banos (?:\d0|vinte|\w+enta)\b", re.IGNORECASE)
# What leaves one match, whenever it was; *fianl* is a final too, and Europe was once.
_SINGLED_OUT = re.compile(
    r"\bfi[na]{2,3}l\w*|\bdesempate|\bdeci[ds]\w+|\bdiscut\w+|\bestre(?:ia|ou|ámos|amos)"
    r"|\binaugur\w+|\bt[íi]tulo|\bcampe(?:ão|ã|ões|ao)\b|\brecord\w*|\bmaior\w*|\bmaoir|\bpior\w*"
    r"|\bmelhor\w*|\bm[áa]xim\w+|\bmais (?:\w+a|golos|largo|gordo)\b|\bpor mais|\bderradeir\w+"
    r"|\bprimeir\w+(?! (?:liga|divis|escal))|\b[úu]ltim\w+|\bgoleada das goleadas|\bJamor|\bcaneco"
    r"|\d ?[-–] ?\d|\bpor \d+|\b\d+ golos?\b|\buefa|\beurop\w+"
    r"|\b(?:ganh|conquist|venc|lev)\w+ [ao] (?:II?|[12]\w?|taça|liga|campeonato|divisão|prova)\b",
    re.IGNORECASE,
)
# Counted over many matches: no season is part of the question.
_COUNTED = re.compile(
    r"\bquant[ao]s (?:vezes|jogos|partidas|vit[óo]rias|derrotas|empates|triunfos)\b|\bsaldo"
    r"|\bbalan[çc]o|\bhist[óo]rico|\bao todo|\bno total|\balguma vez"
    r"|\bj[áa] (?:ganh|perd|empat|jog|venc|defront)",
    re.IGNORECASE,
)
_GROUND = re.compile(
    r"\b(?i:casa|fora|c[áa]|l[áa]|mão|casei\w+|est[áa]dio|terreno|campo|solo|terras)\b"
    r"|\bS[ãa]o Lu[íi]s|\b(?i:em|de|a|ao|no) [A-ZÀ-Ý]"
)
_NOT_THE_RESULT = re.compile(
    r"\b(?:competi[çc]|prova|taça|[ée]poca|temporada|ano|data|dia|quando|equipa|clube|advers)",
    re.IGNORECASE,
)
# As in matches/1995-1996-taca-uefa-1r-lyon-h and standings/1994-1995/primeira-liga.
_SEASON_IN_ID = re.compile(r"/(\d{4})-\d{4}[-/]")
_ENOUGH_ROWS = 20


def undated_matches(items: Sequence[Item], prompts: Sequence[str]) -> list[int]:
    """Rows that ask about a match and leave open which.

    A question is sound that names a time, counts over many matches, or says what there was
    once (a final, the biggest win). So is one about a club that the dataset itself, in twenty
    rows or more, knows from one season only, if it names the ground or does not ask for the
    result. A refused question may leave everything open.

    Args:
        prompts: The questions, folded.
    """
    rows = [row for row, item in enumerate(items) if leaves_match_open(item.prompt)]
    rows = [row for row in rows if not is_abstention(items[row].completion)]
    once = _met_in_one_season(items, rows)
    return [
        row
        for row in rows
        if not (_tells_leg(items[row].prompt) and any(_in(name, prompts[row]) for name in once))
    ]


def leaves_match_open(prompt: str) -> bool:
    """Whether a question is about one match against a club, and nothing in it says which."""
    about = (_MATCH.search(prompt) and _AGAINST.search(prompt)) or _PAIRING.search(prompt)
    if not about or _YEAR.search(prompt) or _SINGLED_OUT.search(prompt) or _COUNTED.search(prompt):
        return False
    return not (_DECADE.search(prompt) or any(v.kind in _TIMES for v in find_values(prompt)))


def _in(name: str, prompt: str) -> bool:
    """Whether a folded question holds a folded name, as whole words."""
    return f" {name} " in f" {prompt} "


def _tells_leg(prompt: str) -> bool:
    """Whether two matches of one season are told apart, or have one answer."""
    return any(p.search(prompt) for p in (_GROUND, _PAIRING, _NOT_THE_RESULT))


def _met_in_one_season(items: Sequence[Item], rows: Sequence[int]) -> frozenset[str]:
    """Names in ``rows`` that all dated rows of the dataset tie to one season."""
    asked = {name for row in rows for name in names_in(items[row].prompt)}
    seasons: defaultdict[str, list[str]] = defaultdict(list)
    for item in items if asked else ():
        told = f"{item.prompt}\n{item.completion}"
        found = asked.intersection(names_in(told))
        for season in _seasons(item, told) if found else ():
            for name in found:
                seasons[name].append(season)
    return frozenset(
        name for name, met in seasons.items() if len(met) >= _ENOUGH_ROWS and len(set(met)) == 1
    )


def _seasons(item: Item, told: str) -> set[str]:
    """First years of the seasons that a row's facts are of, or that it tells."""
    of_facts = {year for fact in stated_facts(item) for year in _SEASON_IN_ID.findall(fact)}
    if of_facts:
        return of_facts
    dates, times = times_of(told)
    dated = {date[:4] if date[5:7] >= "07" else str(int(date[:4]) - 1) for date in dates}
    return dated | {time[:4] for time in times}
