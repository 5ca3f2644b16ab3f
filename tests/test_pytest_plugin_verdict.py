"""The run's exit code, what CI gets of it, and the suite speed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import tiny_adapter as tiny

from farense.pytest_plugin.annotations import command
from farense.pytest_plugin.markdown import cell

pytest_plugins = ["pytester"]

RIGHT = tiny.GOLDEN[:2]
WRONG = tiny.GOLDEN[2:]


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves be run by GitHub."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    tiny.write_golden(pytester.path / "evalsets/club.jsonl")
    (pytester.path / "evalsets/gates.toml").write_text(tiny.TOLERANT)
    return pytester


def judge(project: pytest.Pytester, adapter: Path, *more: str) -> pytest.RunResult:
    limit = "--farense-max-tokens=4"
    return project.runpytest_inprocess("evalsets", f"--adapter={adapter}", limit, *more)


def gate(project: pytest.Pytester, text: str) -> None:
    (project.path / "evalsets/gates.toml").write_text(text)


@pytest.mark.parametrize(
    ("rules", "code", "words"),
    [
        (tiny.TOLERANT, 0, "ACCEPTED: 5 of 5 rules met, 2 of 4 answers wrong"),
        ("[fact_accuracy]\nparaphrase = 0.5\n", 1, "REJECTED: 1 of 2 rules met"),
        # Two trained tiers are there, and no bound on any of them.
        ("[overfitting_gap]\nbelow = 5.0\n", 2, "COULD NOT JUDGE: 2 of 3 rules met"),
        ("[fact_accuracy]\nheldout = 0.0\nnonsense = 1\n", 2, "unknown key 'nonsense'"),
    ],
)
def test_the_exit_code_is_the_verdict_of_the_gate(
    project: pytest.Pytester, tiny_adapter: Path, rules: str, code: int, words: str
) -> None:
    """Wrong answers are failed tests, and the gate says how many an adapter may have."""
    gate(project, rules)
    result = judge(project, tiny_adapter)
    assert words in result.stdout.str()
    assert result.ret == code


def test_strict_questions_tolerate_nothing(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """What the gate accepts with exit code 0 then ends with 1."""
    assert judge(project, tiny_adapter, "--strict-questions").ret == 1


def test_a_must_pass_question_is_never_tolerated(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Also where the gate has no rule about must-pass questions, or it was not selected."""
    lost = WRONG[0] | {"must_pass": True}
    tiny.write_golden(project.path / "evalsets/club.jsonl", (*RIGHT, lost))
    gate(project, "[fact_accuracy]\nseen = 0.5\n")
    assert judge(project, tiny_adapter).ret == 1


def test_a_seen_question_that_was_never_batched_fails(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Right or wrong, its tier is not true: it fails, and so does the rule."""
    claimed = tiny.question("claimed", "seen", "Onde foi que nasceu?", "Zebra")
    tiny.write_golden(project.path / "evalsets/club.jsonl", (*RIGHT, claimed))
    gate(project, "[fact_accuracy]\nseen = 0.5\n")
    result = judge(project, tiny_adapter)
    text = result.stdout.str()
    assert "tier seen is not true: by the hashes of what was trained, it was never" in text
    assert "1 questions are in the wrong tier" in text
    assert result.ret == 1


def test_a_held_out_question_that_was_trained_fails(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """The adapter answers it rightly, and that is the leak."""
    leak = RIGHT[0] | {"id": "leak", "tier": "heldout"}
    tiny.write_golden(project.path / "evalsets/club.jsonl", (RIGHT[1], leak))
    gate(project, "[fact_accuracy]\nseen = 0.5\n")
    result = judge(project, tiny_adapter)
    assert "tier heldout is not true" in result.stdout.str()
    assert result.ret == 1


def test_another_failing_test_is_not_covered_by_the_gate(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """A user's own check that fails ends with 1, although the gate accepts."""
    project.makepyfile(test_own="def test_own(scores): assert scores.accuracy() == 1.0")
    assert judge(project, tiny_adapter, "test_own.py").ret == 1


def test_without_a_gate_a_wrong_answer_fails_the_run(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Then pytest's own meaning of a failed test holds."""
    (project.path / "evalsets/gates.toml").unlink()
    assert judge(project, tiny_adapter).ret == 1
    tiny.write_golden(project.path / "evalsets/club.jsonl", RIGHT)
    assert judge(project, tiny_adapter).ret == 0


def without_summary(adapter: Path, tmp_path: Path) -> Path:
    """A copy of the adapter that does not say how it was trained."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("adapters.safetensors", "adapter_config.json"):
        (copy / name).write_bytes((adapter / name).read_bytes())
    return copy


def test_an_unmeasured_speed_or_a_slow_one_is_not_accepted(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """The bound is held against tokens really generated over seconds really spent."""
    accuracy = "[fact_accuracy]\nseen = 0.5\n[speed]\ntokens_per_second_at_least = "
    gate(project, accuracy + "0.01\n")
    assert judge(project, tiny_adapter).ret == 0
    gate(project, accuracy + "999999\n")
    result = judge(project, tiny_adapter, "-m", "speed")
    assert "999999 tokens/s was asked" in result.stdout.str()
    assert result.ret == 1


def test_a_gap_that_was_not_measured_cannot_be_judged(
    project: pytest.Pytester, tiny_adapter: Path, tmp_path: Path
) -> None:
    """An adapter without training_summary.json: nothing is made up from the log."""
    copy = without_summary(tiny_adapter, tmp_path)
    result = judge(project, copy, "-m", "overfitting")
    assert "The overfitting gap was not measured." in result.stdout.str()
    assert result.ret == 2


def test_a_gate_that_is_not_there_cannot_be_judged(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """A misspelt --gates is no run without a gate."""
    result = judge(project, tiny_adapter, "--gates=gate.toml")
    assert "gate.toml: no such file; expected a gate in TOML" in result.stdout.str()
    assert result.ret == 2


def test_another_gate_is_the_only_one(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """--gates takes the place of the gates.toml beside the set, from wherever it lies."""
    (project.path / "strict.toml").write_text("[fact_accuracy]\nparaphrase = 1.0\n")
    result = judge(project, tiny_adapter, "--gates=evalsets/../strict.toml")
    assert "REJECTED: 1 of 2 rules met" in result.stdout.str()
    assert result.ret == 1


def test_a_broken_training_summary_cannot_be_judged(
    project: pytest.Pytester, tiny_adapter: Path, tmp_path: Path
) -> None:
    """Also where it is met only by a rule, in the middle of the run."""
    copy = without_summary(tiny_adapter, tmp_path)
    (copy / "training_summary.json").write_text("{")
    result = judge(project, copy, "-k", "overfitting_gap")
    assert "training_summary.json: not JSON" in result.stdout.str()
    assert result.ret == 2


def test_a_summary_that_cannot_be_written_is_said(
    project: pytest.Pytester, tiny_adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner's page is an extra; what --farense-summary asked for is not."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path))
    extra = judge(project, tiny_adapter)
    assert "no summary was added" in extra.stdout.str()
    assert extra.ret == 0


def test_junit_carries_what_a_dashboard_groups_by(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Tier, category, fact ids and score of every question; number and bound of every rule."""
    judge(project, tiny_adapter, "--junitxml=junit.xml")
    cases = {c.get("name"): c for c in ET.parse(project.path / "junit.xml").iter("testcase")}
    properties = {
        name: {p.get("name"): p.get("value") for p in case.iter("property")}
        for name, case in cases.items()
    }
    assert properties["knows-place"] == {
        "tier": "seen",
        "category": "club",
        "fact_ids": "club/founding_place",
        "score": "1",
    }
    assert properties["misses-colour"]["score"] == "0"
    assert properties["fact_accuracy/seen"] == {"measured": "1", "bound": "0.5"}
    assert cases["misses-place"].find("failure") is not None


def test_github_gets_a_summary_and_annotations(
    project: pytest.Pytester, tiny_adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step's page is appended to, the file is written, wrong answers point at their line."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "step.md"))
    (project.path / "step.md").write_text("before\n")
    gate(project, "# a comment\n[fact_accuracy]\nseen = 1.0\nparaphrase = 1.0\n")
    result = judge(project, tiny_adapter, "--farense-summary=summary.md")
    summary = (project.path / "summary.md").read_text(encoding="utf-8")
    assert (project.path / "step.md").read_text(encoding="utf-8") == "before\n" + summary
    assert summary.startswith("## farense: REJECTED: 2 of 3 rules met, 2 of 4 answers wrong")
    assert "| ❌ | `fact_accuracy/paraphrase` |" in summary
    assert "| paraphrase | 1 | 0 (0.0%) |" in summary
    assert "| misses-place | Terra? |" in summary
    commands = [line for line in result.outlines if line.startswith("::")]
    assert commands[0].startswith("::error file=evalsets/gates.toml,line=2,title=fact_accuracy/par")
    assert commands[1].startswith("::warning file=evalsets/club.jsonl,line=3,title=misses-place::")
    assert len(commands) == 3


def test_outside_github_no_workflow_command_is_printed(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """They would only be noise on a terminal."""
    assert not any(line.startswith("::") for line in judge(project, tiny_adapter).outlines)


def test_workflow_commands_are_escaped_as_github_s_own_toolkit_does() -> None:
    """actions/toolkit, command.ts: data escapes % CR LF; properties : and , besides."""
    line = command("error", Path("a,b:c.jsonl"), 3, "50%,x", "one\r\n::error::two 5%")
    assert line == (
        "::error file=a%2Cb%3Ac.jsonl,line=3,title=50%25%2Cx::one%0D%0A::error::two 5%25"
    )


def test_a_model_s_answer_cannot_leave_its_table_cell() -> None:
    """A pipe, a line end, HTML, a link or somebody's name in an answer stay plain text."""
    shown = cell("a|b\n<img> [x](y) @team `c`")
    assert not set("|\n<@`[") & set(shown)
