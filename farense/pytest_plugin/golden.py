"""A golden file as pytest nodes: one node a category, one test a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from farense.pytest_plugin.state import state_of
from farense.pytest_plugin.wording import explain, readable
from farense.records import Question
from farense.storage import read_jsonl

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr


class GoldenFile(pytest.File):
    """A golden set: one node a category, one test a question."""

    def collect(self) -> Iterator[pytest.Collector]:
        """The categories in the order of their first question.

        Raises:
            EvalsetError: a line breaks the schema.
            InputError: the manifest beside it is broken, and the file was not named itself.
        """
        state = state_of(self.config)
        if not self.session.isinitpath(self.path):
            state.asks(self.path)
        questions = state.evalset(self.path).questions
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
