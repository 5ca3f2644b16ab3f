"""The files that belong to golden sets: their gate, and the adapter accepted by it."""

from __future__ import annotations

from pathlib import Path

GATES_FILE = "gates.toml"
ACCEPTED_FILE = "accepted.toml"


def beside(evalset: Path, name: str, start: Path = Path()) -> Path:
    """Where such a file lies: beside the golden set, else in ``start``/evalsets.

    Args:
        evalset: A golden set or a folder of them.
        name: GATES_FILE or ACCEPTED_FILE.
        start: The folder the command was called in.

    Returns:
        A path that need not exist.
    """
    folder = evalset if evalset.is_dir() else evalset.parent
    own = folder / name
    return own if own.is_file() else start / "evalsets" / name
