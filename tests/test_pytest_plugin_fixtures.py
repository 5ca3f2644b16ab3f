"""Checks of one's own: the examples of docs/pytest.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tiny_adapter as tiny

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parent.parent / "docs/pytest.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    tiny.write_golden(pytester.path / "evalsets/club.jsonl", tiny.GOLDEN[:2])
    return pytester


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("(")[0].split()[-1])
def test_the_examples_of_the_documentation_run(
    project: pytest.Pytester, tiny_adapter: Path, example: str
) -> None:
    """Each passes with an adapter that knows its answers, without any import or setup."""
    project.makepyfile(test_adapter=example)
    result = project.runpytest_inprocess("test_adapter.py", f"--adapter={tiny_adapter}")
    result.assert_outcomes(passed=example.count("def test_"))


def test_the_documentation_shows_every_fixture() -> None:
    """adapter, answers, scores, gap and speed each appear in an example."""
    used = set(re.findall(r"def test_\w+\((.*?)\)", "".join(EXAMPLES)))
    names = {name.strip() for names in used for name in names.split(",")}
    assert names == {"adapter", "answers", "scores", "gap", "speed"}


def test_fixtures_hold_what_was_measured(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """The answers learnt by heart, their shares, the gap of the summary, a real speed."""
    project.makepyfile(
        test_own=f"""
        import json, pathlib

        def test_own(adapter, answers, scores, gap, speed):
            summary = json.loads(pathlib.Path({str(tiny_adapter)!r}, "training_summary.json")
                                 .read_text("utf-8"))
            assert adapter.name == {tiny_adapter.name!r} and len(adapter.sha256) == 64
            assert adapter.training == summary
            assert answers["knows-place"].text == "Faro"
            assert scores["knows-number"].right and len(scores) == 2
            assert scores.accuracy(tier="seen") == scores.mean("exact_match") == 1.0
            loss = summary["validation_loss"]["loss"] - summary["train_loss"]["loss"]
            assert gap.value == loss
            assert speed.completion_tokens >= 2 and speed.tokens_per_second > 0
        """
    )
    result = project.runpytest_inprocess("test_own.py", f"--adapter={tiny_adapter}")
    result.assert_outcomes(passed=1)


def test_a_misspelt_tier_is_an_error(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """The mean of nothing is no number."""
    project.makepyfile(test_own="def test_own(scores): scores.accuracy(tier='sen')")
    result = project.runpytest_inprocess("test_own.py", f"--adapter={tiny_adapter}")
    result.assert_outcomes(failed=1)
    assert "0 scores for 0 questions" in result.stdout.str()


def test_without_an_adapter_they_skip(project: pytest.Pytester) -> None:
    """The project's other tests run as before."""
    project.makepyfile(test_own="def test_own(scores): pass\ndef test_other(): pass")
    project.runpytest_inprocess("test_own.py").assert_outcomes(passed=1, skipped=1)
