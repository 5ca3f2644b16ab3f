"""Damaged and foreign files of a base, an adapter or a run: named in one line, nothing lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tiny_adapter import TOLERANT, write_golden

from farense.cli import cli, main
from farense.errors import FarenseError, InputError, ModelFolderError, StorageError
from farense.models.adapters import read_adapter_config, read_summary
from farense.models.backend import prepare_backend
from farense.models.model_folder import float32_bytes
from farense.training.log_file import read_rows

GARBAGE = bytes(range(256)) * 20


def evaluate(adapter: Path, folder: Path, *more: str) -> Result:
    """Judge ``adapter`` on the four tiny questions, with runs in ``folder``/reports."""
    golden = write_golden(folder / "golden.jsonl")
    (folder / "gates.toml").write_text(TOLERANT)
    return CliRunner().invoke(
        cli,
        [
            *("evaluate", "--evalset", str(golden), "--adapter", str(adapter)),
            *("--reports-dir", str(folder / "reports"), "--max-tokens", "8", "--workers", "1"),
            *more,
        ],
    )


def said(result: Result) -> FarenseError:
    assert isinstance(result.exception, FarenseError), result.output
    return result.exception


@pytest.fixture
def copy(tiny_adapter: Path, tmp_path: Path) -> Path:
    """A copy of the trained adapter that a test may damage."""
    return Path(shutil.copytree(tiny_adapter, tmp_path / "adapter"))


def test_another_seed_or_limit_does_not_replace_a_run(copy: Path, tmp_path: Path) -> None:
    """Each gets a folder of its own; the same command again keeps to its folder."""
    folders = []
    for more in ([], ["--seed", "7"], ["--max-tokens", "9"], []):
        result = evaluate(copy, tmp_path, "--json", *more)
        folders.append(json.loads(result.stdout)["run"])
    assert len(set(folders)) == 3
    assert folders[0] == folders[3]
    assert all((Path(folder) / "report.html").is_file() for folder in folders)


def test_an_unwritable_reports_folder_is_said_before_answering(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file stands in its place: the error comes while no model has been loaded yet."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("farense.answering.subject.load_model", refuse)
    (tmp_path / "reports").write_text("mine")
    runs = tmp_path / "reports/runs"
    error = said(evaluate(copy, tmp_path, "--reports-dir", str(runs)))
    assert isinstance(error, StorageError)
    assert error.where == str(runs)
    assert (tmp_path / "reports").read_text() == "mine"


def test_a_summary_of_another_tool_leaves_the_gap_unmeasured(copy: Path, tmp_path: Path) -> None:
    """Without the losses there is no gap, and the gate cannot judge; nothing is made up."""
    (copy / "training_summary.json").write_text('{"loss": 0.1, "epochs": 3}')
    result = evaluate(copy, tmp_path, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["verdict"] == "could_not_judge"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[1]", "a JSON list; expected an object"),
        ('{"train_loss": 0.1}', "train_loss = '0.1'; expected a loss with its rows"),
        ('{"prompts_batched": 7}', "expected a list of hashes"),
        ('{"settings": {"seed": 1}}', "expected settings with their origins"),
    ],
)
def test_a_summary_of_wrong_types_is_refused(copy: Path, content: str, found: str) -> None:
    """The key and what it should be are named, with the way out."""
    (copy / "training_summary.json").write_text(content)
    with pytest.raises(ModelFolderError) as caught:
        read_summary(copy)
    assert found in str(caught.value)
    assert "Move it away" in str(caught.value)


@pytest.mark.parametrize("key", ["model", "prompt_template", "num_layers", "lora_parameters"])
def test_adapter_settings_of_wrong_types_are_refused(copy: Path, key: str) -> None:
    """The key is named; the value never reaches code that would trip over it."""
    path = copy / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: None}))
    with pytest.raises(ModelFolderError, match=f"{key} = 'None'; expected {key} of type"):
        read_adapter_config(copy)


@pytest.mark.parametrize("content", [b"", b"{}", GARBAGE, b'{"model": {"type": "BPE"}}'])
def test_a_broken_tokenizer_is_named(
    content: bytes, tiny_base: Path, tmp_path: Path, tiny_adapter: Path
) -> None:
    """Whatever the tokenizers library raises, the message names the base's folder."""
    from farense.models.loading import load_model

    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    (base / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelFolderError, match=r"base: its tokenizer cannot be loaded"):
        load_model(base, prepare_backend())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"[1]"),
        ("config.json", b'{"quantization": 4}'),
        ("model.safetensors", b""),
        ("model.safetensors", GARBAGE),
        ("model.safetensors", (50_000).to_bytes(8, "little") + b"[" * 50_000),
        ("model.safetensors", (2).to_bytes(8, "little") + b"[]"),
        ("model.safetensors", (11).to_bytes(8, "little") + b'{"a": {"b"}'),
    ],
)
def test_a_base_that_is_not_whole_is_named(
    name: str, content: bytes, tiny_base: Path, tmp_path: Path
) -> None:
    """A length field of rubbish does not ask for its terabytes; the file is named."""
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    (base / name).write_bytes(content)
    with pytest.raises(ModelFolderError) as caught:
        float32_bytes(base)
    assert caught.value.where == str(base / name)
    assert caught.value.remedy == "Fetch the model anew."


def test_damaged_kept_answers_are_written_anew(copy: Path, tmp_path: Path) -> None:
    """Kept answers only save time: rubbish in their place changes no verdict."""
    first = evaluate(copy, tmp_path, "--json")
    kept = list((tmp_path / "reports/.answers").glob("*.json"))
    assert kept
    for path, content in zip(kept, (b"{", b"{}"), strict=False):
        path.write_bytes(content)
    again = evaluate(copy, tmp_path, "--json")
    assert again.stdout == first.stdout
    assert all("answers" in json.loads(path.read_text()) for path in kept)


DAMAGE: list[tuple[str, Any]] = [
    ("run.json", []),
    ("run.json", {"schema": 1}),
    ("systems", []),
    ("systems", {}),
    ("systems", {"echo": {}}),
    ("base", 5),
    ("seed", "x"),
    ("settings", []),
    ("environment", None),
    ("training", 5),
    ("verdict", "accept"),
    ("thresholds", 7),
    ("decoding", None),
]


def test_damaged_runs_are_named_and_kept(copy: Path, tmp_path: Path) -> None:
    """``report`` and ``score`` refuse a run folder of wrong values and leave it as it is."""
    result = evaluate(copy, tmp_path, "--json")
    run = Path(json.loads(result.stdout)["run"])
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    for key, value in DAMAGE:
        written = json.dumps(value if key == "run.json" else {**record, key: value})
        (run / "run.json").write_text(written)
        for command in ("report", "score"):
            error = said(CliRunner().invoke(cli, [command, str(run)]))
            assert str(run) in error.where, (key, value)
            assert (run / "run.json").read_text() == written


def test_a_training_log_that_is_none_is_named(tmp_path: Path) -> None:
    """A folder in its place, or nesting without end: the place is in the error."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "deep").write_text("[" * 100_000 + "\n{}\n")
    for name, where in (("folder", "folder"), ("deep", "deep:1")):
        with pytest.raises(InputError) as caught:
            read_rows(tmp_path / name)
        assert caught.value.where == str(tmp_path / where)


def test_what_the_system_will_not_give_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name longer than the file system allows, which no command asks about: still one line."""
    monkeypatch.setattr("sys.argv", ["farense", "data", "audit", "x" * 300])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("farense: error: xxx")
    assert "File name too long; expected a file or folder that can be used." in line
