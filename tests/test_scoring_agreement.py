"""Our scorers and the implementations they are named after give the same numbers.

Each original is used where it can be (sacrebleu, rouge-score); SQuAD's evaluation is written
here from its published definition (Rajpurkar et al. 2016, and the official evaluate-v1.1.py:
lower case, no punctuation, no articles, white space folded; F1 over multisets of tokens).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from farense.records import Question, TypedAnswer
from farense.scoring import SCORERS
from farense.scoring.rouge import rouge_l
from farense.scoring.token_f1 import token_f1
from farense.text import normalise

_WORDS = re.findall(
    r"\S+",
    "Super Bowl 50 was American football game to determine champion of National League for 2015 "
    "season Denver Broncos defeated Carolina Panthers 24 to 10 earn third title Santa Clara "
    "gold anniversary with various initiatives temporarily suspending tradition",
)
ENGLISH = st.lists(
    st.tuples(st.sampled_from(_WORDS), st.sampled_from(["", "", ",", ".", "!", "?", ";", ":"])),
    min_size=1,
    max_size=12,
).map(lambda parts: " ".join(word + mark for word, mark in parts))
PORTUGUESE = st.lists(
    st.sampled_from(["O", "Farense", "não", "ganhou", "à", "Académica", "por", "2–1", "é", "."]),
    min_size=1,
    max_size=12,
).map(" ".join)


def squad_normalised(text: str) -> str:
    """normalize_answer of SQuAD's evaluation."""
    lowered = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", lowered).split())


def squad_f1(prediction: str, truth: str) -> float:
    """f1_score of SQuAD's evaluation."""
    given, wanted = squad_normalised(prediction).split(), squad_normalised(truth).split()
    shared = sum((Counter(given) & Counter(wanted)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(given), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def value(scorer: str, answer: str, reference: str) -> float | None:
    question = Question("q", "Q?", (reference,), TypedAnswer("text", "x"), "seen", "c")
    return SCORERS[scorer](answer, question).value


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("Denver Broncos", "Denver Broncos", 1.0),
        ("the Broncos", "Denver Broncos", 2 / 3),  # without the article P 1, R 1/2
        ("gold gold", "gold", 2 / 3),  # P 1/2, R 1
    ],
)
def test_the_reference_is_squads(answer: str, reference: str, expected: float) -> None:
    """The definition above gives what the published one gives by hand."""
    assert squad_f1(answer, reference) == pytest.approx(expected)


@given(answer=ENGLISH, reference=ENGLISH)
def test_token_f1_is_squads_on_english(answer: str, reference: str) -> None:
    """Both agree on English sentences without articles, whatever the punctuation."""
    assert token_f1(answer, reference) == pytest.approx(squad_f1(answer, reference))
    assert value("token_f1", answer, reference) == pytest.approx(squad_f1(answer, reference))


@pytest.mark.parametrize("article", ["a", "an", "the"])
@given(answer=ENGLISH, reference=ENGLISH)
def test_only_articles_part_us_from_squad(article: str, answer: str, reference: str) -> None:
    """SQuAD does not see an English article; ours, made for Portuguese, counts it as a word."""
    assert squad_f1(f"{article} {answer}", reference) == squad_f1(answer, reference)
    words = len(squad_normalised(answer).split()) + len(squad_normalised(reference).split())
    expected = squad_f1(answer, reference) * words / (words + 1)
    assert token_f1(f"{article} {answer}", reference) == pytest.approx(expected)


@given(answer=ENGLISH, reference=ENGLISH)
def test_rouge_l_is_rouge_scores_on_ascii(answer: str, reference: str) -> None:
    """With its own tokenizer rouge-score gives the same value for ASCII sentences."""
    theirs = RougeScorer(["rougeL"]).score(reference, answer)["rougeL"].fmeasure
    assert rouge_l(answer, reference) == pytest.approx(theirs)
    assert value("rouge_l", answer, reference) == pytest.approx(theirs)


@pytest.mark.parametrize("sentences", [ENGLISH, PORTUGUESE], ids=["english", "portuguese"])
@given(data=st.data())
def test_bleu_and_chrf_are_sacrebleus(
    sentences: st.SearchStrategy[str], data: st.DataObject
) -> None:
    """Any sentence scores as the library's own classes score it, divided by 100."""
    answer, reference = data.draw(sentences), data.draw(sentences)
    if not normalise(answer) or not normalise(reference):
        return
    composed = [unicodedata.normalize("NFC", text) for text in (answer, reference)]
    bleu = BLEU(effective_order=True).sentence_score(composed[0], [composed[1]]).score
    chrf = CHRF().sentence_score(composed[0], [composed[1]]).score
    assert value("bleu", answer, reference) == pytest.approx(min(1.0, bleu / 100))
    assert value("chrf", answer, reference) == pytest.approx(chrf / 100)
