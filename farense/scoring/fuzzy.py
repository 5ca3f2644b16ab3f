"""Fuzzy ratio: rapidfuzz's normalised indel similarity of the normalised texts."""

from __future__ import annotations

from importlib.metadata import version

from rapidfuzz import fuzz

from farense.records import Question, Score
from farense.scoring.references import best_over_references
from farense.text import normalise

SIGNATURE = f"fuzzy|ratio|norm:pt|rapidfuzz:{version('rapidfuzz')}|v:1"


def fuzzy_ratio(answer: str, reference: str) -> float:
    """1 - insertions and deletions / total length, in [0, 1]."""
    return fuzz.ratio(normalise(answer), normalise(reference)) / 100


def score_fuzzy(answer: str, question: Question) -> Score:
    """The best fuzzy ratio over the references."""
    return best_over_references(SIGNATURE, answer, question.references, question.id, fuzzy_ratio)
