"""Golden questions that a dataset would teach: proved before anything is trained on it."""

from __future__ import annotations

from collections.abc import Sequence

from farense.datasets.formats.items import Item
from farense.datasets.training_data import example_of
from farense.evaluation.leakage import TrainingRecord, prove_leakage
from farense.records import Question
from farense.training.batches import prompt_sha256


def taught_questions(items: Sequence[Item], questions: Sequence[Question]) -> dict[str, str]:
    """Id of each golden question that the trained rows give away, with the way they do.

    A question outside the tier ``seen`` must not be trained in its very words, and no row of
    its fact may answer a question of the tier ``heldout``.
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
    return found
