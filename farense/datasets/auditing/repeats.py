"""Rows that repeat or contradict each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from farense.text import find_values, fold, prepare

NEAR = 95
_WINDOW = 8
# Shorter words differ in every letter: FC and SC.
_SHORTEST = 3
_LONG = 5
_NUMBERS = re.compile(r"\d+")
_DENIALS = frozenset(("nao", "nunca", "jamais", "nem", "sem", "ninguem", "nenhum", "nenhuma"))
# Words around what an answer says.
_FILLERS = frozenset(
    (
        *(
            "o",
            "a",
            "os",
            "as",
            "um",
            "uma",
            "de",
            "do",
            "da",
            "dos",
            "das",
            "em",
            "no",
            "na",
            "nos",
        ),
        *(
            "nas",
            "ao",
            "aos",
            "por",
            "pelo",
            "pela",
            "com",
            "e",
            "que",
            "se",
            "foi",
            "foram",
            "era",
        ),
        *(
            "eram",
            "sao",
            "ser",
            "esta",
            "estava",
            "ficou",
            "fica",
            "teve",
            "tem",
            "fez",
            "resultado",
        ),
        *("resposta", "lugar", "ano", "dia", "epoca", "jogo", "nome", "data", "numero"),
    )
)


@dataclass(frozen=True)
class Folded:
    """The texts of a dataset, folded once (case, accents, punctuation), row by row."""

    prompts: Sequence[str]
    completions: Sequence[str]


def repeats(texts: Folded) -> list[tuple[int, int]]:
    """Pairs (first, later) of rows with the same question and answer."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for row, both in enumerate(zip(texts.prompts, texts.completions, strict=True)):
        first = seen.setdefault(both, row)
        if first != row:
            found.append((first, row))
    return found


def contradictions(texts: Folded, answers: Sequence[str]) -> list[list[int]]:
    """Groups of rows that ask the same and do not answer the same.

    Two answers are the same when they state the same numbers, seasons and dates, but for those
    of the question, both deny or both do not, and the words of one, but for *o*, *foi* and their
    like, are all in the other: *Foi 2-1.* and *O resultado foi 2-1.*

    Args:
        answers: The answers as they stand, to read values from.
    """
    by_prompt: defaultdict[str, list[int]] = defaultdict(list)
    for row, prompt in enumerate(texts.prompts):
        if prompt:
            by_prompt[prompt].append(row)
    return [
        rows
        for prompt, rows in by_prompt.items()
        if len(rows) > 1
        and not _agree(prompt, {texts.completions[row]: answers[row] for row in rows}.values())
    ]


def _agree(prompt: str, answers: Iterable[str]) -> bool:
    asked = {found.value for found in find_values(prompt)}
    stated = [_Stated.of(answer, asked) for answer in answers]
    return all(one.agrees(other) for one, other in combinations(stated, 2))


@dataclass(frozen=True)
class _Stated:
    """What an answer says: its values beyond the question's, its telling words, a denial."""

    values: frozenset[str]
    words: frozenset[str]
    denies: bool

    @classmethod
    def of(cls, answer: str, asked: set[str]) -> _Stated:
        """What ``answer`` says beyond the values ``asked`` about."""
        found = [value for value in find_values(answer) if value.kind != "article"]
        words = frozenset(fold(_without(answer, [value.raw for value in found])).split())
        values = frozenset(value.value for value in found) - asked
        return cls(values, words - _FILLERS - _DENIALS, not words.isdisjoint(_DENIALS))

    def agrees(self, other: _Stated) -> bool:
        """Whether both may be true: the same values and denial, and no word against another."""
        if (self.values, self.denies) != (other.values, other.denies):
            return False
        return self.words <= other.words or other.words <= self.words


def _without(answer: str, values: Sequence[str]) -> str:
    left = prepare(answer)
    for value in values:
        left = left.replace(value, " ", 1)
    return left


def near_repeats(texts: Folded) -> list[tuple[int, int]]:
    """Pairs (first, later) of rows whose questions differ by little and whose answers agree.

    Little is a rapidfuzz ratio of at least ``NEAR`` between the folded questions, with the same
    numbers in them: another date is another question. Candidates are neighbours, at most
    ``_WINDOW`` apart, when the rows are sorted by their text, by their text read backwards and
    by their sorted words (Hernández & Stolfo 1995, "The merge/purge problem for large
    databases", sorted neighbourhood method), so the time grows as n log n.
    """
    first_of: dict[tuple[str, str], int] = {}
    for row, both in enumerate(zip(texts.prompts, texts.completions, strict=True)):
        first_of.setdefault(both, row)
    rows = [row for row in first_of.values() if texts.prompts[row]]
    numbers = [tuple(_NUMBERS.findall(prompt)) for prompt in texts.prompts]
    found: set[tuple[int, int]] = set()
    for order in _orders(texts, rows, numbers):
        for at, row in enumerate(order):
            for other in order[at + 1 : at + 1 + _WINDOW]:
                pair = (min(row, other), max(row, other))
                if pair not in found and _is_near(texts, numbers, *pair):
                    found.add(pair)
    return sorted(found)


def _orders(texts: Folded, rows: list[int], numbers: list[tuple[str, ...]]) -> Iterator[list[int]]:
    prompts, completions = texts.prompts, texts.completions
    # Only rows with the same numbers and answer can be near: they stand together.
    yield sorted(rows, key=lambda row: (completions[row], numbers[row], prompts[row]))
    yield sorted(rows, key=lambda row: (completions[row], numbers[row], prompts[row][::-1]))
    words = {row: sorted(prompts[row].split()) for row in rows}
    yield sorted(rows, key=lambda row: (completions[row], numbers[row], words[row]))


def _is_near(texts: Folded, numbers: list[tuple[str, ...]], first: int, later: int) -> bool:
    if texts.completions[first] != texts.completions[later] or numbers[first] != numbers[later]:
        return False
    return fuzz.ratio(texts.prompts[first], texts.prompts[later], score_cutoff=NEAR) >= NEAR


def slips(
    texts: Folded, pairs: Iterable[tuple[int, int]], labels: Sequence[str]
) -> list[tuple[int, int]]:
    """Of near repeats those whose questions differ by typing slips, and not by other words.

    *primero* for *primeiro* is a slip: a letter or two, in a word that is met ten times less, or
    once only. *Setembro* for *dezembro* is another question, *no* for *do* another wording.
    Rows with different ``labels`` are told apart by the dataset, which means them so.
    """
    count = Counter(word for prompt in texts.prompts for word in set(prompt.split()))
    return [
        (first, later)
        for first, later in pairs
        if not (labels[first] and labels[later] and labels[first] != labels[later])
        and _is_slip(texts.prompts[first], texts.prompts[later], count)
    ]


def _is_slip(one: str, other: str, count: Counter[str]) -> bool:
    mine, theirs = one.split(), other.split()
    left = [word for word in mine if word not in theirs]
    right = [word for word in theirs if word not in mine]
    if _states_another(one, other):
        return False
    typed, meant = "".join(left), "".join(right)
    length = max(len(typed), len(meant))
    if length < _SHORTEST or OSA.distance(typed, meant) > (1 if length < _LONG else 2):
        return False
    return _is_odd(left, right, count) or _is_odd(right, left, count)


def _is_odd(words: Sequence[str], others: Sequence[str], count: Counter[str]) -> bool:
    """Whether the rarest of the words is one that people do not write."""
    rarest = min((count[word] for word in words), default=0)
    usual = min((count[word] for word in others), default=0)
    return rarest <= max(1, usual // 10)


def _states_another(one: str, other: str) -> bool:
    """Whether both state values of the same kinds, but not the same: 4 de setembro, de dezembro."""
    mine, theirs = find_values(one), find_values(other)
    kinds = [value.kind for value in mine] == [value.kind for value in theirs]
    return kinds and [value.value for value in mine] != [value.value for value in theirs]
