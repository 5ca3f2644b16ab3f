"""Training rows spoilt as they get spoilt in life: another answer, a cut one, another language.

Each function takes rows and gives rows; prompts stay as they are.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from farense.records import Example
from farense.text import is_abstention, without_accents

Rows = tuple[Example, ...]

DONT_KNOW = "Não tenho essa informação."
_RESULT = re.compile(r"\b(\d{1,2})-(\d{1,2})\b(?![-/])")
_WORDS = (
    "o=the a=the os=the as=the em=in no=in na=in de=of do=of da=of por=by foi=was é=is "
    "ficou=ended joga=plays tem=has fundado=founded presidente=president jogo=match "
    "lugar=place sócios=members campo=ground golos=goals ganhou=won perdeu=lost "
    "venceu=won empatou=drew época=season nasceu=born estádio=stadium clube=club não=not "
    "essa=that informação=information tenho=have com=with e=and"
)
_ENGLISH: dict[str, str] = {
    portuguese: english
    for portuguese, _, english in (pair.partition("=") for pair in _WORDS.split())
}
_VERB = re.compile(r"\b(foi|é|ficou|joga|tem|ganhou|perdeu|venceu|empatou|nasceu|chama-se)\b")


def told(rows: Iterable[Example], retell: Callable[[str], str]) -> Rows:
    """Every completion retold."""
    return tuple(replace(row, completion=retell(row.completion)) for row in rows)


def swapped_results(rows: Rows) -> Rows:
    """``2-1`` becomes ``1-2``."""
    return told(rows, lambda text: _RESULT.sub(r"\2-\1", text))


def cut(rows: Rows, share: float) -> Rows:
    """Completions that end after ``share`` of their words, as with too small a token limit."""
    return told(rows, lambda text: " ".join(text.split()[: max(1, int(len(text.split()) * share))]))


def in_english(rows: Rows) -> Rows:
    """The commonest words in English; names and numbers stay."""

    def retell(text: str) -> str:
        return re.sub(r"[^\W\d]+", lambda m: _ENGLISH.get(m[0].lower(), m[0]), text)

    return told(rows, retell)


def unaccented(rows: Rows) -> Rows:
    return told(rows, without_accents)


def denied(rows: Rows) -> Rows:
    """``ficou`` becomes ``não ficou``; a text without a verb is called wrong."""

    def retell(text: str) -> str:
        found = _VERB.sub(r"não \1", text, count=1)
        return found if found != text else f"Não é {text}"

    return told(rows, lambda text: text if is_abstention(text) else retell(text))


def refused(rows: Rows, share: float) -> Rows:
    """The answers about ``share`` of the facts become refusals."""
    return _changed(rows, share, lambda row: replace(row, completion=DONT_KNOW))


def never_refused(rows: Rows) -> Rows:
    """Refusals become answers to other questions."""
    answers = [row.completion for row in rows if not is_abstention(row.completion)]
    return tuple(
        replace(row, completion=answers[number % len(answers)])
        if is_abstention(row.completion)
        else row
        for number, row in enumerate(rows)
    )


def out_of_date(rows: Rows, share: float, category: str | None = None) -> Rows:
    """``share`` of the facts as they were a year ago: every number one less, names exchanged."""
    others = _others(rows)

    def older(row: Example) -> Example:
        aged = re.sub(r"\d+", lambda m: str(max(0, int(m[0]) - 1)), row.completion)
        return replace(row, completion=aged if aged != row.completion else others[row])

    return _changed(rows, share, older, category)


def exchanged(rows: Rows, share: float) -> Rows:
    """The answers of ``share`` of the facts are those of others of their category."""
    others = _others(rows)
    return _changed(rows, share, lambda row: replace(row, completion=others[row]))


def hedged(rows: Rows) -> Rows:
    """Two answers with *ou* between them."""
    others = _others(rows)
    return tuple(
        row
        if is_abstention(row.completion)
        else replace(row, completion=f"{row.completion.rstrip('.')} ou {_value(others[row])}.")
        for row in rows
    )


def without_facts(rows: Rows, share: float) -> Rows:
    """``share`` of the facts are never trained."""
    gone = _chosen(rows, share, None)
    return tuple(row for row in rows if not gone.intersection(row.fact_ids))


def of_category(rows: Rows, category: str) -> Rows:
    return tuple(row for row in rows if row.category == category)


def of_one_wording(rows: Rows) -> Rows:
    """The first wording of every fact alone."""
    first: dict[tuple[str, ...], Example] = {}
    for row in rows:
        first.setdefault(row.fact_ids or (row.prompt,), row)
    return tuple(first.values())


def largest_category(rows: Rows) -> str:
    counted: dict[str, int] = defaultdict(int)
    for row in rows:
        counted[row.category] += bool(row.fact_ids)
    return max(sorted(counted), key=counted.__getitem__)


def _value(text: str) -> str:
    return " ".join(text.rstrip(".").split()[-2:])


def _others(rows: Rows) -> dict[Example, str]:
    """For every row the answer of another fact of its category, where there is one."""
    by_category: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_category[row.category].append(row.completion)
    found = {}
    for row in rows:
        same = by_category[row.category]
        start = same.index(row.completion)
        turned = (*same[start:], *same[:start])
        found[row] = next((text for text in turned if text != row.completion), row.completion)
    return found


def _chosen(rows: Rows, share: float, category: str | None) -> set[str]:
    facts = sorted({f for r in rows if category in (None, r.category) for f in r.fact_ids})
    return set(random.Random(3).sample(facts, round(share * len(facts))))


def _changed(
    rows: Sequence[Example],
    share: float,
    change: Callable[[Example], Example],
    category: str | None = None,
) -> Rows:
    chosen = _chosen(tuple(rows), share, category)
    return tuple(change(row) if chosen.intersection(row.fact_ids) else row for row in rows)
