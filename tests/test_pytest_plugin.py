"""Golden sets as pytest items: what is collected, selected, answered and said."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tiny_adapter as tiny

from farense.answering.generation import answer_questions
from farense.evaluation.evalset import read_evalset
from farense.evaluation.set_manifest import record_set

pytest_plugins = ["pytester"]

Asked = list[tuple[str, ...]]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a golden set, its gate, and rows that are no golden set."""
    tiny.write_golden(pytester.path / "evalsets/club.jsonl")
    (pytester.path / "evalsets/gates.toml").write_text(tiny.TOLERANT)
    tiny.write_golden(pytester.path / "evalsets/train.jsonl", [{"prompt": "a", "completion": "b"}])
    return pytester


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The ids of every batch run that reaches a model, in order; the model is the real one."""
    runs: Asked = []
    real = answer_questions

    def answer(loaded: Any, template: Any, questions: Any, *more: Any) -> Any:
        runs.append(tuple(identifier for identifier, _ in questions))
        return real(loaded, template, questions, *more)

    monkeypatch.setattr("farense.answering.subject.answer_questions", answer)
    return runs


def judge(project: pytest.Pytester, adapter: Path, *more: str) -> pytest.RunResult:
    """Run pytest on the golden sets with the adapter."""
    limit = "--farense-max-tokens=4"
    return project.runpytest_inprocess("evalsets", f"--adapter={adapter}", limit, *more)


def test_golden_sets_and_gates_are_a_tree(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """File, category, id; gate, suite, rule. The rules come last; training rows are no tests."""
    result = judge(project, tiny_adapter, "--collect-only", "-q", "--strict-markers")
    assert [line for line in result.outlines if "::" in line] == [
        "evalsets/club.jsonl::club::knows-place",
        "evalsets/club.jsonl::club::knows-number",
        "evalsets/club.jsonl::club::misses-place",
        "evalsets/club.jsonl::cores e tons::misses-colour",
        "evalsets/gates.toml::quality::fact_accuracy/seen",
        "evalsets/gates.toml::quality::fact_accuracy/paraphrase",
        "evalsets/gates.toml::quality::must_pass",
        "evalsets/gates.toml::quality::adapter_minus_base",
        "evalsets/gates.toml::quality::leakage",
        "evalsets/gates.toml::overfitting::overfitting_gap",
        "evalsets/gates.toml::overfitting::phrasing_gap",
        "evalsets/gates.toml::speed::speed",
    ]


def test_without_an_adapter_nothing_is_collected(project: pytest.Pytester) -> None:
    """Another project's pytest run does not change because farense is installed."""
    project.makepyfile(test_own="def test_own(): pass")
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert result.ret == 0


def test_a_golden_file_named_without_an_adapter_cannot_be_judged(project: pytest.Pytester) -> None:
    """It is collected, so that an editor can show it; running it needs an adapter."""
    listed = project.runpytest_inprocess("evalsets/club.jsonl", "--collect-only", "-q")
    assert "evalsets/club.jsonl::club::knows-place" in listed.outlines
    result = project.runpytest_inprocess("evalsets/club.jsonl")
    assert result.ret == 2
    assert "--adapter: not given; expected the folder of the adapter" in result.stdout.str()


def test_importing_and_collecting_loads_nothing_heavy(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Numerical libraries come with the first answer, not with pytest or a test tree."""
    heavy = ("mlx", "mlx_lm", "numpy", "pandas", "sacrebleu", "jinja2", "rapidfuzz")
    arguments = ["--collect-only", "-q", "evalsets", "--adapter", str(tiny_adapter)]
    arguments += ["-p", "no:benchmark", "-p", "no:hypothesispytest"]
    code = (
        f"import sys, pytest; code = pytest.main({arguments!r})\n"
        f"print('LOADED', int(code), [m for m in {heavy!r} if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project.path
    )
    assert "misses-colour" in found.stdout
    assert found.stdout.splitlines()[-1] == "LOADED 0 []"


def test_everything_is_answered_before_the_first_test(
    project: pytest.Pytester, tiny_adapter: Path, asked: Asked
) -> None:
    """One batch run for the adapter, one for the base, shown, then the tests."""
    result = judge(project, tiny_adapter)
    every = ("knows-place", "knows-number", "misses-place", "misses-colour")
    assert asked == [every, every]
    lines = result.outlines
    shown = lines.index("answering with the base: 4/4")
    assert lines.index("answering with the adapter: 4/4") < shown
    assert shown < next(n for n, line in enumerate(lines) if "club.jsonl ..FF" in line)


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (("-k", "knows-place"), ("knows-place",)),
        (("-m", "tier_heldout"), ("misses-colour",)),
        (("-m", "category_cores_e_tons"), ("misses-colour",)),
        # The rule about the tier is selected with it and needs no other question.
        (("-m", "tier_seen"), ("knows-place", "knows-number")),
        (("-m", "overfitting and not quality", "-k", "overfitting_gap"), ()),
    ],
)
def test_only_what_is_selected_is_answered(
    project: pytest.Pytester,
    tiny_adapter: Path,
    asked: Asked,
    selection: tuple[str, ...],
    chosen: tuple[str, ...],
) -> None:
    """A model writes nothing for a question that no selected test looks at."""
    judge(project, tiny_adapter, *selection)
    assert asked == ([chosen] if chosen else [])


def test_answers_are_kept_between_runs(
    project: pytest.Pytester, tiny_adapter: Path, asked: Asked
) -> None:
    """A second run, and a part of it, take the answers from disk: the very same ones."""
    judge(project, tiny_adapter)
    asked.clear()
    judge(project, tiny_adapter)
    judge(project, tiny_adapter, "--lf")
    assert asked == []


def test_last_failed_and_exitfirst_do_as_ever(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """--lf runs the two wrong ones again, -x stops at the first of them; both exit 1."""
    judge(project, tiny_adapter)
    again = judge(project, tiny_adapter, "--lf")
    again.assert_outcomes(failed=2, deselected=10)
    assert again.ret == 1
    first = judge(project, tiny_adapter, "-x")
    first.assert_outcomes(passed=2, failed=1)
    assert first.ret == 1


def test_a_node_id_runs_alone(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """An editor asks for one test by its id: a question, or a rule without its questions."""
    limit = (f"--adapter={tiny_adapter}", "--farense-max-tokens=4")
    for name in (
        "evalsets/club.jsonl::club::knows-place",
        "evalsets/gates.toml::quality::fact_accuracy/seen",
    ):
        project.runpytest_inprocess(name, *limit).assert_outcomes(passed=1)


def test_a_golden_file_named_alone_brings_its_gate(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """The verdict on one file of a folder is that of the gate beside it, over this file."""
    tiny.write_golden(
        project.path / "evalsets/other.jsonl", [tiny.question("x", "seen", "Que?", "Nada")]
    )
    limit = (f"--adapter={tiny_adapter}", "--farense-max-tokens=4")
    result = project.runpytest_inprocess("evalsets/club.jsonl", *limit)
    assert "the adapter got 2 of 2 (100 %) right" in result.stdout.str()


def test_a_failing_question_shows_all_one_needs(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """Question, reference, answer, extracted value, nearest training row, and the reason."""
    result = judge(project, tiny_adapter, "-k", "misses-place")
    text = result.stdout.str()
    for part in (
        r"reference:   Zebra",
        r"question:    Terra\?",
        r"answer:      \S+",
        r"extracted:   .*\(expected: text Zebra\)",
        r"nearest row: .* -> .* \(tiny/\d; similarity \d+%, 13-word overlap 0%\)",
        r"training:    not provable: training rows hold the fact, in other words",
        r"FAILED evalsets/club.jsonl::club::misses-place - \w+",
    ):
        assert re.search(part, text), part


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a", "question": "b", "references": ["c"], "tier": "seen"', "bad JSON"),
        (
            '{"id": "a", "question": "b", "references": ["c"], "tier": "sen", "category": "d",'
            ' "answer": {"kind": "text", "value": "c"}}',
            "Did you mean 'seen'",
        ),
        ("", "the golden set is empty"),
    ],
)
def test_a_broken_golden_set_cannot_be_judged(
    project: pytest.Pytester, tiny_adapter: Path, line: str, message: str
) -> None:
    """Exit code 2 and the line to mend, whatever the other files say; nothing is skipped."""
    (project.path / "evalsets/broken.jsonl").write_text(line)
    result = judge(project, tiny_adapter)
    assert result.ret == 2
    assert "broken.jsonl" in result.stdout.str()
    assert message in result.stdout.str()
    result.assert_outcomes(errors=1)


def test_an_id_used_twice_cannot_be_judged(project: pytest.Pytester, tiny_adapter: Path) -> None:
    """Two files with the same id would share one answer."""
    tiny.write_golden(project.path / "evalsets/copy.jsonl")
    result = judge(project, tiny_adapter)
    assert result.ret == 2
    assert "was already used in" in result.stdout.str()


def test_an_adapter_of_another_base_cannot_be_judged(
    project: pytest.Pytester, tiny_adapter: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Exit code 2 before anything is answered; the message names both bases."""
    from farense.testing import tiny_model_folder

    other = tiny_model_folder(tmp_path_factory.mktemp("other") / "tiny", seed=1)
    result = judge(project, tiny_adapter, "--farense-base", str(other))
    assert result.ret == 2
    assert "could not judge" in result.stdout.str()
    assert "an adapter of tiny-0" in result.stdout.str() or "an adapter of tiny" in str(
        result.stdout
    )


def test_a_folder_that_is_no_adapter_cannot_be_judged(project: pytest.Pytester) -> None:
    """A misspelt path is an error, not an adapter that knows nothing."""
    result = judge(project, project.path / "nowhere")
    assert result.ret == 2
    assert "no such folder; expected an adapter folder" in result.stdout.str()


def test_the_group_of_options_is_in_the_help(project: pytest.Pytester) -> None:
    """Options, markers and fixtures are found from pytest --help, and markers are registered."""
    text = " ".join(project.runpytest_inprocess("--help").stdout.str().split())
    assert "farense, judging fine-tuned adapters" in text
    assert "--baseline=DIR" in text
    assert "adapter, answers, scores, gap, speed" in text
    markers = project.runpytest_inprocess("--markers").stdout.str()
    for marker in ("quality", "overfitting", "regression", "speed", "must_pass", "tier_heldout"):
        assert f"@pytest.mark.{marker}:" in markers


def test_sets_of_other_packs_are_not_collected(
    project: pytest.Pytester, tiny_adapter: Path
) -> None:
    """A set that manifest.toml gives to another pack is asked when it is named itself."""
    folder = project.path / "evalsets"
    large = tiny.write_golden(folder / "large.jsonl")
    large.write_text(large.read_text(encoding="utf-8").replace('"id": "', '"id": "large-'))
    record_set(large, read_evalset(large).questions, ["full"], "first", date(2026, 11, 30))
    listed = judge(project, tiny_adapter, "--collect-only", "-q")
    assert "large" not in listed.stdout.str()
    named = project.runpytest_inprocess(
        "evalsets/large.jsonl", f"--adapter={tiny_adapter}", "--collect-only", "-q"
    )
    assert "evalsets/large.jsonl::club::large-knows-place" in named.outlines
    (folder / "manifest.toml").write_text("schema = 9\n")
    refused = judge(project, tiny_adapter, "--collect-only", "-q")
    assert refused.ret == pytest.ExitCode.INTERRUPTED
    refused.stdout.fnmatch_lines("*manifest.toml: schema 9; expected schema = 1*")
    refused.stdout.no_fnmatch_line("*Traceback*")
