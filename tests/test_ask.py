"""``farense ask``: the newest adapter, checkpoints of a training, and several side by side."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from farense.answering.asking import choose_checkpoints
from farense.answering.generation import Decoding, answer_questions, stream_answer
from farense.answering.subject import find_subject
from farense.cli import cli
from farense.errors import InputError
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.testing import tiny_adapter_folder
from farense.training.checkpoints import write_checkpoint
from farense.training.metrics import METRICS

QUESTION = "Onde nasceu o Farense?"
KEY = "0" * 64


def write_adapter(folder: Path, base: Path, seed: int) -> None:
    tiny_adapter_folder(folder, base, seed=seed)


def write_run(adapters: Path, base: Path, steps: tuple[int, ...] = (10, 20)) -> Path:
    """The folder of a training that goes on: checkpoints of random adapters, the first is best."""
    run = adapters / ".tiny-essentials-1a2b3c4d.partial"
    run.mkdir(parents=True)
    (run / METRICS).touch()
    for step in steps:
        write_checkpoint(run, step, KEY, partial(write_adapter, base=base, seed=step))
    tiny_adapter_folder(run, base, seed=steps[0])
    return run


@pytest.fixture(scope="module")
def adapters(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("asked") / "adapters"
    write_run(place, tiny_base)
    return place


def ask(adapters: Path, base: Path, *arguments: str) -> Result:
    options = ["--adapters-dir", str(adapters), "--base", str(base), "--max-tokens", "6"]
    return CliRunner().invoke(cli, ["ask", QUESTION, *arguments, *options])


def batched(adapter: Path, base: Path) -> str:
    """What `farense evaluate` would get of this adapter."""
    subject = find_subject(adapter, False, str(base), base.parent, adapter.parent)
    loaded = load_model(base, prepare_backend(), adapter, to_answer=True)
    questions = [("q", QUESTION)]
    (answer,) = answer_questions(loaded, subject.template, questions, Decoding(6, 1)).answers
    return answer.text


def test_the_pieces_are_the_answer_of_evaluate(adapters: Path, tiny_base: Path) -> None:
    """Joined, they are the same text; none is half a letter, and no letter is taken back."""
    (checkpoint, *_) = choose_checkpoints(next(adapters.glob(".*")), ["latest"])
    assert checkpoint.adapter is not None
    subject = find_subject(checkpoint.adapter, False, str(tiny_base), tiny_base.parent, adapters)
    loaded = load_model(tiny_base, prepare_backend(), checkpoint.adapter, to_answer=True)
    pieces = list(stream_answer(loaded, subject.template, QUESTION, 6))
    assert "".join(pieces) == batched(checkpoint.adapter, tiny_base)


def test_a_checkpoint_answers(adapters: Path, tiny_base: Path) -> None:
    """The text alone, of the newest checkpoint, of a step's, and of the best step's tensors."""
    run = next(adapters.glob(".*"))
    newest, first = (batched(run / f"checkpoints/step-{step:08}", tiny_base) for step in (20, 10))
    assert newest != first
    for wanted, expected in (("latest", newest), ("20", newest), ("10", first), ("best", first)):
        result = ask(adapters, tiny_base, "--run", "latest", "--checkpoint", wanted)
        assert result.exit_code == 0, result.output
        assert result.stdout == expected + "\n"


def test_all_checkpoints_are_set_side_by_side(adapters: Path, tiny_base: Path) -> None:
    """Every step with its answer, and the best; as a table and as JSON."""
    result = ask(adapters, tiny_base, "--checkpoint", "all")
    assert result.exit_code == 0, result.output
    assert [name for name in ("step 10", "step 20", "best") if name in result.stdout] == [
        "step 10",
        "step 20",
        "best",
    ]
    found = json.loads(ask(adapters, tiny_base, "--checkpoint", "all", "--json").stdout)
    assert found["question"] == QUESTION
    assert [(a["name"], a["step"]) for a in found["answers"]] == [
        ("step 10", 10),
        ("step 20", 20),
        ("best", None),
    ]
    texts = [answer["text"] for answer in found["answers"]]
    assert texts[0] == texts[2] != texts[1]


def test_without_options_the_newest_adapter_answers(tiny_base: Path, tmp_path: Path) -> None:
    """The finished one trained last, as evaluate takes it; a training that goes on is none."""
    write_run(tmp_path, tiny_base)
    adapter = tiny_adapter_folder(tmp_path / "a1", tiny_base, seed=3)
    (adapter / "training_summary.json").write_text("{}")
    result = ask(tmp_path, tiny_base)
    assert result.exit_code == 0, result.output
    assert result.stdout == batched(adapter, tiny_base) + "\n"
    assert ask(tmp_path, tiny_base, "--adapter", str(adapter)).stdout == result.stdout


def test_a_damaged_checkpoint_is_not_asked(tiny_base: Path, tmp_path: Path) -> None:
    """latest and all pass it over; asked for by its step it is refused with what is wrong."""
    run = write_run(tmp_path, tiny_base)
    with (run / "checkpoints/step-00000020/adapters.safetensors").open("r+b") as stream:
        stream.write(b"\0\0\0\0")
    assert [each.name for each in choose_checkpoints(run, ["latest"])] == ["step 10"]
    assert [each.name for each in choose_checkpoints(run, ["all"])] == ["step 10", "best"]
    with pytest.raises(InputError, match=r"adapters.safetensors: not the bytes"):
        choose_checkpoints(run, ["20"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("30", r"no checkpoint of step 30; expected .* \(steps: 10, 20\)"),
        ("newest", r"--checkpoint: 'newest'; expected latest, best, all or a step's number"),
    ],
)
def test_a_checkpoint_that_is_not_there_is_said(adapters: Path, wanted: str, found: str) -> None:
    """What there is is named."""
    with pytest.raises(InputError, match=found):
        choose_checkpoints(next(adapters.glob(".*")), [wanted])


def test_a_training_without_checkpoints_is_said(tiny_base: Path, tmp_path: Path) -> None:
    """Before the first validation there is nobody to ask; after it, the best step's tensors."""
    run = write_run(tmp_path, tiny_base)
    shutil.rmtree(run / "checkpoints")
    assert [each.name for each in choose_checkpoints(run, ["latest"])] == ["best"]
    (run / "adapters.safetensors").unlink()
    for wanted in ("latest", "all", "best"):
        with pytest.raises(InputError, match=r"\(steps: none\)"):
            choose_checkpoints(run, [wanted])


def test_an_adapter_and_a_run_are_one_too_many(adapters: Path, tiny_base: Path) -> None:
    """Which of the two is meant cannot be told."""
    result = ask(adapters, tiny_base, "--adapter", "a", "--run", "latest")
    assert isinstance(result.exception, InputError)
