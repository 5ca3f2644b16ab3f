"""The main job end to end on a tiny real model: build, train, evaluate, gate, report, again."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx_lm
import psutil
import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import load_file

from farense.cli import cli
from farense.errors import FarenseError
from farense.models.backend import prepare_backend

REPOSITORY = Path(__file__).parent.parent
STEPS = 6


class Workplace:
    """A folder with a tiny base, the real facts and a built pack; runs commands in it."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root = root
        self.base = base

    def run(self, *arguments: str) -> Result:
        """Run one command as the entry point does, errors included."""
        return CliRunner().invoke(cli, list(arguments), catch_exceptions=True)

    def training(self, *more: str) -> list[str]:
        """The arguments of a short training."""
        return [
            "train",
            *("--base", str(self.base), "--packs-dir", str(self.root / "built")),
            *("--adapters-dir", str(self.root / "adapters")),
            *("--steps", str(STEPS), "--batch-size", "64", "--max-tokens", "400"),
            *("--workers", "1", *more),
        ]

    def train(self, *more: str) -> Result:
        return self.run(*self.training(*more))

    def evaluate(self, evalset: Path, *more: str) -> Result:
        return self.run(
            "evaluate",
            *("--evalset", str(evalset), "--gates", str(REPOSITORY / "evalsets/gates.toml")),
            *("--adapters-dir", str(self.root / "adapters")),
            *("--reports-dir", str(self.root / "reports"), "--max-tokens", "8", *more),
        )


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Workplace:
    place = Workplace(tmp_path_factory.mktemp("work"), tiny_base)
    built = place.run(
        "data",
        "build",
        *("--data-dir", str(REPOSITORY / "data/facts"), "--packs-dir", str(place.root / "built")),
    )
    assert built.exit_code == 0, built.output
    return place


@pytest.fixture(scope="module")
def adapter(workplace: Workplace) -> Path:
    result = workplace.train()
    assert result.exit_code == 0, result.output
    return Path(result.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def evalset(workplace: Workplace) -> Path:
    lines = (REPOSITORY / "evalsets/essentials.jsonl").read_text(encoding="utf-8").splitlines()
    path = workplace.root / "small.jsonl"
    path.write_text("\n".join(lines[:: len(lines) // 12]), encoding="utf-8")
    return path


def test_the_adapter_folder_is_whole(adapter: Path) -> None:
    """Weights, config, checkpoints, log, exports, state, summary, passport, the trained rows."""
    assert {path.name for path in adapter.iterdir()} == {
        "adapter_config.json",
        "adapters.safetensors",
        "checkpoints",
        "metrics.jsonl",
        "passport.json",
        "train.jsonl",
        "training_metrics.csv",
        "training_metrics.json",
        "training_settings.json",
        "training_state.json",
        "training_summary.json",
    }


def test_stock_mlx_lm_loads_the_adapter(adapter: Path, tiny_base: Path) -> None:
    """``mlx_lm.load(..., adapter_path=...)`` is what ``mlx_lm.generate`` calls."""
    prepare_backend()
    model, tokenizer = mlx_lm.load(str(tiny_base), adapter_path=str(adapter))
    text = mlx_lm.generate(model, tokenizer, prompt="Quem foi?", max_tokens=3)
    assert isinstance(text, str)


def test_the_summary_says_what_was_measured(adapter: Path) -> None:
    """Both whole splits are in the gap, and every trained row is recorded as batched."""
    summary = json.loads((adapter / "training_summary.json").read_text())
    rows = (adapter / "train.jsonl").read_text().splitlines()
    assert summary["train_loss"]["rows"] == len(rows)
    assert summary["validation_loss"]["rows"] > 0
    assert summary["steps"] == STEPS
    assert summary["lora_tensors"] == 28
    events = [json.loads(line) for line in (adapter / "metrics.jsonl").read_text().splitlines()]
    assert [e["step"] for e in events if e["event"] == "train"] == list(range(1, STEPS + 1))


def test_the_same_seed_gives_the_same_bytes(workplace: Workplace, adapter: Path) -> None:
    """Training again from scratch writes the same adapter, byte for byte."""
    before = (adapter / "adapters.safetensors").read_bytes()
    result = workplace.train("--again")
    assert Path(result.stdout.splitlines()[-1]) == adapter
    assert (adapter / "adapters.safetensors").read_bytes() == before


def test_another_seed_gives_another_adapter(workplace: Workplace, adapter: Path) -> None:
    """The seed is not decoration; the first adapter stays where it is."""
    other = Path(workplace.train("--seed", "7").stdout.splitlines()[-1])
    assert other != adapter
    assert (other / "adapters.safetensors").read_bytes() != (
        adapter / "adapters.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("layers", ["16", "1"])
def test_two_processes_train_what_one_trains(workplace: Workplace, layers: str) -> None:
    """Half of every batch each, gradients summed: the same log and tensors, to 1e-4.

    Of the tiny base's two blocks both are trained, or the last alone.
    """
    adapter, team = (
        Path(workplace.train("--workers", count, "--layers", layers).stdout.splitlines()[-1])
        for count in ("1", "2")
    )
    assert team != adapter
    logs = [
        [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        for folder in (adapter, team)
    ]
    assert [row["event"] for row in logs[0]] == [row["event"] for row in logs[1]]
    for alone, together in zip(*logs, strict=True):
        assert together["loss"] == pytest.approx(alone["loss"], abs=1e-4)
    summary = json.loads((team / "training_summary.json").read_text())
    assert summary["peak_bytes"] > 100e6  # two interpreters with MLX take more than that
    one, two = (load_file(folder / "adapters.safetensors") for folder in (adapter, team))
    assert max(abs(one[name] - two[name]).max() for name in one) < 1e-4


@pytest.mark.parametrize("layers", ["16", "1"])
def test_two_processes_give_the_same_bytes_again(workplace: Workplace, layers: str) -> None:
    """The default on two cores repeats bit for bit, as one process does."""
    options = ("--workers", "2", "--layers", layers)
    folder = Path(workplace.train(*options).stdout.splitlines()[-1])
    before = (folder / "adapters.safetensors").read_bytes()
    workplace.train(*options, "--again")
    assert (folder / "adapters.safetensors").read_bytes() == before


def test_a_dead_process_ends_the_training(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without addresses they cannot meet: all are ended, and the message names one."""
    monkeypatch.setattr("farense.training.workers._free_ports", lambda count: [])
    adapters = workplace.root / "dead"
    result = workplace.train("--workers", "2", "--adapters-dir", str(adapters))
    assert isinstance(result.exception, FarenseError)
    assert "training process" in str(result.exception)
    assert not list(adapters.glob("[!.]*"))


def test_a_killed_training_leaves_no_process(workplace: Workplace) -> None:
    """kill -9 of the command itself: its workers notice and end within seconds."""
    command = [sys.executable, "-m", "farense", *workplace.training("--workers", "2")]
    command += ["--adapters-dir", str(workplace.root / "killed"), "--steps", "100000"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        log = workplace.root / "killed"
        wait_for(lambda: any(log.glob(".*/metrics.jsonl")), seconds=60)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert len(workers) >= 2
    wait_for(lambda: not any(worker.is_running() for worker in workers), seconds=20)


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Fail when ``condition`` does not come true within ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_unchanged_training_is_reused(workplace: Workplace, adapter: Path) -> None:
    """The second run of the same command trains nothing."""
    result = workplace.train()
    assert "reused" in result.stderr
    assert Path(result.stdout.splitlines()[-1]) == adapter


def test_evaluation_writes_a_run_and_a_verdict(
    workplace: Workplace, adapter: Path, evalset: Path
) -> None:
    """A random model is rejected with exit code 1, a whole run folder and a page."""
    result = workplace.evaluate(evalset, "--adapter", str(adapter), "--json")
    assert result.exit_code == 1, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    assert summary["verdict"] == "reject"
    assert summary["n"] == len(evalset.read_text(encoding="utf-8").splitlines())
    assert set(summary["by_tier"]["paraphrase"]) == {
        "n",
        "fact_accuracy",
        "exact_match",
        "token_f1",
        "bleu",
        "rouge_l",
    }
    run = Path(summary["run"])
    answers = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    assert len(answers) == summary["n"]
    assert all(answer["completion_tokens"] <= 8 for answer in answers)
    assert (run / "report.html").stat().st_size > 10_000


def test_seen_questions_that_were_never_batched_reject(
    workplace: Workplace, adapter: Path, evalset: Path
) -> None:
    """Six steps of 64 rows batch 384 of the pack's rows; the hashes say which are not seen."""
    result = workplace.evaluate(evalset, "--adapter", str(adapter), "--json")
    run = json.loads((Path(json.loads(result.stdout)["run"]) / "run.json").read_text("utf-8"))
    batched = json.loads((adapter / "training_summary.json").read_text("utf-8"))["prompts_batched"]
    rows = [json.loads(line) for line in evalset.read_text(encoding="utf-8").splitlines()]
    never = [
        row["id"]
        for row in rows
        if row["tier"] == "seen"
        and hashlib.sha256(row["question"].encode()).hexdigest() not in batched
    ]
    assert never
    assert run["leakage"]["contradicted"] == never
    assert {check["name"]: check["passed"] for check in run["verdict"]["checks"]}[
        "leakage"
    ] is False


def test_a_second_evaluation_answers_nothing_anew(
    workplace: Workplace, adapter: Path, evalset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same bytes, same answers from disk: the verdict comes without a model."""
    first = workplace.evaluate(evalset, "--adapter", str(adapter), "--json")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr("farense.answering.subject.load_model", refuse)
    second = workplace.evaluate(evalset, "--adapter", str(adapter), "--json")
    assert second.stdout == first.stdout


def test_a_run_is_rebuilt_without_a_model(
    workplace: Workplace, adapter: Path, evalset: Path
) -> None:
    """``farense report`` scores the raw answers again and comes to the same verdict."""
    result = workplace.evaluate(evalset, "--adapter", str(adapter), "--json")
    run = Path(json.loads(result.stdout)["run"])
    (run / "report.html").unlink()
    again = workplace.run("report", str(run))
    assert again.exit_code == result.exit_code
    assert (run / "report.html").is_file()


@pytest.mark.parametrize(
    ("gates", "code"),
    [
        ("[fact_accuracy]\nparaphrase = 0.0", 0),
        ("[fact_accuracy]\nparaphrase = 1.0", 1),
        ("[abstention]\nelsewhere_at_most = 1.0", 2),
    ],
)
def test_the_process_exits_with_the_verdict(
    workplace: Workplace, adapter: Path, evalset: Path, tmp_path: Path, gates: str, code: int
) -> None:
    """0 accept, 1 reject, 2 could not judge: what the shell sees, not what click returns.

    Without the tier seen: the short training did not batch every row, which would reject.
    """
    (tmp_path / "gates.toml").write_text(gates)
    lines = evalset.read_text(encoding="utf-8").splitlines()
    fair = tmp_path / "fair.jsonl"
    fair.write_text("\n".join(x for x in lines if '"tier": "seen"' not in x), encoding="utf-8")
    found = command_line(
        *("evaluate", "--evalset", str(fair), "--adapter", str(adapter), "--max-tokens", "8"),
        *("--gates", str(tmp_path / "gates.toml")),
        *("--reports-dir", str(workplace.root / "reports")),
    )
    assert found.returncode == code, found.stdout + found.stderr


def test_an_error_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    """``where: what was found; what was expected. What to do.`` on standard error."""
    (tmp_path / "bad.jsonl").write_text("{no json")
    found = command_line("evaluate", "--evalset", str(tmp_path / "bad.jsonl"))
    assert found.returncode == 2
    assert found.stdout == ""
    (line,) = found.stderr.strip().splitlines()
    assert line.startswith(f"farense: error: {tmp_path}/bad.jsonl:1: bad JSON")


def test_a_wrong_option_exits_with_2() -> None:
    """A usage error is told by its own exit code, not by a traceback."""
    found = command_line("train", "--no-such-option")
    assert found.returncode == 2
    assert "No such option" in found.stderr


def command_line(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``farense`` as a shell would."""
    command = [sys.executable, "-m", "farense", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_adapter_of_another_tool_is_refused(
    workplace: Workplace, adapter: Path, evalset: Path, tmp_path: Path
) -> None:
    """Stock mlx-lm records no base; the message says what is missing, not a KeyError."""
    (tmp_path / "adapters.safetensors").write_bytes((adapter / "adapters.safetensors").read_bytes())
    (tmp_path / "adapter_config.json").write_text('{"model": "org/name", "num_layers": 2}')
    result = workplace.evaluate(evalset, "--adapter", str(tmp_path))
    assert isinstance(result.exception, FarenseError)
    assert "no base, no base_sha256" in str(result.exception)


def test_no_adapter_is_said_and_not_guessed(workplace: Workplace, evalset: Path) -> None:
    """Without an adapter there is nothing to judge; the remedy is in the message."""
    result = workplace.evaluate(evalset, "--adapters-dir", str(workplace.root / "none"))
    assert isinstance(result.exception, FarenseError)
    assert "no trained adapter" in str(result.exception)


def test_the_bare_base_can_be_judged(workplace: Workplace, evalset: Path, tiny_base: Path) -> None:
    """--no-adapter gives a run about the base itself."""
    result = workplace.evaluate(evalset, "--no-adapter", "--base", str(tiny_base), "--json")
    assert json.loads(result.stdout)["verdict"] in ("reject", "could_not_judge")


def test_ctrl_c_leaves_no_adapter(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the third step: exit 130, nothing where an adapter would be looked for."""
    from farense.training.stepping import Stepper

    real, calls = Stepper.step, 0

    def interrupt(self: Stepper, *arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(Stepper, "step", interrupt)
    adapters = workplace.root / "stopped"
    result = workplace.train("--adapters-dir", str(adapters), "--evaluate-every", "2")
    assert isinstance(result.exception, FarenseError)
    assert result.exception.exit_code == 130
    assert "starts anew; no adapter was put in place" in str(result.exception)
    assert [path.name for path in adapters.iterdir() if not path.name.startswith(".")] == []


def test_a_full_disk_leaves_no_adapter(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills while the best step is kept: the message says so and nothing is in place; of
    the training there is what it measured, and no tensors."""
    import errno
    import os

    real, calls = os.fsync, 0

    def fills_up(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        # The first file is the copy of the rows, the only other one of this size the tensors.
        if calls > 1 and os.fstat(descriptor).st_size > 20_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fills_up)
    adapters = workplace.root / "full"
    result = workplace.train("--adapters-dir", str(adapters))
    assert isinstance(result.exception, FarenseError)
    assert "the disk is full" in str(result.exception)
    assert "adapters.safetensors" in str(result.exception)
    (partial,) = adapters.iterdir()
    assert partial.name.endswith(".partial")
    assert (partial / "metrics.jsonl").stat().st_size > 0
    assert list(partial.rglob("*adapters.safetensors*")) == []
