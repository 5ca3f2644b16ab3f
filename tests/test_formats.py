"""Dataset formats: every shape in every file, encodings mended, no row lost on the way."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from farense.cli import cli
from farense.datasets.formats.items import Item
from farense.datasets.formats.reading import read_dataset
from farense.datasets.formats.shapes import SHAPES, Shape
from farense.datasets.formats.writing import write_dataset
from farense.datasets.packs import build_pack
from farense.errors import InputError
from farense.facts.tables import read_tables
from farense.records import Message
from farense.text.encoding import decode, is_damaged, mend

FACTS = Path(__file__).parents[1] / "data" / "facts"
FILES = ("rows.jsonl", "rows.json", "rows.csv", "rows.parquet", "folder")
TEXT = (
    st.text(min_size=1, max_size=40)
    .map(lambda text: mend(text).text)
    # What is left of one mojibake may read as another: such a text is not sound either.
    .filter(lambda text: bool(text.strip()) and mend(text).text == text and not is_damaged(text))
)


def pairs(*texts: tuple[str, str]) -> list[Item]:
    return [
        Item("", (Message("user", asked), Message("assistant", answered)))
        for asked, answered in texts
    ]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("shape", SHAPES)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_every_shape_survives_every_file(
    tmp_path: Path, name: str, shape: Shape, rows: list[tuple[str, str]]
) -> None:
    """Any text written in any shape to any file is read back as it was."""
    path = tmp_path / name
    if shape == "text":
        # Two sound texts in a row may read as mojibake.
        joined = [f"{asked}\n{answered}" for asked, answered in rows]
        assume(all(mend(text).text == text and not is_damaged(text) for text in joined))
    assert write_dataset(pairs(*rows), path, shape) == ()
    reading = read_dataset(path)
    assert reading.reports == ()
    if shape == "text":
        assert [item.text for item in reading.items] == [f"{a}\n{b}" for a, b in rows]
    else:
        assert [(item.prompt, item.completion) for item in reading.items] == rows


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Quem?", "completion": "Gago."}, [("user", "Quem?"), ("assistant", "Gago.")]),
        ({"pergunta": "Quem?", "resposta": "Gago."}, [("user", "Quem?"), ("assistant", "Gago.")]),
        (
            {"instruction": "Resume.", "input": "O Farense.", "output": "Clube."},
            [("user", "Resume.\n\nO Farense."), ("assistant", "Clube.")],
        ),
        (
            {
                "messages": [
                    {"role": "system", "content": "Sê breve."},
                    {"role": "user", "content": "Quem?"},
                    {"role": "assistant", "content": "Gago."},
                ]
            },
            [("system", "Sê breve."), ("user", "Quem?"), ("assistant", "Gago.")],
        ),
    ],
)
def test_shapes_are_told_by_their_columns(
    tmp_path: Path, row: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A row tells its own shape; other columns are kept."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row | {"fact_ids": ["club/x"]}) + "\n", "utf-8")
    (item,) = read_dataset(path).items
    assert [(m.role, m.content) for m in item.messages] == expected
    assert item.extra == {"fact_ids": ["club/x"]}


def test_an_instruction_keeps_its_input_apart(tmp_path: Path) -> None:
    """Instruction and input are one question, and two columns again when written so."""
    path = tmp_path / "in.jsonl"
    row = {"instruction": "Resume.", "input": "O Farense.", "output": "Clube."}
    path.write_text(json.dumps(row) + "\n", "utf-8")
    write_dataset(read_dataset(path).items, tmp_path / "out.jsonl", "instruction")
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8")) == row


def test_what_a_shape_cannot_hold_is_reported(tmp_path: Path) -> None:
    """A text has no question, a system message has no place in a pair: neither vanishes."""
    system = (Message("system", "S"), Message("user", "U"), Message("assistant", "A"))
    items = [*pairs(("Quem?", "Gago.")), Item("a:2", system), Item("a:3", text="Só texto.")]
    reports = write_dataset(items, tmp_path / "out.jsonl", "prompt-completion")
    assert [(r.where, r.kind) for r in reports] == [("a:2", "unwritable"), ("a:3", "unwritable")]
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 1


# Each row is one fault; the kinds are those of docs/datasets.md.
FAULTY = [
    ('{"prompt": "a", "completion": "b"', "not_json"),
    ('["a", "b"]', "not_an_object"),
    ('{"prompt": "a", "prompt": "b", "completion": "c"}', "key_twice"),
    ('{"prompt": "a", "completion": NaN}', "not_json"),
    ('{"question": "a", "completion": "b"}', "unknown_shape"),
    ('{"prompt": "  ", "completion": "b"}', "empty"),
    ('{"prompt": "a", "completion": null}', "empty"),
    ('{"prompt": "a", "completion": 3}', "wrong_type"),
    ('{"messages": [{"role": "bot", "content": "a"}]}', "wrong_type"),
    ('{"messages": [{"role": "user", "content": "a"}]}', "empty"),
    ('{"prompt": "Est\ufffddio", "completion": "b"}', "damaged"),
    ('{"prompt": "a\\ud800", "completion": "b"}', "damaged"),
]


@pytest.mark.parametrize(("line", "kind"), FAULTY)
def test_an_invalid_row_is_skipped_with_a_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, kind: str
) -> None:
    """The row is named by line and reason; the others are kept; strict stops at it."""
    path = tmp_path / "rows.jsonl"
    sound = '{"prompt": "Quem?", "completion": "Gago."}'
    path.write_text(f"{sound}\n{line}\n\n{sound}\n", "utf-8")
    with caplog.at_level(logging.WARNING):
        reading = read_dataset(path)
    assert (reading.rows, len(reading.items)) == (3, 2)
    assert [(r.where, r.kind, r.skipped) for r in reading.reports] == [(f"{path}:2", kind, True)]
    assert caplog.messages[0].startswith(f"{path}:2: skipped: ")
    with pytest.raises(InputError, match=r"rows\.jsonl:2: "):
        read_dataset(path, strict=True)


@pytest.mark.parametrize("depth", [101, 800, 4000, 200_000])
@pytest.mark.parametrize("row", ['{"prompt": "a", "completion": "b", "c": %s}', "%s"])
def test_a_deeply_nested_row_is_skipped(tmp_path: Path, depth: int, row: str) -> None:
    """Whether Python's JSON reader gives up first or the mending of texts, the others are kept."""
    path = tmp_path / "rows.jsonl"
    sound = '{"prompt": "Quem?", "completion": "Gago.", "ids": [[["a"]]]}'
    path.write_text(f"{sound}\n{row % ('[' * depth + ']' * depth)}\n{sound}\n", "utf-8")
    reading = read_dataset(path)
    assert len(reading.items) == 2
    (report,) = reading.skipped
    assert report.where == f"{path}:2"
    assert report.kind in ("not_json", "not_an_object")


def test_mojibake_of_three_encodings_is_repaired() -> None:
    """UTF-8 read as cp1252, cp1254 or latin-1 comes back; "EstÃ¡dio" is the issue's example."""
    sound = "Estádio de São Luís, avó, pão, Açores, É"
    for wrong in ("cp1252", "cp1254", "latin-1"):
        garbled = sound.encode().decode(wrong, errors="ignore")
        assert garbled != sound
        mended = mend(garbled)
        assert mended.text == sound, wrong
        assert "mojibake" in mended.repairs


def test_sound_portuguese_is_left_alone() -> None:
    """Not one of the texts of the largest pack is touched or called damaged."""
    pack = build_pack(read_tables(FACTS), "full", 1)
    texts = {t for row in (*pack.train, *pack.validation) for t in (row.prompt, row.completion)}
    texts |= {"SÃO LUÍS", "NÃO", "À ÉPOCA", "«Leões» – 2–1 …", "n.º 1, 5.ª"}
    assert len(texts) > 10_000
    assert [t for t in texts if mend(t).text != t or is_damaged(t)] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_are_detected(tmp_path: Path, encoding: str, newline: str) -> None:
    """A CSV saved by a spreadsheet in any of these gives the same row, and says what it was."""
    path = tmp_path / "rows.csv"
    text = "pergunta;resposta\nOnde foi o jogo da época?;No Estádio de São Luís, em Faro.\n"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    reading = read_dataset(path)
    assert [(i.prompt, i.completion) for i in reading.items] == [
        ("Onde foi o jogo da época?", "No Estádio de São Luís, em Faro.")
    ]
    assert ("crlf" in reading.faults) == (newline == "\r\n")
    assert ("bom" in reading.faults) == (encoding in ("utf-8-sig", "utf-16"))
    assert ("not_utf8" in reading.faults) == (not encoding.startswith("utf-8"))


def test_mojibake_beyond_repair_is_damage_and_foreign_letters_are_not() -> None:
    """Half a pair cannot be undone; French and Polish are sound."""
    assert is_damaged(mend("Est\u00c3\ufffddio").text)
    for sound in ("cœur\n0", "Łódź, Čech", "50 € – «bom»", "IRMÃ E AVÓ", "Âmbito"):
        assert not is_damaged(mend(sound).text)


def test_damaged_utf8_stays_utf8() -> None:
    """One broken byte amid sound characters is one lost character, not a page of mojibake."""
    text = "época, golos, João, São Luís"
    found = decode(text.encode().replace(b"\xc3\xa9", b"\xc3", 1))
    assert found.encoding == "utf-8"
    assert found.text == "\ufffdpoca, golos, João, São Luís"
    assert found.faults == ("replacement",)


def test_invisible_characters_are_dropped_and_reported(tmp_path: Path) -> None:
    """A soft hyphen within Farense would make it another token; nobody would see it."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "O Fa\u00adren\u200bse?", "completion": "Sim."}\n', "utf-8")
    reading = read_dataset(path)
    assert reading.items[0].prompt == "O Farense?"
    assert [(r.kind, r.skipped) for r in reading.reports] == [("invisible", False)]


def test_a_csv_with_an_open_quote_reports_the_rest(tmp_path: Path) -> None:
    """The rows that an open quote swallows are reported from their first line on."""
    path = tmp_path / "rows.csv"
    path.write_text('prompt,completion\na,b\nc,"d\ne,f\ng,h\n', "utf-8")
    reading = read_dataset(path)
    assert [item.prompt for item in reading.items] == ["a"]
    (report,) = reading.skipped
    assert (report.where, report.kind) == (f"{path}:3", "not_csv")


def test_the_rest_after_an_open_quote_begins_at_its_line(tmp_path: Path) -> None:
    """A form feed is no line end to CSV: the report still shows all that was swallowed."""
    path = tmp_path / "rows.csv"
    path.write_text('prompt,completion\na\x0c\x1cb,c\nd,"e\nf,g\n', "utf-8")
    (report,) = read_dataset(path).skipped
    assert report.shown == 'd,"e\nf,g\n'


def test_files_that_are_no_datasets_are_refused(tmp_path: Path) -> None:
    """A wrong suffix, a broken JSON file, an empty folder: each an error naming the path."""
    (tmp_path / "a.txt").write_text("x", "utf-8")
    (tmp_path / "b.json").write_text('[{"prompt": "a"', "utf-8")
    (tmp_path / "c.parquet").write_bytes(b"PAR1")
    (tmp_path / "d").mkdir()
    for name in ("a.txt", "b.json", "c.parquet", "d", "none.jsonl"):
        with pytest.raises(InputError) as refusal:
            read_dataset(tmp_path / name)
        assert refusal.value.where == str(tmp_path / name)


@pytest.mark.parametrize("command", ["convert", "clean", "split"])
@pytest.mark.parametrize(
    ("source", "target"),
    [("meu/train.jsonl", "meu"), ("meu", "meu"), ("meu", "meu/valid.jsonl"), ("link.jsonl", "meu")],
)
def test_no_command_writes_over_what_it_reads(
    tmp_path: Path, command: str, source: str, target: str
) -> None:
    """The source as a file of the target, as the target, around it, by a link: all refused."""
    rows = "".join(
        json.dumps({"prompt": f"Onde foi o jogo {n}?", "completion": f"A {n} de maio de {n}."})
        + "\n"
        for n in range(1940, 1980)
    )
    (tmp_path / "meu").mkdir()
    (tmp_path / "meu" / "train.jsonl").write_text(rows, "utf-8")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "meu" / "train.jsonl")
    arguments = ["data", command, str(tmp_path / source), str(tmp_path / target)]
    refused = CliRunner().invoke(cli, arguments)
    assert isinstance(refused.exception, InputError), refused.output
    assert "Name another target." in str(refused.exception)
    assert [path.name for path in (tmp_path / "meu").iterdir()] == ["train.jsonl"]
    assert (tmp_path / "meu" / "train.jsonl").read_text("utf-8") == rows


def test_a_folder_written_again_keeps_nothing_of_the_old_split(tmp_path: Path) -> None:
    """Old validation and test rows would be taken for the new dataset's; other files stay."""
    folder = tmp_path / "meu"
    folder.mkdir()
    old = ("train.jsonl", "valid.jsonl", "test.jsonl", "split.json", "manifest.json", "LEIA.md")
    for name in old:
        (folder / name).write_text('{"prompt": "velho", "completion": "velho"}\n', "utf-8")
    write_dataset(pairs(("Quem?", "Gago.")), folder, "prompt-completion")
    assert sorted(path.name for path in folder.iterdir()) == ["LEIA.md", "train.jsonl"]
    assert [item.prompt for item in read_dataset(folder).items] == ["Quem?"]


@pytest.mark.parametrize("name", ["um.jsonl", "um.json", "um.csv", "um.parquet"])
def test_a_folder_in_one_file_keeps_its_splits(tmp_path: Path, name: str) -> None:
    """Folder to file to folder: each row is in the file it came from, without a column more."""
    rows = {"train": "Quem?", "valid": "Onde?", "test": "Quando?"}
    first, again = tmp_path / "meu", tmp_path / "outro"
    first.mkdir()
    for split, asked in rows.items():
        line = json.dumps({"prompt": asked, "completion": "Sim."}) + "\n"
        (first / f"{split}.jsonl").write_text(line, "utf-8")
    write_dataset(read_dataset(first).items, tmp_path / name, "prompt-completion")
    items = read_dataset(tmp_path / name).items
    assert {item.extra["split"]: item.prompt for item in items} == rows
    write_dataset(items, again, "prompt-completion")
    for split in rows:
        expected = (first / f"{split}.jsonl").read_text("utf-8")
        assert (again / f"{split}.jsonl").read_text("utf-8") == expected


def test_a_folder_that_is_there_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    """meu.v2 is written as the folder it is; a new name of that kind is no known file."""
    (tmp_path / "meu.v2").mkdir()
    write_dataset(pairs(("Quem?", "Gago.")), tmp_path / "meu.v2", "prompt-completion")
    assert [item.prompt for item in read_dataset(tmp_path / "meu.v2").items] == ["Quem?"]
    with pytest.raises(InputError, match=r"suffix .\.v3"):
        write_dataset(pairs(("Quem?", "Gago.")), tmp_path / "meu.v3", "prompt-completion")


def test_convert_writes_an_mlx_folder_and_counts_every_row(tmp_path: Path) -> None:
    """Three rows in, two written, one reported; strict refuses and writes nothing."""
    path = tmp_path / "rows.jsonl"
    sound = '{"question": "Quem?", "answer": "Gago."}\n'
    path.write_text(sound + "{}\n" + sound, "utf-8")
    arguments = ["data", "convert", str(path), str(tmp_path / "mlx"), "--shape", "chat"]
    strict = CliRunner().invoke(cli, [*arguments, "--strict"])
    assert isinstance(strict.exception, InputError)
    assert not (tmp_path / "mlx").exists()
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert f"{path}:2: skipped: " in done.stderr
    assert "3 rows in = 2 written + 1 skipped" in done.output
    lines = (tmp_path / "mlx" / "train.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[0])["messages"][0] == {"role": "user", "content": "Quem?"}
