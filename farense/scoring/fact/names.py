"""Proper names in an answer: runs of capitalised words, and the words that tell names apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from farense.scoring.fact.claims import lexicon, plain
from farense.text import prepare

PARTICLES = lexicon(
    "da das de do dos e di del du la le",
)
_TITLES = lexicon(
    "dr dra eng engo enga prof profa cap maj cor gen sr sra exmo dom d doutor doutora",
    "engenheiro professor capitao major coronel general senhor senhora jr junior presidente",
    "mister treinador arq arquiteto conselheiro",
)
_GENERIC = lexicon(
    "sc sp fc cd dc sl gd cf ad ud ac acd cr sport clube club futebol desportivo desportiva",
    "desportos grupo associacao football o a os as ao aos fcc cp oaf sad gc",
)
# Words a Portuguese answer capitalises that name no person, club or place of its own.
_COMMON = lexicon(
    "o a os as um uma foi era e em no na nos nas ao aos com contra por pelo pela de do da",
    "quem qual que nao sim segundo resposta presidente primeiro primeira ultimo atual entre",
    "antes depois apos quando onde chamava-se chama-se seu sua clube jogo final equipa epoca",
    "temporada taca liga campeonato divisao portugal algarve uefa europa nacional segunda",
    "terceira i ii iii iv estadio farense sporting sc leoes leao faro portuguesa betclic nos",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "dr eng isto isso esse este ele ela eles dia ano perdeu venceu ganhou empatou frente",
    "diante adversario oponente maior nasceu natural sobre creio penso talvez acho nem ja mas",
    "tambem porem ficou chamam-se ser zona sul norte serie grupo i-b b c d f sou julgo claro",
    "certamente foram sao esta nesse nessa opositor rival derrota jogou",
    "defrontou como capitao socio fundador melhor marcador mandato cargo golos avancado",
    "guarda-redes medio defesa tem trata-se",
)
# A verb opens a sentence with a capital letter too: Jogava, Realizou-se.
_VERB = re.compile(r"\w{3,}(?:avam?|aram|eram|iram|ou)|\w+-se")
# Common words that a name may begin with all the same, if they are capitalised.
_OPENERS = lexicon("sporting leoes faro farense sao estadio")


@dataclass(frozen=True)
class Run:
    """A run of name words in a prepared text: its folded words (particles dropped) and place."""

    words: tuple[str, ...]
    start: int
    end: int


_INDEFINITE = re.compile(r"\b(?:um|uma|uns|umas|essa|esta|grande|nova|outra|e) $")
_TOKEN = re.compile(r"[^\W\d_][\w'ºª]*\.?(?:-[^\W\d_]\w*)*|\d+|[^\w\s]|\n")


def content(words: Iterable[str]) -> set[str]:
    """Folded words that tell one club or place from another."""
    return {w for w in words if (w not in PARTICLES | _GENERIC and len(w) > 1) or w == "b"}


def name_words(text: str) -> tuple[str, ...]:
    """The folded words of one name, without titles and particles."""
    raw = (_bare(t) for t in re.findall(r"[^\W\d_][\w'ºª.]*", plain(prepare(text))))
    return tuple(w for w in raw if w and w not in PARTICLES | _TITLES)


def runs(text: str, *, lowercase: bool = False) -> list[Run]:
    """Names in ``text`` (prepared), in order.

    Args:
        text: The prepared answer.
        lowercase: Take every word that is not a common one for a name; for answers typed
            without capitals, or with nothing else.
    """
    lowercase = lowercase or text.isupper()
    found: list[Run] = []
    words: list[str] = []
    start = end = 0
    for match in _TOKEN.finditer(text):
        word = _bare(plain(match.group()))
        if words and word in PARTICLES and word != "e":
            continue
        if words and word in {".", "-", "'"} and match.start() == end:
            continue
        if _is_name(match.group(), word, lowercase, bool(words)):
            start = start if words else match.start()
            end = match.end()
            words += [word]
        elif words and not (word == "e" and _joins(text, match.end())):
            found += [_run(words, start, end)]
            words = []
    if words:
        found += [_run(words, start, end)]
    return [run for run in found if run.words]


def alias_runs(text: str, is_alias: Callable[[Run], bool]) -> list[Run]:
    """All names in ``text``; where none is an alias, also those written in lower case."""
    found = runs(text)
    if any(map(is_alias, found)):
        return found
    lower = [r for r in runs(text, lowercase=True) if is_alias(r)]
    return found + [r for r in lower if not any(f.start < r.end and r.start < f.end for f in found)]


def common_noun(text: str, run: Run) -> bool:
    """A word in lower case after an indefinite article is no name: *uma estrela*."""
    return text[run.start].islower() and _INDEFINITE.search(plain(text[: run.start])) is not None


def is_name(text: str) -> bool:
    """True if the whole of ``text`` is one name and no sentence."""
    prepared = prepare(text)
    first_word = prepared.split(" ")[0] if prepared else ""
    sentence = re.search(r" [a-zà-ý]{4,}\b", prepared) or re.match(
        r"(?:O|A|Foi|Em|No|Na) ", prepared
    )
    return bool(first_word[:1].isupper() and not sentence)


def uncommon(words: Iterable[str]) -> list[str]:
    """The words that may name something, none of the ``_COMMON`` ones."""
    return [w for w in words if w not in _COMMON and w not in _TITLES and not w.isdigit()]


def _run(words: list[str], start: int, end: int) -> Run:
    trimmed = _TITLES | (_COMMON - _GENERIC - _OPENERS) | {"estadio"}
    while words and words[0] in trimmed:
        words = words[1:]
    return Run(tuple(w for w in words if w not in _TITLES), start, end)


def _is_name(token: str, word: str, lowercase: bool, inside: bool) -> bool:
    if not token[0].isalpha() or not word:
        return False
    if lowercase:
        return word not in _COMMON or word == "faro"
    if not inside and _VERB.fullmatch(word):
        return False
    if word in _COMMON and not inside and not (word in _OPENERS and token[0].isupper()):
        return False
    return token[0].isupper()


def _joins(text: str, position: int) -> bool:
    """*e* inside a name (Trigo e Silva, Benfica e Castelo Branco) is told by what it joins."""
    return (
        re.match(r" (?:Silva|Sousa|Castro|Costa|Melo|Castelo|Moscavide|Benfica)\b", text[position:])
        is not None
    )


def _bare(word: str) -> str:
    return word.replace("º", "").replace("ª", "").strip(".'")
