"""Golden questions that a dataset would teach: proved before anything is trained on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from farense.datasets.augmenting import reordered, slip_of
from farense.datasets.formats.items import Item
from farense.datasets.training_data import example_of
from farense.evaluation.leakage import TrainingRecord, prove_leakage
from farense.records import Example, Question
from farense.text import fold
from farense.training.batches import prompt_sha256

# As near as the audit and the leak proof call two questions the same.
_NEAR = 95
_NUMBERS = re.compile(r"\d+")


def taught_questions(items: Sequence[Item], questions: Sequence[Question]) -> dict[str, str]:
    """Id of each golden question that the trained rows give away, with the way they do.

    A question outside the tier ``seen`` must not be trained in its very words, and no row of
    its fact may answer a question of the tier ``heldout``. A paraphrase must be new in any
    spelling: no trained row is a careless copy of it, nor it of a trained row's copy.
    """
    trained = [example_of(item) for item in items if item.split in ("train", "")]
    rows = tuple(row for example in trained for row in example.exchanges())
    asked = frozenset(prompt_sha256(row.prompt) for row in rows)
    held = [question for question in questions if question.tier != "seen"]
    leakage = prove_leakage(held, TrainingRecord(rows, asked, whole=True))
    found = {}
    for proof in leakage.proofs:
        if proof.status == "seen":
            found[proof.question_id] = "its very prompt is trained"
        elif proof.contradicted:
            found[proof.question_id] = "held out, but a trained row answers it"
    asked_anew = [question for question in questions if question.tier == "paraphrase"]
    return {**_copied(asked_anew, rows), **found}


def _copied(questions: Sequence[Question], rows: Sequence[Example]) -> dict[str, str]:
    """Paraphrases that a trained row repeats carelessly, or that lie beside a careless copy."""
    trained = {fold(row.prompt) for row in rows}
    copies = [fold(row.prompt) for row in rows if slip_of(row.phrasing)]
    found = {}
    for question in questions:
        asked = fold(question.question)
        near = process.extract(asked, copies, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=None)
        if {asked, fold(reordered(question.question))} & trained:
            found[question.id] = "a careless copy of it is trained"
        elif any(_NUMBERS.findall(asked) == _NUMBERS.findall(copy) for copy, _, _ in near):
            found[question.id] = "it lies beside a careless copy that is trained"
    return found
