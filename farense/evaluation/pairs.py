"""Answers a person has judged, and where the typed fact scorer judges otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import EvalsetError
from farense.evaluation.golden_rows import check_keys, references, typed_answer
from farense.records import Score, TypedAnswer
from farense.scoring import score_fact
from farense.scoring.fact import SIGNATURE
from farense.storage import read_jsonl

_REQUIRED = ("kind", "value", "references", "answer", "expected")
# Only the question is used; the others let people say where a pair comes from.
_OPTIONAL = ("question", "id", "note", "why", "comment", "source", "category", "tier")


@dataclass(frozen=True)
class Pair:
    """An answer and the mark (0 or 1) a person gave it; ``where`` is ``file:line``."""

    where: str
    wanted: TypedAnswer
    references: tuple[str, ...]
    answer: str
    expected: int
    question: str = ""


@dataclass(frozen=True)
class Marked:
    """A pair and the scorer's judgement of it."""

    pair: Pair
    score: Score

    @property
    def agrees(self) -> bool:
        return self.score.value == self.pair.expected

    def to_json(self) -> dict[str, Any]:
        pair = self.pair
        return {
            "where": pair.where,
            "kind": pair.wanted.kind,
            "value": pair.wanted.value,
            "references": list(pair.references),
            "question": pair.question,
            "answer": pair.answer,
            "expected": pair.expected,
            "scored": None if self.score.value is None else int(self.score.value),
            "status": self.score.status,
            "read": self.score.extracted,
        }


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a JSON Lines file.

    Every row has ``kind``, ``value``, ``references``, ``answer`` and ``expected``, and may
    have ``question`` and remarks (``note``, ``why``, ``source`` and their like). An answer may
    be empty: silence is judged too.

    Raises:
        InputError: the file is missing, empty, or a row breaks the schema.
    """
    pairs = tuple(_pair(f"{path}:{number}", row) for number, row in read_jsonl(path))
    if not pairs:
        raise EvalsetError(
            path, "no pairs", "at least one row", "Add a row; docs/scoring.md shows one."
        )
    return pairs


def mark(pairs: Iterable[Pair]) -> tuple[Marked, ...]:
    """Every pair under the typed fact scorer."""
    return tuple(
        Marked(p, score_fact(p.answer, p.wanted, p.references, question=p.question)) for p in pairs
    )


def agreement_json(marked: Sequence[Marked]) -> dict[str, Any]:
    """How often scorer and person agree, in all and by kind, and every disagreement."""
    kinds = Counter(item.pair.wanted.kind for item in marked)
    agreed = Counter(item.pair.wanted.kind for item in marked if item.agrees)
    return {
        "signature": SIGNATURE,
        "n": len(marked),
        "agree": agreed.total(),
        "disagree": len(marked) - agreed.total(),
        "agreement": agreed.total() / len(marked),
        "by_kind": {
            kind: {"n": n, "agree": agreed[kind], "disagree": n - agreed[kind]}
            for kind, n in sorted(kinds.items())
        },
        "disagreements": [item.to_json() for item in marked if not item.agrees],
    }


def _pair(where: str, row: dict[str, Any]) -> Pair:
    check_keys(where, row, _REQUIRED, _OPTIONAL)
    return Pair(
        where,
        typed_answer(where, {"kind": row["kind"], "value": row["value"]}),
        references(where, row["references"]),
        _string(where, "answer", row["answer"]),
        _mark(where, row["expected"]),
        _string(where, "question", row.get("question", "")),
    )


def _string(where: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise EvalsetError(where, f"{key} is {value!r}", "a string", f"Write the {key} as text.")
    return value


def _mark(where: str, value: object) -> int:
    # True equals 1 to Python; a mark is a number.
    if isinstance(value, bool) or value not in (0, 1):
        raise EvalsetError(
            where, f"expected is {value!r}", "0 or 1", "Write 1 for a right answer, 0 otherwise."
        )
    return int(value == 1)
