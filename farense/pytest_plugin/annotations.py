"""GitHub's workflow commands: failures shown at their line in a pull request.

Source: "Workflow commands for GitHub Actions", GitHub Docs: values escape ``%``, CR and LF,
properties ``:`` and ``,`` besides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from farense.records import Check

if TYPE_CHECKING:
    from farense.pytest_plugin.state import State

# GitHub shows ten of a kind in a step; a page of them helps nobody.
AT_MOST = 50


def workflow_commands(state: State) -> Iterator[str]:
    """One line for each rule that does not hold and each wrong answer.

    Wrong answers that no share excuses are errors; the others are warnings.
    """
    for place, check in state.checks:
        if isinstance(check, Check) and not check.passed:
            yield command("error", *place, check.name, check.reason)
    for wrong in sorted(state.wrong, key=lambda wrong: not wrong.grave)[:AT_MOST]:
        level = "error" if wrong.grave or state.options.strict else "warning"
        said = f"{wrong.judged.question.question} -> {wrong.judged.answer.text}: {wrong.reason}"
        yield command(level, *wrong.place, wrong.judged.question.id, said)


def command(level: str, path: Path, line: int, title: str, message: str) -> str:
    """A workflow command; ``path`` is written relative to the workspace."""
    workspace = Path(os.environ.get("GITHUB_WORKSPACE", Path.cwd()))
    if path.is_relative_to(workspace):
        path = path.relative_to(workspace)
    place = f"file={_property(path.as_posix())},line={line},title={_property(title)}"
    return f"::{level} {place}::{_value(message)}"


def _value(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")
