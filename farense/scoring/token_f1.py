"""Token F1: how many words answer and reference share, counted with repetition.

The F1 of SQuAD (Rajpurkar et al. 2016, section 6.1) over multisets, with Portuguese tokens:
diacritics stay, a score, season or date is one token, and no article is dropped.
"""

from __future__ import annotations

from collections import Counter

from farense.records import Question, Score
from farense.scoring.references import best_over_references
from farense.text import words

SIGNATURE = "token_f1|tok:pt|v:1"


def token_f1(answer: str, reference: str) -> float:
    """Harmonic mean of token precision and recall, in [0, 1]; 0.0 if either has no token."""
    given, wanted = Counter(words(answer)), Counter(words(reference))
    shared = (given & wanted).total()
    return 2 * shared / (given.total() + wanted.total()) if shared else 0.0


def score_token_f1(answer: str, question: Question) -> Score:
    """The best token F1 over the references."""
    return best_over_references(SIGNATURE, answer, question.references, question.id, token_f1)
