"""Answers kept on disk, found again only by the bytes that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from farense.answering.generation import Answered, Decoding
from farense.errors import InputError
from farense.models.templates import PromptTemplate
from farense.records import Answer
from farense.storage import read_json, sha256_json, write_json

# 2: questions are answered in portions; other questions share a batch than before.
_SCHEMA = 2


@dataclass(frozen=True)
class AnswerSource:
    """All that decides what is answered; names of models or files are not among it.

    Attributes:
        base_sha256: Of the base's weights.
        adapter_sha256: Of the adapter's weights and how it is put on; None for the bare base.
        template: The text around each question.
        decoding: Greedy, token limit, batch size.
        held_as: How the weights are held (float32, 4-bit), which changes rounding.
        device: cpu, metal or cuda, with the BLAS and the compiled kernels where there are any.
        versions: Of the libraries that compute.
    """

    base_sha256: str
    adapter_sha256: str | None
    template: PromptTemplate
    decoding: Decoding
    held_as: str
    device: str
    versions: dict[str, str]

    def key(self, questions: Sequence[tuple[str, str]], order_seed: int | None = None) -> str:
        """Hex sha256 over the source and the questions, ``(id, text)`` in order.

        ``order_seed`` is that of another order of asking, None for the usual one.

        Questions are keyed as a set because those in one batch can sway each other's
        rounding.
        """
        record = {"schema": _SCHEMA, "source": asdict(self), "questions": questions}
        return sha256_json(record if order_seed is None else {**record, "order": order_seed})

    def parts(self) -> dict[str, str]:
        """A short hash of each part, by its name."""
        return {name: sha256_json(part)[:12] for name, part in asdict(self).items()}


def read_answers(folder: Path, key: str) -> Answered | None:
    """The answers stored under ``key``; None when there are none, or the file is damaged."""
    path = folder / f"{key}.json"
    if not path.is_file():
        return None
    try:
        return answered_from(read_json(path))
    # Kept answers only save time: a damaged file is answered, and written, anew.
    except (InputError, KeyError, TypeError):
        return None


def answered_from(record: Mapping[str, Any]) -> Answered:
    """Answers from the JSON object of their fields."""
    return Answered(**{**record, "answers": tuple(Answer(**row) for row in record["answers"])})


def write_answers(folder: Path, key: str, answered: Answered) -> Path:
    """Store answers under ``key``, whole or not at all.

    Raises:
        StorageError: the disk is full or not writable.
    """
    return write_json(folder / f"{key}.json", asdict(answered))
