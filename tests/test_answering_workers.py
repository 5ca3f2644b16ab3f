"""Questions answered by several processes: the same answers, progress, no trace of a stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from farense.answering.generation import Decoding, portions_of
from farense.answering.subject import answers_of, find_subject
from farense.errors import ModelFolderError
from farense.models.backend import prepare_backend
from farense.records import Answer
from farense.testing import tiny_adapter_folder

QUESTIONS = [(f"q{n}", "Quem foi?" + " E quando?" * (n % 5)) for n in range(22)]
DECODING = Decoding(max_tokens=8, batch_size=6)


def answer(
    base: Path,
    adapter: Path,
    cache: Path,
    workers: int,
    progress: list[int] | None = None,
    order_seed: int | None = None,
) -> list[Answer]:
    """The answers, without their seconds."""
    subject = find_subject(adapter, False, str(base), base.parent, adapter.parent)
    answered = answers_of(
        subject,
        prepare_backend(),
        QUESTIONS,
        DECODING,
        cache,
        (progress if progress is not None else []).append,
        order_seed=order_seed,
        workers=workers,
    )
    return [replace(found, seconds=0.0) for found in answered.answers]


@pytest.fixture(scope="module")
def adapter(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_adapter_folder(tmp_path_factory.mktemp("random") / "a1", tiny_base, seed=1)


@pytest.mark.parametrize("order_seed", [None, 7])
def test_the_answers_do_not_depend_on_the_workers(
    tiny_base: Path, adapter: Path, tmp_path: Path, order_seed: int | None
) -> None:
    """One, two and three processes: text, tokens and reasons are equal, in the order asked."""
    alone, two, three = (
        answer(tiny_base, adapter, tmp_path / str(workers), workers, order_seed=order_seed)
        for workers in (1, 2, 3)
    )
    assert [found.question_id for found in alone] == [identifier for identifier, _ in QUESTIONS]
    assert len({found.text for found in alone}) > 1
    assert alone == two == three


def test_progress_counts_every_process(tiny_base: Path, adapter: Path, tmp_path: Path) -> None:
    """It grows one by one to the number of questions, whoever answers."""
    progress: list[int] = []
    answer(tiny_base, adapter, tmp_path, 2, progress)
    assert progress == list(range(1, len(QUESTIONS) + 1))


def test_kept_answers_are_found_whoever_gave_them(
    tiny_base: Path, adapter: Path, tmp_path: Path
) -> None:
    """The number of processes is no part of the key."""
    first = answer(tiny_base, adapter, tmp_path, 2)
    progress: list[int] = []
    assert answer(tiny_base, adapter, tmp_path, 1, progress) == first
    assert progress == []


def test_an_error_of_a_worker_is_told(tiny_base: Path, adapter: Path, tmp_path: Path) -> None:
    """Weights of no layer of this base: the message of loading, and nothing is kept."""
    broken = tmp_path / "broken"
    broken.mkdir()
    config = json.loads((adapter / "adapter_config.json").read_text())
    (broken / "adapter_config.json").write_text(json.dumps(config))
    (broken / "adapters.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ModelFolderError, match="do not fit the base"):
        answer(tiny_base, broken, tmp_path / "cache", 2)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("questions", "batch", "sizes"),
    [
        (64, 64, {64: 1}),
        (66, 64, {33: 2}),
        # 381 / 64 is 6 portions; 8 are as many as four workers finish together.
        (381, 64, {47: 3, 48: 5}),
        (5, 2, {1: 3, 2: 1}),
    ],
)
def test_portions_are_even_and_hold_every_question(
    questions: int, batch: int, sizes: dict[int, int]
) -> None:
    """Sizes worked by hand; none is larger than the batch, none is asked twice."""
    portions = portions_of(range(questions), batch)
    assert Counter(map(len, portions)) == sizes
    assert sorted(place for portion in portions for place in portion) == list(range(questions))


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        (signal.SIGINT, 130, "farense: stopped;"),
        (signal.SIGTERM, 143, "farense: stopped by SIGTERM;"),
        (signal.SIGHUP, 129, "farense: stopped by SIGHUP;"),
    ],
)
def test_a_signal_leaves_no_process_and_no_answers(
    tiny_base: Path, adapter: Path, tmp_path: Path, number: int, code: int, told: str
) -> None:
    """The command says that it was stopped, with the exit code a shell gives such an end."""
    evalset = tmp_path / "many.jsonl"
    row = {"references": ["Faro"], "answer": {"kind": "text", "value": "Faro"}, "category": "club"}
    rows = (row | {"id": f"q{n}", "question": f"Onde, {n}?", "tier": "general"} for n in range(400))
    evalset.write_text("\n".join(map(json.dumps, rows)) + "\n")
    (tmp_path / "gates.toml").write_text("")
    command = [
        *(sys.executable, "-m", "farense", "evaluate", "--workers", "2"),
        *("--evalset", str(evalset), "--adapter", str(adapter), "--max-tokens", "400"),
        *("--batch-size", "20", "--reports-dir", str(tmp_path / "reports")),
    ]
    # A shell starts what runs in the background deaf to Ctrl-C, and children inherit that.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hears) as process:
        workers = wait_for_workers(process.pid)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, told in said) == (code, True), said
    assert not any(worker.is_running() for worker in workers)
    assert not (tmp_path / "reports").exists()


def wait_for_workers(pid: int) -> list[psutil.Process]:
    """Two processes that have loaded MLX, which takes more memory than starting them."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [c for c in psutil.Process(pid).children() if c.memory_info().rss > 100e6]
        if len(found) == 2:
            return found
        time.sleep(0.1)
    raise AssertionError("no two workers within 60 seconds")
