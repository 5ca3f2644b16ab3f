"""Seen, unseen or not provable: from the hashes of what was batched, never from file names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import evaluation_sample as sample
import pytest

from farense.evaluation.leakage import (
    Leakage,
    LeakProof,
    TrainingRecord,
    leakage_check,
    prove_leakage,
    read_training_record,
)
from farense.evaluation.run import Run, evaluate
from farense.evaluation.run_folder import read_run, rejudge, write_run
from farense.records import Example, Question, Tier, TypedAnswer
from farense.reporting.page import render_page
from farense.storage import sha256_json, write_json, write_jsonl

FOUNDED = "club/founding_date"
ROWS = (
    Example("Em que ano nasceu o Farense?", "Foi em 1910.", (FOUNDED,), "club", "f/1"),
    Example("Quem treinou em 1990?", "Foi o Paco Fortes.", ("people/paco-fortes",), "men", "t/2"),
    Example("Em que cidade joga o Olhanense?", "Joga em Olhão.", (), "clubs", "c/1"),
)


def sha(text: str) -> str:
    """The hash as anybody's tool computes it."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def record(*batched: Example, whole: bool = True) -> TrainingRecord:
    return TrainingRecord(ROWS, frozenset(sha(row.prompt) for row in batched or ROWS), whole)


def question(text: str, value: str, tier: Tier = "paraphrase", *facts: str) -> Question:
    return Question("q", text, (f"É {value}.", value), TypedAnswer("text", value), tier, "c", facts)


def proof(asked: Question, known: TrainingRecord) -> LeakProof:
    return prove_leakage([asked], known).proofs[0]


@pytest.mark.parametrize(
    ("asked", "status", "ground"),
    [
        (question("Em que ano nasceu o Farense?", "1910"), "seen", "prompt_batched"),
        # One accent less is another prompt: the fact was trained, these words were not.
        (
            question("em que ano nasceu o farense", "1910", "robustness", FOUNDED),
            "not_provable",
            "fact_trained",
        ),
        # No fact id tells, but a row about the same year holds the answer string.
        (
            question("Quem mandava em 1990?", "Paco Fortes"),
            "not_provable",
            "answer_trained",
        ),
        # The same answer string about another year is another fact.
        (question("Quem mandava em 2001?", "Paco Fortes"), "unseen", "nothing_found"),
        (question("De que cidade é o Portimonense?", "Portimão"), "unseen", "nothing_found"),
    ],
)
def test_each_question_is_seen_unseen_or_not_provable(
    asked: Question, status: str, ground: str
) -> None:
    """The definition, case by case; rows and questions written by hand."""
    found = proof(asked, record())
    assert (found.status, found.ground) == (status, ground)


@pytest.mark.parametrize(
    ("asked", "known", "contradicted"),
    [
        (question("Em que ano nasceu o Farense?", "1910", "seen"), record(), False),
        # In train.jsonl, and never in a batch: training stopped before it came.
        (question("Em que ano nasceu o Farense?", "1910", "seen"), record(ROWS[1]), True),
        (question("Em que ano nasceu o clube?", "1910", "seen"), record(), True),
        (question("Em que ano nasceu o Farense?", "1910", "heldout"), record(), True),
        # The same fact in other words, and the row answers the question.
        (question("De que ano é?", "1910", "heldout", FOUNDED), record(), True),
        (
            question("De que ano é?", "1910", "heldout", FOUNDED),
            record(ROWS[1]),
            False,
        ),
        # The same table row, another of its facts: the trained answer is not this one.
        (question("De que dia?", "1 de abril", "heldout", FOUNDED), record(), False),
        (question("Em que ano nasceu o Farense?", "1910", "paraphrase"), record(), False),
    ],
)
def test_only_a_disproved_tier_is_contradicted(
    asked: Question, known: TrainingRecord, contradicted: bool
) -> None:
    """``seen`` needs a batched prompt; ``heldout`` falls with the prompt or the trained answer."""
    assert proof(asked, known).contradicted is contradicted


def test_the_nearest_row_is_rapidfuzz_s_and_the_overlap_is_in_thirteens() -> None:
    """rapidfuzz.fuzz.ratio by hand: indel over both lengths; 13-word grams counted by hand."""
    near = proof(question("Em que ano nasceu o Olhanense?", "1912"), record()).nearest
    assert near is not None
    # "em que ano nasceu o " is 20 letters, and "farense" (7) and "olhanense" (9) share
    # a, e, n, s, e in order: 2 * 25 / (27 + 29) = 0.893.
    assert near.prompt == ROWS[0].prompt
    assert near.similarity == pytest.approx(0.893, abs=0.005)
    assert near.overlap == 0.0


def test_overlap_counts_grams_of_thirteen_words() -> None:
    """A question of 15 words has 3 grams; a row with its first 14 words holds 2 of them."""
    words = [f"palavra{n}" for n in range(15)]
    rows = (Example(" ".join(words[:14]) + " fim", "x", (), "c", "p/1"),)
    known = TrainingRecord(rows, frozenset(), True)
    found = proof(question(" ".join(words), "nada"), known).nearest
    assert found is not None
    assert found.overlap == pytest.approx(2 / 3)


def test_nothing_is_proved_unseen_by_a_record_with_holes() -> None:
    """Rows that are not the trained ones cannot prove what was not trained."""
    found = proof(question("De que cidade é o Portimonense?", "Portimão"), record(whole=False))
    assert (found.status, found.ground) == ("not_provable", "no_record")


@pytest.mark.parametrize("change", ["rows", "hashes", "missing"])
def test_a_record_is_whole_only_when_its_hashes_agree(tmp_path: Path, change: str) -> None:
    """A row taken out of train.jsonl afterwards, or a batched prompt without a row, shows."""
    rows = [row.to_json() for row in ROWS]
    summary = {
        "pack_sha256": sha256_json(rows),
        "prompts_batched": [sha(row.prompt) for row in ROWS],
    }
    write_jsonl(tmp_path / "train.jsonl", rows)
    write_json(tmp_path / "training_summary.json", summary)
    untouched = read_training_record(tmp_path)
    assert untouched is not None
    assert untouched.whole
    if change == "rows":
        write_jsonl(tmp_path / "train.jsonl", rows[:2])
    elif change == "hashes":
        summary["prompts_batched"] = [*summary["prompts_batched"], sha("another")]
        write_json(tmp_path / "training_summary.json", summary)
    else:
        (tmp_path / "train.jsonl").unlink()
    found = read_training_record(tmp_path)
    assert found is None if change == "missing" else found is not None and not found.whole


def run_with(leakage: Leakage) -> Run:
    return evaluate(
        sample.evalset(),
        sample.provenance(),
        sample.all_answers(),
        sample.thresholds(),
        leakage=leakage,
    )


def sample_record(*left_out: str) -> TrainingRecord:
    rows = sample.training_rows()
    batched = frozenset(sha(row.prompt) for row in rows if row.prompt not in left_out)
    return TrainingRecord(rows, batched, whole=True)


def test_a_run_with_clean_proofs_is_accepted() -> None:
    """The four seen wordings of the sample are its four training prompts."""
    run = run_with(prove_leakage(sample.questions(), sample_record()))
    assert run.judgement.verdict.decision == "accept"
    assert run.leakage is not None
    # The two unanswerable questions and the capital share no fact and no answer with a row.
    assert run.leakage.summary()["counts"] == {"seen": 4, "unseen": 3, "not_provable": 4}


def test_a_contradicted_tier_rejects_with_its_reason(tmp_path: Path) -> None:
    """The verdict, run.json and the page name the question; judging again says the same."""
    left_out = sample.training_rows()[2].prompt
    run = run_with(prove_leakage(sample.questions(), sample_record(left_out)))
    check = next(c for c in run.judgement.verdict.checks if c.name == "leakage")
    assert run.judgement.verdict.decision == "reject"
    assert "seen-2" in check.reason
    folder = write_run(run, tmp_path / "run")
    recorded: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert recorded["leakage"]["contradicted"] == ["seen-2"]
    assert read_run(folder) == run
    assert rejudge(folder).judgement == run.judgement
    page = render_page(run)
    assert "contradicts its tier" in page
    assert "1 contradict their tier" in page
    nearest = sample.training_rows()[2]
    assert f"{nearest.prompt} → {nearest.completion} (100%, 100%)" in page


def test_without_a_record_nothing_is_judged() -> None:
    """An adapter that does not say what it was trained on cannot be accepted."""
    run = run_with(prove_leakage(sample.questions(), None))
    assert run.judgement.verdict.decision == "could_not_judge"
    assert "was not measured" in leakage_check(prove_leakage(sample.questions(), None)).reason
    assert "no record" in render_page(run)
