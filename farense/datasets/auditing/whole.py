"""Faults that only the dataset as a whole shows: bias, answers given away, bad splits."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set

from farense.datasets.auditing.findings import Fault, fault_of_rows
from farense.datasets.formats.items import SPLITS, Item
from farense.datasets.spelling import one_spelling
from farense.datasets.subjects import question_key, subject_keys

_ENOUGH_ROWS = 20
_ONE_SIDE = 0.9
_ALWAYS = 0.95
_HELD_BACK = 0.1
_SAMPLE = 20_000
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_HOME = re.compile(r"\b(?:em casa|no São Luís|em Faro|caseir\w+)\b", re.IGNORECASE)
_AWAY = re.compile(r"\b(?:fora(?: de casa)?|deslocaç\w+|no terreno|na casa d\w+)\b", re.IGNORECASE)
_OUTCOMES = (
    ("draw", re.compile(r"\bempat|\bigualdade", re.IGNORECASE)),
    ("loss", re.compile(r"\bperde|\bderrot|\bfoi batido|\bnão ganhou", re.IGNORECASE)),
    ("win", re.compile(r"\bganh|\bvence|\bvitória|\bbateu\b|\btriunf", re.IGNORECASE)),
)
# 10 vitórias, ganhou 7 jogos: counted over a season, and no outcome.
_COUNT = re.compile(
    r"\b(?:\d+|\w+) (?:vit[óo]rias?|empates?|derrotas?|triunfos?)\b(?=[^.]*\d+ )"
    r"|\b\d+ (?:vit[óo]rias?|empates?|derrotas?|triunfos?)\b"
    r"|\b(?:ganhou|venceu|empatou|perdeu) (?:\d+|um|nenhum) (?:jogos?|partidas?|vezes)\b",
    re.IGNORECASE,
)
# A question for more than yes or no, or for the greatest of its kind.
_ASKED_FOR = re.compile(
    r"\b(?:qual|quais|quem|quando|quant[ao]s?|que|onde|diz|indi[cq]\w+|mai\w+|pior|melhor)\b",
    re.IGNORECASE,
)
_VENUES = {"home": "home", "casa": "home", "away": "away", "fora": "away"}


def one_sided(items: Sequence[Item]) -> Fault | None:
    """Matches told at one venue only: at least nine in ten of twenty or more rows."""
    sides: dict[str, list[int]] = {"home": [], "away": []}
    for row, item in enumerate(items):
        side = _side(item)
        if side:
            sides[side].append(row)
    total = sum(map(len, sides.values()))
    side, rows = max(sides.items(), key=lambda pair: len(pair[1]))
    if total < _ENOUGH_ROWS or len(rows) < _ONE_SIDE * total:
        return None
    detail = f"{100 * len(rows) / total:.0f} % {side}"
    return fault_of_rows("one_sided", items, rows, dropped=(), detail=detail)


def _side(item: Item) -> str:
    stated = item.extra.get("venue", item.extra.get("local"))
    if isinstance(stated, str) and stated.casefold() in _VENUES:
        return _VENUES[stated.casefold()]
    told = f"{item.prompt}\n{item.completion}"
    home, away = bool(_HOME.search(told)), bool(_AWAY.search(told))
    return "" if home == away else ("home" if home else "away")


def giveaways(items: Sequence[Item]) -> Fault | None:
    """Wordings whose answers are nearly all a win, a draw or a loss, where others differ.

    A wording is the question without its numbers and names; it counts from twenty rows on.
    """
    by_wording: defaultdict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    overall: Counter[str] = Counter()
    for row, item in enumerate(items):
        outcome = _outcome(item)
        if outcome:
            by_wording[wording(item.prompt)][outcome].append(row)
            overall[outcome] += 1
    rows: list[int] = []
    told: list[str] = []
    for words, outcomes in by_wording.items():
        count = sum(map(len, outcomes.values()))
        name, most = max(outcomes.items(), key=lambda pair: len(pair[1]))
        usual = overall[name] / overall.total()
        if count >= _ENOUGH_ROWS and len(most) >= _ALWAYS * count and usual < _ONE_SIDE:
            rows.extend(row for found in outcomes.values() for row in found)
            told.append(f"{words}: {name} {len(most)} of {count}")
    return fault_of_rows("giveaway", items, sorted(rows), detail="; ".join(told)) if rows else None


def _outcome(item: Item) -> str:
    """The outcome that an answer tells, unless it counts some, or the question says it openly.

    *Qual foi a maior vitória?* asks for a win; *O Farense ganhou?* may be answered by any.
    """
    told = _named(_COUNT.sub(" ", item.completion))
    return "" if told and _ASKED_FOR.search(item.prompt) and told == _named(item.prompt) else told


def _named(text: str) -> str:
    return next((name for name, rule in _OUTCOMES if rule.search(text)), "")


def wording(prompt: str) -> str:
    """A question without numbers and names: *qual foi o resultado do · com o · em ·*."""
    words = prompt.split()
    shown = (
        "·" if any(c.isdigit() for c in word) or (at and word[:1].isupper()) else word.casefold()
        for at, word in enumerate(words)
    )
    return " ".join(word for at, word in enumerate(_once(list(shown))) if word or at)


def _once(words: list[str]) -> list[str]:
    return [word for at, word in enumerate(words) if word != "·" or words[at - 1 : at] != ["·"]]


def valid_is_tail(items: Sequence[Item]) -> Fault | None:
    """Validation rows that are all later than nearly all trained ones, by the years they name."""
    years: defaultdict[str, list[int]] = defaultdict(list)
    rows: list[int] = []
    for row, item in enumerate(items):
        found = _YEAR.search(item.prompt)
        side = split_of(item)
        if side == "valid":
            rows.append(row)
        if found and side:
            years[side].append(int(found[0]))
    trained, validated = sorted(years["train"]), sorted(years["valid"])
    if len(trained) < _ENOUGH_ROWS or not validated:
        return None
    late = trained[len(trained) * 9 // 10]
    if validated[len(validated) // 10] <= late:
        return None
    detail = f"{validated[0]}-{validated[-1]} after {trained[0]}-{trained[-1]}"
    return fault_of_rows("valid_is_tail", items, rows, dropped=(), detail=detail)


def split_of(item: Item) -> str:
    """The split a row belongs to: of its file in a folder, or of a column ``split``."""
    stated = item.split or item.extra.get("split", "")
    return stated if stated in SPLITS else ""


def split_leaks(items: Sequence[Item], *, by_wording: bool) -> Fault | None:
    """Held-back rows whose match, fact or question is trained too; ``by_wording``, its question.

    A pack asks trained facts in wordings held back: that is what its validation is for.
    """
    held = [row for row, item in enumerate(items) if split_of(item) in ("valid", "test")]
    if not held:
        return None
    keys = [{question_key(item)} if by_wording else subject_keys(item) for item in items]
    leaked = _leaked(keys, held)
    return fault_of_rows("split_leak", items, leaked, dropped=()) if leaked else None


def random_split_leaks(items: Sequence[Item], seed: int) -> Fault | None:
    """What a random split would leak: held-back rows with their subject on the other side.

    Of more than ``_SAMPLE`` rows a sample is split: what it leaks, the whole leaks at least.
    """
    if any(split_of(item) for item in items) or len(items) < _ENOUGH_ROWS:
        return None
    order = random.Random(seed)  # noqa: S311 - a simulation, not secrecy
    if len(items) > _SAMPLE:
        items = order.sample(items, _SAMPLE)
    held = sorted(order.sample(range(len(items)), max(1, int(_HELD_BACK * len(items)))))
    leaked = _leaked([subject_keys(item) for item in items], held)
    if not leaked:
        return None
    detail = f"{len(leaked)} of {len(held)} held back"
    return fault_of_rows("random_split_leaks", items, leaked, dropped=(), detail=detail)


def _leaked(keys: Sequence[Set[str]], held: Sequence[int]) -> list[int]:
    away = set(held)
    trained = {key for row, mine in enumerate(keys) if row not in away for key in mine}
    return [row for row in held if not trained.isdisjoint(keys[row])]


def folded_texts(items: Sequence[Item]) -> tuple[list[str], list[str]]:
    """Prompts and completions in `one_spelling`; equal texts are spelt once."""
    known: dict[str, str] = {}

    def folded(text: str) -> str:
        if text not in known:
            known[text] = one_spelling(text)
        return known[text]

    return [folded(item.prompt) for item in items], [folded(item.completion) for item in items]
