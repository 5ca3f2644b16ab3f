"""Adapter against baseline: what is compared, what it means for the gate, what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import evaluation_sample as sample
import pytest
from rich.console import Console

from farense.evaluation.comparison import Comparison, compare
from farense.evaluation.comparison_rules import comparison_checks
from farense.evaluation.provenance import BaseId, BaselineId
from farense.evaluation.results import Judged
from farense.evaluation.run import Run, evaluate, summary_json
from farense.evaluation.run_folder import read_run, rejudge, write_run
from farense.evaluation.thresholds import Thresholds
from farense.records import Answer, Check, Question, Score, TypedAnswer
from farense.reporting.page import render_page
from farense.reporting.terminal import print_run

# The head of the baseline's column in the table of facts right.
COLUMN = "<span lang=pt>Anterior</span>"
BOUNDS = {
    "margin": 0.05,
    "categories_lost_at_most": 0.0,
    "must_pass_lost_at_most": 0.0,
    "noise_at_most": 0.02,
}


def judged(right: Sequence[float | None], *, must_pass: Sequence[int] = ()) -> tuple[Judged, ...]:
    """Independent questions, half of them in each of two categories, right as given."""
    return tuple(
        Judged(
            Question(
                id=f"q{number}",
                question="?",
                references=("x",),
                answer=TypedAnswer("text", "x"),
                tier="paraphrase",
                category="ab"[2 * number // len(right)],
                fact_ids=(f"fact/{number}",),
                must_pass=number in must_pass,
            ),
            Answer(f"q{number}", "x", 1, 1, 0.1, "stop"),
            (
                Score("fact", value, "failed" if value is None else "scored", None, "fact|v:1"),
                Score("token_f1", 0.5 + (value or 0.0) / 2, "scored", None, "f1|v:1"),
            ),
        )
        for number, value in enumerate(right)
    )


def compared(adapter: Sequence[float], baseline: Sequence[float]) -> Comparison:
    found = compare(judged(adapter), judged(baseline), seed=7)
    assert found is not None
    return found


def checks(found: Comparison | None) -> dict[str, Check]:
    made = comparison_checks(found, Thresholds({"comparison": BOUNDS}))
    return {check.name.removeprefix("comparison/"): check for check in made}


def test_what_is_counted() -> None:
    """Of 8 questions the adapter wins 3, loses 1: 6/8 against 4/8; McNemar 2 (1 + 4) / 2^4."""
    found = compared([1, 1, 1, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1, 0])
    assert (found.n, found.clusters) == (8, 8)
    assert (found.better, found.worse, found.equal) == (3, 1, 4)
    assert (found.adapter, found.baseline, found.difference.value) == (0.75, 0.5, 0.25)
    assert found.p_mcnemar == pytest.approx(0.625)
    assert found.p_better == pytest.approx(5 / 16, abs=0.02)
    assert found.noise is None
    by_name = {c.category: (c.n, c.adapter, c.baseline) for c in found.categories}
    assert by_name == {"a": (4, 0.75, 0.25), "b": (4, 0.75, 0.75)}


def test_graded_scores_stand_beside() -> None:
    """Token F1 is 1 for right and 0.5 for wrong answers: 0.875 against 0.75; a scorer that
    did not run is left out."""
    (found,) = compared([1, 1, 1, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 1, 0]).graded
    assert (found.metric, found.adapter, found.baseline) == ("token_f1", 0.875, 0.75)
    assert found.difference.value == 0.125
    assert found.difference.low < 0.125 < found.difference.high


@pytest.mark.parametrize(
    ("adapter", "baseline", "outcome", "passed"),
    [
        # 20 more right of 200, none lost: chance gives that in 2^-20.
        ([1] * 190 + [0] * 10, [1] * 170 + [0] * 30, "better", True),
        # 2 gained and 2 lost of 400: the interval is about 1 point wide.
        ([1, 1, 0, 0] + [1] * 396, [0, 0, 1, 1] + [1] * 396, "not_worse", True),
        ([1] * 400, [1] * 400, "not_worse", True),
        ([1] * 170 + [0] * 30, [1] * 190 + [0] * 10, "worse", False),
        # 3 lost of 20: chance gives three in a row in 1/8.
        ([1] * 17 + [0] * 3, [1] * 20, "not_enough_data", None),
    ],
)
def test_the_outcome_decides(
    adapter: list[float], baseline: list[float], outcome: str, passed: bool | None
) -> None:
    """Better and not worse accept, worse rejects, and too few questions decide nothing."""
    found = compared(adapter, baseline)
    assert found.outcome(0.05) == outcome
    assert checks(found)["margin"].passed is passed


def test_a_loss_within_the_margin_is_allowed() -> None:
    """8 of 2,000 lost, none gained, is no chance (2^-8), but far less than 5 %; without a
    margin it is a loss."""
    found = compared([0] * 8 + [1] * 1992, [1] * 2000)
    assert found.p_worse < 0.01
    assert found.outcome(0.05) == "not_worse"
    assert found.outcome(0.0) == "worse"
    assert found.outcome(None) == "worse"


def test_a_lost_category_is_not_bought_back() -> None:
    """12 lost in b, 12 gained in a: no difference over all, yet b is lost (2 * 2^-12)."""
    found = compared([1] * 100 + [0] * 12 + [1] * 88, [0] * 12 + [1] * 188)
    assert found.difference.value == 0
    assert found.categories_lost == ("b",)
    check = checks(found)["categories"]
    assert (check.passed, check.measured) == (False, 1.0)
    assert "worse than the baseline: 1 (b); at most 0 was allowed" in check.reason


def test_holm_guards_against_many_categories() -> None:
    """Six losses in b and nothing else: 2^-6 = 0.016 alone would count, doubled it does not."""
    found = compared([1] * 94 + [0] * 6, [1] * 100)
    assert found.p_worse == pytest.approx(1 / 64, abs=0.005)
    assert {c.category: c.p_worse for c in found.categories} == pytest.approx(
        {"a": 1.0, "b": 2 / 64}, abs=0.01
    )
    assert found.categories_lost == ()


def test_a_must_pass_question_is_never_bought_back() -> None:
    """30 gained and one must-pass question lost: better, and rejected for that one."""
    adapter, baseline = [0] + [1] * 99, [1] + [0] * 30 + [1] * 69
    found = compare(judged(adapter, must_pass=[0, 1]), judged(baseline, must_pass=[0, 1]), seed=7)
    assert found is not None
    assert found.must_pass_lost == ("q0",)
    assert found.outcome(0.05) == "better"
    check = checks(found)["must_pass"]
    assert check.passed is False
    assert "(q0)" in check.reason


def test_noise_is_measured_and_priced_in() -> None:
    """The baseline changes 2 of 100 answers with the order: noise 2 %, its share right is the
    mean of both, and a must-pass question it has right only once cannot be lost."""
    first, second = [1] * 99 + [0], [0] + [1] * 99
    adapter = judged([0] + [1] * 99, must_pass=[0])
    found = compare(adapter, judged(first, must_pass=[0]), judged(second, must_pass=[0]), seed=7)
    assert found is not None
    assert found.noise == 0.02
    assert found.baseline == 0.99
    assert found.difference.value == pytest.approx(0.0)
    assert found.must_pass_lost == ()
    assert checks(found)["noise"].passed is True


def test_too_much_noise_leaves_it_open() -> None:
    """3 % of answers change: the adapter is not to blame, and nothing is decided."""
    found = compare(judged([1] * 100), judged([1] * 100), judged([0] * 3 + [1] * 97), seed=7)
    check = checks(found)["noise"]
    assert (check.passed, check.measured) == (None, 0.03)


def test_a_failed_score_compares_nothing() -> None:
    """One answer without a fact score: every rule is there and unmeasured."""
    found = compare(judged([1, None]), judged([1, 1]), seed=7)
    assert found is None
    assert {(check.measured, check.passed) for check in checks(found).values()} == {(None, None)}
    assert len(checks(found)) == 4


def test_a_baseline_answered_once_has_no_noise_floor() -> None:
    """The rule asks for it, so it was not measured."""
    check = checks(compared([1] * 10, [1] * 10))["noise"]
    assert (check.measured, check.passed) == (None, None)


def test_rules_taken_out_are_not_checked() -> None:
    """A gate without the section compares and decides nothing."""
    assert list(comparison_checks(compared([1], [1]), Thresholds({}))) == []


def test_the_reason_reads_as_a_sentence() -> None:
    """It names the numbers, the interval, what is allowed and what could have been seen."""
    reason = checks(compared([1] * 17 + [0] * 3, [1] * 20))["margin"].reason
    assert reason.startswith(
        "Too few questions to tell the adapter from the baseline: 85 % of 20 questions right "
        "against 100 %, a difference of -15 percentage points that may in truth be anything from"
    )
    assert "a loss of at most 5 percentage points is allowed. A set like this one" in reason
    assert reason.endswith("in 4 of 5 cases.")


def run_against(*wrong: str, again: bool = True) -> Run:
    """The perfect adapter of the sample against a baseline that has some questions wrong."""
    texts = dict.fromkeys(wrong, "Chove.")
    baseline = tuple(
        replace(a, text=texts.get(a.question_id, a.text)) for a in sample.right_answers()
    )
    answers = {**sample.all_answers(), "baseline": baseline}
    if again:
        answers["baseline_again"] = baseline
    base = BaseId("smollm2-135m", "b1" * 32)
    identity = BaselineId("models/adapters/accepted", "ac" * 32, base)
    provenance = sample.provenance(baseline=identity)
    return evaluate(sample.evalset(), provenance, answers, sample.thresholds())


def test_eleven_questions_are_not_enough() -> None:
    """Alike on 7 facts: nothing speaks against the adapter, and nothing decides for it."""
    verdict = run_against().judgement.verdict
    assert (verdict.decision, verdict.exit_code) == ("not_enough_data", 2)
    open_rules = [check.name for check in verdict.checks if check.passed is None]
    assert open_rules == ["comparison/margin"]


def test_a_missing_number_outweighs_too_few_questions() -> None:
    """Without the second answering noise was not measured: could not judge."""
    assert run_against(again=False).judgement.verdict.decision == "could_not_judge"


def test_without_a_baseline_nothing_is_compared(tmp_path: Path) -> None:
    """No comparison in the record, no rule about one, no column for one."""
    run = sample.run()
    assert run.comparison is None
    assert not any("comparison" in check.name for check in run.judgement.verdict.checks)
    assert "comparison" not in summary_json(run, tmp_path)
    assert "adaptador anterior" not in render_page(run)


def test_a_compared_run_reads_back_and_is_judged_again(tmp_path: Path) -> None:
    """Both answerings of the baseline are kept, and without a model the same run comes out."""
    run = run_against("seen-1", "paraphrase-1")
    folder = write_run(run, tmp_path / "run")
    assert (folder / "baseline_answers.jsonl").is_file()
    assert (folder / "baseline_again_answers.jsonl").is_file()
    assert read_run(folder) == run
    assert rejudge(folder) == run
    assert summary_json(run, folder)["comparison"]["better"] == 2


def test_an_older_run_is_still_read(tmp_path: Path) -> None:
    """A run.json from before there were baselines lacks their keys."""
    folder = write_run(sample.run(), tmp_path / "run")
    record = folder / "run.json"
    lines = record.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if '"comparison": null' not in line]
    kept = [line for line in kept if '"baseline": null' not in line]
    assert len(kept) == len(lines) - 2
    record.write_text("\n".join(kept), encoding="utf-8")
    assert read_run(folder) == sample.run()


def test_the_page_says_it_plainly_in_both_languages() -> None:
    """The section has its sentence and its numbers; the baseline has its column there, by
    category and by score, and among the facts right."""
    page = render_page(run_against("seen-1", "paraphrase-1"))
    for text in (
        "Não há perguntas que cheguem para decidir",
        "There are too few questions to decide",
        "Menor perda que se notaria",
        "Smallest loss that would show",
        "models/adapters/accepted",
        "Dados insuficientes",
    ):
        assert text in page
    assert page.count('<th scope="col" class="num">' + COLUMN) == 3
    assert "baseline_again" not in page


def test_the_terminal_shows_the_comparison_in_80_columns() -> None:
    """Counts, difference, interval and verdict; no line is cut."""
    console = Console(width=80, record=True)
    print_run(run_against("seen-1", "paraphrase-1"), console)
    text = console.export_text()
    assert "Adapter against baseline" in text
    assert "+18.2 percentage points" in text  # 2 of 11
    assert "NOT ENOUGH DATA" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
