"""The suite regression: an adapter against its baseline, as farense evaluate compares them."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import tiny_adapter as tiny
from click.testing import CliRunner
from safetensors.numpy import load_file, save_file

from farense.cli import cli
from farense.storage import sha256_file

pytest_plugins = ["pytester"]

RIGHT = tiny.GOLDEN[:2]
NOTHING_ELSE = "[fact_accuracy]\nseen = 0.0\n"
COMPARISON = (
    NOTHING_ELSE
    + """[comparison]
margin = 0.05
categories_lost_at_most = 0
must_pass_lost_at_most = 0
noise_at_most = 0.0
"""
)


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves be run by GitHub."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Two must-pass questions that the tiny adapter knows, and a gate about baselines."""
    rows = [row | {"must_pass": True} for row in RIGHT]
    tiny.write_golden(pytester.path / "evalsets/club.jsonl", rows)
    (pytester.path / "evalsets/gates.toml").write_text(COMPARISON)
    return pytester


@pytest.fixture
def emptied(tiny_adapter: Path, tmp_path: Path) -> Path:
    """The tiny adapter with its tensors at zero: it knows nothing."""
    folder = shutil.copytree(tiny_adapter, tmp_path / "emptied")
    tensors = load_file(tiny_adapter / "adapters.safetensors")
    zeros = {name: tensor * 0 for name, tensor in tensors.items()}
    save_file(zeros, folder / "adapters.safetensors", {"format": "mlx"})
    return folder


def judge(project: pytest.Pytester, adapter: Path, *more: str) -> pytest.RunResult:
    limit = "--farense-max-tokens=4"
    return project.runpytest_inprocess("evalsets", f"--adapter={adapter}", limit, *more)


def accept(project: pytest.Pytester, adapter: Path, sha256: str = "") -> None:
    """Write accepted.toml beside the golden set, as promotion does."""
    found = sha256 or sha256_file(adapter / "adapters.safetensors")
    text = f'adapter = "{adapter}"\nadapter_sha256 = "{found}"\n'
    (project.path / "evalsets/accepted.toml").write_text(text)


def test_each_rule_of_the_comparison_is_a_test(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """They stand in the suite regression, and only with a baseline."""
    listed = judge(project, tiny_adapter, "--baseline=accepted", "--collect-only", "-q")
    assert [line for line in listed.outlines if "::regression::" in line] == [
        "evalsets/gates.toml::regression::comparison/margin",
        "evalsets/gates.toml::regression::comparison/categories",
        "evalsets/gates.toml::regression::comparison/must_pass",
        "evalsets/gates.toml::regression::comparison/noise",
    ]
    for none in ((), ("--baseline=none",)):
        alone = judge(project, tiny_adapter, "--collect-only", "-q", *none)
        assert "regression" not in alone.stdout.str()


def test_a_must_pass_question_the_accepted_adapter_knew_may_not_be_lost(
    project: pytest.Pytester, tiny_adapter: Path, emptied: Path
) -> None:
    """The accepted adapter has both right in both orders, the new one neither."""
    accept(project, tiny_adapter)
    lost = judge(project, emptied, "--baseline=accepted", "-m", "regression")
    assert (
        "right in the baseline and wrong in the adapter: 2 (knows-place, knows-number); at most 0"
    ) in lost.stdout.str()
    assert lost.ret == 1


def test_two_questions_cannot_tell_an_adapter_from_its_equal(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Nothing is lost and nothing is shown: a third verdict, with exit code 2."""
    result = judge(project, tiny_adapter, f"--baseline={tiny_adapter}", "-m", "regression")
    result.assert_outcomes(passed=3, failed=1, deselected=7)
    assert "Too few questions to tell the adapter from the baseline" in result.stdout.str()
    assert result.ret == 2
    whole = judge(project, tiny_adapter, f"--baseline={tiny_adapter}")
    assert "NOT ENOUGH DATA: 5 of 6 rules met, 0 of 2 answers wrong" in whole.stdout.str()
    assert whole.ret == 2


def test_a_rule_without_a_bound_says_what_was_measured(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """A gate without [comparison] decides nothing about the baseline and hides nothing."""
    (project.path / "evalsets/gates.toml").write_text(NOTHING_ELSE)
    result = judge(project, tiny_adapter, f"--baseline={tiny_adapter}", "-rs")
    for said in ("0 percentage points; the gate", "0 lost; the gate", "0 %; the gate"):
        assert said in result.stdout.str()
    assert result.ret == 0


def test_pytest_and_farense_evaluate_say_the_same(
    project: pytest.Pytester,
    tiny_adapter: Path,
    emptied: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Number and bound of every rule agree, and the kept answers of one serve the other."""
    accept(project, emptied)
    arguments = ["evaluate", "--adapter", str(tiny_adapter), "--baseline", "accepted", "--json"]
    result = CliRunner().invoke(cli, [*arguments, "--max-tokens", "4"])
    record = json.loads((Path(json.loads(result.stdout)["run"]) / "run.json").read_text())
    expected = {
        check["name"]: {"measured": f"{check['measured']:g}", "bound": f"{check['bound']:g}"}
        for check in record["verdict"]["checks"]
    }

    def refuse(*_: Any) -> None:
        raise AssertionError("a model was asked again")

    monkeypatch.setattr("farense.answering.subject.answer_questions", refuse)
    tested = judge(project, tiny_adapter, "--baseline=accepted", "--junitxml=junit.xml")
    assert tested.ret == result.exit_code
    cases = ET.parse(project.path / "junit.xml").iter("testcase")
    properties = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in cases
    }
    assert len(expected) == 6
    assert {name: properties[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("sha256", "message"),
    [
        (None, "accepted.toml: no such file; expected the accepted adapter"),
        ("0" * 64, "expected weights 000000000000"),
    ],
)
def test_an_accepted_adapter_that_cannot_be_used_is_named_first(
    project: pytest.Pytester, tiny_adapter: Path, sha256: str | None, message: str
) -> None:
    """Nothing promoted yet, or other weights in that folder: exit code 2, no test is run."""
    if sha256:
        accept(project, tiny_adapter, sha256)
    result = judge(project, tiny_adapter, "--baseline=accepted")
    assert message in result.stdout.str()
    assert "answering with" not in result.stdout.str()
    assert result.ret == 2


def test_the_summary_names_the_baseline(
    project: pytest.Pytester, tiny_adapter: Path, emptied: Path
) -> None:
    """By folder and weights, like the adapter."""
    judge(project, tiny_adapter, f"--baseline={emptied}", "--farense-summary=summary.md")
    summary = (project.path / "summary.md").read_text(encoding="utf-8")
    sha256 = sha256_file(emptied / "adapters.safetensors")[:12]
    assert f"baseline `emptied` {sha256}" in summary
    assert "`comparison/margin`" in summary
