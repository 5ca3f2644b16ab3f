"""The typed fact scorer on people, clubs, places, words and refusals; judged by hand."""

from __future__ import annotations

import pytest

from farense.errors import ScoringError
from farense.records import KINDS, Kind, TypedAnswer
from farense.scoring import score_fact

BORONHA = [
    ("António José Andrade Boronha", 1.0),
    ("António Boronha", 1.0),
    ("Antonio Boronha", 1.0),
    ("Boronha", 1.0),
    ("antónio boronha", 1.0),
    ("ANTÓNIO BORONHA", 1.0),
    ("Foi António Boronha (1989-1992).", 1.0),
    ("O presidente era o Dr. António Boronha.", 1.0),
    ("A. Boronha", 1.0),
    ("António Boronha, que sucedeu a Fernando Barata.", 1.0),
    ("Entre 1989 e 1992 o presidente do Farense foi António José Boronha.", 1.0),
    ("Não foi António Barão, foi António Boronha.", 1.0),
    ("Em 1990, o presidente do SC Farense era António Boronha, na Primeira Liga.", 1.0),
    ("António", 0.0),
    ("António José", 0.0),
    ("António Barão", 0.0),
    ("Manuel Boronha", 0.0),
    ("Não foi António Boronha.", 0.0),
    ("Não foi o Dr. António Boronha.", 0.0),
    ("António Boronha ou António Barão", 0.0),
    ("António Boronha e António Barão", 0.0),
    ("Fernando Barata", 0.0),
    ("Foi António Barão. António Boronha não foi.", 0.0),
    ("Não sei quem foi.", 0.0),
]


@pytest.mark.parametrize(("answer", "expected"), BORONHA)
def test_a_person_is_known_by_surname_never_by_first_name(answer: str, expected: float) -> None:
    """Short and full names of one person are right; a namesake, a denial or two names are not."""
    score = score_fact(
        answer,
        TypedAnswer("person", "António José Andrade Boronha"),
        ["António José Andrade Boronha", "O presidente era António José Andrade Boronha."],
        question="Quem era o presidente do Farense em 1990?",
    )
    assert score.value == expected


OTHER_PEOPLE = [
    ("Hassan Nader", "Hassan", 0.0),
    ("Hassan Nader", "Nader", 1.0),
    ("Hassan Nader", "Hassan Nader, com 21 golos", 1.0),
    ("Dr. Francisco Prudêncio Jr.", "Francisco Prudêncio", 1.0),
    ("Álvaro Trigo e Silva", "Álvaro Trigo e Silva", 1.0),
    ("João Pedro dos Reis Carvalho", "João Carvalho", 1.0),
    ("João Pedro dos Reis Carvalho", "Pedro Reis", 1.0),
    ("João Pedro dos Reis Carvalho", "João Pedro", 0.0),
    ("Eng.º Osvaldo Baptista Bagarrão", "engenheiro Osvaldo Bagarrão", 1.0),
    ("Cap. Mário Lopo do Carmo", "Mário do Carmo", 1.0),
    ("Adelmiro", "Adelmiro", 1.0),
    ("João de Jesus Gralho", "O primeiro capitão foi João Gralho", 1.0),
    ("Dr. João Carlos Barão Rodrigues", "António Barão", 0.0),
    ("Dr. João Carlos Barão Rodrigues", "João Rodrigues", 1.0),
]


@pytest.mark.parametrize(("name", "answer", "expected"), OTHER_PEOPLE)
def test_titles_particles_and_middle_names_are_optional(
    name: str, answer: str, expected: float
) -> None:
    """Dr., Eng.º, Cap., Jr., de, dos and middle names may be left out."""
    assert score_fact(answer, TypedAnswer("person", name), [name]).value == expected


CLUBS = [
    ("Louletano DC", "Louletano", 1.0),
    ("Louletano DC", "Foi o Louletano, por 17-0.", 1.0),
    ("Louletano DC", "contra o louletano", 1.0),
    ("Louletano DC", "O Farense goleou o Louletano no Campeonato do Algarve de 1933/34.", 1.0),
    ("Olympique de Lyon", "Lyon", 1.0),
    ("Lyon", "Olympique de Lyon", 1.0),
    ("Estrela da Amadora", "Estrela", 1.0),
    ("Estrela da Amadora", "o Estrela da Amadora, no Estádio Nacional", 1.0),
    ("SC Olhanense", "Sporting Clube Olhanense", 1.0),
    ("SC Olhanense", "Olhanense", 1.0),
    ("SC Olhanense", "O Olhanense, não o Portimonense.", 1.0),
    ("SL Benfica", "Benfica", 1.0),
    ("SC Olhanense", "SC Farense", 0.0),
    ("SC Olhanense", "Farense", 0.0),
    ("Louletano DC", "Olhanense", 0.0),
    ("Louletano DC", "Louletano e Olhanense", 0.0),
    ("Louletano DC", "O Louletano ou o Olhanense.", 0.0),
    ("Louletano DC", "Não foi o Louletano.", 0.0),
    ("Louletano DC", "Foi o Louletano. Foi o Olhanense.", 0.0),
    ("Estrela da Amadora", "Estrela de Portalegre", 0.0),
    ("Benfica e Castelo Branco", "Benfica", 0.0),
    ("SC Braga B", "SC Braga", 0.0),
    ("SC Braga", "Braga B", 0.0),
    ("Sporting CP", "Sporting de Braga", 0.0),
    ("União de Leiria", "União", 0.0),
    ("O Elvas", "O Elvas", 1.0),
    ("O Elvas", "Perdeu com o Elvas", 1.0),
    ("Vitória de Setúbal", "Vitória de Guimarães", 0.0),
]


@pytest.mark.parametrize(("name", "answer", "expected"), CLUBS)
def test_a_club_is_known_by_its_telling_words(name: str, answer: str, expected: float) -> None:
    """Short names are right where they tell the club apart; another club never is."""
    score = score_fact(
        answer, TypedAnswer("club", name), [name], question="Contra quem jogou o Farense?"
    )
    assert score.value == expected


PLACES = [
    ("Jardim Manuel Bivar, Faro", "No Jardim Manuel Bivar", 1.0),
    ("Jardim Manuel Bivar, Faro", "No Jardim Manuel Bivar, em Faro.", 1.0),
    ("Jardim Manuel Bivar, Faro", "No jardim manuel bivar", 1.0),
    ("Jardim Manuel Bivar, Faro", "Em Faro", 0.0),
    ("Jardim Manuel Bivar, Faro", "No Jardim da Alameda", 0.0),
    ("Estádio de São Luís, Faro", "São Luís", 1.0),
    ("Estádio de São Luís, Faro", "Sao Luis", 1.0),
    ("Estádio de São Luís, Faro", "Estádio do Algarve", 0.0),
    ("Olhão", "Em Olhão.", 1.0),
    ("Olhão", "Nasceu em Olhão, no Algarve", 1.0),
    ("Olhão", "Faro", 0.0),
    ("Olhão", "Em Olhão ou em Tavira", 0.0),
    ("Olhão", "Não nasceu em Olhão", 0.0),
    ("Faro", "Nasceu em Faro", 1.0),
    ("Faro", "Nasceu em Lisboa", 0.0),
]


@pytest.mark.parametrize(("name", "answer", "expected"), PLACES)
def test_a_place_needs_its_most_precise_part(name: str, answer: str, expected: float) -> None:
    """The garden is asked for, so the town alone is too little."""
    assert score_fact(answer, TypedAnswer("place", name), [name]).value == expected


WORDS = [
    ("branco e preto", "branco e preto", 1.0),
    ("branco e preto", "preto e branco", 1.0),
    ("branco e preto", "As cores são o preto e o branco.", 1.0),
    ("branco e preto", "camisolas pretas e brancas", 1.0),
    ("branco e preto", "branco", 0.0),
    ("branco e preto", "branco, preto e vermelho", 0.0),
    ("branco e preto", "branco ou preto", 0.0),
    ("branco e preto", "Não são branco e preto", 0.0),
    ("Leões de Faro", "Os Leões de Faro", 1.0),
    ("Leões de Faro", "Leoes de Faro", 1.0),
    ("Leões de Faro", "Leões", 0.0),
    ("Faro Futebol", "Faro Futebol", 1.0),
    ("1989-1992", "De 1989 a 1992", 1.0),
    ("1989-1992", "entre 1989 e 1992", 1.0),
    ("1989-1992", "1989-1994", 0.0),
    ("2018-atual", "Desde 2018", 1.0),
    ("13 vitórias, 8 empates e 13 derrotas", "13 vitórias, 8 empates e 13 derrotas", 1.0),
    ("14 vitórias, 8 empates e 12 derrotas", "12 vitórias, 8 empates e 14 derrotas", 0.0),
    ("ganhou", "não ganhou", 0.0),
    ("não ganhou", "ganhou", 0.0),
    ("Avançado", "Guarda-redes", 0.0),
    ("Sim", "Sim, em 1990.", 1.0),
    ("Sim", "Não.", 0.0),
]


@pytest.mark.parametrize(("value", "answer", "expected"), WORDS)
def test_words_need_every_telling_word_and_no_denial(
    value: str, answer: str, expected: float
) -> None:
    """Order is free for words, not for numbers; a third colour or a negation is wrong."""
    assert score_fact(answer, TypedAnswer("text", value), [value]).value == expected


REFUSALS = [
    ("Não sei.", 1.0),
    ("Não tenho essa informação.", 1.0),
    ("Lamento, mas não há registo desse jogo.", 1.0),
    ("O Farense nunca participou na Liga dos Campeões.", 1.0),
    ("Não sei, talvez 2-1.", 0.0),
    ("Não sei ao certo, mas penso que foi António Boronha.", 0.0),
    ("2-1", 0.0),
    ("Não, o Farense perdeu 2-1", 0.0),
    ("O Farense não ganhou.", 0.0),
]


@pytest.mark.parametrize(("answer", "expected"), REFUSALS)
def test_an_abstention_offers_nothing_instead(answer: str, expected: float) -> None:
    """Kind abstain is right only for a refusal without a guess."""
    score = score_fact(answer, TypedAnswer("abstain", ""), ["Não tenho essa informação."])
    assert score.value == expected


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "abstain"])
def test_a_refusal_is_no_answer_for_every_other_kind(kind: Kind) -> None:
    """Declining to answer counts 0 and is told apart from a wrong answer."""
    score = score_fact("Não tenho essa informação.", TypedAnswer(kind, "1910"), ["1910"])
    assert (score.value, score.status, score.extracted) == (0.0, "no_answer", None)


def test_nothing_is_scored_against_no_reference() -> None:
    """A fact without references is an error, not a zero."""
    with pytest.raises(ScoringError, match="at least one reference"):
        score_fact("1910", TypedAnswer("year", "1910"), [])
