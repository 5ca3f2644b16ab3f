"""The golden-set reader: what it takes, what it refuses, and what it says when it does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from farense.errors import EvalsetError
from farense.evaluation.evalset import read_evalset
from farense.records import KINDS, TypedAnswer


def _row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "q-1",
        "question": "Em que dia nasceu o clube?",
        "references": ["Nasceu a 1 de abril de 1910.", "1 de abril de 1910"],
        "answer": {"kind": "date", "value": "1910-04-01"},
        "tier": "paraphrase",
        "category": "club",
        "fact_ids": ["club/founding_date"],
        "must_pass": True,
        "as_of": "2025-11-30",
    }
    return row | changes


def _write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _complaint(path: Path) -> str:
    with pytest.raises(EvalsetError) as caught:
        read_evalset(path)
    return str(caught.value)


def _answer_read(tmp_path: Path, kind: str, value: object) -> TypedAnswer:
    row = _row(answer={"kind": kind, "value": value})
    return read_evalset(_write(tmp_path / "set.jsonl", row)).questions[0].answer


def test_every_field_of_a_line_arrives_unchanged(tmp_path: Path) -> None:
    """A whole line becomes a Question whose JSON form is that line."""
    path = _write(tmp_path / "essentials.jsonl", _row())
    evalset = read_evalset(path)
    assert evalset.name == "essentials"
    assert evalset.path == path
    read = json.loads(json.dumps(evalset.questions[0].to_json()))
    assert read == _row()


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    """The sha256 is hashlib's own over the file as it lies on disk."""
    path = _write(tmp_path / "set.jsonl", _row())
    assert read_evalset(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_may_be_left_out_has_a_quiet_default(tmp_path: Path) -> None:
    """Without fact_ids, must_pass and as_of a question has no facts, no veto and no day."""
    row = _row()
    for key in ("fact_ids", "must_pass", "as_of"):
        del row[key]
    question = read_evalset(_write(tmp_path / "set.jsonl", row)).questions[0]
    assert (question.fact_ids, question.must_pass, question.as_of) == ((), False, None)


def test_a_folder_is_read_file_after_file(tmp_path: Path) -> None:
    """A folder gives the questions of its .jsonl files in name order and nothing else."""
    _write(tmp_path / "b.jsonl", _row(id="2", question="Segunda?"))
    _write(tmp_path / "a.jsonl", _row(id="1", question="Primeira?"))
    _write(tmp_path / "._a.jsonl", _row(id="3", question="De um Mac?"))
    (tmp_path / "gates.toml").write_text("x = 1\n", encoding="utf-8")
    evalset = read_evalset(tmp_path)
    assert [question.id for question in evalset.questions] == ["1", "2"]
    assert evalset.name == tmp_path.name


def test_the_hash_of_a_folder_follows_every_file(tmp_path: Path) -> None:
    """One changed byte in any file of a folder changes the folder's hash."""
    _write(tmp_path / "a.jsonl", _row(id="1", question="Primeira?"))
    second = _write(tmp_path / "b.jsonl", _row(id="2", question="Segunda?"))
    before = read_evalset(tmp_path).sha256
    second.write_bytes(second.read_bytes() + b"\n")
    assert read_evalset(tmp_path).sha256 != before


def test_files_from_elsewhere_are_welcome(tmp_path: Path) -> None:
    """A byte order mark, CRLF ends, blank lines, null days and free ids are accepted."""
    row = json.dumps(_row(id="Época 1: nº 7", as_of=None), ensure_ascii=False)
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + f"{row}\r\n\r\n".encode())
    assert read_evalset(path).questions[0].id == "Época 1: nº 7"


@pytest.mark.parametrize(
    ("kind", "value", "canonical"),
    [
        ("score", "2-1", "2-1"),
        ("score", "17–0", "17-0"),
        ("date", "1910-04-01", "1910-04-01"),
        ("date", "1901", "1901"),
        ("year", 1910, "1910"),
        ("season", "1989/1990", "1989/1990"),
        ("season", "1989/90", "1989/1990"),
        ("season", "1999-00", "1999/2000"),
        ("ordinal", 5, "5"),
        ("ordinal", "5.º", "5"),
        ("integer", 116, "116"),
        ("integer", "0", "0"),
        ("person", " Hassan Nader ", "Hassan Nader"),
        ("club", "Lyon", "Lyon"),
        ("place", "Faro", "Faro"),
        ("text", "branco e preto", "branco e preto"),
        ("abstain", "", ""),
    ],
)
def test_a_value_is_kept_in_its_canonical_form(
    tmp_path: Path, kind: str, value: object, canonical: str
) -> None:
    """Each kind takes the forms people write and keeps the one form of the schema."""
    answer = _answer_read(tmp_path, kind, value)
    assert (answer.kind, answer.value) == (kind, canonical)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("score", "2"),
        ("score", "2-1-0"),
        ("score", 21),
        ("date", "1910-02-30"),
        ("date", "01/04/1910"),
        ("date", "19100401"),
        ("year", "10"),
        ("year", 10),
        ("season", "1989"),
        ("season", "1989/1991"),
        ("season", "1989/91"),
        ("ordinal", "quinto"),
        ("ordinal", 5.0),
        ("integer", "-3"),
        ("integer", True),
        ("person", ""),
        ("club", None),
        ("place", 8000),
        ("text", "   "),
        ("abstain", "não sei"),
    ],
)
def test_a_value_that_does_not_fit_its_kind_is_refused(
    tmp_path: Path, kind: str, value: object
) -> None:
    """The complaint names the line, the kind and the value that stands there."""
    path = _write(tmp_path / "set.jsonl", _row(answer={"kind": kind, "value": value}))
    complaint = _complaint(path)
    assert complaint.startswith(f"{path}:1: the {kind} value is ")
    assert "; expected " in complaint


def test_every_kind_has_an_accepted_value(tmp_path: Path) -> None:
    """No kind of the schema is unreadable: the accepting test above names all of them."""
    sample = {
        "score": "1-1",
        "date": "1990-05-27",
        "year": "1990",
        "season": "1989/90",
        "ordinal": "5",
        "integer": "5",
        "abstain": "",
    }
    for kind in KINDS:
        assert _answer_read(tmp_path, kind, sample.get(kind, "nome")).kind == kind


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ('{"id": "q-2",', "bad JSON"),
        ('["q-2"]', "a JSON list"),
        (json.dumps(_row(id="q-2", reference="x")), "unknown key 'reference'"),
        (json.dumps({"id": "q-2"}), "the key 'question' is missing"),
        (json.dumps(_row(question="Outra?")), "id 'q-1' was already used at"),
        (json.dumps(_row(id="q-2", question=" ")), "question is ' '"),
        (json.dumps(_row(id="", question="Outra?")), "id is ''"),
        (json.dumps(_row(id=2, question="Outra?")), "id is 2"),
        (json.dumps(_row(id="q-2", question="Outra?", references=[])), "references is []"),
        (json.dumps(_row(id="q-2", question="Outra?", references="x")), "references is 'x'"),
        (json.dumps(_row(id="q-2", question="Outra?", references=[""])), "reference is ''"),
        (json.dumps(_row(id="q-2", question="Outra?", category=None)), "category is None"),
        (json.dumps(_row(id="q-2", question="Outra?", answer="5")), "answer is '5'"),
        (json.dumps(_row(id="q-2", question="Outra?", must_pass="yes")), "must_pass is 'yes'"),
        (json.dumps(_row(id="q-2", question="Outra?", as_of="2025")), "as_of is '2025'"),
        (json.dumps(_row(id="q-2", question="Outra?", fact_ids="x")), "fact_ids is 'x'"),
        (json.dumps(_row(id="q-2", question="Outra?", fact_ids=["clube/x"])), "table 'clube'"),
        (
            json.dumps(_row(id="q-2", question="Outra?", fact_ids=["standings/1994/95/liga"])),
            "fact id 'standings/1994/95/liga'",
        ),
    ],
)
def test_a_broken_line_is_named_with_its_file(tmp_path: Path, line: str, part: str) -> None:
    """Whatever is wrong on the second line, the message begins with file:2 and says what."""
    path = _write(tmp_path / "set.jsonl", _row())
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    complaint = _complaint(path)
    assert complaint.startswith(f"{path}:2: ")
    assert part in complaint


def test_a_repeat_names_the_first_line(tmp_path: Path) -> None:
    """A duplicate id in another file of the folder is reported with both places."""
    first = _write(tmp_path / "a.jsonl", _row())
    second = _write(tmp_path / "b.jsonl", _row(question="Outra?"))
    complaint = _complaint(tmp_path)
    assert complaint.startswith(f"{second}:1: ")
    assert f"{first}:1" in complaint


def test_case_and_accents_tell_questions_apart(tmp_path: Path) -> None:
    """A robustness question may repeat another one without its accents or capitals."""
    lower = _row(id="q-2", question="em que dia nasceu o clube?")
    assert len(read_evalset(_write(tmp_path / "set.jsonl", _row(), lower)).questions) == 2


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"tier": "parafrase"}, "Did you mean 'paraphrase'?"),
        ({"tier": "Seen"}, "Did you mean 'seen'?"),
        ({"tier": ["seen"]}, "unknown tier ['seen']"),
        ({"answer": {"kind": "dates", "value": "1910"}}, "Did you mean 'date'?"),
        ({"answer": {"kind": "zzz", "value": "1910"}}, "Use one of those."),
        ({"answer": {"kind": "date", "vlaue": "1910"}}, "Did you mean 'value'?"),
        ({"must_pas": True}, "Did you mean 'must_pass'?"),
        ({"fact_ids": ["match/x"]}, "Did you mean 'matches'?"),
    ],
)
def test_a_slip_of_the_pen_gets_a_suggestion(
    tmp_path: Path, changes: dict[str, Any], hint: str
) -> None:
    """An unknown word is answered with the nearest known one, or with the list."""
    complaint = _complaint(_write(tmp_path / "set.jsonl", _row(**changes)))
    assert hint in complaint


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    """A file of blank lines, and a folder without golden files, hold no question."""
    path = tmp_path / "set.jsonl"
    path.write_text("\n \n", encoding="utf-8")
    assert _complaint(path).startswith(f"{path}: the golden set is empty; expected ")
    path.unlink()
    assert _complaint(tmp_path).startswith(f"{tmp_path}: the golden set is empty")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is an EvalsetError with a remedy, not a traceback."""
    complaint = _complaint(tmp_path / "none.jsonl")
    assert "no such file" in complaint
    assert complaint.endswith("Check the path.")
