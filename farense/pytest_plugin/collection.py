"""Which files become tests, and which gates belong to what the user named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from farense.errors import InputError
from farense.evaluation.gate_files import GATES_FILE
from farense.pytest_plugin.gates import GatesFile
from farense.pytest_plugin.golden import GoldenFile
from farense.pytest_plugin.options import absolute
from farense.pytest_plugin.state import State, is_under_arguments, looks_golden, state_of


def collect_file(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A golden file or a gate, when the user asked for it; None for every other file."""
    if path.suffix not in (".jsonl", ".toml") or path.name.startswith("."):
        return None
    state, session = state_of(parent.config), parent.session
    if path.suffix == ".jsonl":
        if not _wants_golden(path, session, state):
            return None
        if is_under_arguments(session, path) and path not in state.golden_files:
            state.golden_files.append(path)
        return GoldenFile.from_parent(parent, path=path)
    if not _wants_gates(path, session, state):
        return None
    if is_under_arguments(session, path) and path not in state.gate_files:
        state.gate_files.append(path)
    return GatesFile.from_parent(parent, path=path)


def _wants_golden(path: Path, session: pytest.Session, state: State) -> bool:
    if session.isinitpath(path) or state.options.adapter is None:
        return bool(session.isinitpath(path))
    try:
        return state.asks(path)
    except InputError:
        return True  # the manifest is broken: the node says so, in one line


def _wants_gates(path: Path, session: pytest.Session, state: State) -> bool:
    if state.options.adapter is None:
        return False
    if state.options.gates:
        return path == state.options.gates
    return path.name == GATES_FILE and (
        session.isinitpath(path) or any(map(looks_golden, path.parent.glob("*.jsonl")))
    )


def gates_to_add(state: State, arguments: Iterable[str]) -> list[str]:
    """Gates of the golden sets named as arguments that pytest would not come across itself."""
    if state.options.adapter is None:
        return []
    paths = [
        absolute(state.options.start / argument) for argument in arguments if "::" not in argument
    ]
    added: list[Path] = []
    for path in paths:
        golden = path.suffix == ".jsonl" or (
            path.is_dir() and any(map(looks_golden, path.glob("*.jsonl")))
        )
        gates = state.options.gates_for(path) if golden else None
        seen = gates is not None and any(place in (gates, *gates.parents) for place in paths)
        if gates is not None and not seen and gates not in added:
            added.append(gates)
    return [str(gates) for gates in added]
