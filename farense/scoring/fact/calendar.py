"""Dates, years and seasons in an answer."""

from __future__ import annotations

import re

from farense.scoring.fact.claims import (
    Case,
    Judgement,
    Mention,
    clause_before,
    judge,
    mentions_of,
    plain,
)
from farense.text import find_values, find_years
from farense.text.values import Found

_ASKS_START = re.compile(r"\b(?:comec\w+|inici\w+|assumiu|entrou|tomou posse|desde quando)\b")
_ASKS_END = re.compile(r"\b(?:acabou|terminou|deixou|saiu|ate quando|fim)\b")
_SHORT = re.compile(r"'?\d\d ?[/-] ?'?\d\d|\D+[/-]\D+")
_YEARS = ("year", "date", "month", "span", "short_year")
# What happened in the other year, where its clause tells another event.
_EVENT = re.compile(
    r"\b(mud|inaugur|jog|disput|venc|ganh|conquist|sub|desc|estre|receb|ating|cheg|particip|apur"
    r"|pass|regress|volt|perd|morr|falec|cas|constr|adot|adquir|troc|ergu|celebr|complet)"
    r"(?:a|e|i|o|u)(?:\w{0,4})(?:-se)?\b"
)


def judge_date(case: Case) -> Judgement:
    """The whole date; day and month suffice where the question gives the year.

    An expected value of a year (``1919``) or a month (``1919-05``) asks for no more.
    """
    if len(case.value) == 4:
        return judge_year(case)
    width = len(case.value)
    kinds = ("date", "day", "month") if width == 10 else ("date", "month")
    years = set(find_years(case.question))

    def matches(found: Found) -> bool:
        if found.kind == "day":
            return found.value == case.value[5:] and case.value[:4] in years
        if found.kind == "date" and width == 10 and re.search(r"\D\d\d$", found.raw):
            return found.value[2:] == case.value[2:]
        return found.value[:width] == case.value

    mentions = _of_this_event(case, mentions_of(case, kinds, matches))
    return judge(case, mentions, case.excused("date", "month", "day"))


def judge_year(case: Case) -> Judgement:
    """The year alone or inside a date; the asked end of a span; never the year of a season."""
    question = plain(case.question)
    ends = slice(0, 1) if _ASKS_START.search(question) else slice(None)
    if ends == slice(None) and _ASKS_END.search(question):
        ends = slice(1, 2)
    mentions = [
        Mention(year, found.start, found.end, year == case.value)
        for found in find_values(case.answer)
        if found.kind in _YEARS
        for year in (found.value.split("-")[ends] if found.kind == "span" else [found.value[:4]])
    ]
    excused = {y for text in (case.question, *case.references) for y in find_years(text)}
    if any(f.kind != "span" and f.value[:4] == case.value for f in find_values(case.answer)):
        # Told the year, a reader takes a term that begins or ends with it as further detail.
        excused |= {y for span in _spans(case.answer) if case.value in span for y in span}
    if not mentions:
        mentions = [
            Mention(f.value, f.start, f.end, f.value == case.value)
            for f in find_values(case.answer)
            if f.kind == "roman"
        ]
    return judge(case, _of_this_event(case, mentions), excused)


def judge_season(case: Case) -> Judgement:
    """The season in any notation; two digits a year fit either century; one year is too little."""

    def matches(found: Found) -> bool:
        if found.kind == "season" and _SHORT.fullmatch(found.raw):
            return _two_digits(found.value) == _two_digits(case.value)
        return found.value.replace("-", "/") == case.value

    mentions = mentions_of(case, ("season",), matches)
    consecutive = [m for m in mentions_of(case, ("span",), matches) if m.matches]
    found = sorted(mentions + consecutive, key=lambda m: m.start)
    return judge(case, _of_this_event(case, found), case.excused("season"))


def _of_this_event(case: Case, mentions: list[Mention]) -> list[Mention]:
    """The mentions without those that date another event, told after the expected value.

    *Em 1910; mudou-se para o São Luís em 1923.* Question and references say which event is meant.
    """
    first = next((m for m in mentions if m.matches), None)
    if first is None:
        return mentions
    meant = plain(" ".join((case.question, *case.references)))
    return [
        m
        for m in mentions
        if m.matches or not (_elsewhen(case, first, m, meant) or _before(case, first, m, meant))
    ]


def _elsewhen(case: Case, first: Mention, other: Mention, meant: str) -> bool:
    between = case.plain[first.end : other.start]
    clause = re.split(r"[;.]|, (?:e |mas |tendo )|\be\b(?! em\b)", between)
    told = _EVENT.search(clause[-1]) if len(clause) > 1 else None
    return told is not None and f" {told[1]}" not in f" {meant}"


def _before(case: Case, first: Mention, other: Mention, meant: str) -> bool:
    """Told of another event before the one that is meant: *construído em 1922 e inaugurado em*."""
    told = _EVENT.search(clause_before(case.plain, other.start))
    then = _EVENT.search(case.plain, other.end, first.start)
    if told is None or then is None:
        return False
    return f" {told[1]}" not in f" {meant}" and f" {then[1]}" in f" {meant}"


def _spans(text: str) -> list[list[str]]:
    return [f.value.split("-") for f in find_values(text) if f.kind == "span"]


def _two_digits(season: str) -> str:
    return "/".join(year[-2:] for year in season.split("/"))
