"""ROUGE-L: the longest common subsequence of words, as rouge-score computes it.

rouge-score's own tokenizer drops every letter outside a-z and splits 2-1; it is given ours,
and no stemmer (its stemmer is English). Lin 2004.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from farense.records import Question, Score
from farense.scoring.references import best_over_references
from farense.text import words

SIGNATURE = f"rouge_l|tok:pt|stem:no|rouge-score:{version('rouge-score')}|v:1"


class _PortugueseTokenizer:
    def tokenize(self, text: str) -> list[str]:
        return words(text)


@lru_cache(maxsize=1)
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer  # brings nltk and numpy along

    return RougeScorer(["rougeL"], use_stemmer=False, tokenizer=_PortugueseTokenizer())


def rouge_l(answer: str, reference: str) -> float:
    """F-measure of the longest common subsequence of words, in [0, 1]."""
    return float(_scorer().score(reference, answer)["rougeL"].fmeasure)


def score_rouge_l(answer: str, question: Question) -> Score:
    """The best ROUGE-L over the references."""
    return best_over_references(SIGNATURE, answer, question.references, question.id, rouge_l)
