"""Golden files and gates as pytest nodes: file, category or suite, then one test each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from farense.errors import FarenseError
from farense.evaluation.thresholds import read_thresholds
from farense.pytest_plugin.options import GATES
from farense.pytest_plugin.rules import Rule, rules_of
from farense.pytest_plugin.state import State, is_under_arguments, looks_golden, state_of
from farense.pytest_plugin.wording import WrongAnswerError, explain
from farense.records import Check, Question
from farense.storage import read_jsonl

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr


def collect_file(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A golden file or a gate, when the user asked for it; None for every other file."""
    if path.suffix not in (".jsonl", ".toml") or path.name.startswith("."):
        return None
    state, session = state_of(parent.config), parent.session
    if path.suffix == ".jsonl":
        if not _wants_golden(path, session, state):
            return None
        if is_under_arguments(session, path) and path not in state.golden_files:
            state.golden_files.append(path)
        return GoldenFile.from_parent(parent, path=path)
    if not _wants_gates(path, session, state):
        return None
    if is_under_arguments(session, path) and path not in state.gate_files:
        state.gate_files.append(path)
    return GatesFile.from_parent(parent, path=path)


def _wants_golden(path: Path, session: pytest.Session, state: State) -> bool:
    return session.isinitpath(path) or (state.options.adapter is not None and looks_golden(path))


def _wants_gates(path: Path, session: pytest.Session, state: State) -> bool:
    if state.options.adapter is None:
        return False
    if state.options.gates:
        return path == state.options.gates
    return path.name == GATES and (
        session.isinitpath(path) or any(map(looks_golden, path.parent.glob("*.jsonl")))
    )


def gates_to_add(state: State, arguments: Iterable[str]) -> list[str]:
    """Gates of the golden sets named as arguments that pytest would not come across itself."""
    if state.options.adapter is None:
        return []
    paths = [state.options.start / argument for argument in arguments if "::" not in argument]
    added: list[Path] = []
    for path in paths:
        golden = path.suffix == ".jsonl" or (
            path.is_dir() and any(map(looks_golden, path.glob("*.jsonl")))
        )
        gates = state.options.gates_for(path) if golden else None
        seen = gates is not None and any(place in (gates, *gates.parents) for place in paths)
        if gates is not None and not seen and gates not in added:
            added.append(gates)
    return [str(gates) for gates in added]


def readable(error: BaseException) -> str | None:
    """Errors of ours in their own words, without a traceback; None for any other."""
    return str(error) if isinstance(error, (FarenseError, WrongAnswerError)) else None


class GoldenFile(pytest.File):
    """A golden set: one node a category, one test a question."""

    def collect(self) -> Iterator[pytest.Collector]:
        """The categories in the order of their first question.

        Raises:
            EvalsetError: a line breaks the schema.
        """
        questions = state_of(self.config).evalset(self.path).questions
        lines = [number for number, _ in read_jsonl(self.path)]
        groups: dict[str, list[tuple[Question, int]]] = {}
        for question, line in zip(questions, lines, strict=True):
            groups.setdefault(question.category, []).append((question, line))
        for name, members in groups.items():
            yield Category.from_parent(self, name=_node_name(name), members=members)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Our errors in one line."""
        return readable(excinfo.value) or super().repr_failure(excinfo)


class Category(pytest.Collector):
    """The questions of one category."""

    def __init__(self, *, members: list[tuple[Question, int]], **more: Any) -> None:
        super().__init__(**more)
        self.members = members

    def collect(self) -> Iterator[pytest.Item]:
        """One test a question, named by its id."""
        for question, line in self.members:
            name = _node_name(question.id)
            yield QuestionItem.from_parent(self, name=name, question=question, line=line)


class QuestionItem(pytest.Item):
    """Passes when the typed fact is right and the question's tier is not disproved."""

    def __init__(self, *, question: Question, line: int, **more: Any) -> None:
        super().__init__(**more)
        self.question = question
        self.line = line
        for marker in _markers(question, self.config):
            self.add_marker(marker)
        self.user_properties += [
            ("tier", question.tier),
            ("category", question.category),
            ("fact_ids", " ".join(question.fact_ids)),
        ]

    def runtest(self) -> None:
        """Look the answer up and judge it.

        Raises:
            WrongAnswerError: it is wrong, was not scored, or the tier is not true.
        """
        state = state_of(self.config)
        examined = state.examination
        judged = examined.judged("adapter", [self.question.id])[0]
        proof = examined.proofs[self.question.id]
        value = judged.metric("fact_accuracy")
        self.user_properties.append(("score", "not measured" if value is None else f"{value:g}"))
        state.questions_run += 1
        if judged.right and not proof.contradicted:
            return
        raise explain(judged, proof)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The line of the golden file, so that editors and annotations find it."""
        return self.path, self.line - 1, self.name

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        """Our errors in their own words."""
        return readable(excinfo.value) or super().repr_failure(excinfo, style)


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


def _node_name(text: str) -> str:
    """A name that can stand in a node id, where ``::`` separates."""
    return " ".join(text.replace("::", ":").split())


def _markers(question: Question, config: pytest.Config) -> Iterator[str]:
    yield "quality"
    yield f"tier_{question.tier}"
    if question.must_pass:
        yield "must_pass"
    category = "category_" + re.sub(r"\W+", "_", question.category).strip("_")
    known = state_of(config).categories
    if category not in known:
        # Categories are the user's own words; --strict-markers wants each to be known.
        config.addinivalue_line("markers", f"{category}: golden question of that category.")
        known.add(category)
    yield category
