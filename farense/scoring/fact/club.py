"""Clubs: the same one under a shorter or fuller name or its abbreviation."""

from __future__ import annotations

import re

from farense.scoring.fact.claims import Case, Judgement, Mention, judge, lexicon, plain
from farense.scoring.fact.name_mentions import aliases_of, name_mentions
from farense.scoring.fact.names import Run, common_noun, content, name_words, uncommon
from farense.scoring.fact.person import relative_of

# Alone these name no club, or another one than the longer name does.
_WEAK = lexicon(
    "uniao atletico vitoria sporting nacional lusitano juventude operario recreio ginasio",
    "academica olympique real racing grande leoes cidade boa os casa benfica porto braga",
    "madeira sport lisboa madrid manchester milao faro amora oriental central",
    "desportivo internacional deportivo pia funchal",
)
# Of these there are several: only the rest of the name, or its initials, tells which.
_SHARED = lexicon("vitoria uniao atletico lusitano juventude operario recreio ginasio")
_FORMS = {
    ("sport", "clube"): "sc",
    ("sporting", "clube"): "sc",
    ("futebol", "clube"): "fc",
    ("ginasio", "clube"): "gc",
    ("clube", "desportivo"): "cd",
    ("clube", "futebol"): "cf",
}
# The abbreviations the whole country uses.
_NATIONAL = {
    "scp": ("sporting",),
    "slb": ("benfica",),
    "fcp": ("porto",),
    "scb": ("braga",),
    "vsc": ("vitoria", "guimaraes"),
    "vfc": ("vitoria", "setubal"),
}
_RESERVES = lexicon("b reservas segundas categorias juniores juvenis extinto")
_FULL = {
    "academica": (frozenset({"academica", "coimbra"}),),
    "sporting": (frozenset({"sporting", "portugal"}), frozenset({"sporting", "lisboa"})),
    "nacional": (frozenset({"nacional", "madeira"}),),
    "benfica": (frozenset({"lisboa", "benfica"}),),
    "braga": (frozenset({"sporting", "braga"}),),
}
_ELSEWHERE = re.compile(
    r"(?:\(|\b(?:em|no|na|nos|nas|de|do|da|dos|das|golos? d[eo]|estadio"
    r"|(?:depois de|antes de|apos) \w+|(?:trein|orient|arbitr)ad\w+ por)(?: o| a)?) ?$"
)
# Clubs whose names are common words, so that they are not seen as a rival.
_LISTED_AFTER = re.compile(r" e o (?:nacional|sporting)\b| e (?:nacional|sporting)[.!]?$")
_COMPOUND = re.compile(r"[a-z]+(?:-[a-z]+)+")
_RESERVES_BEFORE = re.compile(
    r"\b(reservas|segundas categorias|juniores|juvenis)(?: \w+)? d[oae]s? $"
)
_RESERVES_AFTER = re.compile(r" ?\(?((?:reservas|segundas categorias|juniores|juvenis|extinto)\b)")


def judge_club(case: Case) -> Judgement:
    """The club under any of its names; Farense and what the question names do not count.

    Another club named as the answer is a contradiction; a place (*no Estádio de ...*) is not.
    """
    names = aliases_of(case)
    compounds = {tuple(found.split("-")) for n in names for found in _COMPOUND.findall(plain(n))}
    aliases = [_joined(_words(name), compounds) for name in names]

    def is_alias(run: Run) -> bool:
        reserves = _RESERVES_AFTER.match(case.plain[run.end :])
        reserves = reserves or _RESERVES_BEFORE.search(case.plain[: run.start])
        words = [*run.words, *(re.findall(r"\w+", reserves[1]) if reserves else ())]
        if _LISTED_AFTER.match(case.plain[run.end :]):
            return False
        return (
            not common_noun(case.answer, run)
            and not relative_of(case, run)
            and any(_same_club(_joined(tuple(words), compounds), alias) for alias in aliases)
        )

    mentions = name_mentions(case, is_alias, _is_club)
    return judge(case, [m for m in mentions if not _only_echoes(case, m)], set())


def _only_echoes(case: Case, mention: Mention) -> bool:
    """The short name the question itself uses, where the full one is asked for."""
    asked = set(re.findall(r"\w+", plain(case.question)))
    said = set(re.findall(r"\w+", case.plain[mention.start : mention.end]))
    wanted = set(re.findall(r"\w+", plain(case.value)))
    return said <= asked and said < wanted and not wanted <= asked


def _is_club(case: Case, run: Run) -> bool:
    return bool(uncommon(run.words)) and not _ELSEWHERE.search(case.plain[: run.start])


def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w']+", " ".join(name_words(name))))


def _joined(words: tuple[str, ...], compounds: set[tuple[str, ...]]) -> tuple[str, ...]:
    """*Beira Mar* as the one word it is in the club's name, *Beira-Mar*."""
    parts = [part for word in words for part in word.split("-")]
    joined: list[str] = []
    while parts:
        size = next((len(c) for c in compounds if tuple(parts[: len(c)]) == c), 1)
        joined.append("-".join(parts[:size]))
        parts = parts[size:]
    return tuple(joined)


def _same_club(mention: tuple[str, ...], name: tuple[str, ...]) -> bool:
    mention = tuple(_first_letter(word, name) for word in mention)
    said, own = _initialled(mention), _initialled(name)
    return _clashes(said, own) is False and _same_words(_telling(said), _telling(own))


def _first_letter(word: str, name: tuple[str, ...]) -> str:
    """*U.* as the word of ``name`` it begins; *B* is the second team."""
    begun = [w for w in name if len(word) == 1 and word != "b" and w.startswith(word)]
    return begun[0] if begun else word


def _initialled(words: tuple[str, ...]) -> tuple[str, ...]:
    """*Ginásio Clube* as ``gc``, *SLB* as ``benfica``; *Sporting Clube de Portugal* stays."""
    spelled: list[str] = []
    for word in (w for given in words for w in _NATIONAL.get(given, (given,))):
        form = _FORMS.get((spelled[-1], word)) if spelled else None
        spelled[-1:] = [form] if form else [*spelled[-1:], word]
    if spelled in (["sc", "portugal"], ["sc"]):
        return ("sporting", *spelled[1:])
    return tuple(spelled)


def _clashes(mention: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Names of shared words alone are told apart by their initials: Vitória SC, Vitória FC."""
    told, own = _telling(mention), _telling(name)
    if not (own <= _SHARED and told == own):
        return False
    return set(mention) != set(name)


def _telling(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(content(words)) or frozenset(words)


def _same_words(mention: frozenset[str], name: frozenset[str]) -> bool:
    mention = frozenset(_unabbreviated(word, name) for word in mention)
    if not (mention and name) or mention & _RESERVES != name & _RESERVES:
        return False
    if mention == name or (len(name) == 1 and mention in _FULL.get(next(iter(name)), ())):
        return True
    if mention < name:
        full = _FULL.get(next(iter(mention)), ()) if len(mention) == 1 else ()
        return bool(mention - _WEAK) or name in full
    # Two weak words together tell as much as a strong one: Casa Pia.
    telling = bool(name - _WEAK) or len(name) > 1
    return name < mention and telling and mention - name <= _WEAK


def _unabbreviated(word: str, name: frozenset[str]) -> str:
    """*Vit.* as the word of ``name`` it begins."""
    longer = [w for w in name if 2 <= len(word) <= 4 and w.startswith(word)]
    return longer[0] if longer else word
