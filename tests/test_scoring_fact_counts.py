"""The typed fact scorer on positions and counts; each row was judged by hand."""

from __future__ import annotations

import pytest

from farense.records import TypedAnswer
from farense.scoring import score_fact

POSITIONS = [
    ("5.º", 1.0),
    ("5º", 1.0),
    ("5.o lugar", 1.0),
    ("5ª posição", 1.0),
    ("quinto lugar", 1.0),
    ("Em quinto", 1.0),
    ("5", 1.0),
    ("lugar 5", 1.0),
    ("Em 1994/95 ficou em 5.º lugar", 1.0),
    ("Ficou em 5.º lugar na 1.ª Divisão, com 45 pontos.", 1.0),
    ("Segundo os registos, terminou em quinto.", 1.0),
    ("Não foi além do 5.º lugar.", 1.0),
    ("Ficou em 5.º, não em 6.º.", 1.0),
    ("Na Primeira Liga ficou no 5.º lugar à 34.ª jornada", 1.0),
    ("15.º", 0.0),
    ("6.º", 0.0),
    ("décimo quinto", 0.0),
    ("Ficou em 5.º ou 6.º", 0.0),
    ("Não ficou em 5.º", 0.0),
    ("Com 5 pontos", 0.0),
    ("5.º e 6.º", 0.0),
    ("Na 5.ª jornada", 0.0),
    ("Foi campeão", 0.0),
    ("Em 1995", 0.0),
]


@pytest.mark.parametrize(("answer", "expected"), POSITIONS)
def test_a_position_is_read_in_digits_or_words(answer: str, expected: float) -> None:
    """Fifth is fifth in any spelling; rounds, seasons and points beside it do not matter."""
    score = score_fact(
        answer,
        TypedAnswer("ordinal", "5"),
        ["O Farense ficou em 5.º lugar."],
        question="Em que lugar ficou o Farense na Primeira Liga em 1994/95?",
    )
    assert score.value == expected


def test_seventeenth_is_one_ordinal() -> None:
    """«Décimo sétimo» is 17, neither 10 nor 7."""
    for value, expected in (("17", 1.0), ("10", 0.0), ("7", 0.0)):
        score = score_fact("Em décimo sétimo", TypedAnswer("ordinal", value), [f"{value}.º"])
        assert score.value == expected


SEASONS_AND_GOALS = [
    # value, question, answer, expected
    ("26", "Quantas épocas jogou na Primeira Liga?", "26", 1.0),
    ("26", "Quantas épocas jogou na Primeira Liga?", "vinte e seis épocas", 1.0),
    ("26", "Quantas épocas jogou?", "26 épocas na Primeira Liga entre 1970 e 2025", 1.0),
    ("26", "Quantas épocas jogou?", "O Farense é um clube com 26 presenças.", 1.0),
    ("26", "Quantas épocas jogou?", "26 épocas, com 849 jogos", 1.0),
    ("26", "Quantas épocas jogou?", "Mais de 26 épocas", 0.0),
    ("26", "Quantas épocas jogou?", "26 ou 27 épocas", 0.0),
    ("26", "Quantas épocas jogou?", "Não foram 26.", 0.0),
    ("26", "Quantas épocas jogou?", "27", 0.0),
    ("26", "Quantas épocas jogou?", "126", 0.0),
    ("26", "Quantas épocas jogou?", "2,6", 0.0),
    ("26", "Quantas épocas jogou?", "26 jogos", 0.0),
    ("26", "Quantas épocas jogou?", "Muitas épocas", 0.0),
    ("3", "Quantos pontos?", "13", 0.0),
    ("3", "Quantos pontos?", "30", 0.0),
    ("3", "Quantos pontos?", "três pontos", 1.0),
    ("116", "Quantos golos marcou Hassan?", "116 golos em 208 jogos", 1.0),
    ("116", "Quantos golos marcou Hassan?", "cento e dezasseis", 1.0),
    ("116", "Quantos golos marcou Hassan?", "208 golos em 116 jogos", 0.0),
    ("208", "Quantos jogos fez Hassan?", "Em 208 jogos marcou 116 golos.", 1.0),
    ("38", "Quantos golos sofreu?", "44 golos marcados e 38 sofridos", 1.0),
    ("2372", "Quantos jogos há?", "2.372 jogos", 1.0),
    ("2372", "Quantos jogos há?", "2 372", 1.0),
    ("0", "Quantas vitórias teve?", "Nenhuma.", 1.0),
    ("0", "Quantas vitórias teve?", "Zero", 1.0),
    ("0", "Quantas vitórias teve?", "10 vitórias", 0.0),
    ("1", "Quantas finais jogou?", "Apenas uma final.", 1.0),
    ("1", "Quantas finais jogou?", "Jogou duas finais, uma em 1990.", 0.0),
    ("1950", "Quantos espetadores?", "1950 espetadores", 1.0),
]


@pytest.mark.parametrize(("value", "question", "answer", "expected"), SEASONS_AND_GOALS)
def test_a_number_answers_for_what_it_counts(
    value: str, question: str, answer: str, expected: float
) -> None:
    """The whole number, of the thing asked for; other things counted beside it do not matter."""
    score = score_fact(answer, TypedAnswer("integer", value), [value], question=question)
    assert score.value == expected
