"""Portuguese text: the normal form, the values read from it, and refusals; judged by hand."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farense.text import (
    date_in_words,
    find_dates,
    find_integers,
    find_ordinals,
    find_scores,
    find_seasons,
    find_years,
    fold,
    is_abstention,
    normalise,
    ordinal_pt,
    season_short,
    words,
)

NORMAL_FORMS = [
    ("O FARENSE!", "o farense"),
    ("2 – 1", "2-1"),
    ("2—1", "2-1"),
    ("2\u22121", "2-1"),
    ("21", "21"),
    ("«São Luís», disse.", "são luís disse"),
    ("5.º", "5º"),
    ("5.o lugar", "5º lugar"),
    ("vice‑campeão", "vice-campeão"),
    ("1989/90.", "1989/90"),
    ("2.372 jogos", "2.372 jogos"),
    ("saldo de −3", "saldo de -3"),
    ("a\u00a0b\n\tc", "a b c"),
    ("Farense\u200b", "farense"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), NORMAL_FORMS)
def test_normal_form_keeps_what_a_reader_sees(text: str, expected: str) -> None:
    """Case, dashes, quotes and blanks are folded; numbers and diacritics are not."""
    assert normalise(text) == expected


def test_fold_also_drops_diacritics() -> None:
    """The lenient form, for names typed without accents."""
    assert fold("São Luís, Olhão, 5.º") == "sao luis olhao 5º"


def test_scores_and_seasons_are_single_words() -> None:
    """Nothing inside a number is split."""
    assert words("Em 1989/90: 2 – 1 (01/04/1910)") == ["em", "1989/90", "2-1", "01/04/1910"]


@given(st.text(max_size=60))
def test_normal_form_is_stable(text: str) -> None:
    """Normalising twice changes nothing, and NFC or NFD input gives the same."""
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(unicodedata.normalize("NFD", text)) == once


SCORES = [
    ("Farense 2-1 Olhanense", ["2-1"]),
    ("2–1 e 3‑0", ["2-1", "3-0"]),
    ("2 a 1", ["2-1"]),
    ("dois a um", ["2-1"]),
    ("duas bolas a zero", ["2-0"]),
    ("3x2", ["3-2"]),
    ("3 × 2", ["3-2"]),
    ("0:13", ["0-13"]),
    ("empate a um golo", ["1-1"]),
    ("empate a zero", ["0-0"]),
    ("Farense 2, Olhanense 1", ["2-1"]),
    ("1989-90", []),
    ("1989-1992", []),
    ("de 1989 a 1992", []),
    ("89/90", []),
    ("1-4-1910", []),
    ("1910-04-01", []),
    ("01/04/1910", []),
    ("13-8-13", []),
    ("21", []),
    ("de 2 a 10 de maio", []),
    ("às 15:30", []),
    ("jogou 2 a 1 de abril", []),
]


@pytest.mark.parametrize(("text", "expected"), SCORES)
def test_scores_are_not_seasons_dates_or_spans(text: str, expected: list[str]) -> None:
    """A result in any notation is read; everything else with a dash is not one."""
    assert find_scores(text) == expected


DATES = [
    ("1 de abril de 1910", ["1910-04-01"]),
    ("1.º de Abril de 1910", ["1910-04-01"]),
    ("1º abril 1910", ["1910-04-01"]),
    ("primeiro de abril de mil novecentos e dez", ["1910-04-01"]),
    ("vinte e sete de maio de 1990", ["1990-05-27"]),
    ("01/04/1910", ["1910-04-01"]),
    ("1-4-1910", ["1910-04-01"]),
    ("1.4.1910", ["1910-04-01"]),
    ("1910-04-01", ["1910-04-01"]),
    ("1 abr. 1910", ["1910-04-01"]),
    ("29 de fevereiro de 1990", []),
    ("31/02/1990", []),
    ("1910", []),
    ("1 de abril", []),
    ("de 1 a 3 de maio de 1990", ["1990-05-03"]),
]


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_dates_are_day_first_and_real(text: str, expected: list[str]) -> None:
    """A complete, possible date in words or digits; 29 February 1990 never was."""
    assert find_dates(text) == expected


SEASONS = [
    ("1989/90", ["1989/1990"]),
    ("1989/1990", ["1989/1990"]),
    ("1989-90", ["1989/1990"]),
    ("1989–1990", ["1989/1990"]),
    ("89/90", ["1989/1990"]),
    ("1999/00", ["1999/2000"]),
    ("24/25", ["2024/2025"]),
    ("Em 1994/95, marcou 25 golos.", ["1994/1995"]),  # no day of March
    ("época de 1989 a 1990", ["1989/1990"]),
    ("de 1989 a 1990", []),
    ("1989-1992", []),
    ("1989/92", []),
    ("2-1", []),
    ("9-10", []),
]


@pytest.mark.parametrize(("text", "expected"), SEASONS)
def test_seasons_are_two_consecutive_years(text: str, expected: list[str]) -> None:
    """A season in long or short notation; a longer span of years is none."""
    assert find_seasons(text) == expected


def test_years_stand_alone_in_dates_or_as_ends_of_a_span() -> None:
    """The years of a season are not years of their own."""
    assert find_years("Em 1910, a 1 de abril de 1912 e de 1989 a 1992") == (
        ["1910", "1912", "1989", "1992"]
    )
    assert find_years("mil novecentos e dez") == ["1910"]
    assert find_years("1989/90, 19100 e 2.010") == []


ORDINALS = [
    ("5.º", ["5"]),
    ("5º", ["5"]),
    ("5°", ["5"]),
    ("5ª", ["5"]),
    ("5.o", ["5"]),
    ("quinto lugar", ["5"]),
    ("17.º", ["17"]),
    ("décimo sétimo", ["17"]),
    ("décima-sétima", ["17"]),
    ("vigésimo primeiro", ["21"]),
    ("undécimo", ["11"]),
    ("segundo os registos", []),
    ("em segundo", ["2"]),
    ("segunda-feira", []),
    ("na Primeira Liga", []),
    ("1.º de abril de 1910", []),
    ("5", []),
]


@pytest.mark.parametrize(("text", "expected"), ORDINALS)
def test_ordinals_are_read_in_signs_and_words(text: str, expected: list[str]) -> None:
    """«Segundo» may mean according to, and «Primeira Liga» is a name."""
    assert find_ordinals(text) == expected


INTEGERS = [
    ("vinte e seis", ["26"]),
    ("dezassete e dezessete", ["17", "17"]),
    ("cento e dezasseis golos em duzentos e oito jogos", ["116", "208"]),
    ("dois mil trezentos e setenta e dois", ["2372"]),
    ("2.372", ["2372"]),
    ("2 372", ["2372"]),
    ("cinco e seis", ["5", "6"]),
    ("um clube", []),
    ("2,5", []),
    ("2-1 em 1989/90", []),
    ("5.º", []),
    ("13", ["13"]),
    ("n.º 7", ["7"]),
]


@pytest.mark.parametrize(("text", "expected"), INTEGERS)
def test_integers_are_whole_numbers_in_digits_or_words(text: str, expected: list[str]) -> None:
    """Numbers that belong to a score, season or ordinal are not read again."""
    assert find_integers(text) == expected


REFUSALS = """Não sei.|Nao sei|Não tenho essa informação.|Não tenho dados de 5 de maio de 1990
Não há registo desse jogo.|Desconheço.|Desconheço quem marcou em 1912|Isso não consta dos registos.
Não posso responder a isso.|Não consigo confirmar esse dado.|Não disponho de dados.|Não se sabe.
Lamento, mas não sei quem foi o presidente em 1912.|Não existem registos.|Sem informação.
O Farense nunca participou na Liga dos Campeões.|O Farense não jogou essa final.
O Farense não esteve na Primeira Liga em 1950.|Não faço ideia.|Não sei qual foi a 5.ª equipa
Não sei, mas posso ajudar com outra pergunta.|Não é possível saber.|Não tenho a certeza."""
ANSWERS = """Não, o Farense perdeu 2-1|não ganhou|O Farense não foi campeão.|Não sei, talvez 2-1
Não sei, 2-1|Não sei ao certo, mas penso que foi o Boronha|Foi em 1912, mas não tenho a certeza
1912, mas não tenho a certeza|2-1|Não sei. Foi em 1912.|O Farense não jogou em casa; perdeu 2-1
O Farense ganhou 2-1. Não tenho mais informações.|Não participou: ficou em 5.º lugar|Não sei. 1912.
Não há dúvida: 1910||Nunca perdeu em casa.|Não houve golos: 0-0."""


@pytest.mark.parametrize("text", REFUSALS.replace("\n", "|").split("|"))
def test_refusals_are_abstentions(text: str) -> None:
    """Declining to answer, in the ways a Portuguese speaker does."""
    assert is_abstention(text)


@pytest.mark.parametrize("text", ANSWERS.replace("\n", "|").split("|"))
def test_negative_statements_and_guesses_are_not(text: str) -> None:
    """«Não ganhou» states something, and a guess after «não sei» is an answer."""
    assert not is_abstention(text)


def test_an_echo_of_the_question_is_no_guess() -> None:
    """Values the question holds may come back inside a refusal."""
    question = "Em 5 de maio de 1990 o resultado foi 2-1?"
    assert is_abstention("Não sei se foi 2-1.", question=question)


def test_values_are_phrased_as_portuguese_writes_them() -> None:
    """Season, ordinal and date in running text."""
    assert season_short("1989/1990") == "1989/90"
    assert season_short("1999/2000") == "1999/00"
    assert season_short("1913") == "1913"
    assert (ordinal_pt(5), ordinal_pt(17, feminine=True)) == ("5.º", "17.ª")
    assert date_in_words("1910-04-01") == "1 de abril de 1910"
    with pytest.raises(ValueError, match="Invalid isoformat"):
        date_in_words("abril")
