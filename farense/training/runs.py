"""Trainings on disk: found by name, read while they run, after they ended and after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from farense.errors import InputError
from farense.models.adapters import SUMMARY
from farense.storage import read_json
from farense.training.log_file import read_metrics
from farense.training.metrics import METRICS, Metrics
from farense.training.state import STATE, Seen, TrainingState, read_state
from farense.training.workplace import adapter_of, is_held, is_partial, partial_of

LATEST = "latest"


def find_run(run: str, adapters_dir: Path) -> Path:
    """The folder of a training: that of a finished adapter, or the hidden one it works in.

    Args:
        run: ``latest``, a folder, or the name of an adapter in ``adapters_dir``; while it is
            trained, an adapter is meant by its later name too.
        adapters_dir: Holds the adapters.

    Raises:
        InputError: there is none.
    """
    if run == LATEST:
        return _newest(adapters_dir)
    named = Path(run)
    for folder in (named, adapters_dir / run):
        working = partial_of(folder)
        # An adapter that is trained again is there already; meant is the training.
        for place in (working, folder) if is_held(working) else (folder, working):
            if _is_run(place):
                return place
    raise InputError(
        run,
        "no training's log there",
        "an adapter folder, the folder a training works in, or latest",
        f"Look into {adapters_dir} (`ls -A`), or train one with `farense train`.",
    )


def moved(folder: Path) -> Path:
    """Where a training's folder is now: a finished one has lost its working name."""
    return adapter_of(folder) if is_partial(folder) and not folder.exists() else folder


@dataclass(frozen=True)
class RunOnDisk:
    """A training as its files tell it.

    ``state`` is None for one of a farense that wrote none, ``summary`` until it has finished.
    """

    folder: Path
    state: TrainingState | None
    metrics: Metrics
    summary: dict[str, Any] | None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what is there.

        Raises:
            InputError: a file is damaged, or the folder is no training's any more.
        """
        folder = moved(folder)
        if not _is_run(folder):
            raise InputError(
                folder,
                "no training's log any more",
                "the folder that was watched",
                "What ends before its first step is removed; train again.",
            )
        summary = folder / SUMMARY
        return cls(
            folder,
            read_state(folder),
            read_metrics(folder / METRICS),
            read_json(summary) if summary.is_file() else None,
        )

    @property
    def seen(self) -> Seen:
        """Whether it runs; without a state, an adapter with a summary has finished."""
        if self.state is not None:
            return self.state.seen()
        return "finished" if self.summary is not None else "crashed"


def _is_run(folder: Path) -> bool:
    return (folder / METRICS).is_file() or (folder / STATE).is_file()


def _newest(adapters_dir: Path) -> Path:
    # Of both, the log: a reused adapter's summary is touched, and it is no newer training.
    logs = [path for path in adapters_dir.glob(f"*/{METRICS}") if path.parent.is_dir()]
    logs += (path for path in adapters_dir.glob(f".*/{METRICS}") if is_partial(path.parent))
    if not logs:
        raise InputError(
            adapters_dir, "no training", "at least one", "Start one with `farense train`."
        )
    return max(set(logs), key=lambda path: (path.stat().st_mtime_ns, path.parent.name)).parent
