"""Which scorers there are, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points

from farense.errors import InputError
from farense.records import Question, TypedAnswer
from farense.scoring import OPTIONAL, SCORERS, scorers
from farense.scoring.registered import GROUP, origin

_MEASURES = {
    "exact_match": "same text once case, dashes and punctuation are folded",
    "token_f1": "shared words, with repetition",
    "bleu": "shared word n-grams",
    "chrf": "shared character n-grams",
    "rouge_l": "longest common subsequence of words",
    "fuzzy": "characters to insert or delete",
    "fact": "right, as a careful person would mark it",
    "semantic": "same topic; NOT factual: a negation hardly lowers it",
}
_SAMPLE = Question("sample", "Diga.", ("x",), TypedAnswer("text", "x"), "seen", "sample")


@dataclass(frozen=True)
class CatalogueEntry:
    """One scorer as it is listed; ``on`` whether every evaluation uses it."""

    name: str
    origin: str
    on: bool
    measures: str
    signature: str


def catalogue() -> Iterator[CatalogueEntry]:
    """Built-in, optional and registered scorers, in this order.

    Raises:
        InputError: a registered scorer is broken.
    """
    registered = scorers()
    for name, scorer in SCORERS.items():
        signature = scorer("x", _SAMPLE).signature
        yield CatalogueEntry(name, "farense", True, _MEASURES[name], signature)
    for name, scorer in OPTIONAL.items():
        try:
            signature = scorer("x", _SAMPLE).signature
        except InputError:
            signature = "not installed: pip install 'farense[semantic]'"
        yield CatalogueEntry(name, "farense", False, _MEASURES[name], signature)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        scorer = registered[point.name]
        told = (getattr(point.load(), "__doc__", None) or "").strip().split("\n")[0]
        signature = scorer("x", _SAMPLE).signature
        yield CatalogueEntry(point.name, origin(point), True, told, signature)
