"""pytest plugin: golden sets as tests of an adapter (docs/pytest.md).

Loaded into every pytest run where farense is installed, so it imports nothing heavy and
collects nothing unless it is asked to.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from farense.errors import FarenseError
from farense.pytest_plugin.fixtures import adapter, answers, gap, scores, speed
from farense.pytest_plugin.options import add_markers, add_options

__all__ = ["adapter", "answers", "gap", "scores", "speed"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the farense group."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register markers, and let the gate of a golden set named alone be collected too."""
    from farense.pytest_plugin.collection import gates_to_add
    from farense.pytest_plugin.state import state_of

    add_markers(config)
    config.args.extend(gates_to_add(state_of(config), config.args))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Golden files and gates, where they are asked for."""
    from farense.pytest_plugin.collection import collect_file

    return collect_file(file_path, parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rules are conclusions: they come after the questions."""
    from farense.pytest_plugin.gates import RuleItem

    items.sort(key=lambda item: isinstance(item, RuleItem))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Answer everything the selected tests need, in batches, before the first is judged."""
    option = session.config.option
    if option.collectonly or (session.testsfailed and not option.continue_on_collection_errors):
        return
    from farense.pytest_plugin.preparing import prepare

    try:
        prepare(session)
    except FarenseError as error:
        pytest.exit(f"could not judge: {error}", returncode=error.exit_code)


def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> pytest.TestReport | None:
    """Remember what failed, for the exit code and the summaries."""
    from farense.pytest_plugin.verdict import remember

    remember(item, call)
    return None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """0 accept, 1 reject, 2 could not judge, where rules of the gate were run."""
    from farense.pytest_plugin.verdict import finish

    finish(session, exitstatus)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """The rules with their reasons, the verdict, and what GitHub shows in a pull request."""
    from farense.pytest_plugin.verdict import print_summary

    print_summary(terminalreporter, config)
