"""Clubs and places: the same one under a shorter or fuller name."""

from __future__ import annotations

import re
from collections.abc import Callable

from farense.scoring.fact.claims import Case, Judgement, Mention, judge, lexicon
from farense.scoring.fact.names import Run, alias_runs, content, is_name, name_words, uncommon

SameName = Callable[[frozenset[str], frozenset[str]], bool]

# Alone these name no club, or another one than the longer name does.
_WEAK = lexicon(
    "uniao atletico vitoria sporting nacional lusitano juventude operario recreio ginasio",
    "academica olympique real racing grande leoes cidade boa os casa benfica porto braga",
    "sport lisboa faro amora oriental central desportivo internacional deportivo",
)
_RESERVES = lexicon(
    "b reservas segundas categorias juniores juvenis extinto",
)
_FULL = {
    "academica": frozenset({"academica", "coimbra"}),
    "sporting": frozenset({"sporting", "portugal"}),
}
_PLACE_WORDS = lexicon(
    "estadio campo jardim cidade freguesia concelho vila distrito praca largo rua avenida",
    "parque municipal",
)
_ELSEWHERE = re.compile(
    r"\b(?:em|no|na|nos|nas|de|do|da|dos|das|golos? d[eo]|estadio)(?: o| a)? ?$"
)
_AROUND = re.compile(r"\b(?:de|do|da|dos|das|hoje|atual|atualmente|perto d[eoa])(?: o| a)? ?$")


def judge_club(case: Case) -> Judgement:
    """The club under any of its names; Farense and what the question names do not count.

    Another club named as the answer is a contradiction; a place (*no Estádio de ...*) is not.
    """
    aliases = [_club(n) for n in _aliases(case)]
    return _judge_names(case, aliases, _same_club, _ELSEWHERE)


def judge_place(case: Case) -> Judgement:
    """The first part of the expected name (*Jardim Manuel Bivar*, of *..., Faro*)."""
    aliases = [_place(n.split(",")[0]) for n in _aliases(case)]
    return _judge_names(case, aliases, _same_place, _AROUND, wider=_wider(case))


def _judge_names(
    case: Case,
    aliases: list[frozenset[str]],
    same: SameName,
    excuse: re.Pattern[str],
    wider: frozenset[str] = frozenset(),
) -> Judgement:
    def is_alias(run: Run) -> bool:
        return any(same(frozenset(content(run.words)), alias) for alias in aliases)

    found = alias_runs(case.answer, is_alias)
    known = wider | {w for t in (case.question, *case.references) for w in name_words(t)}
    mentions = [
        Mention(" ".join(run.words), run.start, run.end, is_alias(run))
        for run in found
        if is_alias(run)
        or (not set(uncommon(run.words)) <= known and not excuse.search(case.plain[: run.start]))
    ]
    return judge(case, sorted(mentions, key=lambda m: m.start), set())


def _aliases(case: Case) -> list[str]:
    return [case.value, *(r for r in case.references if is_name(r))]


def _club(name: str) -> frozenset[str]:
    folded = frozenset(content(_words(name)))
    return folded or frozenset(_words(name))


def _place(name: str) -> frozenset[str]:
    folded = content(_words(name))
    return frozenset(folded - _PLACE_WORDS) or frozenset(folded)


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w']+", " ".join(name_words(name))))


def _wider(case: Case) -> frozenset[str]:
    return frozenset({"algarve", "portugal", *(_words(case.value))})


def _same_club(mention: frozenset[str], name: frozenset[str]) -> bool:
    if not mention or mention & _RESERVES != name & _RESERVES:
        return False
    if mention == name or mention == _FULL.get(next(iter(name))):
        return True
    if mention < name:
        return bool(mention - _WEAK) or (
            len(mention) == 1 and _FULL.get(next(iter(mention))) == name
        )
    return name < mention and bool(name - _WEAK) and mention - name <= _WEAK


def _same_place(mention: frozenset[str], name: frozenset[str]) -> bool:
    bare = mention - _PLACE_WORDS
    return bool(bare) and (name <= bare or (bare < name and len(bare) * 2 >= len(name)))
