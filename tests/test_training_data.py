"""Training on one's own dataset: files and shapes in, rows held back, proofs that still hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from test_masking import CHAT
from tiny_adapter import TOLERANT, question, write_golden

from farense.answering.subject import find_subject
from farense.cli import cli
from farense.datasets.formats.reading import read_dataset
from farense.datasets.formats.writing import write_dataset
from farense.datasets.training_data import read_training_data
from farense.errors import InputError
from farense.evaluation.leakage import prove_leakage, read_training_record
from farense.records import Example, Message, Question, TypedAnswer

CLUBS = ("Olhanense", "Portimonense", "Benfica", "Lusitano", "Boavista", "Marítimo", "Rio Ave")
ROWS = [{"prompt": f"Quem treinou o {club}?", "completion": f"O do {club}."} for club in CLUBS]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".csv", ".parquet"])
def test_every_file_format_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    """Written as one or the other, what is trained is the same, conversations included."""
    shapes: list[dict[str, Any]] = [*ROWS[:3], CHAT]
    source = write_rows(tmp_path / "rows.jsonl", shapes)
    path = tmp_path / f"written{suffix}"
    write_dataset(read_dataset(source).items, path, "chat")
    held = write_rows(tmp_path / "held.jsonl", ROWS[3:])
    data = read_training_data(path, held, 0.1, 1)
    assert [(row.prompt, row.completion) for row in data.train] == [
        *((row["prompt"], row["completion"]) for row in ROWS[:3]),
        ("Onde?", "Em Faro."),
    ]
    assert [message.role for message in data.train[-1].messages][:2] == ["system", "user"]
    assert data.name == "written"


def test_a_row_comes_back_from_its_record() -> None:
    """train.jsonl keeps a conversation and an input, and a pair as it always was."""
    turns = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    talk = Example("c", "d", ("f",), "k", "p", "", (*turns, Message("assistant", "d")))
    for example in (talk, Example("a", "b", (), "k", "p", input="b")):
        assert Example.from_json(json.loads(json.dumps(example.to_json()))) == example
    pair = Example("a", "b", ("f",), "k", "p")
    assert list(pair.to_json()) == ["prompt", "completion", "fact_ids", "category", "phrasing"]
    assert [(e.prompt, e.completion) for e in talk.exchanges()] == [("a", "b"), ("c", "d")]


def test_a_share_is_held_back_and_proved(tmp_path: Path) -> None:
    """Two of seven clubs are asked about in validation alone; the same seed draws the same."""
    source = write_rows(tmp_path / "rows.jsonl", ROWS)
    data = read_training_data(source, None, 0.3, 1)
    assert (len(data.train), len(data.validation)) == (5, 2)
    assert set(data.record["leaks"].values()) == {0}
    assert read_training_data(source, None, 0.3, 1).validation == data.validation
    drawn = {read_training_data(source, None, 0.3, seed).validation for seed in range(6)}
    assert len(drawn) > 1


def test_rows_that_the_dataset_names_are_used(tmp_path: Path) -> None:
    """A folder's valid.jsonl, or a column split; the test split is left out and counted."""
    write_rows(tmp_path / "d/train.jsonl", ROWS[:4])
    write_rows(tmp_path / "d/valid.jsonl", ROWS[4:6])
    write_rows(tmp_path / "d/test.jsonl", ROWS[6:])
    splits = ("train",) * 4 + ("valid",) * 2 + ("test",)
    column = [{**row, "split": split} for row, split in zip(ROWS, splits, strict=True)]
    for source in (tmp_path / "d", write_rows(tmp_path / "c.jsonl", column)):
        data = read_training_data(source, None, 0.5, 1)
        assert [row.prompt for row in data.validation] == [row["prompt"] for row in ROWS[4:6]]
        assert data.record["rows"] == {"train": 4, "validation": 2, "test_left_out": 1}


def test_a_question_on_both_sides_is_refused(tmp_path: Path) -> None:
    """The gap would be measured on what was learnt; near ones are told."""
    source = write_rows(tmp_path / "rows.jsonl", ROWS)
    twin = write_rows(tmp_path / "twin.jsonl", [{**ROWS[2], "completion": "Outro."}])
    with pytest.raises(InputError, match=r"twin.jsonl:1: trained and held back \(prompt"):
        read_training_data(source, twin, 0.1, 1)
    near = write_rows(tmp_path / "near.jsonl", [{**ROWS[2], "prompt": "Quem treinou o Benfic?"}])
    assert any("near_prompt" in w for w in read_training_data(source, near, 0.1, 1).warnings)
    text = write_rows(tmp_path / "text.jsonl", [{"text": "Um."}, {"text": "Dois."}])
    other = write_rows(tmp_path / "other.jsonl", [{"text": "Três."}])
    assert len(read_training_data(text, other, 0.1, 1).train) == 2
    with pytest.raises(InputError, match="trained and held back"):
        read_training_data(text, text, 0.1, 1)


def test_nothing_to_hold_back_says_what_to_do(tmp_path: Path) -> None:
    """All rows about one club hang together; an empty dataset has no rows at all."""
    one = [{"prompt": f"O Olhanense {n}?", "completion": "Sim."} for n in "abcdef"]
    with pytest.raises(InputError, match="Give --validation FILE"):
        read_training_data(write_rows(tmp_path / "one.jsonl", one), None, 0.2, 1)
    with pytest.raises(InputError, match=r"no sound row to train on|no rows that can be held"):
        read_training_data(write_rows(tmp_path / "none.jsonl", []), None, 0.2, 1)


def test_skipped_rows_are_told(tmp_path: Path) -> None:
    """A row without an answer is named with its line, and counted in the record."""
    source = write_rows(tmp_path / "rows.jsonl", [*ROWS, {"prompt": "Quem?", "completion": ""}])
    data = read_training_data(source, None, 0.3, 1)
    assert data.record["skipped"] == 1
    assert any("rows.jsonl:8: skipped" in warning for warning in data.warnings)


def train(base: Path, folder: Path, *more: str) -> Result:
    return CliRunner().invoke(
        cli,
        [
            *("train", "--base", str(base), "--workers", "1", "--batch-size", "4"),
            *("--adapters-dir", str(folder / "adapters"), *more),
        ],
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data", "x.jsonl", "--pack", "core"], "--pack: --data as well"),
        (["--validation", "x.jsonl"], "--validation: no --data"),
        (["--validation-share", "0.2"], "--validation: no --data"),
        (["--data", "none.jsonl"], "none.jsonl"),
    ],
)
def test_options_that_exclude_each_other(
    tmp_path: Path, tiny_base: Path, options: list[str], message: str
) -> None:
    """One line, and nothing is written."""
    result = train(tiny_base, tmp_path, *options)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not (tmp_path / "adapters").exists()


def test_an_adapter_of_ones_own_data_is_judged_like_any_other(
    tmp_path: Path, tiny_base: Path
) -> None:
    """Passport, leakage proof, plan key, template and system message all know the dataset."""
    talks = [
        {
            "messages": [
                {"role": "system", "content": "Sê breve."},
                {"role": "user", "content": f"Quem treina o {club}?"},
                {"role": "assistant", "content": f"Treina o do {club}."},
                {"role": "user", "content": f"E antes, no {club}?"},
                {"role": "assistant", "content": f"Antes, outro do {club}."},
            ]
        }
        for club in CLUBS
    ]
    source = write_rows(tmp_path / "conversas.jsonl", talks)
    options = ("--data", str(source), "--template", "mistral", "--epochs", "1")
    result = train(tiny_base, tmp_path, *options)
    assert result.exit_code == 0, (result.output, result.exception)
    adapter = Path(result.stdout.splitlines()[-1])
    assert adapter.name.startswith(f"{tiny_base.name}-conversas-")
    again = train(tiny_base, tmp_path, *options)
    assert "reused" in again.stderr
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert (config["prompt_template"], config["system_prompt"]) == ("mistral", "Sê breve.")
    subject = find_subject(adapter, False, str(tiny_base), tmp_path, tmp_path)
    assert (subject.template.name, subject.template.system) == ("mistral", "Sê breve.")
    passport = json.loads((adapter / "passport.json").read_text())
    assert passport["data"]["source"]["source"] == "conversas.jsonl"

    record = read_training_record(adapter)
    assert record is not None
    assert record.whole
    trained = json.loads((adapter / "train.jsonl").read_text().splitlines()[0])["messages"]
    asked = [trained[1]["content"], trained[3]["content"], "Que cor tem o leão?"]
    golden = [
        Question(str(n), text, ("x",), TypedAnswer("text", "zebra"), "paraphrase", "club")
        for n, text in enumerate(asked)
    ]
    statuses = [proof.status for proof in prove_leakage(golden, record).proofs]
    assert statuses == ["seen", "seen", "unseen"]

    rows = [question("a", "seen", asked[0], "Faro"), question("b", "heldout", asked[2], "Verde")]
    (tmp_path / "gates.toml").write_text(TOLERANT)
    judged = CliRunner().invoke(
        cli,
        [
            *("evaluate", "--evalset", str(write_golden(tmp_path / "golden.jsonl", rows))),
            *("--adapter", str(adapter), "--gates", str(tmp_path / "gates.toml"), "--json"),
            *("--reports-dir", str(tmp_path / "reports"), "--max-tokens", "4", "--workers", "1"),
        ],
    )
    run = Path(json.loads(judged.stdout)["run"])
    leakage = json.loads((run / "run.json").read_text())["leakage"]
    assert leakage["counts"]["seen"] == 1
    assert leakage["contradicted"] == []
