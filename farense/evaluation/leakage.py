"""Was this golden question trained? Proved from the hashes of what was really batched.

A question is *seen* when its very prompt was batched. It is *unseen* when no training row
holds one of its facts, and none that speaks of its subject holds its answer string. Every
other case is *not provable*: a fact trained in other words is neither the one nor the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from farense.datasets.packs import TRAIN, read_rows
from farense.evaluation.reasons import build_check
from farense.evaluation.training_text import Neighbour, TrainingText
from farense.models.adapters import read_summary
from farense.records import Check, Example, Question
from farense.scoring import score_typed_fact
from farense.storage import sha256_json
from farense.training.batches import prompt_sha256

Status = Literal["seen", "unseen", "not_provable"]
Ground = Literal["prompt_batched", "nothing_found", "fact_trained", "answer_trained", "no_record"]
STATUSES: tuple[Status, ...] = get_args(Status)
_NAMED_AT_MOST = 10


@dataclass(frozen=True)
class TrainingRecord:
    """What an adapter's folder says about its training.

    Attributes:
        rows: Its train.jsonl, each exchange of a conversation as a row.
        batched: Hex sha256 of every row, and of every prompt, that was in a batch.
        whole: ``rows`` are, by hash, the ones trained, and hold every batched prompt; only
            then can anything be proved unseen.
    """

    rows: tuple[Example, ...]
    batched: frozenset[str]
    whole: bool


@dataclass(frozen=True)
class LeakProof:
    """What the training record says about one golden question.

    Attributes:
        status: Proved seen, proved unseen, or not provable.
        ground: Why.
        contradicted: The question's tier says the opposite: ``seen`` but never batched, or
            ``heldout`` though its prompt was batched, or a row of its fact whose completion
            answers it.
        nearest: The training row most like it; None without a record.
    """

    question_id: str
    status: Status
    ground: Ground
    contradicted: bool
    nearest: Neighbour | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> LeakProof:
        """The proof written by ``to_json``."""
        nearest = row["nearest"]
        return cls(**{**row, "nearest": Neighbour(**nearest) if nearest else None})


@dataclass(frozen=True)
class Leakage:
    """One proof a question; ``recorded`` is False when the adapter keeps no record."""

    proofs: tuple[LeakProof, ...]
    recorded: bool

    @property
    def contradicted(self) -> tuple[str, ...]:
        """Ids of the questions whose tier the record disproves."""
        return tuple(proof.question_id for proof in self.proofs if proof.contradicted)

    def summary(self) -> dict[str, Any]:
        """Counts by status and the contradicted ids, as run.json holds them."""
        counts = Counter(proof.status for proof in self.proofs)
        return {
            "recorded": self.recorded,
            "counts": {status: counts[status] for status in STATUSES},
            "contradicted": list(self.contradicted),
        }


def read_training_record(adapter: Path) -> TrainingRecord | None:
    """The record of an adapter trained with farense; None when it keeps none.

    Raises:
        InputError: train.jsonl or training_summary.json is broken.
    """
    summary = read_summary(adapter) if (adapter / TRAIN).is_file() else None
    if summary is None or "prompts_batched" not in summary:
        return None
    rows, batched = read_rows(adapter / TRAIN), frozenset(summary["prompts_batched"])
    hashed = {prompt_sha256(row.asked): row for row in rows}
    untouched = summary.get("pack_sha256") == sha256_json([row.to_json() for row in rows])
    # A conversation is batched as one row; each of its questions was then trained.
    asked = (e.prompt for sha, row in hashed.items() if sha in batched for e in row.exchanges())
    return TrainingRecord(
        rows=tuple(exchange for row in rows for exchange in row.exchanges()),
        batched=batched | {prompt_sha256(prompt) for prompt in asked},
        whole=untouched and batched <= hashed.keys(),
    )


def prove_leakage(questions: Sequence[Question], record: TrainingRecord | None) -> Leakage:
    """Hold every question against what was trained; 10,000 against 10,000 rows take seconds."""
    if record is None or not record.rows:
        nothing = (LeakProof(q.id, "not_provable", "no_record", False, None) for q in questions)
        return Leakage(tuple(nothing), recorded=False)
    search = _Search(record)
    neighbours = search.text.neighbours(questions)
    pairs = zip(questions, neighbours, strict=True)
    return Leakage(tuple(search.proof(question, nearest) for question, nearest in pairs), True)


def leakage_check(leakage: Leakage) -> Check:
    """The gate's rule: no question's tier is disproved by the training record."""
    ids = leakage.contradicted
    named = ", ".join(ids[:_NAMED_AT_MOST]) + (" …" if len(ids) > _NAMED_AT_MOST else "")
    said = (
        f"{len(ids)} questions are in the wrong tier by the hashes of what was trained"
        " (seen but never batched, or held out but trained)"
    )
    return build_check(
        "leakage",
        float(len(ids)) if leakage.recorded else None,
        "at_most",
        0.0,
        said=said + (f": {named}" if ids else ""),
        subject="Whether seen questions were trained and held out ones were not",
        shown=lambda count: f"{count:g}",
    )


class _Search:
    """One record, indexed once for all questions."""

    def __init__(self, record: TrainingRecord) -> None:
        self.text = TrainingText(record.rows)
        self._record = record
        self._known = {fact for row in record.rows for fact in row.fact_ids}
        self._completions: dict[str, set[str]] = {}
        for row in record.rows:
            for fact in row.fact_ids if self._batched(row.prompt) else ():
                self._completions.setdefault(fact, set()).add(row.completion)

    def proof(self, question: Question, nearest: Neighbour) -> LeakProof:
        """What the record says about one question."""
        ground = self._ground(question)
        contradicted = self._contradicted(question, ground)
        return LeakProof(question.id, _status(ground), ground, contradicted, nearest)

    def _batched(self, prompt: str) -> bool:
        return prompt_sha256(prompt) in self._record.batched

    def _ground(self, question: Question) -> Ground:
        if self._batched(question.question):
            return "prompt_batched"
        if not self._known.isdisjoint(question.fact_ids):
            return "fact_trained"
        if self.text.holds_answer(question):
            return "answer_trained"
        return "nothing_found" if self._record.whole else "no_record"

    def _contradicted(self, question: Question, ground: Ground) -> bool:
        if question.tier == "seen":
            return ground != "prompt_batched"
        if question.tier != "heldout":
            return False
        # A row of a table holds several facts under one id, so the id alone proves nothing.
        taught = {c for fact in question.fact_ids for c in self._completions.get(fact, ())}
        return ground == "prompt_batched" or any(
            score_typed_fact(completion, question).value == 1.0 for completion in sorted(taught)
        )


def _status(ground: Ground) -> Status:
    if ground == "prompt_batched":
        return "seen"
    return "unseen" if ground == "nothing_found" else "not_provable"
