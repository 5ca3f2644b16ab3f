"""BLEU and chrF of one sentence, as sacrebleu computes them, divided by 100.

BLEU: tokenizer 13a, exponential smoothing, effective order (short answers have no 4-grams).
chrF: six characters, no word n-grams, beta 2. Papineni et al. 2002; Popović 2015; Post 2018.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from farense.records import Question, Score
from farense.scoring.references import best_over_references

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

_LIBRARY = f"sacrebleu:{version('sacrebleu')}"
BLEU_SIGNATURE = f"bleu|tok:13a|smooth:exp|eff:yes|{_LIBRARY}|v:1"
CHRF_SIGNATURE = f"chrf|nc:6|nw:0|beta:2|{_LIBRARY}|v:1"


@lru_cache(maxsize=1)
def _bleu() -> BLEU:
    from sacrebleu.metrics.bleu import BLEU  # dear to import, and not every command scores

    return BLEU(effective_order=True)


@lru_cache(maxsize=1)
def _chrf() -> CHRF:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


def sentence_bleu(answer: str, reference: str) -> float:
    """sacrebleu's sentence BLEU in [0, 1], on NFC text."""
    return float(_bleu().sentence_score(_nfc(answer), [_nfc(reference)]).score) / 100


def sentence_chrf(answer: str, reference: str) -> float:
    """sacrebleu's sentence chrF in [0, 1], on NFC text."""
    return float(_chrf().sentence_score(_nfc(answer), [_nfc(reference)]).score) / 100


def score_bleu(answer: str, question: Question) -> Score:
    """The best sentence BLEU over the references."""
    return best_over_references(
        BLEU_SIGNATURE, answer, question.references, question.id, sentence_bleu
    )


def score_chrf(answer: str, question: Question) -> Score:
    """The best sentence chrF over the references."""
    return best_over_references(
        CHRF_SIGNATURE, answer, question.references, question.id, sentence_chrf
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
