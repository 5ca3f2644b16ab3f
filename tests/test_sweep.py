"""``farense sweep``: chosen on one half of the facts, reported on the other."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import tiny_adapter as tiny
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from farense.cli import cli
from farense.errors import InputError
from farense.evaluation.results import Judged
from farense.evaluation.sweep import Candidate, Scored, candidates_of, choose, halves
from farense.models.model_folder import base_sha256
from farense.records import TIERS, Answer, Question, Score, Tier, TypedAnswer
from farense.storage import sha256_file

FACTS = st.lists(st.sampled_from([f"f/{n}" for n in range(8)]), max_size=2).map(tuple)
GOLDEN = st.lists(st.tuples(FACTS, st.sampled_from(TIERS)), min_size=2, max_size=40)


def question(number: int, facts: tuple[str, ...], tier: Tier = "seen") -> Question:
    answer = TypedAnswer("text", "Faro")
    return Question(f"q{number}", f"Onde {number}?", ("Faro",), answer, tier, "club", facts)


@given(rows=GOLDEN, seed=st.integers(0, 9))
def test_no_fact_is_in_both_halves(rows: list[tuple[tuple[str, ...], Tier]], seed: int) -> None:
    """Whatever shares facts with whatever: every question once, no fact in both, neither half
    empty, and the same again with the same seed."""
    questions = [question(n, facts, tier) for n, (facts, tier) in enumerate(rows)]
    try:
        development, report = halves(questions, seed)
    except InputError:
        assert all(q.fact_ids for q in questions)  # else a question of its own is left
        return
    assert sorted(q.id for q in (*development, *report)) == sorted(q.id for q in questions)
    known = [{fact for q in half for fact in q.fact_ids} for half in (development, report)]
    assert not known[0] & known[1]
    assert (development, report) == halves(questions, seed)
    assert development
    assert report


def test_each_half_has_every_tier() -> None:
    """Twelve facts, each asked in two tiers; six of them and all tiers in either half."""
    tiers: tuple[Tier, ...] = ("seen", "paraphrase")
    questions = [
        question(2 * n + k, (f"f/{n}",), t) for n in range(12) for k, t in enumerate(tiers)
    ]
    for half in halves(questions, 1910):
        assert Counter(q.tier for q in half) == {"seen": 6, "paraphrase": 6}


def test_another_seed_deals_otherwise() -> None:
    """Twenty questions: seeds 1 and 2 differ."""
    questions = [question(n, (f"f/{n}",)) for n in range(20)]
    assert halves(questions, 1) != halves(questions, 2)


def test_one_fact_cannot_be_halved() -> None:
    """Nothing would be left to report on."""
    with pytest.raises(InputError, match="all share facts"):
        halves([question(n, ("f/1",)) for n in range(4)], 1)


def scored(name: str, step: int | None, *marks: float) -> Scored:
    """A candidate with these marks of the fact scorer."""
    candidate = Candidate(name, Path(name), step, name, None)
    answer = Answer("q", "Faro", 1, 1, 0.1, "stop")
    judged = tuple(
        Judged(question(n, (f"f/{n}",)), answer, (Score("fact", m, "scored", None, "fact|v:3"),))
        for n, m in enumerate(marks)
    )
    return Scored(candidate, judged)


def test_the_most_right_answers_are_chosen() -> None:
    """Of equals the one with fewer steps, and one whose step is unknown last."""
    few, some, same = scored("a", 50, 1, 0, 0), scored("b", 100, 1, 1, 0), scored("c", 90, 0, 1, 1)
    unknown = scored("d", None, 1, 0, 1)
    assert choose([few, some, same, unknown]).candidate.name == "c"
    assert choose([unknown, some]).candidate.name == "b"


@pytest.fixture
def run(tiny_adapter: Path, tmp_path: Path) -> Path:
    """A copy of the tiny adapter with its checkpoints, whose log ends in half a row."""
    folder = tmp_path / "run"
    shutil.copytree(tiny_adapter, folder)
    with (folder / "metrics.jsonl").open("a") as log:
        log.write('{"event": "train", "st')
    return folder


def test_the_candidates_are_checkpoints_and_the_finished_adapter(run: Path) -> None:
    """Steps 50, 100 and 150 and the best validation, each tensors once, with the losses logged."""
    found = candidates_of(run)
    assert [candidate.name for candidate in found][:3] == ["step 50", "step 100", "step 150"]
    assert len({candidate.adapter_sha256 for candidate in found}) == len(found)
    rows = map(json.loads, (run / "metrics.jsonl").read_text().splitlines()[:-1])
    losses = {row["step"]: row["loss"] for row in rows if row["event"] == "validation"}
    assert [c.validation_loss for c in found] == [losses.get(c.step) for c in found]
    assert losses[150] is not None


def test_a_damaged_checkpoint_is_no_candidate(run: Path) -> None:
    """Its tensors are not what was trained."""
    (run / "checkpoints/step-00000100/adapters.safetensors").write_bytes(b"")
    assert "step 100" not in [candidate.name for candidate in candidates_of(run)]


def test_one_adapter_alone_is_not_compared(run: Path) -> None:
    """It says how to keep checkpoints."""
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(InputError, match="--keep-checkpoints 0"):
        candidates_of(run)


def test_a_sweep_says_what_it_is_computed_from(run: Path, tmp_path: Path, tiny_base: Path) -> None:
    """Base, adapters, golden set by hash, decoding, scorer, seed, n; the chosen one's numbers are
    of questions that no candidate was chosen by."""
    golden = tiny.write_golden(tmp_path / "golden.jsonl")
    command = ["sweep", str(run), "--evalset", str(golden), "--base", str(tiny_base), "--json"]
    command += ["--reports-dir", str(tmp_path / "reports"), "--max-tokens", "8", "--workers", "1"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, (result.output, result.exception)
    found = json.loads(result.stdout)
    assert found["base"]["sha256"] == base_sha256(tiny_base)
    assert found["evalset"] == {"name": "golden", "sha256": sha256_file(golden), "n": 4}
    assert found["decoding"] == {"method": "greedy", "max_tokens": 8, "batch_size": 64}
    assert (found["seed"], found["metric"]) == (1910, "fact_accuracy")
    assert found["scorer"].startswith("fact|v:")
    candidates = found["development"]["candidates"]
    for row in candidates:
        assert row["adapter_sha256"] == sha256_file(Path(row["folder"]) / "adapters.safetensors")
    means = [row["fact_accuracy"]["mean"] for row in candidates]
    assert found["chosen"]["name"] == candidates[means.index(max(means))]["name"]
    assert found["development"]["n"] + found["report"]["n"] == 4
    assert found["report"]["chosen"]["fact_accuracy"]["n"] == found["report"]["n"]
    table = CliRunner().invoke(cli, [part for part in command if part != "--json"])
    assert table.stdout.splitlines()[-1] == found["chosen"]["folder"]
    assert "chosen" in table.stdout
