"""Which runs are meant by adapter and run folders named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from farense.errors import InputError
from farense.evaluation.run import Run
from farense.evaluation.run_folder import read_run
from farense.models.adapters import CONFIG, adapter_sha256
from farense.storage import read_json, real_path

_RECORD = "run.json"


def find_runs(paths: Sequence[Path], reports_dir: Path) -> list[tuple[str, Run]]:
    """The run of every path, all on one golden set where that is possible.

    Args:
        paths: Run folders, or adapter folders that were evaluated.
        reports_dir: Where the runs of adapters are looked for.

    Returns:
        In the order of ``paths``, each with the folder's name.

    Raises:
        InputError: a path is neither, or an adapter has no run.
    """
    found = [_candidates(path, reports_dir) for path in paths]
    names = _names(paths)
    shared = set.intersection(*({run.golden_set.sha256 for run in runs} for runs in found))
    chosen = []
    for name, runs in zip(names, found, strict=True):
        fitting = [run for run in runs if run.golden_set.sha256 in shared] or runs
        chosen.append((name, max(fitting, key=_created)))
    if len(shared) > 1:
        # Each newest run may be on another of the shared sets; settle on one.
        wanted = chosen[0][1].golden_set.sha256
        chosen = [
            (name, max((r for r in runs if r.golden_set.sha256 == wanted), key=_created))
            for (name, _), runs in zip(chosen, found, strict=True)
        ]
    return chosen


def _created(run: Run) -> str:
    return run.provenance.created


def _names(paths: Sequence[Path]) -> list[str]:
    """Folder names; the paths as given where two are called alike."""
    names = [real_path(path).name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _candidates(path: Path, reports_dir: Path) -> list[Run]:
    if (path / _RECORD).is_file():
        return [read_run(path)]
    if not (path / CONFIG).is_file():
        raise InputError(
            path,
            "neither run.json nor adapter_config.json" if path.is_dir() else "no such folder",
            "a run folder or an adapter folder",
            "Check the path.",
        )
    sha256 = adapter_sha256(path)
    runs = [
        read_run(record.parent)
        for record in sorted(reports_dir.glob(f"*/{_RECORD}"))
        if _adapter_of(record) == sha256
    ]
    if not runs:
        raise InputError(
            path,
            f"no run of its weights {sha256[:12]} in {reports_dir}",
            "an evaluated adapter",
            f"Run `farense evaluate --adapter {path}`.",
        )
    return runs


def _adapter_of(record: Path) -> str | None:
    run = read_json(record)
    adapter = run.get("adapter") if isinstance(run, dict) else None
    return adapter.get("sha256") if isinstance(adapter, dict) else None
