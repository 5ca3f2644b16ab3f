"""The similarity scorers against their papers, their libraries and the traps of Portuguese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu as their_bleu
from sacrebleu import sentence_chrf as their_chrf

from farense.errors import ScoringError
from farense.records import Question, TypedAnswer
from farense.scoring import SCORERS, score_answer
from farense.scoring.fuzzy import fuzzy_ratio
from farense.scoring.rouge import rouge_l
from farense.scoring.sacre import sentence_bleu, sentence_chrf
from farense.scoring.token_f1 import token_f1
from farense.text import normalise

PORTUGUESE = st.text(alphabet="aãáàbcçdeéêfghiílmnoóõpqrstuúvxz 0123456789-–,.º", max_size=40)
READABLE = PORTUGUESE.filter(lambda text: bool(normalise(text)))
# From the examples in sacrebleu's README.
THEIR_ANSWERS = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
THEIR_REFERENCES = ["The dog bit the man.", "It was not unexpected.", "The man bit him first."]


def asked(*references: str) -> Question:
    return Question("q-1", "Quem?", references, TypedAnswer("text", "Farense"), "seen", "club")


def value(scorer: str, answer: str, *references: str) -> float | None:
    return SCORERS[scorer](answer, asked(*references)).value


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("2–1.", "2-1", 1.0),
        ("«O Farense»", "o farense", 1.0),
        ("5.º", "5º", 1.0),
        ("21", "2-1", 0.0),
        ("1-2", "2-1", 0.0),
        ("Sao Luis", "São Luís", 0.0),
        ("A Taça", "Taça", 0.0),
    ],
)
def test_exact_match_folds_form_only(answer: str, reference: str, expected: float) -> None:
    """Dashes, case and punctuation are folded; digits, diacritics and articles are not."""
    assert value("exact_match", answer, reference) == expected


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("2-1", "1-2", 0.0),
        ("21", "2-1", 0.0),
        ("2–1", "2-1", 1.0),
        ("13", "3", 0.0),
        ("1989/90", "1989/91", 0.0),
        ("big red dog", "red dog", 0.8),  # SQuAD's formula: P 2/3, R 1
        ("red red", "red dog", 0.5),  # a multiset shares one "red": P 1/2, R 1/2
        ("a taça", "taça", 2 / 3),  # "a" is no English article: P 1/2, R 1
        ("o farense", "farense", 2 / 3),  # "o" weighs as much as "a"
        ("do clube", "de o clube", 2 / 5),  # contractions stay: P 1/2, R 1/3
        ("maca", "maçã", 0.0),
        ("x", "y", 0.0),
    ],
)
def test_token_f1_is_worked_by_hand(answer: str, reference: str, expected: float) -> None:
    """Multiset F1 over Portuguese tokens, a score or season being one token."""
    assert value("token_f1", answer, reference) == pytest.approx(expected)


def test_bleu_is_the_formula_of_the_paper() -> None:
    """Three of four words in order: all n-grams match, brevity penalty exp(1 - 4/3)."""
    assert value("bleu", "the cat sat", "the cat sat down") == pytest.approx(0.716531, abs=1e-6)


def test_chrf_is_the_formula_of_the_paper() -> None:
    """«ab» for «abc»: P 1, R (2/3 + 1/2)/2 = 7/12, F2 = 5PR/(4P + R) = 7/11."""
    assert value("chrf", "ab", "abc") == pytest.approx(7 / 11)


@pytest.mark.parametrize(
    ("answer", "expected"), [("police kill the gunman", 0.75), ("the gunman kill police", 0.5)]
)
def test_rouge_l_is_that_of_lins_example(answer: str, expected: float) -> None:
    """Lin 2004, section 3.1: S2 scores 3/4 and S3 2/4 against S1."""
    assert value("rouge_l", answer, "police killed the gunman") == pytest.approx(expected)


@pytest.mark.parametrize(("answer", "expected"), [("maçã boa", 1.0), ("maça boa", 0.5)])
def test_rouge_l_keeps_portuguese_letters(answer: str, expected: float) -> None:
    """rouge-score's own tokenizer would see «ma» and call both equal."""
    assert value("rouge_l", answer, "maçã boa") == pytest.approx(expected)


def test_fuzzy_ratio_counts_insertions() -> None:
    """One insertion in five characters: 1 - 1/5."""
    assert value("fuzzy", "ab", "abc") == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("answer", "reference"), list(zip(THEIR_ANSWERS, THEIR_REFERENCES, strict=True))
)
def test_bleu_and_chrf_are_sacrebleus(answer: str, reference: str) -> None:
    """On sacrebleu's own example both equal what the library says for the sentence."""
    theirs = their_bleu(answer, [reference], use_effective_order=True).score / 100
    assert sentence_bleu(answer, reference) == pytest.approx(theirs)
    assert sentence_chrf(answer, reference) == pytest.approx(
        their_chrf(answer, [reference]).score / 100
    )


@given(st.text(alphabet="abc def", max_size=30), st.text(alphabet="abc def", max_size=30))
def test_rouge_l_is_rouge_scores_on_ascii(answer: str, reference: str) -> None:
    """On plain words, where both tokenizers agree, so do the values."""
    theirs = RougeScorer(["rougeL"]).score(reference, answer)["rougeL"].fmeasure
    assert rouge_l(answer, reference) == pytest.approx(theirs)


@pytest.mark.parametrize("scorer", [name for name in SCORERS if name != "fact"])
@given(text=READABLE)
def test_a_text_equals_itself(scorer: str, text: str) -> None:
    """Identity is 1.0 under every similarity scorer."""
    assert value(scorer, text, text) == pytest.approx(1.0)


@pytest.mark.parametrize("scorer", SCORERS)
@given(answer=PORTUGUESE, reference=READABLE)
def test_values_lie_between_0_and_1(scorer: str, answer: str, reference: str) -> None:
    """No scorer leaves [0, 1], whatever the answer."""
    result = value(scorer, answer, reference)
    assert result is not None
    assert 0.0 <= result <= 1.0


@pytest.mark.parametrize("similarity", [token_f1, fuzzy_ratio])
@given(left=PORTUGUESE, right=PORTUGUESE)
def test_f1_and_fuzzy_are_symmetric(
    similarity: Callable[[str, str], float], left: str, right: str
) -> None:
    """Neither side is privileged."""
    assert similarity(left, right) == pytest.approx(similarity(right, left))


@pytest.mark.parametrize("scorer", SCORERS)
@given(answer=READABLE, reference=READABLE)
def test_composed_and_decomposed_text_score_alike(scorer: str, answer: str, reference: str) -> None:
    """é as one character or as two makes no difference."""
    decomposed = unicodedata.normalize("NFD", answer), unicodedata.normalize("NFD", reference)
    assert value(scorer, answer, reference) == value(scorer, *decomposed)


@pytest.mark.parametrize("scorer", SCORERS)
@pytest.mark.parametrize("answer", ["", "  \n", "...", "\u200b"])
def test_an_answer_without_words_is_no_answer(scorer: str, answer: str) -> None:
    """Silence counts 0 and is told apart from a wrong answer."""
    score = SCORERS[scorer](answer, asked("Farense"))
    assert (score.value, score.status) == (0.0, "no_answer")


@pytest.mark.parametrize("scorer", SCORERS)
@pytest.mark.parametrize("references", [(), ("",), ("Farense", " ")])
def test_no_reference_is_an_error(scorer: str, references: tuple[str, ...]) -> None:
    """A number is never made up where there is nothing to compare with."""
    with pytest.raises(ScoringError, match="at least one reference, each with text"):
        SCORERS[scorer]("Farense", asked(*references))


def test_the_best_reference_counts() -> None:
    """Any of several right wordings may be met."""
    for score in score_answer("O Farense", asked("nada disto", "O Farense")):
        assert score.value == pytest.approx(1.0), score.scorer


def test_every_score_names_its_scorer_and_version() -> None:
    """A number can be traced to the scorer, its settings and its version."""
    scores = score_answer("Farense", asked("Farense"))
    assert [s.scorer for s in scores] == list(SCORERS)
    assert all(s.signature.startswith(f"{s.scorer}|") for s in scores)
    assert all(re.search(r"\|v:\d+$", s.signature) for s in scores)
