"""What a row is about, so that two rows about one match or person never straddle a split."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from farense.datasets.formats.items import Item
from farense.datasets.spelling import one_spelling
from farense.text import find_dates, find_seasons, find_years, fold

_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"(?<![\w.])[A-ZÀ-Ý][\w'’.-]*(?: (?:d[aeo]s? )?[A-ZÀ-Ý][\w'’.-]*)*")
_SENTENCE = re.compile(r"(?:^|\n|[.!?:]\s+|[«“\"(]\s*)$")
# In nearly every row: these say nothing about the subject.
_NOT_TELLING = frozenset(
    fold(name)
    for name in (
        *("Farense", "SC Farense", "Sporting Clube Farense", "Faro", "Leões de Faro", "Portugal"),
        *("Primeira Liga", "II Liga", "I Divisão", "II Divisão", "III Divisão", "II Divisão B"),
        *("Liga", "Divisão", "Taça", "Taça de Portugal", "Taça da Liga", "Campeonato de Portugal"),
        *("São Luís", "Estádio de São Luís", "Algarve", "Clube", "Leões"),
    )
)
# Farense-Olhanense and Olhanense-Farense, spelt so that the other club stands as a name.
_PAIRINGS = (
    (re.compile(r"\bFarense ?[-–] ?(?=[A-ZÀ-Ý])"), "Farense com o "),
    (re.compile(r"(?<!\S)([A-ZÀ-Ý]\S*) ?[-–] ?(?=Farense\b)"), r"o \1 com o "),
)
# 1989/90 and 1989/1990; the second year is proved by the audit, not here.
_PLAIN_SEASON = re.compile(r"(?<![\w/.-])((?:1[89]|20)\d\d)/(?:\d\d){1,2}(?![\w/.-])")
_PLAIN_YEAR = re.compile(r"(?<![\w/.-])(?:1[89]|20)\d\d(?![\w/]|[.-]\d)")
# Digits joined by a sign, an apostrophe before them, months and years in words.
_OTHER_TIME = re.compile(
    r"\d ?[/.] ?\d|\d{4}-\d|-\d{4}|\d\d-\d\d|['’]\d|\b(?:jan|fev|mar|abr|mai|jun|jul|ago|set|out"
    r"|nov|dez)[a-zç]*\b|\b(?:época|temporada|anos?|em|desde|entre|até) (?:de )?(?:\d\d\b"
    r"|[a-z]+enta|(?:1[89]|20)\d\d (?:a|e|até)\b)",
    re.IGNORECASE,
)
_FACT_COLUMNS = ("fact_ids", "fact_id", "match_id")


def subject_keys(item: Item) -> frozenset[str]:
    """Keys of what a row is about; two rows that share one must stay on one side.

    The row's own fact ids, where it has any. Otherwise every date it states; every season or
    year together with every name (*1989/1990 olhanense*); without either, every name alone; and
    always the question itself.
    """
    stated, asked = stated_facts(item), question_key(item)
    if stated:
        return frozenset((asked, *(f"fact:{value}" for value in stated)))
    return frozenset((asked, *text_keys(f"{item.prompt}\n{item.completion}")))


def question_key(item: Item) -> str:
    """The key of the question itself, or of a plain text, however it is spelt."""
    return (
        f"asked:{one_spelling(item.prompt)}" if item.prompt else f"text:{one_spelling(item.text)}"
    )


def stated_facts(item: Item) -> tuple[str, ...]:
    """The fact ids that a row's columns name."""
    return tuple(value for name in _FACT_COLUMNS for value in _texts(item.extra.get(name)))


def text_keys(text: str) -> frozenset[str]:
    """The keys that a text by itself gives."""
    for pattern, spelt in _PAIRINGS:
        text = pattern.sub(spelt, text)
    names = names_in(text)
    if not _DIGIT.search(text):
        return frozenset(f"name:{name}" for name in names)
    dates, times = times_of(text)
    keys = {f"date:{date}" for date in dates}
    keys.update(f"{time}:{name}" for time in times for name in (names or {""}))
    return frozenset(keys or (f"name:{name}" for name in names))


def names_in(text: str) -> frozenset[str]:
    """The names of a text, folded, but for the club's own and those of competitions."""
    return frozenset(_folded_name(name) for name in _names(text)) - _NOT_TELLING


def times_of(text: str) -> tuple[list[str], list[str]]:
    """Dates, and seasons or, without either, years.

    Most rows tell them as 1989/1990, 1989/90 or 1989 alone: those are spared the many
    patterns of ``find_values``.
    """
    bare = _PLAIN_SEASON.sub(" ", text)
    if not _OTHER_TIME.search(bare):
        seasons = [f"{year}/{int(year) + 1}" for year in _PLAIN_SEASON.findall(text)]
        return [], seasons or _PLAIN_YEAR.findall(bare)
    dates = find_dates(text)
    return dates, find_seasons(text) or ([] if dates else find_years(text))


@lru_cache(maxsize=1 << 14)
def _folded_name(name: str) -> str:
    return fold(name)


def _names(text: str) -> Iterable[str]:
    """Runs of capitalised words; one that begins a sentence counts from two words on."""
    for found in _NAME.finditer(text):
        words = found[0].split()
        begins = _SENTENCE.search(text[: found.start()]) is not None
        if not begins:
            yield found[0]
        elif len(words) > 1:
            yield " ".join(words[1:]) if len(words) > 2 else words[1]


def _texts(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return ()


def groups_of(keys: Sequence[frozenset[str]], pairs: Iterable[tuple[int, int]] = ()) -> list[int]:
    """The group of each row: rows joined by a shared key or a pair have the same number.

    Union-find with path halving (Tarjan & van Leeuwen 1984); the number is the group's first
    row.
    """
    parent = list(range(len(keys)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(one: int, other: int) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    first: dict[str, int] = {}
    for row, mine in enumerate(keys):
        for key in mine:
            join(first.setdefault(key, row), row)
    for one, other in pairs:
        join(one, other)
    return [root(row) for row in range(len(keys))]
