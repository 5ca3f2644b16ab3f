"""A contestant: one process or several that get the same request at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from farense.errors import FarenseError
from farense.training.workers import write_hosts

HERE = Path(__file__).parent
THREAD_VARIABLES = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SCRIPTS = {
    "farense": ("with_farense.py",),
    "PyTorch bfloat16": ("with_torch.py", "bfloat16"),
    "PyTorch float32": ("with_torch.py", "float32"),
    "llama.cpp": ("with_llama_cpp.py",),
}


@dataclass(frozen=True)
class Turn:
    """What the processes replied: units done, and how long the slowest took."""

    replies: list[dict[str, Any]]

    @property
    def per_second(self) -> float:
        """Units of all processes together per second."""
        done = sum(reply["count"] for reply in self.replies)
        return float(done / max(reply["seconds"] for reply in self.replies))


class Contestant:
    """Its processes live as long as the ``with`` block.

    Args:
        name: One of SCRIPTS.
        work: The work file.
        threads: Of the machine; several processes share them.
        workers: How many processes farense computes with where ``shared`` is set.
        shared: Whether the line is one that farense shares among processes.
    """

    def __init__(self, name: str, work: Path, threads: int, workers: int, shared: bool) -> None:
        self.name = name
        size = workers if shared and name == "farense" else 1
        script, *more = SCRIPTS[name]
        command = [sys.executable, str(HERE / script), str(work), *more]
        environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads // size or 1))}
        if name != "farense":
            self._processes = [_start(command, environment)]
            return
        environment["MLX_HOSTFILE"] = str(write_hosts(work.parent, size))
        self._processes = [
            _start([*command, str(rank), str(size)], {**environment, "MLX_RANK": str(rank)})
            for rank in range(size)
        ]

    def __enter__(self) -> Contestant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()

    def turn(self, request: dict[str, Any]) -> Turn:
        """Give all processes the request at once and wait for every reply.

        Raises:
            FarenseError: one of them ended; its last words are on standard error.
        """
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        return Turn([self._reply(process) for process in self._processes])

    def _reply(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise FarenseError(
                self.name,
                f"its process ended with exit code {process.wait()}",
                "a reply",
                "Its last words are above; `nox -s peers` installs all it needs.",
            )
        reply: dict[str, Any] = json.loads(line)
        return reply


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
