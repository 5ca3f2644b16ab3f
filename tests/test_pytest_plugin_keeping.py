"""What a pytest run leaves behind: the run folder and the passport of farense evaluate."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tiny_adapter as tiny
from click.testing import CliRunner

from farense.cli import cli
from farense.errors import StorageError
from farense.evaluation import run_folder
from farense.evaluation.run_folder import read_run
from farense.storage import read_json

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester: pytest.Pytester, tiny_adapter: Path) -> pytest.Pytester:
    """A golden set, its gate, and an adapter of one's own to write a passport into."""
    tiny.write_golden(pytester.path / "evalsets/club.jsonl")
    (pytester.path / "evalsets/gates.toml").write_text(tiny.TOLERANT)
    shutil.copytree(tiny_adapter, pytester.path / "mine", ignore=lambda *_: ["passport.json"])
    return pytester


def judge(project: pytest.Pytester, *more: str) -> pytest.RunResult:
    limits = ("--farense-max-tokens=4", "-p", "no:cacheprovider")
    return project.runpytest_inprocess("evalsets", "--adapter=mine", *limits, *more)


def runs(project: pytest.Pytester) -> list[Path]:
    return [path.parent for path in (project.path / "reports").glob("*/run.json")]


def test_a_whole_run_is_kept_as_farense_evaluate_keeps_it(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run folder with a page; the same name, numbers and verdict as of the command; and
    the passport says what both found once. Promotion rests on it."""
    result = judge(project)
    (folder,) = runs(project)
    assert result.ret == 0
    assert f"{folder}/report.html" in result.stdout.str()
    mine = read_run(folder)
    (entry,) = read_json(project.path / "mine/passport.json")["evaluations"]
    assert entry["run"] == folder.name
    assert entry["verdict"]["decision"] == "accept"
    monkeypatch.chdir(project.path)
    options = ["--adapter=mine", "--evalset=evalsets", "--max-tokens=4"]
    done = CliRunner().invoke(cli, ["evaluate", *options, "--workers=1"])
    assert done.exit_code == 0, done.output
    assert runs(project) == [folder]
    theirs = read_run(folder)
    assert theirs.judgement == mine.judgement
    assert theirs.results == mine.results
    assert theirs.leakage == mine.leakage
    assert len(read_json(project.path / "mine/passport.json")["evaluations"]) == 1
    promoted = CliRunner().invoke(cli, ["promote", "mine"])
    assert promoted.exit_code == 0, promoted.output


@pytest.mark.parametrize("selection", [("-k", "knows"), ("-m", "quality"), ("-x",)])
def test_a_part_of_a_gate_is_no_verdict(
    project: pytest.Pytester, selection: tuple[str, ...]
) -> None:
    """Neither a run folder nor a passport."""
    judge(project, *selection)
    assert not runs(project)
    assert not (project.path / "mine/passport.json").exists()


def test_a_run_that_cannot_be_kept_is_no_success(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the reason is named, and the exit code is that of an error."""

    def full(*_: object) -> Path:
        raise StorageError("reports", "no space left", "room for a run", "Free some.")

    monkeypatch.setattr(run_folder, "write_run", full)
    result = judge(project)
    assert result.ret == 2
    assert "the run was not kept: reports: no space left" in result.stdout.str()
