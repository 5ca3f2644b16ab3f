"""People: the same person under a shorter or fuller name, never a namesake."""

from __future__ import annotations

import re

from farense.scoring.fact.claims import Case, Judgement, Mention, judge, lexicon, plain
from farense.scoring.fact.names import Run, alias_runs, common_noun, is_name, name_words, uncommon

_GIVEN = lexicon(
    "antonio jose joao manuel luis carlos francisco pedro maria paulo rui fernando jorge",
    "mario miguel nuno ricardo vitor artur alvaro alberto armando augusto henrique julio",
    "filipe andre bruno hugo sergio tiago domingos joaquim anibal rodolfo marcelo abilio",
    "valter adelino osvaldo guilherme candido hortencio matias garcia marques",
) - {"garcia", "marques"}
# Short forms everybody knows; others count only if a reference holds them.
_FAMILIAR = {
    "to": "antonio",
    "ze": "jose",
    "chico": "francisco",
    "quim": "joaquim",
    "manel": "manuel",
    "nando": "fernando",
    "xico": "francisco",
    "zeca": "jose",
}
_COUNTRIES = lexicon(
    "marrocos espanha franca brasil argelia angola mocambique inglaterra alemanha italia belgica",
    "servia croacia bosnia jugoslavia bulgaria romenia suecia nigeria senegal gana argentina",
    "uruguai colombia mexico hungria polonia russia holanda austria suica cabo verde guine",
)
# Somebody around a person is not that person: o filho de Boronha.
RELATIVE = re.compile(
    r"\b(irma|filh|pai|mae|net[oa]|sobrinh|prim[oa]\b|tio|tia|mulher|espos|marid|viuv|sucess|suced"
    r"|antecess|anteced|adjunt|rival|coleg|amig|assistent|genr|cunhad|secretari|advers|opos|inimig"
    r"|vizinh|substitut|homonim|familiar|parent|carrasc)\w* (?:d[eoa]s? )"
    r"(?:(?:dr|eng|prof|sr|sra|dra|doutor|senhor)\.? )*$"
)
_CALLED = re.compile(
    r",? \(?(?:(?:mais |tambem )?conhecid[oa] (?:por|como) |dit[oa] |ou seja,? )?(?:[oa] )?\"?"
)
_PREDECESSOR = re.compile(
    r"(?:\((?:treinador|presidente|capitao|adjunto):?|\b(?:suced\w+|substitu\w+|antec\w+|seguid\w+|seguiu-se|filho|irmao|pai|depois|antes|apos"
    r"|treinad\w+|orientad\w+|golos?|contra))"
    r"(?: (?:a|ao|o|de|do|da|por|pelo|dr\.?|no cargo))* ?$"
)


def judge_person(case: Case) -> Judgement:
    """Surname, first and last, or full name; titles, particles and accents are optional.

    A first name alone is too little. Another person's name beside the expected one is a
    contradiction, unless question or references hold it, or it is told as the one before,
    after or around.
    """
    aliases = [name_words(case.value), *(name_words(r) for r in case.references if is_name(r))]
    found = alias_runs(case.answer, lambda run: _is_alias(run, aliases))
    known = {w for text in (case.question, *case.references) for w in name_words(text)}
    mentions = [
        Mention(" ".join(run.words), run.start, run.end, _is_alias(run, aliases))
        for run in found
        if not relative_of(case, run) and not common_noun(case.answer, run)
        if _is_alias(run, aliases) or _is_rival(case, run, known)
    ]
    return judge(case, sorted(mentions, key=lambda m: m.start), set())


def relative_of(case: Case, run: Run) -> bool:
    """Named only to say who or what stands around it, which the question does not ask."""
    told = RELATIVE.search(case.plain[: run.start])
    return told is not None and told[1] not in plain(case.question)


def _is_alias(run: Run, aliases: list[tuple[str, ...]]) -> bool:
    return any(
        same_person(run.words, alias)
        and not (len(alias) == 1 < len(run.words) and _namesake(run.words, alias[0], aliases))
        for alias in aliases
    )


def _namesake(words: tuple[str, ...], name: str, aliases: list[tuple[str, ...]]) -> bool:
    """*Hassan Fadil* under the alias *Hassan* of one whose surname is known to be Nader."""
    fuller = {w for alias in aliases if len(alias) > 1 and name in alias for w in alias}
    return bool(fuller) and not set(words) <= fuller


def same_person(mention: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """True if ``mention`` names the person called ``name``; both are folded words in order."""
    if not mention or not name:
        return False
    if mention == name and len(name) > 1:
        return True  # Also of one whose surname is another's first name: Joaquim Paulo.
    if len(name) == 1:
        return mention[-1] == name[0] or (mention[0] == name[0] and name[0] not in _GIVEN)
    if len(mention) == 1:
        return mention[0] == name[-1] and mention[0] not in _GIVEN
    if _in_order(mention, name):
        return any(w not in _GIVEN for w in mention if not _same_word(w, name[0]))
    return mention[0] == name[0] and mention[-1] == name[-1] and _in_order(name, mention)


def _in_order(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    rest = iter(long)
    return all(any(_same_word(word, other) for other in rest) for word in short)


def _same_word(word: str, other: str) -> bool:
    return _FAMILIAR.get(word, word) == other or (len(word) == 1 and other.startswith(word))


def _is_called(case: Case, run: Run) -> bool:
    """Another first name of the same surname, told as one person: *Francisco X, o Paco X*."""
    called = _CALLED.match(case.plain[run.end :])
    rest = case.plain[run.end + called.end() :] if called else ""
    wanted = name_words(case.value)
    return len(wanted) > 1 and run.words[-1] == wanted[-1] and rest.startswith(" ".join(wanted))


def _is_rival(case: Case, run: Run, known: set[str]) -> bool:
    telling = uncommon(run.words)
    if not telling or set(telling) <= known | _COUNTRIES or _is_called(case, run):
        return False
    if _PREDECESSOR.search(case.plain[: run.start]):
        return False
    return len(run.words) > 1 or not re.search(
        r"\b(?:em|no|na|nos|nas|de|do|da|d[oa]s|ao)(?: \w+)? ?$", case.plain[: run.start]
    )
