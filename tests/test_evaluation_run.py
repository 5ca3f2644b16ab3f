"""A run: scored, summed up, written whole, read back, judged again without a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import evaluation_sample as sample
import pytest

from farense.errors import InputError, ScoringError, StorageError
from farense.evaluation.baselines import echo_answers, majority_answers
from farense.evaluation.results import Judged, System, aggregate
from farense.evaluation.run import evaluate, summary_json
from farense.evaluation.run_folder import read_run, rejudge, write_run
from farense.records import Answer, Example, Score
from farense.storage import read_jsonl


def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Nothing is lost or changed on disk."""
    run = sample.run()
    assert run == read_run(write_run(run, tmp_path / "run"))


def test_a_run_does_not_carry_every_prompt_hash() -> None:
    """The hashes of single trained prompts stay with the adapter; the rest is kept."""
    training = sample.run().provenance.training
    assert training is not None
    assert training["pack"] == "essentials"
    assert "prompts_batched" not in training


def test_judging_again_gives_the_same_run(tmp_path: Path) -> None:
    """The raw answers hold all it takes: scores, aggregates and verdict come out equal."""
    folder = write_run(sample.run_with({"seen-2": "Em 7.º lugar."}), tmp_path / "run")
    (folder / "scores.jsonl").write_text(
        (folder / "scores.jsonl")
        .read_text(encoding="utf-8")
        .replace('"value": 1.0', '"value": 0.0'),
        encoding="utf-8",
    )
    again = rejudge(folder)
    assert again != read_run(folder)
    write_run(again, tmp_path / "again")
    original = write_run(sample.run_with({"seen-2": "Em 7.º lugar."}), tmp_path / "original")
    for name in ("run.json", "scores.jsonl"):
        assert (original / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_run_folder_is_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    """The promised files are there, and nothing of an older run or of the writing remains."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "left-over").touch()
    write_run(sample.run(), folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "answers.jsonl",
        "base_answers.jsonl",
        "echo_answers.jsonl",
        "majority_answers.jsonl",
        "metrics.jsonl",
        "questions.jsonl",
        "run.json",
        "scores.jsonl",
    ]
    assert [folder] == list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_old_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills half-way, the run that was there is still readable."""
    old = sample.run()
    folder = write_run(old, tmp_path / "run")

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("farense.evaluation.run_folder.write_json", full_disk)
    with pytest.raises(StorageError, match="the disk is full"):
        write_run(sample.run_with({"seen-0": "?"}), folder)
    assert old.judgement == read_run(folder).judgement
    assert [folder] == list(tmp_path.iterdir())


def test_scores_have_one_row_for_question_scorer_and_system(tmp_path: Path) -> None:
    """11 questions, 7 scorers, 4 systems."""
    folder = write_run(sample.run(), tmp_path / "run")
    rows = [row for _, row in read_jsonl(folder / "scores.jsonl")]
    assert len({(r["system"], r["question_id"], r["scorer"]) for r in rows}) == 11 * 7 * 4
    assert len(rows) == 11 * 7 * 4


def test_the_summary_has_exactly_the_promised_keys(tmp_path: Path) -> None:
    """``farense evaluate --json`` prints these keys, for the tiers present, and is JSON."""
    summary = summary_json(sample.run(), tmp_path / "run")
    assert {"n": 11, "run": str(tmp_path / "run"), "verdict": "accept"} == {
        key: summary[key] for key in ("n", "run", "verdict")
    }
    assert {tier: row["n"] for tier, row in summary["by_tier"].items()} == {
        "seen": 4,
        "paraphrase": 4,
        "unanswerable": 2,
        "general": 1,
    }
    assert {"n", "fact_accuracy", "exact_match", "token_f1", "bleu", "rouge_l"} == set(
        summary["by_tier"]["seen"]
    )
    json.dumps(summary, allow_nan=False)


def test_numbers_are_means_over_the_tier() -> None:
    """One of four seen facts wrong is 0.75; the reference word for word is an exact match."""
    tier = sample.run_with({"seen-2": "Em 7.º lugar."}).results["adapter"].tiers["seen"]
    assert (tier.mean("fact_accuracy"), tier.mean("exact_match")) == (0.75, 0.75)


def test_false_abstention_counts_only_questions_with_an_answer() -> None:
    """Declining 1 of the 9 answerable questions is 1/9; declining the other two is right."""
    declined = sample.run_with({"general-0": sample.DONT_KNOW}).results["adapter"].false_abstention
    assert declined is not None
    assert declined.n == 9
    assert declined.mean == pytest.approx(1 / 9)


def test_a_failed_score_is_never_averaged_away() -> None:
    """One failed score leaves that metric without a mean and the others untouched."""
    judged = list(sample.run().judged["adapter"])
    broken = tuple(
        Score("fact", None, "failed", None, s.signature) if s.scorer == "fact" else s
        for s in judged[0].scores
    )
    judged[0] = Judged(judged[0].question, judged[0].answer, broken)
    found = aggregate(judged)
    assert found.mean("fact_accuracy") is None
    assert found.mean("exact_match") == 1.0


def test_the_majority_baseline_is_the_commonest_answer_of_a_category() -> None:
    """In "years" B is commonest; a category never trained on gets A, commonest of all."""
    rows = [("A", "names"), ("A", "names"), ("A", "names"), ("C", "years"), ("B", "years")]
    rows += [("B", "years")]
    training = [Example("?", text, (), category, "w/1") for text, category in rows]
    first, second = sample.questions()[:2]
    asked = (replace(first, category="years"), replace(second, category="places"))
    assert [answer.text for answer in majority_answers(asked, training)] == ["B", "A"]


def test_the_majority_baseline_needs_training_rows() -> None:
    """Without training rows there is no commonest answer."""
    with pytest.raises(ScoringError, match="no training rows"):
        majority_answers(sample.questions(), [])


def test_the_echo_baseline_repeats_the_question() -> None:
    """Each question is its own answer."""
    asked = sample.questions()
    assert [q.question for q in asked] == [answer.text for answer in echo_answers(asked)]


@pytest.mark.parametrize("kept", [slice(0, 10), slice(0, 0)])
def test_a_question_without_an_answer_is_refused(kept: slice) -> None:
    """A partly answered set is not scored as if it were whole."""
    answers = {**sample.all_answers(), "adapter": sample.right_answers()[kept]}
    with pytest.raises(ScoringError, match="to 11 questions, none for"):
        evaluate(sample.evalset(), sample.provenance(), answers, sample.thresholds())


def test_an_adapter_needs_its_answers() -> None:
    """The base's answers never stand in for the adapter's."""
    answers: dict[System, tuple[Answer, ...]] = {"base": sample.base_answers()}
    with pytest.raises(ScoringError, match="answers of base; expected answers of the adapter"):
        evaluate(sample.evalset(), sample.provenance(), answers, sample.thresholds())


def test_a_run_without_an_adapter_is_about_the_base(tmp_path: Path) -> None:
    """answers.jsonl then holds the base's answers, and reads back so."""
    answers: dict[System, tuple[Answer, ...]] = {"base": sample.base_answers()}
    provenance = sample.provenance(adapter=None, gap=None, training=None, metrics=())
    run = evaluate(sample.evalset(), provenance, answers, sample.thresholds())
    folder = write_run(run, tmp_path / "run")
    assert not (folder / "base_answers.jsonl").exists()
    assert run == read_run(folder)
    assert summary_json(run, folder)["by_tier"]["seen"]["fact_accuracy"] == 0.0


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"schema": 2}', "schema 2; expected schema 1"),
        ("[]", "schema None"),
        ('{"schema": 1}', "missing or of the wrong type"),
        ("{", "not JSON"),
    ],
)
def test_a_broken_run_folder_is_refused(tmp_path: Path, record: str, message: str) -> None:
    """Another version's run, or half of one, is not read as if it were whole."""
    folder = write_run(sample.run(), tmp_path / "run")
    (folder / "run.json").write_text(record, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_run(folder)
