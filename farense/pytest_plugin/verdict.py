"""What the run came to: the exit code, the terminal's last lines, and the CI's pages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from farense.errors import FarenseError
from farense.pytest_plugin.annotations import workflow_commands
from farense.pytest_plugin.gates import RuleItem
from farense.pytest_plugin.golden import QuestionItem
from farense.pytest_plugin.keeping import is_whole, keep_run
from farense.pytest_plugin.markdown import markdown_summary
from farense.pytest_plugin.state import State, Wrong, state_of
from farense.pytest_plugin.wording import WrongAnswerError
from farense.records import Check, Decision, Verdict
from farense.storage import write_text

_MARKS = {True: "✓", False: "✗", None: "?"}
_WORDS: dict[Decision, str] = {
    "accept": "ACCEPTED",
    "reject": "REJECTED",
    "not_enough_data": "NOT ENOUGH DATA",
    "could_not_judge": "COULD NOT JUDGE",
}


def remember(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Sort a failure by what it means for the verdict."""
    error = call.excinfo.value if call.excinfo else None
    if error is None or isinstance(error, pytest.skip.Exception):
        return
    state = state_of(item.config)
    if isinstance(item, QuestionItem) and isinstance(error, WrongAnswerError):
        examined, question = state.examination, item.question
        state.wrong.append(
            Wrong(
                item.nodeid,
                (item.path, item.line),
                examined.judged("adapter", [question.id])[0],
                error.reason,
                grave=question.must_pass or examined.proofs[question.id].contradicted,
            )
        )
    elif isinstance(item, (QuestionItem, RuleItem)) and isinstance(error, FarenseError):
        state.unjudged = True
    elif not (isinstance(item, RuleItem) and isinstance(error, WrongAnswerError)):
        state.others_failed = True


def decision(state: State) -> Decision:
    """The verdict over the rules that were run."""
    from farense.evaluation.gate import decide

    return decide([check for _, check in state.checks if isinstance(check, Check)])


def exit_code(state: State, given: int) -> int:
    """pytest's own code where no rule was run or the run was cut short; else the verdict's.

    Beside a rule that fails, 1 stands for a must-pass question that is lost, a tier that
    is disproved, any other test that failed and, with --strict-questions, any wrong answer.
    """
    if given not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return given
    if state.unjudged:
        return FarenseError.exit_code
    if not state.checks:
        return given
    grave = any(wrong.grave for wrong in state.wrong)
    if state.others_failed or grave or (state.options.strict and state.wrong):
        return 1
    return Verdict(decision(state)).exit_code


def finish(session: pytest.Session, given: int) -> None:
    """Set the exit code and write the Markdown summary."""
    state = state_of(session.config)
    session.exitstatus = exit_code(state, int(given))
    if not (state.questions_run or state.checks):
        return
    _keep(session, state)
    text = markdown_summary(state, headline(state), int(session.exitstatus))
    if state.options.summary:
        try:
            write_text(state.options.summary, text)
        except FarenseError as error:
            state.problems.append(str(error))
            session.exitstatus = error.exit_code
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        _append(Path(page), text, state)


def _keep(session: pytest.Session, state: State) -> None:
    if state.unjudged or not is_whole(state):
        return
    try:
        state.run_folder = keep_run(state)
    except FarenseError as error:
        state.problems.append(f"the run was not kept: {error}")
        session.exitstatus = error.exit_code


def _append(page: Path, text: str, state: State) -> None:
    # The step's page is shared with other commands of the step.
    try:
        with page.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        # The verdict does not hang on a page of the runner's.
        state.problems.append(f"{page}: not writable ({error.strerror}); no summary was added.")


def headline(state: State) -> str:
    """The verdict in one sentence."""
    asked = state.questions_run
    wrong = f"{len(state.wrong)} of {asked} answers wrong" if asked else "no question was run"
    checks = [check for _, check in state.checks if isinstance(check, Check)]
    met = sum(check.passed is True for check in checks)
    if not state.rules_chosen:
        return f"No rule of a gate was run: {wrong}"
    if state.rules_chosen < state.rules_collected:
        part = f"{state.rules_chosen} of {state.rules_collected} rules were run"
        return f"No verdict, {part}: {met} of {len(checks)} met, {wrong}"
    return f"{_WORDS[decision(state)]}: {met} of {len(checks)} rules met, {wrong}"


def print_summary(reporter: Any, config: pytest.Config) -> None:
    """Every rule with its reason, then the verdict and what the exit code stands for."""
    state = state_of(config)
    for problem in state.problems:
        reporter.write_line(f"farense: error: {problem}", red=True)
    if not (state.questions_run or state.checks):
        return
    reporter.ensure_newline()
    reporter.section("farense")
    for _, check in state.checks:
        if isinstance(check, Check):
            reporter.write_line(f"{_MARKS[check.passed]} {check.reason}")
        else:
            reporter.write_line(f"– {check.name}: {check.reason}")
    reporter.write_line(headline(state), bold=True)
    if state.wrong and state.checks and exit_code(state, 1) == 0:
        reporter.write_line("The gate tolerates these wrong answers, so the exit code is 0.")
    if state.run_folder:
        reporter.write_line(str(state.run_folder / "report.html"))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(state):
            reporter.write_line(line)
