"""Commands started by ``mlx.launch`` on loopback: the same numbers, one writer, one refusal."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_adapter
from click.testing import CliRunner
from safetensors.numpy import load_file

from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.errors import InputError
from farense.records import Example
from farense.testing import tiny_adapter_folder
from farense.training.launch import _ranks_here, join_launch

# More ranks cost more than a test should: `nox -s reliability` has four as well.
RANKS = [int(count) for count in os.environ.get("FARENSE_TEST_RANKS", "2").split(",")]
BATCH_SIZES = [1, 5] if RANKS == [2] else [1, 5, 64]
ROWS = tuple(
    Example(
        f"Quem foi o número {n}?", f"Foi o {'muito ' * (n % 3)}{n}.", (f"f/{n}",), "club", "t/1"
    )
    for n in range(10)
)

# Of different lengths, so that batches have padding.
QUESTIONS = (
    *tiny_adapter.GOLDEN,
    *(
        tiny_adapter.question(f"more-{n}", "heldout", f"{'Quem ' * (n % 4)}é o {n}?", str(n))
        for n in range(9)
    ),
)


def free_ports(count: int) -> int:
    """The first of ``count`` neighbouring ports nobody listens on."""
    for start in range(23000 + os.getpid() % 8000, 65000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for offset, each in enumerate(sockets):
                each.bind(("127.0.0.1", start + offset))
        except OSError:
            continue
        else:
            return start
        finally:
            for each in sockets:
                each.close()
    raise AssertionError("no free ports")


# What Open MPI wants of the superuser, and of more ranks than cores.
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}
needs_mpi = pytest.mark.skipif(shutil.which("mpirun") is None, reason="Open MPI is not installed")


def launch(
    ranks: int, command: list[str], cwd: Path, backend: str = "ring"
) -> subprocess.CompletedProcess[str]:
    """``mlx.launch`` with the ring on loopback, or ``mpirun``, as their users type it."""
    launcher = [sys.executable, "-c", "from mlx._distributed_utils.launch import main; main()"]
    options = [
        "-n",
        str(ranks),
        "--backend",
        "ring",
        "--starting-port",
        str(free_ports(ranks)),
        "--",
    ]
    if backend == "mpi":
        launcher, options = ["mpirun"], ["-n", str(ranks)]
    return subprocess.run(
        [*launcher, *options, *command],
        cwd=cwd,
        env=os.environ | MPI,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def training(*more: str) -> list[str]:
    """A training of four steps of eight rows, the last block alone: there is a trunk."""
    return [
        *("train", "--base", "models/tiny", "--packs-dir", "built", "--steps", "4"),
        *("--batch-size", "8", "--layers", "1", "--rank", "2", "--evaluate-every", "2"),
        *("--checkpoint-every", "2", "--keep-checkpoints", "0", *more),
    ]


# Each rank in a folder of its own, as on a machine of its own.
_RANK = "os.environ.get('MLX_RANK') or os.environ['OMPI_COMM_WORLD_RANK']"
_ELSEWHERE = f"import os, runpy, sys; os.chdir({_RANK}); sys.argv[0] = 'farense'"
_FARENSE = f"{_ELSEWHERE}; runpy.run_module('farense', run_name='__main__')"


def machines(place: Path, base: Path, ranks: int) -> Path:
    """Folders that hold what as many machines would."""
    for rank in map(str, range(ranks)):
        built = place / rank / "built" / "essentials"
        write_pack(Pack("essentials", 1, "0" * 64, ROWS, ROWS[:3]), built)
        shutil.copytree(base, place / rank / "models" / "tiny")
    return place


def train_on(place: Path, ranks: int, backend: str = "ring") -> subprocess.CompletedProcess[str]:
    return launch(ranks, [sys.executable, "-c", _FARENSE, *training()], place, backend)


def losses(folder: Path) -> list[tuple[str, float]]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [(row["event"], row["loss"]) for row in map(json.loads, lines)]


@pytest.fixture(scope="module")
def alone(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process trains."""
    place = machines(tmp_path_factory.mktemp("alone"), tiny_base, 1) / "0"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        result = CliRunner().invoke(cli, training("--workers", "1"))
    assert result.exit_code == 0, result.output
    return place / result.stdout.splitlines()[-1]


@pytest.mark.parametrize("backend", ["ring", pytest.param("mpi", marks=needs_mpi)])
@pytest.mark.parametrize("ranks", RANKS)
def test_ranks_train_what_one_process_trains(
    tiny_base: Path, alone: Path, tmp_path: Path, ranks: int, backend: str
) -> None:
    """Shares of every batch, gradients summed: the losses and tensors of one, to 1e-4.

    Stopped after half of the steps, the same command goes on to the same bytes, though only the
    first machine has the checkpoint.
    """
    place = machines(tmp_path, tiny_base, ranks)
    # The folder is printed once, by the one process that writes.
    (line,) = train_on(place, ranks, backend).stdout.split()
    together = place / "0" / line
    assert list(place.glob("*/models/adapters/*")) == [together]
    for (event, loss), (same, expected) in zip(losses(together), losses(alone), strict=True):
        assert event == same
        assert loss == pytest.approx(expected, abs=1e-4)
    tensors, theirs = (load_file(f / "adapters.safetensors") for f in (alone, together))
    assert max(abs(tensors[name] - theirs[name]).max() for name in tensors) < 1e-4
    assert json.loads((together / "training_summary.json").read_text())["workers"] == ranks

    trained = (together / "adapters.safetensors").read_bytes()
    halfway(together)
    again = train_on(place, ranks, backend)
    assert "going on after step 2" in again.stderr
    assert (together / "adapters.safetensors").read_bytes() == trained
    assert not (place / "1/models/adapters").exists()


def halfway(adapter: Path) -> None:
    """What a training killed between its third and fourth step leaves."""
    shutil.rmtree(adapter / "checkpoints/step-00000004")
    for name in ("training_summary.json", "adapters.safetensors"):
        (adapter / name).unlink()
    adapter.rename(adapter.with_name(f".{adapter.name}.partial"))


def test_other_rows_on_one_machine_are_refused(tiny_base: Path, tmp_path: Path) -> None:
    """Before anything is trained, naming the part, both ranks and both values."""
    place = machines(tmp_path, tiny_base, 2)
    write_pack(Pack("essentials", 1, "0" * 64, ROWS[1:], ROWS[:3]), place / "1/built/essentials")
    result = train_on(place, 2)
    assert "error: training rows of rank 1 on " in result.stderr
    assert "as on rank 0 on " in result.stderr
    assert not list(place.glob("*/models/adapters"))


def test_a_machine_without_the_base_is_named(tiny_base: Path, tmp_path: Path) -> None:
    """Every rank tells what the one lacks, instead of waiting for it."""
    place = machines(tmp_path, tiny_base, 2)
    shutil.rmtree(place / "1/models")
    result = train_on(place, 2)
    assert "error: rank 1 on " in result.stderr
    assert "models/tiny" in result.stderr
    assert not (place / "0/models/adapters").exists()


@pytest.mark.parametrize("ranks", RANKS)
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_ranks_answer_what_one_process_answers(
    tiny_base: Path, tmp_path: Path, ranks: int, batch_size: int
) -> None:
    """Every answer, score and the summary are those of one process, and one run is written: with a
    question a batch, with batches that do not come out even, with one batch and idle ranks."""
    adapter = tiny_adapter_folder(tmp_path / "a1", tiny_base, seed=1)
    golden = tiny_adapter.write_golden(tmp_path / "golden.jsonl", QUESTIONS)
    (tmp_path / "gates.toml").write_text(tiny_adapter.TOLERANT)
    command = [
        *("evaluate", "--evalset", str(golden), "--adapter", str(adapter)),
        *("--base", str(tiny_base), "--batch-size", str(batch_size)),
        *("--max-tokens", "6", "--json"),
    ]
    alone = CliRunner().invoke(
        cli, [*command, "--reports-dir", str(tmp_path / "alone"), "--workers", "1"]
    )
    here = [sys.executable, "-m", "farense", *command, "--reports-dir", str(tmp_path / "ranks")]
    together = launch(ranks, here, tmp_path)
    found, expected = json.loads(together.stdout), json.loads(alone.stdout)
    run, other = Path(found.pop("run")), Path(expected.pop("run"))
    assert found == expected
    assert (run / "scores.jsonl").read_bytes() == (other / "scores.jsonl").read_bytes()
    assert texts(run) == texts(other)
    assert len(texts(run)) == len(QUESTIONS) == 13


def texts(run: Path) -> list[tuple[str, str]]:
    lines = (run / "answers.jsonl").read_text().splitlines()
    return [(row["question_id"], row["text"]) for row in map(json.loads, lines)]


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of rank 1, its hostfile to be written."""
    monkeypatch.setenv("MLX_RANK", "1")
    monkeypatch.setenv("MLX_HOSTFILE", str(tmp_path / "hosts.json"))
    return tmp_path / "hosts.json"


def test_workers_of_a_rank_are_refused(hosts: Path) -> None:
    """A rank is one process; more would be started on every machine."""
    hosts.write_text('[["10.0.0.1:5000"], ["10.0.0.2:5000"]]')
    with pytest.raises(InputError, match=r"--workers: 2 inside mlx\.launch"):
        join_launch(2)


def test_one_rank_alone_is_no_launch(hosts: Path) -> None:
    """``mlx.launch -n 1`` writes an empty hostfile."""
    hosts.write_text("")
    assert join_launch(2) is None


def test_ranks_of_one_machine_share_its_cores(hosts: Path) -> None:
    """Rank 1 has its machine with rank 2, whatever the ports; rank 0 is elsewhere."""
    hosts.write_text('[["10.0.0.1:5000"], ["10.0.0.2:5000"], ["10.0.0.2:5001"]]')
    assert _ranks_here() == 2
