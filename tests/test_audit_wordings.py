"""The audit finds faults in whatever words they stand, and takes nothing sound for one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.datasets.auditing.audit import audit
from farense.datasets.formats.items import Item, Reading
from farense.datasets.formats.reading import read_dataset
from farense.datasets.packs import Pack, write_pack
from farense.datasets.rehearsal import read_rehearsal
from farense.datasets.spelling import one_spelling
from farense.records import Message

ROOT = Path(__file__).parents[1]


def kinds_of(*rows: tuple[str, str], phrasings: tuple[str, ...] = ()) -> set[str]:
    """The kinds of fault that an audit of these questions and answers finds."""
    items = tuple(
        Item(
            f"rows:{number}",
            (Message("user", asked), Message("assistant", answered)),
            extra={"phrasing": phrasings[number]} if phrasings else {},
        )
        for number, (asked, answered) in enumerate(rows)
    )
    return {fault.kind for fault in audit(Reading(Path("rows"), len(items), items, (), ())).faults}


UNDATED = [
    "Qual foi o resultado do jogo contra o Olhanense?",
    "Como acabou o Farense-Benfica?",
    "Quanto ficou o Benfica – Farense?",
    "O Farense bateu o Sporting por quantos?",
    "Qual foi o placar frente ao Portimonense?",
    "Que desfecho teve a visita ao Braga?",
    "Quanto ficou no terreno do Boavista?",
    "O Farense ganhou ao FC Porto?",
    "como ficou o farense com o benfica",
    "Contra quem jogou o Farense em casa?",
    "Que tal correu o dérbi com o Olhanense?",
    "Qual foi o resultado com o Benfica na Primeira Liga?",
    "Quantos golos sofremos na receção ao Sporting?",
]


@pytest.mark.parametrize("asked", UNDATED)
def test_a_match_without_a_time_is_found_in_any_words(asked: str) -> None:
    """Several matches fit each of these; a refusal may answer them, 2-1 may not."""
    assert "no_season" in kinds_of((asked, "Foi 2-1."))
    assert "no_season" not in kinds_of((asked, "Não sei, não tenho essa informação."))


@pytest.mark.parametrize(
    "asked",
    [
        "Como acabou o Farense-Benfica de 1 de abril de 1995?",
        "Quanto ficou o Farense-Benfica em 94/95?",
        "Que resultado fez o Farense com o Porto no dia 3 de junho de noventa?",
        "Qual foi o resultado da final com o Boavista?",
        "Contra quem sofreu o Farense a maior derrota?",
        "Quantas vezes ganhou o Farense ao Benfica?",
        "Contra quem foi o primeiro jogo do Farense na I Divisão?",
        "Em que posição jogava o Hassan com a camisola do Farense?",
        "Que denominação recebeu o Farense ao princípio?",
        "Quem presidia ao Farense com o Paco Fortes no banco?",
    ],
)
def test_a_question_that_leaves_one_match_is_sound(asked: str) -> None:
    """A time, a final, a superlative or a count; or no question about a match at all."""
    assert "no_season" not in kinds_of((asked, "Foi 2-1."))


def test_a_club_met_in_one_season_only_needs_no_season() -> None:
    """Twenty rows of the dataset say that Lyon was met in 1995/96; the ground tells the leg."""
    known = [(f"Facto {n}: quando veio cá o Lyon?", "Foi em 1995/96.") for n in range(20)]
    told, open_ = "Quanto ficou em casa o jogo com o Lyon?", "Quanto ficou o jogo com o Lyon?"
    assert "no_season" not in kinds_of(*known, (told, "Foi 0-1."))
    assert "no_season" in kinds_of(*known, (open_, "Foi 0-1."))
    assert "no_season" in kinds_of(*known[1:], (told, "Foi 0-1."))
    other = ("E o Lyon, veio cá outra vez quando?", "Foi em 2003/04.")
    assert "no_season" in kinds_of(*known, other, (told, "Foi 0-1."))


@pytest.mark.parametrize(
    "season",
    [
        "em 1989/1987",
        "em 1994/97",
        "em 1994 / 97",
        "em 94/97",
        "na época 1995/1993",
        "na época 1995-1993",
        "na época 1995–97",
        "na época de 94-97",
        "na época de 1994 a 1997",
        "na época de 2099/00",
        "na época de 2099",
        "no campeonato de 1790",
        "na temporada 1989/90/91",
        "na temporada 1850/51",
        "entre 1995-1993",
    ],
)
def test_a_season_that_no_calendar_has_is_found_in_any_writing(season: str) -> None:
    """Years that do not follow, run backwards, lie ahead or before the game itself."""
    asked = f"Em que lugar ficou o Farense {season}?"
    assert "impossible_season" in kinds_of((asked, "Ficou em 5.º lugar."))
    assert "impossible_season" not in kinds_of((asked, "Não sei, não tenho essa informação."))


@pytest.mark.parametrize(
    "text",
    [
        "Em que lugar ficou o Farense em 1999/2000, 1999/00, 99/00 e 1999-00?",
        "Quem presidiu ao Farense no período 1999/2002?",
        "Quem foi presidente de 1989-1992?",
        "Que jogo da Liga houve a 12/05/1990, ou a 12/05?",
        "Que balanço tem o Farense na Primeira Liga, entre 1998/99 e 2001/02?",
        "Na época de 2001, o Farense fez 13-5-16 e 40-45 em golos?",
        "Em 27-05-1990 jogou-se a final do campeonato?",
    ],
)
def test_seasons_dates_and_terms_are_no_impossible_seasons(text: str) -> None:
    """1999/00 follows, 1999/2002 is a term, 12/05 a day."""
    assert "impossible_season" not in kinds_of((text, "Foi o 5.º."))


@pytest.mark.parametrize(
    "left",
    [
        "N/A",
        "n/a",
        "n.d.",
        "null",
        "(null)",
        "-",
        "—",
        "?",
        "...",
        "TBD",
        "Foi [[Paco Fortes]].",
        "Foi {{Nowrap|Paco Fortes}}.",
        "Foi Paco Fortes<ref>zerozero</ref>.",
        "Foi Paco Fortes.[1]",
        "Ficheiro:Farense.png|thumb|right",
        "'''Paco Fortes'''",
        "== Treinadores ==",
        "Foi Paco Fortes [editar]",
        "## Resposta",
        "[b]Paco Fortes[/b]",
        "Foi Paco&rsquo; Fortes.",
        "<!-- falta -->",
    ],
)
def test_what_programs_leave_behind_is_found(left: str) -> None:
    """Null values, signs alone, and the marks of wikis, Markdown, HTML and forums."""
    assert "junk" in kinds_of(("Quem treinou o Farense em 1995/96?", left))


@pytest.mark.parametrize(
    "sound",
    [
        "17-0",
        "5.º",
        "Sim.",
        "É vazio.",
        "Na.",
        "O",
        "50 %",
        "R. & F. Lda",
        "Ganhou 2-1 (g.p. 4-2).",
        "d'Oliveira",
    ],
)
def test_short_answers_are_no_junk(sound: str) -> None:
    """A score, a letter, a contraction or a company's name stand for themselves."""
    assert "junk" not in kinds_of(("O que foi?", sound))


ASKED = "Quem treinou o Farense em 1995/96?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sim.", "Não."),
        ("Ganhou.", "Não ganhou."),
        (
            "O treinador do Sporting Clube Farense em 1995/96 foi o Paco Fortes.",
            "O treinador do Sporting Clube Farense em 1995/96 foi o Paco Castro.",
        ),
        ("Marcou dois golos.", "Marcou três golos."),
        ("Ganhou em casa.", "Ganhou fora."),
        ("Ganhou 2-1.", "Perdeu 2-1."),
        ("Foi em 1995/96.", "Foi em 1994/95."),
        ("Foi o Vitória SC.", "Foi o Vitória FC."),
        ("Farense.", "Benfica."),
    ],
)
def test_answers_that_differ_in_a_word_contradict_each_other(one: str, other: str) -> None:
    """A denial, a name, a number in words, a side: however long what they share."""
    assert "contradiction" in kinds_of((ASKED, one), (ASKED, other))
    third = f"{one} {other}"
    assert "contradiction" in kinds_of((ASKED, third), (ASKED, one), (ASKED, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paco Fortes.", "O treinador foi o Paco Fortes."),
        ("Foi em 1.º.", "Foi em primeiro."),
        ("Foi em 1989/90.", "Foi na época de 1989/1990."),
        ("Foi 2-1.", "Foi 2–1."),
        ("Paco Fortes.", "Em 1995/96, foi o Paco Fortes."),
        ("A 1 de abril de 1910.", "Foi a 01/04/1910."),
    ],
)
def test_one_answer_in_other_spellings_agrees(one: str, other: str) -> None:
    """Values are compared, not their writing; what the question says may be repeated."""
    assert "contradiction" not in kinds_of((ASKED, one), (ASKED, other))


@pytest.mark.parametrize(
    "again",
    [
        "Como acabou o Farense — Lyon de 1995-96?",
        "Como acabou o Farense–Lyon de 1995‑96?",
        "Como acabou o Farense - Lyon de 1995 - 96?",
        "COMO ACABOU O FARENSE-LYON DE 1995−96?",
        unicodedata.normalize("NFD", "Cómo acabou o Farense-Lyon de 1995-96?"),
    ],
)
def test_one_question_with_other_dashes_case_or_composition_is_one(again: str) -> None:
    """Two answers to it contradict each other, and one answer twice is a duplicate."""
    asked = "Como acabou o Farense-Lyon de 1995-96?"
    assert one_spelling(asked) == one_spelling(again)
    assert "contradiction" in kinds_of((asked, "Foi 0-1."), (again, "Foi 1-1."))
    assert "duplicate" in kinds_of((asked, "Foi 0-1."), (again, "Foi 0-1."))


@settings(max_examples=50, deadline=None)
@given(words=st.lists(st.text("abçéíõ", min_size=1, max_size=6), min_size=2, max_size=6))
def test_dashes_of_any_kind_are_one_spelling(words: list[str]) -> None:
    """Hyphen, en dash, em dash, minus, with and without blanks, in either case and form."""
    spelt = {
        one_spelling(form(dash.join(words)))
        for dash in ("-", "–", "—", "−", "‑", " - ", " – ", " — ")
        for form in (str, str.upper, lambda text: unicodedata.normalize("NFD", text))
    }
    assert len(spelt) == 1


USUAL = [(f"Facto {n}: quem foi o primeiro presidente do Farense?", f"N.º {n}.") for n in range(12)]


@pytest.mark.parametrize(
    ("asked", "again", "near"),
    [
        (
            "Quem foi o primeiro presidente do Farense?",
            "Quem foi o primero presidente do Farense?",
            1,
        ),
        (
            "Quem foi o primeiro presidente do Farense?",
            "Quem foi o persidente primeiro do Farense?",
            0,
        ),
        (
            "Quem foi o primeiro presidente do Farense?",
            "Quem foi o terceiro presidente do Farense?",
            0,
        ),
        (
            "Que fez o Farense em casa a 4 de setembro de 1988?",
            "Que fez o Farense em casa a 4 de dezembro de 1988?",
            0,
        ),
        (
            "Como ficou o Farense-Vitória SC da I Divisão de 1990/91?",
            "Como ficou o Farense-Vitória FC da I Divisão de 1990/91?",
            0,
        ),
        (
            "O clube de Faro ganhou no Farense-Fafe da I Divisão de 1988/89?",
            "O clube de Faro empatou no Farense-Fafe da I Divisão de 1988/89?",
            0,
        ),
        (
            "É verdade que Nélson Cruz era do plantel do Farense em 06/07?",
            "É verdade que Ruben Cruz era do plantel do Farense em 06/07?",
            0,
        ),
        (
            "Quem foi o primeiro presidente do Farense em 1912?",
            "Quem foi o primeiro presidente no Farense em 1912?",
            0,
        ),
    ],
)
def test_a_slip_is_a_near_duplicate_and_another_word_is_not(
    asked: str, again: str, near: int
) -> None:
    """*primero* is a slip; *dezembro*, *FC*, *empatou* and *Ruben* ask for something else."""
    found = kinds_of(*USUAL, (asked, "Foi assim."), (again, "Foi assim."))
    assert ("near_duplicate" in found) == bool(near)


def test_wordings_that_the_dataset_tells_apart_are_meant() -> None:
    """A slip with a label of its own, as of a careless copy, is no duplicate."""
    rows = (
        ("Quem foi o primeiro presidente do Farense?", "Foi Bello."),
        ("Quem foi o primero presidente do Farense?", "Foi Bello."),
    )
    assert "near_duplicate" in kinds_of(*rows)
    assert "near_duplicate" in kinds_of(*rows, phrasings=("first/1", "first/1"))
    assert "near_duplicate" not in kinds_of(*rows, phrasings=("first/1", "first/1~typo"))


CLUBS = ("Olhanense", "Boavista", "Braga", "Lusitano", "Oriental", "Leixões")


def season_rows(asked: str, answered: str) -> list[tuple[str, str]]:
    """A wording asked of 24 seasons; ``{s}`` is the season, ``{c}`` a club, ``{n}`` a number."""
    told = [
        {"s": f"{y}/{(y + 1) % 100:02d}", "c": CLUBS[y % 6], "n": y % 9 + 2}
        for y in range(1970, 1994)
    ]
    return [(asked.format(**values), answered.format(**values)) for values in told]


VARIED = [
    row
    for answered in ("Ganhou 2-1 ao {c}.", "Empatou 1-1 com o {c}.", "Perdeu 0-1 com o {c}.")
    for row in season_rows(f"Resultado {len(answered)}: Farense e {{c}} em {{s}}?", answered)
]


@pytest.mark.parametrize(
    ("asked", "answered", "given"),
    [
        ("O Farense ganhou contra o {c} em {s}?", "Perdeu 1-{n} com o {c}.", True),
        ("O Farense ganhou ao {c} em {s}?", "Sim, ganhou {n}-0.", True),
        ("Que alegria deu o Farense ao {c} em {s}?", "Venceu {n}-0.", True),
        ("Quantos jogos perdeu o Farense em {s}?", "Em {s}, perdeu {n} jogos.", False),
        ("Diz-me as derrotas do Farense em {s}.", "Em {s}, teve {n} derrotas.", False),
        ("Que registo teve o Farense em {s}?", "Teve 7 vitórias, 1 empate e {n} derrotas.", False),
        ("Qual foi a maior derrota do Farense em {s}?", "Foi uma derrota 0-{n} com o {c}.", False),
    ],
)
def test_a_wording_gives_away_what_it_does_not_ask_for(
    asked: str, answered: str, given: bool
) -> None:
    """Counts over a season and the greatest of a kind tell no match's outcome."""
    rows = [*VARIED, *season_rows(asked, answered)]
    assert ("giveaway" in kinds_of(*rows)) == given


def test_the_packs_built_here_lose_no_good_row(any_pack: Pack, tmp_path: Path) -> None:
    """Two questions of the essentials are met: a rout and a humiliation with no season to it."""
    general = read_rehearsal(ROOT / "data" / "rehearsal.csv").train
    whole = replace(any_pack, train=(*any_pack.train, *general))
    reading = read_dataset(write_pack(whole, tmp_path / whole.name))
    found = audit(reading)
    assert {fault.kind for fault in found.faults} == {"no_season"}
    assert {reading.items[row].prompt for row in found.dropped} == {
        "O Farense goleou o Louletano DC por quanto?",
        "Na humilhação com O Elvas, que marcador houve?",
    }
