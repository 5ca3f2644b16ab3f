"""The gate's decisions and the sentences that explain them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import evaluation_sample as sample
import pytest

from farense.evaluation.evalset import Evalset
from farense.evaluation.gap import gap
from farense.evaluation.provenance import AnsweringCost
from farense.evaluation.results import System
from farense.evaluation.run import Run, conclude, evaluate
from farense.evaluation.thresholds import thresholds_from_json
from farense.records import Answer, Check, Decision
from farense.reporting.page import render_page

WRONG = "O Farense foi fundado a 2 de maio de 1911 em Loulé, em 7.º lugar, em 2001/02."


def check_of(run: Run, name: str) -> Check:
    return next(check for check in run.judgement.verdict.checks if check.name == name)


def test_a_perfect_adapter_is_accepted() -> None:
    """All rules of evalsets/gates.toml apply and hold; the exit code is 0."""
    verdict = sample.run().judgement.verdict
    assert [check.passed for check in verdict.checks] == [True] * 8
    assert (verdict.decision, verdict.exit_code) == ("accept", 0)


@pytest.mark.parametrize(
    ("texts", "changes", "broken", "decision"),
    [
        ({"seen-1": WRONG}, {}, "fact_accuracy/seen", "reject"),  # 3 of 4 = 0.75 < 0.95
        ({"paraphrase-2": WRONG}, {}, "fact_accuracy/paraphrase", "reject"),
        ({"unknown-0": WRONG}, {}, "abstention/unanswerable", "reject"),  # 1 of 2 < 0.70
        ({"general-0": sample.DONT_KNOW}, {}, "abstention/elsewhere", "reject"),  # 1 of 9
        ({"seen-0": WRONG}, {}, "must_pass", "reject"),
        ({}, {"gap": gap(0.0, 9, 0.15, 9)}, "overfitting_gap", "reject"),  # BOM ends below 0.15
        ({}, {"gap": None}, "overfitting_gap", "could_not_judge"),
    ],
)
def test_each_rule_can_stop_an_adapter(
    texts: dict[str, str], changes: dict[str, Any], broken: str, decision: Decision
) -> None:
    """One broken rule is enough, and it is the one named."""
    run = sample.run_with(texts, **changes)
    assert decision == run.judgement.verdict.decision
    assert check_of(run, broken).passed is (False if decision == "reject" else None)


def judged_by(tables: dict[str, Any], texts: dict[str, str], **changes: Any) -> Run:
    """The sample with some answers replaced, judged by a gate of one's own."""
    run = sample.run_with(texts, **changes)
    return conclude(
        run.provenance, run.golden_set, run.judged, thresholds_from_json(tables, where="test")
    )


@pytest.mark.parametrize(
    ("bound", "passed", "said"),
    [
        # One of four facts is lost in new words: 1.0 - 0.75 = 25 points; the bound is strict.
        (0.25, False, "cost the adapter +25 percentage points of right answers; less than +25"),
        (0.26, True, "less than +26 percentage points was asked."),
    ],
)
def test_the_phrasing_gap_can_be_bounded(bound: float, passed: bool, said: str) -> None:
    """What a person feels who asks in other words than the training did."""
    run = judged_by({"phrasing_gap": {"below": bound}}, {"paraphrase-2": WRONG})
    assert check_of(run, "phrasing_gap").passed is passed
    assert said in check_of(run, "phrasing_gap").reason
    assert "Palavras novas para factos treinados custam +25,0 pontos" in render_page(run)


@pytest.mark.parametrize(
    ("cost", "passed", "said"),
    [
        # 2,410 tokens in 31 s are 77.7 a second.
        (AnsweringCost(31.0, 2_410), True, "answered at 78 tokens/s; at least 77 tokens/s"),
        (AnsweringCost(32.0, 2_410), False, "answered at 75 tokens/s"),
        (AnsweringCost(0.0, 2_410), None, "How fast the adapter answers was not measured."),
        (None, None, "How fast the adapter answers was not measured."),
    ],
)
def test_the_speed_can_be_bounded(
    cost: AnsweringCost | None, passed: bool | None, said: str
) -> None:
    """A speed that was not measured is not fast enough."""
    gate = {"speed": {"tokens_per_second_at_least": 77}}
    run = judged_by(gate, {}, answering=cost)
    assert check_of(run, "speed").passed is passed
    assert said in check_of(run, "speed").reason
    assert "O adaptador respondeu a" in render_page(run)


def test_a_failed_rule_outweighs_a_missing_number() -> None:
    """What is known to be bad is rejected even when something else was not measured."""
    run = sample.run_with({"seen-0": WRONG}, gap=None)
    assert (run.judgement.verdict.decision, run.judgement.verdict.exit_code) == ("reject", 1)


def test_a_gap_just_below_the_bound_is_met() -> None:
    """0.125 is BOM and passes (strictly below 0.15)."""
    run = sample.run_with({}, gap=gap(0.0, 9, 0.125, 9))
    reason = check_of(run, "overfitting_gap").reason
    assert reason.endswith(
        "is 0.125 nats per token (BOM); less than 0.15 nats per token was asked."
    )


def test_a_base_that_knows_the_facts_fails_the_gate() -> None:
    """When the base answers all 8 trained facts, training has shown nothing."""
    answers = {**sample.all_answers(), "base": sample.right_answers()}
    run = evaluate(sample.evalset(), sample.provenance(), answers, sample.thresholds())
    assert check_of(run, "base_fact_accuracy").passed is False


def test_an_adapter_worse_than_its_base_is_rejected() -> None:
    """The base knows the capital, the adapter lost everything: a difference of -1/11."""
    ids = [question.id for question in sample.questions()]
    run = sample.run_with(dict.fromkeys(ids, "Chove."))
    check = check_of(run, "adapter_minus_base")
    assert check.measured == pytest.approx(-1 / 11)
    assert check.passed is False


def test_reasons_read_as_sentences_with_the_questions_counted() -> None:
    """3 of 4 seen questions right, and the lost must-pass question named."""
    run = sample.run_with({"seen-0": WRONG})
    assert check_of(run, "fact_accuracy/seen").reason == (
        "Of the questions worded as in training, the adapter got 3 of 4 (75 %) right; "
        "at least 95 % was asked."
    )
    assert "(lost: seen-0)" in check_of(run, "must_pass").reason


def only(*tiers: str) -> Run:
    """The perfect run on the questions of some tiers."""
    questions = tuple(q for q in sample.questions() if q.tier in tiers)
    ids = {question.id for question in questions}
    answers = {
        system: tuple(a for a in given if a.question_id in ids)
        for system, given in sample.all_answers().items()
    }
    evalset: Evalset = replace(sample.evalset(), questions=questions)
    return evaluate(evalset, sample.provenance(), answers, sample.thresholds())


def test_rules_about_absent_tiers_do_not_apply() -> None:
    """A set of paraphrases alone can still be accepted; what was skipped is said."""
    run = only("paraphrase")
    assert run.judgement.verdict.decision == "accept"
    assert [(rule.name, rule.reason) for rule in run.judgement.not_applicable] == [
        ("fact_accuracy/seen", "not applicable: no seen questions"),
        ("abstention/unanswerable", "not applicable: no unanswerable questions"),
        ("must_pass", "not applicable: no must-pass questions"),
    ]


def test_without_any_accuracy_rule_nothing_is_judged() -> None:
    """A set of general questions cannot accept an adapter, however well it does."""
    run = only("general")
    assert (
        run.judgement.verdict.decision,
        run.judgement.verdict.exit_code,
    ) == ("could_not_judge", 2)
    assert check_of(run, "fact_accuracy").passed is None


def test_without_an_adapter_nothing_is_accepted() -> None:
    """The base alone is scored, but every rule about the adapter lacks its number."""
    answers: dict[System, tuple[Answer, ...]] = {"base": sample.base_answers()}
    provenance = sample.provenance(adapter=None, gap=None)
    run = evaluate(sample.evalset(), provenance, answers, sample.thresholds())
    assert run.judgement.verdict.decision == "could_not_judge"
    assert check_of(run, "fact_accuracy/seen").reason.endswith("was not measured.")
