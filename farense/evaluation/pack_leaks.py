"""Golden questions that a dataset would teach: proved before anything is trained on it."""

from __future__ import annotations

from collections.abc import Sequence

from farense.datasets.formats.items import Item
from farense.evaluation.leakage import TrainingRecord, prove_leakage
from farense.records import Example, Question
from farense.training.batches import prompt_sha256


def taught_questions(items: Sequence[Item], questions: Sequence[Question]) -> dict[str, str]:
    """Id of each golden question that the trained rows give away, with the way they do.

    A question outside the tier ``seen`` must not be trained in its very words, and no row of
    its fact may answer a question of the tier ``heldout``.
    """
    rows = tuple(_example(item) for item in items if item.split in ("train", ""))
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


def _example(item: Item) -> Example:
    facts = item.extra.get("fact_ids", ())
    return Example(
        prompt=item.prompt,
        completion=item.completion,
        fact_ids=tuple(map(str, facts)) if isinstance(facts, list | tuple) else (),
        category=str(item.extra.get("category", "")),
        phrasing=str(item.extra.get("phrasing", "")),
    )
