"""The jobs of this repository; ``nox --list`` shows them.

Each session makes its own environment from constraints.txt, and keeps it between runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_venv = "yes"

BASE = "smollm2-135m"
PACK = "essentials"
RESULTS = "reports/benchmarks.json"
# What farense is compared with, for the session peers alone. llama.cpp is compiled from source.
PEERS = ("torch==2.13.0", "peft==0.21.2", "llama-cpp-python==0.3.36")


def install(session: nox.Session, extra: str = "") -> None:
    """Install farense in place, with the versions of constraints.txt."""
    session.install("--quiet", "-e", f".{extra}", "-c", "constraints.txt")


def build_kernels(session: nox.Session) -> None:
    """Compile the CPU kernels once; without a compiler there is a warning, and no harm."""
    if sys.platform == "linux":
        session.run("farense", "kernels", "build", "--if-possible")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; arguments after -- go to pytest."""
    install(session, "[parquet]")
    build_kernels(session)
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def trackers(session: nox.Session) -> None:
    """Send a training's log to the real wandb, tensorboard and mlflow, offline."""
    install(session, "[wandb,tensorboard,mlflow]")
    session.run("pytest", "tests/test_trackers.py", *session.posargs)


@nox.session(default=False)
def reliability(session: nox.Session) -> None:
    """Read 10,000 damaged files, kill trainings 28 times, train and answer with four ranks."""
    install(session, "[parquet]")
    more = {"DAMAGED_FILES": "10000", "KILLS": "21", "RANKS": "2,4"}
    env = {f"FARENSE_TEST_{name}": value for name, value in more.items()}
    names = ("formats_damage", "killed", "several_machines")
    files = [f"tests/test_{name}.py" for name in names]
    session.run("pytest", *files, *session.posargs, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("--quiet", "ruff", "-c", "constraints.txt")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy, strictly."""
    install(session, "[dev]")
    session.run("mypy")


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Measure how long things take, into reports/benchmarks.json; fetches the base.

    ``-- --check`` fails when this machine got slower than benchmarks/baselines says, or a
    benchmark is missing or renamed; ``-- --update`` writes the baseline. Other arguments go
    to pytest.
    """
    install(session)
    build_kernels(session)
    session.run("farense", "models", "pull", BASE)
    options = {"--check", "--update"} & set(session.posargs)
    arguments = [argument for argument in session.posargs if argument not in options]
    Path(RESULTS).parent.mkdir(exist_ok=True)
    asked = ("--benchmark-only", f"--benchmark-json={RESULTS}")
    session.run("pytest", "benchmarks", *asked, *arguments)
    for option in sorted(options):
        session.run("python", "benchmarks/baselines.py", option.removeprefix("--"), RESULTS)


@nox.session(default=False)
def peers(session: nox.Session) -> None:
    """Compare with PyTorch and llama.cpp on the same weights; writes docs/performance.md.

    Arguments go to benchmarks/peers/measure.py: ``-- --only decode --rounds 3``. Nothing else
    should run meanwhile. The first run compiles llama.cpp, some minutes on two cores.
    """
    install(session)
    build_kernels(session)
    session.install("--quiet", *PEERS, "-c", "constraints.txt")
    session.run("farense", "models", "pull", BASE)
    session.run("python", "benchmarks/peers/measure.py", *session.posargs)


@nox.session(default=False)
def simulate(session: nox.Session) -> None:
    """Simulate the gate where the truth is known, and print the tables of docs/statistics.md."""
    install(session)
    session.run("python", "benchmarks/gate_simulation.py", *session.posargs)


@nox.session(default=False)
def defects(session: nox.Session) -> None:
    """Damage a good adapter in some 45 ways: does the gate reject what it must?

    Arguments after -- as ``--adapter DIR`` take a real one (docs/planted-defects.md).
    """
    install(session)
    build_kernels(session)
    session.run("python", "benchmarks/planted_defects.py", *session.posargs)


@nox.session(default=False)
def evaluate(session: nox.Session) -> None:
    """Judge an adapter: ``-- --adapter A --baseline B`` go to ``farense evaluate``.

    nox ends with 0 when the gate accepts and with 1 otherwise; its line "failed with exit
    code" names farense's own: 1 rejected, 2 not enough data or could not judge.
    """
    install(session)
    build_kernels(session)
    session.run("farense", "evaluate", *session.posargs)


@nox.session(default=False)
def evaluate_with_pytest(session: nox.Session) -> None:
    """Judge an adapter, each question and rule a test; arguments as those of ``evaluate``."""
    install(session)
    build_kernels(session)
    session.run("pytest", "evalsets", *session.posargs)


@nox.session(default=False)
def train_then_evaluate(session: nox.Session) -> None:
    """Fetch the base, build the data, train, evaluate, gate, report.

    Arguments after -- are training settings (``--steps 500``). Steps whose inputs have
    not changed are not repeated. The session succeeds when the gate accepts.
    """
    # Loud: a download of some minutes is the longest step of a first run.
    session.install("-e", ".", "-c", "constraints.txt", silent=False)
    build_kernels(session)
    session.run("farense", "models", "pull", BASE)
    session.run("farense", "doctor", "--base", BASE)
    session.run("farense", "data", "build", "--pack", PACK)
    trained = ("--base", BASE, "--pack", PACK, "--dtype", "fastest")
    session.run("farense", "train", *trained, *session.posargs)
    session.run("farense", "evaluate")
