"""The typed fact scorer on results, dates, years, seasons, positions and counts.

Each row was judged by hand, as a careful supporter marking an exam would.
"""

from __future__ import annotations

import pytest

from farense.records import Kind, TypedAnswer
from farense.scoring import score_fact


def value(kind: Kind, expected: str, references: list[str], question: str, answer: str) -> float:
    found = score_fact(answer, TypedAnswer(kind, expected), references, question=question)
    assert found.value is not None
    return found.value


HOME_WIN = [
    ("2-1", 1.0),
    ("2–1", 1.0),
    ("2 – 1.", 1.0),
    ("2‑1", 1.0),
    ("2x1", 1.0),
    ("2:1", 1.0),
    ("2 a 1", 1.0),
    ("dois a um", 1.0),
    ("O Farense ganhou 2-1 ao Olhanense.", 1.0),
    ("Farense 2-1 Olhanense", 1.0),
    ("Olhanense 1-2 Farense", 1.0),
    ("SC Olhanense 1–2 SC Farense", 1.0),
    ("Farense 2, Olhanense 1", 1.0),
    ("O Olhanense perdeu 2-1.", 1.0),
    ("O Olhanense perdeu 1-2 em Faro.", 1.0),
    ("Vitória do Farense por 2-1.", 1.0),
    ("O Farense ganhou por 1-2.", 1.0),
    ("O Farense venceu o Olhanense por dois golos a um.", 1.0),
    ("2-1 para o Farense", 1.0),
    ("2-1, vitória do Farense", 1.0),
    ("O Farense não perdeu: ganhou 2-1.", 1.0),
    ("Ganhou 2-1, não 3-1.", 1.0),
    ("Ao intervalo estava 0-1, mas o Farense ganhou 2-1.", 1.0),
    ("O Farense ganhou 2-1 a 5 de maio de 1990, na 12.ª jornada.", 1.0),
    ("Não, o Farense ganhou 2-1", 1.0),
    ("1-2", 0.0),
    ("21", 0.0),
    ("2-1-0", 0.0),
    ("2-10", 0.0),
    ("12-1", 0.0),
    ("Olhanense 2-1 Farense", 0.0),
    ("O Farense perdeu 2-1 com o Olhanense.", 0.0),
    ("Derrota por 2-1.", 0.0),
    ("Vitória do Olhanense por 2-1.", 0.0),
    ("2-1 para o Olhanense", 0.0),
    ("O Olhanense ganhou 2-1.", 0.0),
    ("Não foi 2-1.", 0.0),
    ("O resultado não foi 2-1, foi 3-1.", 0.0),
    ("2-1 ou 3-1", 0.0),
    ("Foi 2-1 e depois 3-0.", 0.0),
    ("O Farense ganhou 2-1? Não sei.", 0.0),
    ("Não sei", 0.0),
    ("O jogo foi em 1989/90.", 0.0),
    ("Foi a 2/1/1990.", 0.0),
    ("Empataram 2-1", 0.0),
    ("O Farense ganhou.", 0.0),
    ("", 0.0),
]


@pytest.mark.parametrize(("answer", "expected"), HOME_WIN)
def test_a_result_is_read_either_way_round_but_never_reversed(answer: str, expected: float) -> None:
    """2-1 for Farense is right in any notation and told from either side; its reverse is not."""
    references = ["Farense 2-1 Olhanense", "O Farense venceu por 2-1."]
    question = "Qual foi o resultado do Farense-Olhanense de 5 de maio de 1990?"
    assert value("score", "2-1", references, question, answer) == expected


DEFEAT = [
    ("O Farense perdeu por 2-1.", 1.0),
    ("perdeu 2-1", 1.0),
    ("derrota por 2-1", 1.0),
    ("1-2", 1.0),
    ("O Farense perdeu 1-2 com o Portimonense", 1.0),
    ("Portimonense 2-1 Farense", 1.0),
    ("O Farense foi derrotado por 2-1", 1.0),
    ("2-1 a favor do Portimonense", 1.0),
    ("O Portimonense ganhou 2-1", 1.0),
    ("O Farense não evitou a derrota por 2-1.", 1.0),
    ("O Farense ganhou 1-2", 0.0),
    ("ganhou 2-1", 0.0),
    ("Farense 2-1 Portimonense", 0.0),
    ("O Farense ganhou 2-1 ao Portimonense", 0.0),
    ("O Portimonense perdeu 2-1", 0.0),
]


@pytest.mark.parametrize(("answer", "expected"), DEFEAT)
def test_a_defeat_may_name_the_winners_goals_first(answer: str, expected: float) -> None:
    """«Perdeu 2-1» and «1-2» are one defeat; a win with the same digits is not."""
    references = ["O Farense perdeu 1-2 com o Portimonense."]
    question = "Qual foi o resultado do jogo entre o Farense e o Portimonense?"
    assert value("score", "1-2", references, question, answer) == expected


OTHER_RESULTS = [
    # value, reference, question, answer, expected
    ("0-13", "0-13", "Por quanto perdeu o Farense com O Elvas?", "13-0", 1.0),
    ("0-13", "0-13", "Por quanto perdeu o Farense com O Elvas?", "0-13", 1.0),
    ("0-13", "0-13", "Por quanto perdeu o Farense com O Elvas?", "Perdeu por 0-3", 0.0),
    ("0-13", "0-13", "Por quanto perdeu o Farense com O Elvas?", "Ganhou por 13-0", 0.0),
    ("17-0", "17-0", "Qual foi a maior vitória?", "17-0 ao Louletano, em 1933/34", 1.0),
    ("17-0", "17-0", "Qual foi a maior vitória?", "O Farense ganhou 17-0 ao Louletano", 1.0),
    ("17-0", "17-0", "Qual foi a maior vitória?", "7-0", 0.0),
    ("1-1", "Empate 1-1", "Como acabou?", "empate a um golo", 1.0),
    ("1-1", "Empate 1-1", "Como acabou?", "Empataram a uma bola.", 1.0),
    ("1-1", "Empate 1-1", "Como acabou?", "Farense 1-1 Estrela da Amadora", 1.0),
    ("1-1", "Empate 1-1", "Como acabou?", "empate a dois", 0.0),
    ("0-0", "0-0", "Como acabou?", "empate sem golos", 1.0),
    ("0-0", "0-0", "Como acabou?", "Foi um nulo", 1.0),
    ("0-0", "0-0", "Como acabou?", "empataram a zeros", 1.0),
    ("0-1", "O Farense perdeu 0-1 em casa.", "E em Faro?", "Derrota por 1-0", 1.0),
    ("0-1", "O Farense perdeu 0-1 em casa.", "E em Faro?", "Vitória por 1-0", 0.0),
    ("3-2", "Farense 3-2 Boavista", "E a final?", "Três a dois ao Boavista.", 1.0),
    ("3-2", "Farense 3-2 Boavista", "E a final?", "Boavista 3-2 Farense", 0.0),
    ("3-2", "Farense 3-2 Boavista", "E a final?", "boavista 2-3 farense", 1.0),
]


@pytest.mark.parametrize(
    ("expected_value", "reference", "question", "answer", "expected"), OTHER_RESULTS
)
def test_results_follow_verbs_and_questions(
    expected_value: str, reference: str, question: str, answer: str, expected: float
) -> None:
    """Draws in words, and defeats asked for as defeats, are read as a person would."""
    assert value("score", expected_value, [reference], question, answer) == expected


FOUNDED = "O Farense foi fundado a 1 de abril de 1910."
DATES_AND_YEARS: list[tuple[Kind, str, str, str, str, float]] = [
    ("date", "1910-04-01", FOUNDED, "Quando?", "1 de abril de 1910", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1.º de Abril de 1910", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "No dia 01/04/1910.", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1-4-1910", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1910-04-01", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "primeiro de abril de mil novecentos e dez", 1.0),
    ("date", "1910-04-01", FOUNDED, "Em que dia de 1910?", "A 1 de abril.", 1.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "A 1 de abril.", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "Em 1910.", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "Em abril de 1910.", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "4 de janeiro de 1910", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "04/01/1910", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "11 de abril de 1910", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1 de abril de 1911", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "Não foi a 1 de abril de 1910.", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1 de abril ou 1 de maio de 1910", 0.0),
    ("date", "1910-04-01", FOUNDED, "Quando?", "1 de abril de 1910 e 2 de maio de 1911", 0.0),
    ("date", "1919", "Nasceu em 1919.", "Quando nasceu?", "1919", 1.0),
    ("date", "1919", "Nasceu em 1919.", "Quando nasceu?", "Em 1920", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "1910", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Foi em 1910.", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "A 1 de abril de 1910", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "mil novecentos e dez", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Foi em 1910, não em 1912.", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Não foi em 1912, foi em 1910.", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Sem dúvida em 1910", 1.0),
    ("year", "1910", FOUNDED, "Foi em 1910 ou 1912?", "Em 1910", 1.0),
    ("year", "1910", FOUNDED, "Em que ano?", "não foi em 1910", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Não foi, como se diz, em 1910.", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "em 1910 ou 1912", 0.0),
    ("year", "1910", FOUNDED, "Foi em 1910 ou 1912?", "Em 1910 ou 1912.", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "1910. Ou melhor, 1912.", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Em 1912", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Em 1910/11", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "Antes de 1910", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "19100", 0.0),
    ("year", "1910", FOUNDED, "Em que ano?", "1910 não é o ano certo.", 0.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "1989/90", 1.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "89/90", 1.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "Na época 1989-1990", 1.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "na época de 1989 a 1990", 1.0),
    ("season", "1921/1922", "Em 1921/22.", "Quando?", "21/22", 1.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "Em 1989", 0.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "1990/91", 0.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "1989-1992", 0.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "1989/90 ou 1990/91", 0.0),
    ("season", "1989/1990", "Em 1989/90.", "Quando?", "Não em 1989/90", 0.0),
]


@pytest.mark.parametrize(
    ("kind", "expected_value", "reference", "question", "answer", "expected"), DATES_AND_YEARS
)
def test_dates_years_and_seasons_are_whole_asserted_and_alone(
    kind: Kind, expected_value: str, reference: str, question: str, answer: str, expected: float
) -> None:
    """Every notation is read; parts, denials, hedges and rivals are wrong."""
    assert value(kind, expected_value, [reference], question, answer) == expected
