"""Answers that are words: every telling word of a reference, in any order, none denied."""

from __future__ import annotations

import re
from collections import Counter

from farense.scoring.fact.claims import Case, Judgement, lexicon, plain
from farense.text import find_values, fold, prepare

_STOP = lexicon(
    "o a os as um uma uns umas de do da dos das e em no na nos nas ao aos por pelo pela com",
    "que se foi era eram foram sao ser seu sua seus suas como ou",
    "para entre esta este isso muito mais tem tinha desde ate cor cores",
)
# Words of one closed list: where a reference names some, an answer may name no other.
_CLOSED = (
    lexicon("branc pret vermelh azul verd amarel gren rox laranj cinzent"),
    lexicon("guard defes medi avancad extrem lateral central"),
    lexicon("vitori derrot empat"),
    lexicon("esquerd direit centr"),
    lexicon("ganhou venceu perdeu empatou"),
    lexicon("cas for neutr"),
    lexicon("promovid despromovid subiu desceu"),
    lexicon("campea vice finalist"),
)
_SAME = {"azui": "azul", "negr": "pret", "encarnad": "vermelh"}
_DIVISION = re.compile(
    r"\b(?:(?P<one>i|1\.?ª|primeira)|(?P<two>ii|2\.?ª|segunda)|(?P<three>iii|3\.?ª|terceira)"
    r"|(?P<four>iv|4\.?ª|quarta)) (?=divisao|liga|serie|volta|mao)"
)
_NEGATION = re.compile(r"\b(?:nao|nunca|jamais|nem|tampouco|falso|mentira|errado)\b")
_HARMLESS = re.compile(r"\bnao (?:so|apenas|somente)\b|\b(?:sem|nao ha) (?:\w+ )?duvidas?\b")
_OPEN_SPAN = re.compile(
    r"\b(?:desde (?:o ano de )?)?((?:19|20)\d\d) ?(?:-|a|ate a?o?|a?te hoje|/)? ?"
    r"(?:a?o? ?)?(?:atual\w*|presente|hoje|agora|momento)\b|\bdesde (?:o ano de )?((?:19|20)\d\d)\b"
)


def judge_text(case: Case) -> Judgement:
    """Every telling word of the value or of a reference; numbers in their order.

    Inflection (*branca*, *brancos*) is folded. A negation the reference lacks, an *ou* it
    lacks, or another word of the same closed list (a third colour) is wrong.
    """
    yes_no = fold(case.value)
    if yes_no in ("sim", "nao"):
        return _judge_yes_no(case, yes_no)
    given = _stems(case.answer)
    return Judgement(
        any(_agrees(case, reference) for reference in (case.value, *case.references)),
        (" ".join(given),) if given else (),
    )


def _judge_yes_no(case: Case, expected: str) -> Judgement:
    said = re.match(r"\W*(sim|nao|claro|exato|correto)\b", case.plain)
    if said is None:
        return Judgement(False, ())
    read = "nao" if said[1] == "nao" else "sim"
    both = re.search(r"\b(?:sim e nao|nem sim nem nao|sim ou nao)\b", case.plain)
    return Judgement(read == expected and not both, (read,))


def _agrees(case: Case, reference: str) -> bool:
    wanted, given = _stems(reference), _stems(case.answer)
    if reference != case.value:
        # A reference is a sentence that repeats its question; an answer need not.
        echoed = set(_stems(case.question))
        wanted = [w for w in wanted if w not in echoed]
    if not wanted or not Counter(wanted) <= Counter(given):
        return False
    if _negations(case.answer) != _negations(reference):
        return False
    if re.search(r"\bou\b", case.plain) and not re.search(r"\bou\b", plain(reference)):
        return False
    excused = set(_stems(case.question)) | {w for r in case.references for w in _stems(r)}
    if any(_closed_rivals(set(wanted), set(given) - excused)):
        return False
    numbers = [w for w in wanted if w[0].isdigit()]
    told = [w for w in given if w[0].isdigit()]
    stated = [w for w in told if w in numbers or w not in excused]
    return not numbers or (stated[: len(numbers)] == numbers and set(stated) == set(numbers))


def _closed_rivals(wanted: set[str], others: set[str]) -> list[str]:
    return [w for closed in _CLOSED if wanted & closed for w in (others - wanted) & closed]


def _negations(text: str) -> bool:
    return _NEGATION.search(_HARMLESS.sub(" ", plain(prepare(text)))) is not None


def _stems(text: str) -> list[str]:
    words = re.split(r"[\s,]+|(?<=[^\W\d])-(?=[^\W\d])", fold(_canonical(text)))
    return [_stem(w) for w in words if w and w not in _STOP]


def _canonical(text: str) -> str:
    """The text with every date, score, span and number in one notation."""
    prepared = prepare(text)
    for found in reversed(find_values(prepared)):
        if found.kind not in ("article", "other", "roman"):
            value = f"{found.value}º" if found.kind == "ordinal" else found.value
            prepared = f"{prepared[: found.start]} {value} {prepared[found.end :]}"
    prepared = re.sub(r"(?i)\b((?:desc|sub)\w+) de divisão", r"\1", prepared)
    levelled = _DIVISION.sub(_level, plain(prepare(prepared)))
    return _OPEN_SPAN.sub(lambda m: f"{m[1] or m[2]}-hoje", levelled)


def _level(match: re.Match[str]) -> str:
    """*II*, *2.ª* and *segunda* before *divisão* as one word."""
    return f"{match.lastgroup} "


def _stem(word: str) -> str:
    if word[0].isdigit() or len(word) < 4:
        return word
    stem = re.sub(r"(?:[oae]s?|s)$", "", word)
    return _SAME.get(stem, stem)
