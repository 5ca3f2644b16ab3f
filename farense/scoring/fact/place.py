"""Places: the most precise part of the name, spelled out or short."""

from __future__ import annotations

import re

from farense.scoring.fact.claims import (
    Case,
    Judgement,
    Mention,
    clause_before,
    judge,
    lexicon,
    plain,
)
from farense.scoring.fact.name_mentions import aliases_of, name_mentions
from farense.scoring.fact.names import Run, content, name_words, uncommon

_PLACE_WORDS = lexicon(
    "estadio campo jardim cidade freguesia concelho distrito praca largo rua avenida",
    "parque municipal est cafe igreja hotel teatro cinema escola quinta horta alameda casa sede",
)
_SAINTS = dict.fromkeys(("s", "sto", "sta", "santo", "santa"), "sao")
# The national stadium is called by the valley it stands in.
_ALSO = {frozenset({"nacional"}): frozenset({"jamor"})}
_ELSEWHEN = re.compile(
    r"\b(?:jogou|jogado|jogava|viveu|vive|morreu|faleceu|cresceu|representou|treinou|mudou)\b"
)
_AROUND = re.compile(r"\b(?:de|do|da|dos|das|hoje|atual|atualmente|perto d[eoa])(?: o| a)? ?$")
_NEAR = re.compile(
    r"\b(?:longe|fora|arredores|proxim\w*|lado|vizinh\w*|pe|caminho|sul|norte|leste|oeste"
    r"|km|quilometros|perto|junto) (?:d[eoa]s?|a) $"
)
_WITHIN = re.compile(r"(?:, (?:em|n[oa]) | \(|, entre (?:\w+ e )?)")


def judge_place(case: Case) -> Judgement:
    """The first part of the expected name (*Jardim Manuel Bivar*, of *..., Faro*).

    A place of another event (*jogou em Faro*) neither answers nor contradicts, where a
    question says which event is meant; nor does the town or country around the place.
    """
    names = [_spelled(name_words(name.split(",")[0])) for name in aliases_of(case)]
    aliases = [_place(name) for name in names]
    aliases += [_ALSO[alias] for alias in aliases if alias in _ALSO]
    initials = {"".join(w[0] for w in name) for name in names if len(name) > 2}

    def is_alias(run: Run) -> bool:
        if _near(case, run):
            return False
        short = case.answer[run.start : run.end].isupper() and set(run.words) <= initials
        said = frozenset(content(_spelled(run.words)))
        return short or any(_same_place(said, alias) for alias in aliases)

    mentions = name_mentions(case, is_alias, _is_place)
    return judge(case, [m for m in mentions if _of_this_event(case, m, mentions)], set())


def _near(case: Case, run: Run) -> bool:
    """Beside the place, not in it: *perto de Faro*."""
    said = re.finditer(r"\w+", case.plain[run.start : run.end])
    return any(_NEAR.search(case.plain[: run.start + word.start()]) for word in said)


def _is_place(case: Case, run: Run) -> bool:
    before = case.plain[: run.start]
    if run.words == ("faro",):
        within = "faro" in plain(case.value) or re.search(r"[,(-] ?(?:em )?$", before)
        return not within and not _AROUND.search(before)
    named = set(uncommon(run.words)) - set(name_words(case.value))
    return bool(named) and not _AROUND.search(before)


def _of_this_event(case: Case, mention: Mention, mentions: list[Mention]) -> bool:
    before = [m for m in mentions if m.matches and m.end <= mention.start]
    if not mention.matches and before:
        around = case.plain[before[-1].end : mention.start]
        if _WITHIN.fullmatch(around):
            return False
    told = _ELSEWHEN.search(clause_before(case.plain, mention.start))
    return not case.question or told is None or told.group() in plain(case.question)


def _spelled(words: tuple[str, ...]) -> tuple[str, ...]:
    """Every saint alike, so that *S.* may stand for any: *Sto. António*, *S. Luís*."""
    return tuple(_SAINTS.get(w.strip("."), w) for w in words)


def _place(words: tuple[str, ...]) -> frozenset[str]:
    folded = content(words)
    return frozenset(folded - _PLACE_WORDS) or frozenset(folded)


def _same_place(mention: frozenset[str], name: frozenset[str]) -> bool:
    bare = mention - _PLACE_WORDS
    if not (bare and name):
        return False
    if name <= bare:
        return True
    enough = len(bare) * 2 > len(name) or (len(bare) * 2 == len(name) == 2)
    return bare < name and enough and "sao" not in name - bare
