"""The run as Markdown, for a pull request or a step's page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from farense import __version__
from farense.pytest_plugin.wording import one_line
from farense.records import TIERS, Check

if TYPE_CHECKING:
    from farense.pytest_plugin.state import State

WRONG_AT_MOST = 50
_MARKS = {True: "✅", False: "❌", None: "❓"}


def markdown_summary(state: State, headline: str, exit_code: int) -> str:
    """Verdict, rules, shares by tier, wrong answers, and what all of it is about."""
    lines = [f"## farense: {headline}", ""]
    lines += _rules(state)
    lines += _tiers(state)
    lines += _wrong(state)
    lines += _signature(state, exit_code)
    return "\n".join(lines) + "\n"


def _rules(state: State) -> Iterator[str]:
    if not state.checks:
        return
    yield "| | rule | what was found |"
    yield "| --- | --- | --- |"
    for _, check in state.checks:
        mark = _MARKS[check.passed] if isinstance(check, Check) else "–"
        yield f"| {mark} | `{check.name}` | {cell(check.reason)} |"
    yield ""


def _tiers(state: State) -> Iterator[str]:
    judged = state.examination.has_answered("adapter")
    if not judged:
        return
    asked = Counter(item.question.tier for item in judged)
    right = Counter(item.question.tier for item in judged if item.right)
    yield "| tier | questions | right |"
    yield "| --- | ---: | ---: |"
    for tier in TIERS:
        if asked[tier]:
            yield f"| {tier} | {asked[tier]} | {right[tier]} ({right[tier] / asked[tier]:.1%}) |"
    yield ""


def _wrong(state: State) -> Iterator[str]:
    if not state.wrong:
        return
    yield f"<details><summary>Wrong answers: {len(state.wrong)}</summary>"
    yield ""
    yield "| question | asked | answered | right |"
    yield "| --- | --- | --- | --- |"
    for wrong in state.wrong[:WRONG_AT_MOST]:
        question = wrong.judged.question
        texts = (question.question, wrong.judged.answer.text, question.references[0])
        yield f"| {cell(question.id)} | {' | '.join(map(cell, texts))} |"
    left = len(state.wrong) - WRONG_AT_MOST
    if left > 0:
        yield ""
        yield f"and {left} more"
    yield ""
    yield "</details>"
    yield ""


def _signature(state: State, exit_code: int) -> Iterator[str]:
    from farense.models.adapters import adapter_sha256

    examined, options = state.examination, state.options
    parts = [
        f"adapter `{examined.folder.name}` {adapter_sha256(examined.folder)[:12]}",
        f"golden set `{examined.evalset.name}` {examined.evalset.sha256[:12]}",
        *_baseline(state),
        f"n = {len(examined.evalset.questions)}",
        f"greedy, at most {options.max_tokens} tokens, batch {options.batch_size}",
        f"farense {__version__}",
        f"exit code {exit_code}",
    ]
    yield " · ".join(parts)


def _baseline(state: State) -> Iterator[str]:
    if state.examination.has_answered("baseline"):
        found = state.examination.subject("baseline")
        yield f"baseline `{found.name}` {str(found.adapter_sha256)[:12]}"


def cell(text: str) -> str:
    """Text that cannot leave its table cell or become markup: it may be a model's."""
    escaped = html.escape(one_line(text), quote=False)
    for character in "\\|`*_[]":
        escaped = escaped.replace(character, f"&#{ord(character)};")
    # An at sign would notify whoever bears the name.
    return escaped.replace("@", "&#64;")
