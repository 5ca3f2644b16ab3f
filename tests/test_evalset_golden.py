"""The golden sets as a whole: large enough, fair, and never taught by accident."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from farense.datasets.packs import Pack, build_pack
from farense.datasets.rehearsal import read_rehearsal
from farense.evaluation.evalset import golden_files, read_evalset
from farense.evaluation.evalset_check import EvalsetCheck, check_evalsets
from farense.facts.gaps import read_gaps
from farense.facts.phrasing.facet import PACKS, PackName
from farense.facts.tables import FACTS_FOLDER, read_tables
from farense.records import KINDS, TIERS, Question
from farense.scoring import score_typed_fact
from farense.text import find_seasons, fold

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "evalsets"
QUESTIONS = read_evalset(FOLDER).questions
# What an adapter of the smallest pack is asked, and so the main job.
ASKED = read_evalset(FOLDER, "essentials").questions
TABLES = read_tables(ROOT / FACTS_FOLDER)


def _tier(tier: str, questions: Sequence[Question] = QUESTIONS) -> list[Question]:
    return [question for question in questions if question.tier == tier]


def _first_tier_seasons() -> set[str]:
    """From the league tables by the csv module: the seasons with a line in tier 1."""
    path = ROOT / FACTS_FOLDER / "standings.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["season"] for row in csv.DictReader(stream) if row["tier"] == "1"}


@pytest.fixture(scope="module")
def packs() -> dict[PackName, Pack]:
    """Everything that is taught, rehearsal too."""
    rehearsal = read_rehearsal(ROOT / "data/rehearsal.csv")
    return {name: build_pack(TABLES, name, 0, rehearsal) for name in PACKS}


@pytest.fixture(scope="module")
def checked(packs: dict[PackName, Pack]) -> EvalsetCheck:
    """What `farense evalset check evalsets` finds."""
    return check_evalsets(FOLDER, TABLES, read_gaps(ROOT / FACTS_FOLDER), packs)


def test_the_shipped_sets_pass_their_own_check(checked: EvalsetCheck) -> None:
    """Schema, ids, wordings, answers, tiers and manifest hold; no wording outside `seen` is 95 %
    like a taught one of any pack or has thirteen words in a row in common with it."""
    assert checked.questions == len(QUESTIONS)
    assert [str(error) for error in checked.errors] == []


def test_there_are_enough_questions_in_every_tier() -> None:
    """At least 800 questions over ten categories, 60 of them general; the main job asks all
    tiers, at least twenty questions of each."""
    assert len(QUESTIONS) >= 800
    assert len({question.category for question in QUESTIONS}) >= 10
    assert len(_tier("general")) >= 60
    counts = Counter(question.tier for question in ASKED)
    assert set(counts) == set(TIERS)
    assert min(counts.values()) >= 20
    assert counts["paraphrase"] >= 90
    assert counts["seen"] >= 75


def test_the_main_job_asks_the_small_sets_alone() -> None:
    """An adapter of the essentials is asked essentials, fresh and general; the others more."""
    asked = {name: {file.stem for file in golden_files(FOLDER, name)} for name in PACKS}
    assert asked["essentials"] == {"essentials", "fresh", "general"}
    assert asked["full"] == {file.stem for file in FOLDER.glob("*.jsonl")}
    assert asked["core"] == asked["full"] - {"full"}


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


def test_seen_questions_have_the_trained_answer(packs: dict[PackName, Pack]) -> None:
    """The first reference is the trained completion, in every pack the set is for."""
    for name, pack in packs.items():
        trained = {row.prompt: row for row in pack.train}
        for question in _tier("seen", read_evalset(FOLDER, name).questions):
            row = trained[question.question]
            assert question.references[0] == row.completion
            assert set(question.fact_ids) <= set(row.fact_ids)


def test_the_taught_answer_answers_the_question_in_other_words(
    packs: dict[PackName, Pack],
) -> None:
    """Whatever is asked of a taught fact, some row of every pack it is asked of answers it."""
    for name, pack in packs.items():
        told: dict[str, set[str]] = {}
        for row in pack.train:
            for fact in row.fact_ids:
                told.setdefault(fact, set()).add(row.completion)
        asked = read_evalset(FOLDER, name).questions
        for question in _tier("paraphrase", asked) + _tier("robustness", asked):
            completions = set().union(*(told[fact] for fact in question.fact_ids))
            right = (score_typed_fact(text, question).value == 1.0 for text in completions)
            assert any(right), (name, question.id)


def test_every_seen_fact_is_also_asked_in_other_words() -> None:
    """What is asked as trained is asked as a paraphrase too, so that the two compare."""
    seen = {question.id.removeprefix("seen-") for question in _tier("seen")}
    other = {question.id.removeprefix("par-") for question in _tier("paraphrase")}
    unnumbered = {name.removesuffix("-1") for name in other}
    assert seen - unnumbered - other == set()


def test_no_pack_holds_the_facts_of_the_tier_heldout(packs: dict[PackName, Pack]) -> None:
    """All stand in heldout.csv, each as a whole; no row names one, trained or validated.

    `build_pack` drops every row that the list covers, so none can come to be taught.
    """
    whole = {held.fact_id for held in TABLES.heldout if not held.phrasing}
    asked = {fact for question in _tier("heldout") for fact in question.fact_ids}
    assert len(asked) >= 60
    assert asked <= whole
    for pack in packs.values():
        for row in (*pack.train, *pack.validation):
            assert asked.isdisjoint(row.fact_ids), row.phrasing


def test_every_first_tier_season_has_its_paraphrase() -> None:
    """All 26 positions in the Primeira Liga are asked in other words."""
    asked = {
        fact_id.split("/")[1].replace("-", "/")
        for question in _tier("paraphrase", ASKED)
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
    """Of a league line nobody can know, the season is one without a first-tier table."""
    about = re.compile(r"una-(season|points|goals|wins|draws|losses)_\d{4}")
    asked = [question for question in _tier("unanswerable") if about.fullmatch(question.id)]
    assert len(asked) >= 15
    for question in asked:
        seasons = find_seasons(question.question)
        assert len(seasons) == 1, question.id
        assert seasons[0] not in _first_tier_seasons(), question.id


def test_some_answers_may_never_be_lost() -> None:
    """About ten questions of each pack are must_pass, each of them a paraphrase."""
    for name in PACKS:
        vital = [
            question for question in read_evalset(FOLDER, name).questions if question.must_pass
        ]
        assert 8 <= len(vital) <= 20
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
