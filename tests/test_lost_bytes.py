"""Mojibake that lost a byte is made whole, or refused; sound Portuguese is never touched."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.datasets.formats.reading import read_dataset
from farense.text.encoding import is_damaged, mend

ROOT = Path(__file__).parents[1]


@cache
def sentences() -> list[str]:
    """Portuguese as it is written here: golden questions and answers, and sentences."""
    rows = [
        json.loads(line)
        for path in sorted((ROOT / "evalsets").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    with (ROOT / "data" / "rehearsal.csv").open(encoding="utf-8", newline="") as stream:
        general = [cell for row in csv.reader(stream) for cell in row]
    written = (ROOT / "tests" / "data" / "frases.txt").read_text("utf-8").splitlines()
    return [*(row["question"] for row in rows), *general, *written]


@cache
def vocabulary() -> list[str]:
    """Every word of the sentences and of the names in the fact tables, and rarer ones with til."""
    tables = ("people.csv", "squads.csv", "club_names.csv", "presidents.csv", "matches.csv")
    texts = [(ROOT / "data" / "facts" / name).read_text("utf-8") for name in tables]
    told = {word for text in (*sentences(), *texts) for word in text.replace(",", " ").split()}
    rare = (
        "maçã maçãs irmã irmãs manhãzinha irmãzinha cristãmente vãmente campeã campeãs alemães"
        " cãibra órfã ímã lã romãzeira anciãs aldeã suã Abraão sãmente -ão mãe fã rãs Cauã à às"
    )
    return sorted(told | set(rare.split()))


@pytest.mark.parametrize(
    ("lost", "whole"),
    [
        ("LuÃs", "Luís"),
        ("LuÃsa SÃlvia", "Luísa Sílvia"),
        ("o inÃcio do perÃodo", "o início do período"),
        ("raÃzes e juÃzes do paÃs", "raízes e juízes do país"),
        ("daÃ, a baÃa", "daí, a baía"),
        ("desde aÃ na divisÃ£o", "desde aí na divisão"),
        ("Recreio de Ãgueda", "Recreio de Águeda"),
        ("RECREIO DE ÃGUEDA", "RECREIO DE ÁGUEDA"),
        ("Ãndice. O Ãndice do Ãlhavo", "Índice. O índice do Ílhavo"),
        ("foi Ã praia Ã s 15 horas", "foi à praia às 15 horas"),
        ("foi Ãquela praia Ãs 15", "foi àquela praia às 15"),
        ("marcou 5Â golos em Faro", "marcou 5 golos em Faro"),
    ],
)
def test_a_letter_that_can_be_only_one_is_made_whole(lost: str, whole: str) -> None:
    """The second byte was a soft hyphen or a space that somebody stripped."""
    mended = mend(lost)
    assert mended.text == whole
    assert mended.repairs[0] == "mojibake"
    assert not is_damaged(mended.text)


@pytest.mark.parametrize(
    "text",
    [
        "O Ãvora perdeu",  # Évora? Ávora? no word that is known
        "Ãs 15 horas",  # Às, or the ace
        "Ã vazio. O paÃ\u00ads",  # É, À or Ó, though the rest can be read
        "LUÃS",
        "LUÃSA",
        "PRÃNCIPE DO PAÃS",
        "FOI Ã PRAIA",  # À, or É
        "Joaquim DÃzimo",
        "o dÃzimo",
        "EstÃ?dio",
        "informaã§ã£o",
    ],
)
def test_half_a_letter_that_may_be_several_is_refused(text: str, tmp_path: Path) -> None:
    """The row is reported as damaged, and is not kept as if it were fine."""
    assert is_damaged(mend(text).text)
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"prompt": text, "completion": "Sim."}) + "\n", "utf-8")
    reading = read_dataset(path)
    assert reading.items == ()
    assert [report.kind for report in reading.skipped] == ["damaged"]


@pytest.mark.parametrize(
    "text", ["MAÇÃ", "IRMÃS", "A LETRA Ã TEM TIL.", "SÃO BRÁS", "MANHÃzinha", "plurais em -ÃO", "Ã"]
)
def test_capitals_with_til_are_letters(text: str) -> None:
    """Among capitals, Ã is the letter that it looks like."""
    assert mend(text).text == text
    assert not is_damaged(text)


@settings(max_examples=500, deadline=None)
@given(
    words=st.lists(st.deferred(lambda: st.sampled_from(vocabulary())), min_size=1, max_size=12),
    case=st.sampled_from([str, str.lower, str.upper, str.title, str.capitalize]),
)
def test_portuguese_in_any_case_is_left_alone(words: list[str], case: Callable[[str], str]) -> None:
    """As it stands, in small letters, in capitals, as a title: untouched, and not damaged."""
    text = case(" ".join(words))
    assert mend(text).text == text
    assert not is_damaged(text)


@pytest.mark.parametrize("space", ["", " "], ids=["stripped", "plain"])
def test_no_sentence_that_lost_bytes_is_kept_as_if_fine(space: str) -> None:
    """UTF-8 read as cp1252, soft hyphens and hard spaces stripped: whole again, or refused."""
    restored = refused = 0
    for sound in sentences():
        garbled = sound.encode().decode("cp1252", errors="ignore")
        lost = garbled.replace("\u00ad", "").replace("\u00a0", space)
        mended = mend(lost).text
        if mended == sound:
            restored += lost != sound
        else:
            assert is_damaged(mended), (sound, mended)
            refused += 1
    assert restored > 500
    assert refused < 0.02 * restored
