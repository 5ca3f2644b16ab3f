"""Rows that repeat or contradict each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

NEAR = 95
_SAME_ANSWER = 90
_WINDOW = 8
_NUMBERS = re.compile(r"\d+")


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


def contradictions(texts: Folded) -> list[list[int]]:
    """Groups of rows that ask the same and do not answer the same.

    Two answers are the same when they state the same numbers and share their words, whatever
    the words around them: *Foi 2-1.* and *O resultado foi 2-1.*
    """
    by_prompt: defaultdict[str, list[int]] = defaultdict(list)
    for row, prompt in enumerate(texts.prompts):
        if prompt:
            by_prompt[prompt].append(row)
    return [
        rows
        for rows in by_prompt.values()
        if len(rows) > 1 and not _agree({texts.completions[row] for row in rows})
    ]


def _agree(answers: set[str]) -> bool:
    first, *others = sorted(answers, key=lambda answer: (len(answer), answer))
    numbers = _NUMBERS.findall(first)
    return all(
        _NUMBERS.findall(other) == numbers and fuzz.token_set_ratio(first, other) >= _SAME_ANSWER
        for other in others
    )


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
