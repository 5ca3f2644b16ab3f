"""A gates.toml as pytest nodes: one node a suite, one test a rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from farense.errors import FarenseError
from farense.evaluation.thresholds import read_thresholds
from farense.pytest_plugin.rules import Rule, rules_of
from farense.pytest_plugin.state import state_of
from farense.pytest_plugin.wording import WrongAnswerError, readable
from farense.records import Check, Question

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr


class GatesFile(pytest.File):
    """A gates.toml: one node a suite, one test a rule."""

    def collect(self) -> Iterator[pytest.Collector]:
        """The suites that have rules.

        Raises:
            InputError: the gate is broken.
        """
        state = state_of(self.config)
        try:
            sets = [state.evalset(path) for path in state.golden_of(self.path)]
        except FarenseError:
            # The golden file itself reports it, and nothing is run.
            return
        questions = tuple(question for golden in sets for question in golden.questions)
        baseline = state.options.baseline is not None
        rules = rules_of(read_thresholds(self.path), questions, baseline)
        state.rules_collected += len(rules)
        for suite in dict.fromkeys(rule.suite for rule in rules):
            own = [rule for rule in rules if rule.suite == suite]
            yield Suite.from_parent(self, name=suite, rules=own, questions=questions)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Our errors in one line."""
        return readable(excinfo.value) or super().repr_failure(excinfo)


class Suite(pytest.Collector):
    """The rules of one suite."""

    def __init__(self, *, rules: list[Rule], questions: tuple[Question, ...], **more: Any) -> None:
        super().__init__(**more)
        self.rules = rules
        self.questions = questions

    def collect(self) -> Iterator[pytest.Item]:
        """One test a rule, named as in the report."""
        for rule in self.rules:
            yield RuleItem.from_parent(self, name=rule.name, rule=rule, questions=self.questions)


class RuleItem(pytest.Item):
    """Passes when the rule holds over all questions of the gate, selected or not."""

    def __init__(self, *, rule: Rule, questions: tuple[Question, ...], **more: Any) -> None:
        super().__init__(**more)
        self.rule = rule
        self.questions = questions
        self.add_marker(rule.suite)
        if rule.tier:
            self.add_marker(f"tier_{rule.tier}")

    @property
    def needed(self) -> list[str]:
        """Ids of the questions it has to have answered."""
        return [question.id for question in self.questions if self.rule.needs(question)]

    def runtest(self) -> None:
        """Measure and hold against the bound.

        Raises:
            WrongAnswerError: the rule does not hold, or its number does not exist.
        """
        from farense.pytest_plugin.measuring import measure

        state = state_of(self.config)
        state.rules_run += 1
        found = measure(self.rule, state.examination, self.questions)
        if isinstance(found, str):
            pytest.skip(found)
        path, line, _ = self.reportinfo()
        state.checks.append(((path, line + 1), found))
        if not isinstance(found, Check):
            pytest.skip(found.reason)
        measured = "not measured" if found.measured is None else f"{found.measured:g}"
        self.user_properties += [("measured", measured), ("bound", f"{found.bound:g}")]
        if not found.passed:
            raise WrongAnswerError(found.reason)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The section of the gate that sets the bound, or its first line."""
        section = f"[{self.rule.name.partition('/')[0]}]"
        lines = self.path.read_text(encoding="utf-8").splitlines()
        found = (number for number, line in enumerate(lines) if line.startswith(section))
        return self.path, next(found, 0), self.name

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Our errors in their own words."""
        return readable(excinfo.value) or super().repr_failure(excinfo, style)
