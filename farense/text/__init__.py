"""Portuguese text: one normal form, the values a sentence states, and refusals.

``normalise`` keeps diacritics; ``fold`` drops them and is lenient. Every ``find_`` function
returns canonical strings (those of ``TypedAnswer``) in the order of the text.
"""

from farense.text.abstention import is_abstention
from farense.text.normal import fold, normalise, prepare, without_accents, words
from farense.text.phrases import date_in_words, ordinal_pt, season_short
from farense.text.values import (
    Found,
    find_dates,
    find_integers,
    find_ordinals,
    find_scores,
    find_seasons,
    find_values,
    find_years,
)

__all__ = [
    "Found",
    "date_in_words",
    "find_dates",
    "find_integers",
    "find_ordinals",
    "find_scores",
    "find_seasons",
    "find_values",
    "find_years",
    "fold",
    "is_abstention",
    "normalise",
    "ordinal_pt",
    "prepare",
    "season_short",
    "without_accents",
    "words",
]
