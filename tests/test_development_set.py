"""The development set: readable as a golden set, apart from the golden questions about facts."""

from __future__ import annotations

from pathlib import Path

from farense.evaluation.evalset import read_evalset
from farense.facts.tables import read_tables
from farense.text import fold

ROOT = Path(__file__).parents[1]
QUESTIONS = read_evalset(ROOT / "data" / "development.jsonl").questions


def test_its_facts_are_in_the_tables() -> None:
    """406 questions; every fact id stands for a row of the tables."""
    tables = read_tables(ROOT / "data" / "facts")
    known = {fact.fact_id for fact in tables.club.values()}
    for rows in (tables.matches, tables.standings, tables.presidents, tables.people):
        known |= {row.fact_id for row in rows}
    assert len(QUESTIONS) == 406
    assert not {fact for question in QUESTIONS for fact in question.fact_ids} - known


def test_no_paraphrase_is_a_golden_one() -> None:
    """What settings were chosen on is not what the verdict rests on."""
    golden = read_evalset(ROOT / "evalsets").questions
    asked = {fold(question.question) for question in golden}
    paraphrases = [question for question in QUESTIONS if question.tier == "paraphrase"]
    assert len(paraphrases) == 286
    assert not [q.id for q in paraphrases if fold(q.question) in asked]
