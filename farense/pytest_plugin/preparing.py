"""Before the first test: what has to be answered, by whom, and answering it."""

from __future__ import annotations

import pytest

from farense.evaluation.thresholds import read_thresholds
from farense.pytest_plugin.examination import Examination
from farense.pytest_plugin.fixtures import ANSWERING
from farense.pytest_plugin.gates import RuleItem
from farense.pytest_plugin.golden import QuestionItem
from farense.pytest_plugin.state import state_of


def prepare(session: pytest.Session) -> None:
    """Answer the questions of the selected tests, rules and fixtures, and no others.

    Raises:
        FarenseError: a golden set is broken, no adapter was given, or it cannot be loaded.
    """
    state = state_of(session.config)
    questions = [item for item in session.items if isinstance(item, QuestionItem)]
    rules = [item for item in session.items if isinstance(item, RuleItem)]
    state.rules_chosen = len(rules)
    fixtures = any(_uses_answers(item) for item in session.items) and state.options.adapter
    if not (questions or rules or fixtures):
        return
    if state.options.gates:
        # One that is not there would be no file to collect, and so pass for no gate at all.
        read_thresholds(state.options.gates)
    examined = state.examination
    examined.check()
    ids = {item.question.id for item in questions}
    ids.update(name for rule in rules for name in rule.needed)
    if fixtures:
        ids.update(question.id for question in examined.evalset.questions)
    _answer(examined, ids, rules)


def _uses_answers(item: pytest.Item) -> bool:
    return any(name in ANSWERING for name in getattr(item, "fixturenames", ()))


def _answer(examined: Examination, ids: set[str], rules: list[RuleItem]) -> None:
    compared = {name for item in rules if item.rule.needs_baseline for name in item.needed}
    if compared:
        # One that cannot be used is named before the adapter has answered for minutes.
        examined.subject("baseline")
    examined.judged("adapter", ids)
    asked_of_base = {name for item in rules if item.rule.needs_base for name in item.needed}
    examined.judged("base", asked_of_base)
    examined.judged("baseline", compared)
    examined.judged("baseline_again", compared)
    if ids:
        _ = examined.proofs
