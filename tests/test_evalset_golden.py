"""The golden sets as a whole: large enough, fair, and never taught by accident."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from farense.datasets.packs import build_pack
from farense.datasets.rehearsal import read_rehearsal
from farense.evaluation.evalset import read_evalset
from farense.facts.phrasing.facet import PACKS
from farense.facts.tables import FACTS_FOLDER, read_tables
from farense.records import KINDS, TIERS, Example, Question
from farense.text import find_seasons, fold

ROOT = Path(__file__).parents[1]
QUESTIONS = read_evalset(ROOT / "evalsets").questions
UNSEEN = [question for question in QUESTIONS if question.tier != "seen"]
TABLES = read_tables(ROOT / FACTS_FOLDER)


def _tier(tier: str) -> list[Question]:
    return [question for question in QUESTIONS if question.tier == tier]


def _first_tier_seasons() -> set[str]:
    """From the league tables by the csv module: the seasons with a line in tier 1."""
    path = ROOT / FACTS_FOLDER / "standings.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["season"] for row in csv.DictReader(stream) if row["tier"] == "1"}


@pytest.fixture(scope="module")
def taught() -> dict[str, Example]:
    """Folded prompt → example, over training and validation of all three packs, rehearsal too."""
    rehearsal = read_rehearsal(ROOT / "data/rehearsal.csv")
    packs = [build_pack(TABLES, name, 0, rehearsal) for name in PACKS]
    rows = [row for pack in packs for row in (*pack.train, *pack.validation)]
    assert rows
    return {fold(row.prompt): row for row in rows}


def test_there_are_enough_questions_in_every_tier() -> None:
    """At least 230 questions; a tier that a verdict rests on has at least twenty."""
    assert len(QUESTIONS) >= 230
    counts = Counter(question.tier for question in QUESTIONS)
    assert set(counts) == set(TIERS)
    assert min(counts.values()) >= 20
    assert counts["paraphrase"] >= 90
    assert counts["seen"] >= 75


def test_ids_and_wordings_are_unique_over_all_files() -> None:
    """No id twice; no two questions that differ in nothing but accents, case or marks."""
    assert max(Counter(question.id for question in QUESTIONS).values()) == 1
    wordings = Counter(fold(question.question) for question in QUESTIONS)
    assert [wording for wording, count in wordings.items() if count > 1] == []


def test_general_questions_live_apart_from_the_club() -> None:
    """evalsets/general.jsonl holds the general tier and nothing else, and no fact ids."""
    general = read_evalset(ROOT / "evalsets" / "general.jsonl").questions
    assert list(general) == _tier("general")
    assert not any(question.fact_ids for question in general)
    assert not [question.id for question in general if "farense" in fold(question.question)]


def test_unseen_wordings_were_never_taught(taught: dict[str, Example]) -> None:
    """Outside the seen tier no wording equals, folded, a prompt of any pack."""
    leaks = {
        question.id: taught[fold(question.question)].phrasing
        for question in UNSEEN
        if fold(question.question) in taught
    }
    assert leaks == {}


def test_seen_questions_are_training_prompts_to_the_letter() -> None:
    """Each one is in the essentials, and its first reference is the trained answer."""
    trained = {row.prompt: row for row in build_pack(TABLES, "essentials", seed=0).train}
    for question in _tier("seen"):
        assert question.question in trained, question.id
        row = trained[question.question]
        assert question.references[0] == row.completion
        assert set(question.fact_ids) <= set(row.fact_ids)


def test_every_seen_fact_is_also_asked_in_other_words() -> None:
    """What is asked as trained is asked as a paraphrase too, so that the two compare."""
    seen = {question.id.removeprefix("seen-") for question in _tier("seen")}
    other = {question.id.removeprefix("par-") for question in _tier("paraphrase")}
    unnumbered = {name.removesuffix("-1") for name in other}
    assert seen - unnumbered - other == set()


def test_the_essentials_teach_what_paraphrases_ask() -> None:
    """Each fact behind a paraphrase or a robustness question is in the essentials."""
    taught_ids = {
        fact_id
        for row in build_pack(TABLES, "essentials", seed=0).train
        for fact_id in row.fact_ids
    }
    for question in _tier("paraphrase") + _tier("robustness"):
        assert set(question.fact_ids) <= taught_ids, question.id


def test_held_out_questions_ask_what_the_essentials_never_say() -> None:
    """No essentials row about the same fact holds the held-out answer."""
    rows = build_pack(TABLES, "essentials", seed=0).train
    for question in _tier("heldout"):
        told = [row for row in rows if set(row.fact_ids) & set(question.fact_ids)]
        assert all(_says_nothing_of(row, question) for row in told), question.id


def _says_nothing_of(row: Example, question: Question) -> bool:
    if question.answer.kind == "season":
        return question.answer.value not in find_seasons(row.completion)
    return fold(question.references[-1]) not in fold(row.completion)


def test_every_first_tier_season_has_its_paraphrase() -> None:
    """All 26 positions in the Primeira Liga are asked in other words."""
    asked = {
        fact_id.split("/")[1].replace("-", "/")
        for question in _tier("paraphrase")
        for fact_id in question.fact_ids
        if fact_id.startswith("standings/")
    }
    assert len(_first_tier_seasons()) == 26
    assert asked == _first_tier_seasons()


def test_abstention_is_right_wherever_it_is_asked_for() -> None:
    """Unanswerable questions, and only they, want an abstention."""
    for question in QUESTIONS:
        assert (question.answer.kind == "abstain") == (question.tier == "unanswerable")


def test_unanswerable_seasons_were_not_spent_in_the_first_tier() -> None:
    """Of a position nobody can know, the season is one without a first-tier table."""
    asked = [question for question in _tier("unanswerable") if "season_" in question.id]
    assert len(asked) >= 5
    for question in asked:
        seasons = find_seasons(question.question)
        assert len(seasons) == 1, question.id
        assert seasons[0] not in _first_tier_seasons(), question.id


def test_some_answers_may_never_be_lost() -> None:
    """About ten questions are must_pass, and each can be learnt from the essentials."""
    vital = [question for question in QUESTIONS if question.must_pass]
    assert 8 <= len(vital) <= 15
    assert {question.tier for question in vital} == {"paraphrase"}


def test_what_time_can_change_is_dated() -> None:
    """A question about the president of today or a running count says as of which day."""
    for question in QUESTIONS:
        if "presidents/48" in question.fact_ids and question.tier != "unanswerable":
            assert question.as_of, question.id
        if "first_tier_count" in question.id:
            assert question.as_of, question.id


def test_each_question_has_one_to_three_references() -> None:
    """References are few and the full sentence, the longest of them, comes first."""
    for question in QUESTIONS:
        assert 1 <= len(question.references) <= 3, question.id
        assert len(set(question.references)) == len(question.references), question.id


def test_the_documented_examples_are_a_valid_set_with_every_kind(tmp_path: Path) -> None:
    """The example lines of docs/golden-sets.md are read as they stand, one for each kind."""
    page = (ROOT / "docs" / "golden-sets.md").read_text(encoding="utf-8")
    lines = page.partition("```json\n")[2].partition("```")[0]
    path = tmp_path / "examples.jsonl"
    path.write_text(lines, encoding="utf-8")
    kinds = [question.answer.kind for question in read_evalset(path).questions]
    assert sorted(kinds) == sorted(KINDS)


def test_the_documented_keys_are_those_of_a_question() -> None:
    """The schema table of docs/golden-sets.md has one row a field, in the fields' order."""
    page = (ROOT / "docs" / "golden-sets.md").read_text(encoding="utf-8")
    schema = page.partition("## Schema")[2].partition("### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", schema, re.MULTILINE) == [f.name for f in fields(Question)]
