"""What an answer claims: which mentions it asserts, denies, asks or leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from farense.text import find_values, prepare, without_accents
from farense.text.values import Found


@dataclass(frozen=True)
class Case:
    """One answer to judge: the prepared texts and the expected canonical value."""

    answer: str
    value: str
    references: tuple[str, ...]
    question: str

    @classmethod
    def of(cls, answer: str, value: str, references: Sequence[str], question: str) -> Case:
        return cls(prepare(answer), value, tuple(map(prepare, references)), prepare(question))

    @cached_property
    def plain(self) -> str:
        """The answer in lower case without diacritics; positions are those of ``answer``."""
        return plain(self.answer)

    def excused(self, *kinds: str) -> set[str]:
        """Values of these kinds that the question or a reference already holds."""
        return {
            found.value
            for text in (self.question, *self.references)
            for found in find_values(text)
            if found.kind in kinds
        }


@dataclass(frozen=True)
class Mention:
    """One candidate in the answer: what it says, where, and if it is the expected one."""

    value: str
    start: int
    end: int
    matches: bool


@dataclass(frozen=True)
class Judgement:
    """``right``, and every candidate as it was read (a denied one with ``não``)."""

    right: bool
    read: tuple[str, ...]


_TITLES = r"(?<!\bdr)(?<!\bdra)(?<!\beng)(?<!\bprof)(?<!\bcap)(?<!\bmaj)(?<!\bsr)(?<!\bn)"
_SENTENCE_END = re.compile(rf"[!?;:\n]|(?:(?<!\d){_TITLES}|(?<=\d))\.(?=\s|$)")
_CLAUSE = re.compile(
    r", |\bmas\b|\be sim\b|\bso que\b|\bporem\b|\bembora\b|\benquanto\b"
    r"|(?<!nao )(?<!nunca )\be (?:o \w+ |a \w+ )?(?=(?:foi|ficou|terminou|acabou|venceu"
    r"|ganhou|empatou|perdeu|nasceu|era|marcou|em)\b)"
)
_ASIDE = re.compile(
    r", (?:como|ao contrario|segundo|conforme|alegadamente|porventura|de facto|na verdade)[^,]*,"
)
_HARMLESS = re.compile(
    r"\bnao (?:so|apenas|somente|obstante)\b|\b(?:nao ha|sem) (?:\w+ )?duvidas?\b"
    r"|\bse (?:bem )?nao (?:me engano|estou em erro|erro)\b|\bnao me falha\b"
    r"|\bnao (?:foi|conseguiu ir|ficou) alem d\w+|\bnao pass(?:ou|aram) d\w+"
    r"|\bnao (?:conseguiu )?evit(?:ou|ar)\b|\bsalvo (?:erro|engano|melhor)\b"
)
_DENIAL = re.compile(
    r"\b(?:nao|nunca|jamais|nem|tampouco|tudo menos|tod[oa]s menos|em vez d[eoa]s?"
    r"|ao inves d[eoa]s?|em lugar d[eoa]"
    r"|(?:e|era|sera) (?:falso|mentira|errado|incorreto)|erradamente|exceto|salvo)\b"
)
_DENIED_AFTER = re.compile(
    r"^[\s,\"')]*(?:(?:e|foi|era)? ?nao (?:e|foi|era|esta|eram|foram|pode|corresponde)\b(?! alem)"
    r"|(?:e|esta|estaria|seria) (?:falso|errad|incorret|mentira)|nao[.!]?$|\? nao\b)"
    r"|^ nao \w+(?:ou|eu|iu)\b|^,? [oa] \w+ nao (?:\w+(?:ou|eu|iu)|foi|esteve)\b"
)
_BOUNDED = re.compile(
    r"\b(?:mais d[eo]|menos d[eoa]|quase|acima d[eo]|abaixo d[eo]|antes d[eoa]|depois d[eoa]"
    r"|apos|cerca d[eo]|por volta d[eo]|aproximadamente|perto d[eoa]|no minimo"
    r"|no maximo|pelo menos|a volta d[eo]|em torno d[eo]|ronda(?:ram|va|vam|m)?|uns|umas|ate"
    r"|quase (?:foi|era|ficou)|a \w+ \w+ d[eoa]s?|proxim[oa]s? d[eoa]|mais ou menos"
    r"|(?:seguinte|anterior|posterior) ao?"
    r"|a partir d[eoa])s?"
    r"(?: (?:o|a|os|as|ano|de|dia|da|epoca|temporada))* ?$"
)
_UNTIL = re.compile(r"\bate(?: (?:o|a|ao|ano|de))* ?$")
_FROM = re.compile(r"\ba partir d[eoa]s?(?: ano de)? ?$")
_ASKS_FROM = re.compile(r"\b(?:desde|a partir|comec\w+|inici\w+)\b")
_ASKS_UNTIL = re.compile(r"\b(?:ate|fim|acab\w+|termin\w+|deix\w+|sai\w+|cess\w+)\b")
_OR_SO = re.compile(
    r"^(?: \w+)? (?:ou|e) (?:mais(?! ninguem| nada| nenhum)|menos|pior|melhor|tal|tais)\b"
)
# What did not happen: mas podia ter sido 5-1.
_MIGHT_HAVE = re.compile(r"\b(?:podia|poderia|devia|deveria)[mn]? ter (?:\w+ ){1,3}$")
_OR = re.compile(r"\bou\b")
# The other side may be of another kind (1 de abril de 1910 ou de 1911) or a name.
_OR_ANOTHER = re.compile(
    r"^[,)]? ou (?:talvez |entao |(?:em|de|a|o|as|os|n[oa]s?|d[oa]s?) )*(?:\d|[A-ZÀ-Ý])"
)
_ANOTHER_OR = re.compile(
    r"(?:^|[ (])\d+(?:\.?º)? ou (?:talvez )?(?:(?:em|de|a|o|as|os|n[oa]s?) )*$"
)
_NEITHER = re.compile(r"^[\s,]*(?:ou|nem)(?: (?:em|o|a|de|no|na|por))*\s*$")
_WIDEST_HEDGE = 48
_LONGEST_SENTENCE = 600


def lexicon(*lines: str) -> frozenset[str]:
    """A set of words, written as lines of them."""
    return frozenset(word for line in lines for word in line.split())


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case without diacritics, one character for one."""
    lowered = text.lower()
    if len(lowered) != len(text) or "Σ" in text:
        # A few letters become two in lower case, and one depends on where it stands.
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return without_accents(lowered)


def mentions_of(
    case: Case, kinds: Iterable[str], matches: Callable[[Found], bool]
) -> list[Mention]:
    """The values of ``kinds`` in the answer as mentions."""
    return [
        Mention(found.value, found.start, found.end, matches(found))
        for found in find_values(case.answer)
        if found.kind in kinds
    ]


def judge(case: Case, mentions: Sequence[Mention], excused: set[str]) -> Judgement:
    """Right if the expected value is asserted and nothing else is.

    Wrong if it is denied, bounded (*mais de 26*), one side of an *ou*, or stands beside
    another asserted value that is not ``excused``. Mentions inside a question are no claim.
    """
    claimed = [m for m in mentions if not _asked(case.plain, m)]
    denied = _denied(case.plain, claimed)
    asserted = [m for m in claimed if m not in denied and not _bounded(case, m)]
    rivals = [m for m in asserted if not m.matches and m.value not in excused]
    right = (
        any(m.matches for m in asserted)
        and not any(m.matches for m in denied)
        and not rivals
        and not _hedged(case, claimed)
    )
    return Judgement(right, tuple(f"não {m.value}" if m in denied else m.value for m in claimed))


def clause_before(text: str, position: int) -> str:
    """The words of ``text`` (as ``plain``) before ``position`` that belong to its clause."""
    sentence = _ASIDE.sub(" ", sentence_before(text, position))
    # A clause may begin with the very word at ``position``: ... e ganhou.
    ahead = sentence + text[position : position + 12]
    ends = [m.end() for m in _CLAUSE.finditer(ahead) if m.end() <= len(sentence)]
    return sentence[ends[-1] if ends else 0 :]


def sentence_before(text: str, position: int) -> str:
    """The words of ``text`` (as ``plain``) before ``position`` in the same sentence."""
    # A model that repeats itself writes thousands of sentences; none of them is this long.
    start = max(0, position - _LONGEST_SENTENCE)
    ends = [m.end() for m in _SENTENCE_END.finditer(text, start, position + 1)]
    return text[max([e for e in ends if e <= position], default=start) : position]


def sentence_after(text: str, position: int) -> str:
    """The rest of the sentence after ``position``, its closing mark included."""
    end = next((m.end() for m in _SENTENCE_END.finditer(text, position)), len(text))
    return text[position:end]


def _asked(text: str, mention: Mention) -> bool:
    return sentence_after(text, mention.end).endswith("?")


def _bounded(case: Case, mention: Mention) -> bool:
    before, after = case.plain[: mention.start], case.plain[mention.end :]
    meant = plain(" ".join((case.question, *case.references)))
    if _UNTIL.search(before) and _ASKS_UNTIL.search(meant):
        return False
    if _FROM.search(before) and _ASKS_FROM.search(meant):
        return False
    return bool(_BOUNDED.search(before) or _OR_SO.match(after) or _MIGHT_HAVE.search(before))


def _denied(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    denied: list[Mention] = []
    previous: Mention | None = None
    for mention in mentions:
        clause = _HARMLESS.sub(" ", clause_before(text, mention.start))
        shared = (
            previous in denied and _NEITHER.match(text[previous.end : mention.start])
            if previous
            else None
        )
        if shared or _DENIAL.search(clause) or _DENIED_AFTER.match(text[mention.end :]):
            denied.append(mention)
        previous = mention
    return denied


def _beside_or(case: Case, mention: Mention) -> bool:
    before, after = case.plain[: mention.start], case.answer[mention.end :]
    return bool(_OR_ANOTHER.match(after) or _ANOTHER_OR.search(before))


def _hedged(case: Case, mentions: Sequence[Mention]) -> bool:
    """Two different candidates joined by *ou*, one of them the expected."""
    text = case.plain
    if any(m.matches and _beside_or(case, m) for m in mentions):
        return True
    for left, right in pairwise(mentions):
        between = text[left.end : right.start]
        near = len(between) <= _WIDEST_HEDGE and not _SENTENCE_END.search(between)
        if near and left.matches != right.matches and _OR.search(between):
            return True
    return False
