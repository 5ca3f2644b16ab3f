"""Clubs and places: the same one under a shorter or fuller name."""

from __future__ import annotations

import re
from collections.abc import Callable

from farense.scoring.fact.claims import (
    Case,
    Judgement,
    Mention,
    clause_before,
    judge,
    lexicon,
    plain,
)
from farense.scoring.fact.names import Run, alias_runs, content, is_name, name_words, uncommon

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
    r"(?:\(|\b(?:em|no|na|nos|nas|de|do|da|dos|das|golos? d[eo]|estadio"
    r"|(?:trein|orient|arbitr)ad\w+ por)(?: o| a)?) ?$"
)
_RESERVES_AFTER = re.compile(r" ?\(?((?:reservas|segundas categorias|juniores|juvenis|extinto)\b)")
_ELSEWHEN = re.compile(
    r"\b(?:jogou|jogava|viveu|vive|morreu|faleceu|cresceu|representou|treinou|mudou)\b"
)
_SIDE_BY_SIDE = re.compile(r",? ?(?:\be|\bou|/|&)(?: (?:o|a|em|no|na|ao|com o))? ?")
_AROUND = re.compile(r"\b(?:de|do|da|dos|das|hoje|atual|atualmente|perto d[eoa])(?: o| a)? ?$")


def judge_club(case: Case) -> Judgement:
    """The club under any of its names; Farense and what the question names do not count.

    Another club named as the answer is a contradiction; a place (*no Estádio de ...*) is not.
    """
    aliases = [_club(name) for name in _aliases(case)]
    mentions = _mentions(case, lambda words: any(_same_club(words, a) for a in aliases), _is_club)
    return judge(case, [m for m in mentions if not _only_echoes(case, m)], set())


def _only_echoes(case: Case, mention: Mention) -> bool:
    """The short name the question itself uses, where the full one is asked for."""
    asked = set(re.findall(r"\w+", plain(case.question)))
    said = set(re.findall(r"\w+", case.plain[mention.start : mention.end]))
    wanted = set(re.findall(r"\w+", plain(case.value)))
    return said <= asked and said < wanted and not wanted <= asked


def judge_place(case: Case) -> Judgement:
    """The first part of the expected name (*Jardim Manuel Bivar*, of *..., Faro*).

    A place of another event (*jogou em Faro*) neither answers nor contradicts.
    """
    aliases = [_place(name.split(",")[0]) for name in _aliases(case)]
    mentions = _mentions(case, lambda words: any(_same_place(words, a) for a in aliases), _is_place)
    return judge(case, [m for m in mentions if not _of_another_event(case, m)], set())


def _mentions(
    case: Case,
    same: Callable[[frozenset[str]], bool],
    is_rival: Callable[[Case, Run], bool],
) -> list[Mention]:
    """The expected name and its rivals; a rival the question or a reference names is none,
    unless it is listed beside the expected one.
    """

    def is_alias(run: Run) -> bool:
        reserves = _RESERVES_AFTER.match(case.plain[run.end :])
        return same(
            frozenset(content([*run.words, *re.findall(r"\w+", reserves[1])]))
            if reserves
            else frozenset(content(run.words))
        )

    found = alias_runs(case.answer, is_alias)
    aliases = [run for run in found if is_alias(run)]
    known = {w for text in (case.question, *case.references) for w in name_words(text)}
    mentions = [
        Mention(" ".join(run.words), run.start, run.end, run in aliases)
        for run in found
        if run in aliases
        or (
            is_rival(case, run)
            and not (set(run.words) <= known and not _listed(case, run, aliases))
        )
    ]
    return sorted(mentions, key=lambda m: m.start)


def _is_club(case: Case, run: Run) -> bool:
    return bool(uncommon(run.words)) and not _ELSEWHERE.search(case.plain[: run.start])


def _is_place(case: Case, run: Run) -> bool:
    before = case.plain[: run.start]
    if run.words == ("faro",):
        within = "faro" in plain(case.value) or re.search(r"[,(-] ?(?:em )?$", before)
        return not within and not _AROUND.search(before)
    named = set(uncommon(run.words)) - set(name_words(case.value))
    return bool(named) and not _AROUND.search(before)


def _listed(case: Case, run: Run, aliases: list[Run]) -> bool:
    """Named side by side with the expected one: *Louletano e Olhanense*."""
    return any(
        _SIDE_BY_SIDE.fullmatch(case.plain[min(run.end, a.end) : max(run.start, a.start)])
        for a in aliases
    )


def _of_another_event(case: Case, mention: Mention) -> bool:
    told = _ELSEWHEN.search(clause_before(case.plain, mention.start))
    return told is not None and told.group() not in plain(case.question)


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


def _same_club(mention: frozenset[str], name: frozenset[str]) -> bool:
    mention = frozenset(_unabbreviated(word, name) for word in mention)
    if not (mention and name) or mention & _RESERVES != name & _RESERVES:
        return False
    if mention == name or mention == _FULL.get(next(iter(name))):
        return True
    if mention < name:
        return bool(mention - _WEAK) or (
            len(mention) == 1 and _FULL.get(next(iter(mention))) == name
        )
    return name < mention and bool(name - _WEAK) and mention - name <= _WEAK


def _unabbreviated(word: str, name: frozenset[str]) -> str:
    """*Vit.* as the word of ``name`` it begins."""
    longer = [w for w in name if 2 <= len(word) <= 4 and w.startswith(word)]
    return longer[0] if longer else word


def _same_place(mention: frozenset[str], name: frozenset[str]) -> bool:
    bare = mention - _PLACE_WORDS
    return bool(bare and name) and (name <= bare or (bare < name and len(bare) * 2 >= len(name)))
