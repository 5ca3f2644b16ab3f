"""The hidden folder a training works in: held by one process, cleared of what a crash left.

A training that is killed leaves its checkpoints there; the next one of the same plan goes on
from the newest that is intact.
"""

from __future__ import annotations

import fcntl
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from farense.datasets.packs import TRAIN
from farense.errors import StorageError
from farense.models.adapters import CONFIG, SUMMARY, WEIGHTS
from farense.storage import remove, storage_errors
from farense.training import checkpoints
from farense.training.checkpoints import checkpoints_of
from farense.training.exports import METRICS_CSV, METRICS_JSON
from farense.training.metrics import METRICS
from farense.training.state import STATE

LOCK = "training.lock"
# Hidden names beside an adapter's own.
_PARTIAL, _ASIDE = ".partial", ".old"
# A killed training's processes notice within seconds; longer, and somebody else is at work.
_WAIT_SECONDS = 30.0
# Everything a training writes into its folder; what is not named here is never touched.
SETTINGS = "training_settings.json"
FILES = (
    *(WEIGHTS, CONFIG, SUMMARY, TRAIN, SETTINGS),
    *(METRICS, METRICS_CSV, METRICS_JSON, STATE, LOCK),
)
# Files and folders are written beside their place under such a name first (farense.storage).
# So is the passport, which is written when a training has ended.
_WRITTEN = "|".join(re.escape(name) for name in (*FILES, "passport.json"))
_UNFINISHED = re.compile(rf"\.(?:{_WRITTEN}|step-\d{{8,}})\.[a-z0-9_]{{8}}")


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Keep other processes from working in ``folder``, which is made when missing.

    The system ends the hold with the process, however that ends.

    Raises:
        StorageError: another process holds it, or it is not writable.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / LOCK).open("w")
    with stream:
        if not _locked(stream.fileno(), _WAIT_SECONDS):
            raise StorageError(
                folder,
                "another process is training in it",
                "a folder nobody works in",
                "Wait until it has ended, or stop it.",
            )
        yield


def is_held(folder: Path) -> bool:
    """Whether a process is training in ``folder`` now."""
    try:
        with (folder / LOCK).open() as stream:
            return not _locked(stream.fileno(), 0)
    except FileNotFoundError:
        return False


def _locked(descriptor: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)
        else:
            return True


def unfinished(folder: Path) -> tuple[Path, ...]:
    """What a killed process left half-written in a training's folder and its checkpoints."""
    places = (place for place in (folder, folder / checkpoints.FOLDER) if place.is_dir())
    found = (path for place in places for path in place.iterdir())
    return tuple(sorted(path for path in found if _UNFINISHED.fullmatch(path.name)))


def clear(folder: Path) -> None:
    """Remove all a training wrote into ``folder``, and ``folder`` when nothing else is in it."""
    remove(unfinished(folder))
    remove(checkpoint.folder for checkpoint in checkpoints_of(folder))
    remove(path for path in map(folder.joinpath, FILES) if path.is_file())
    for place in (folder / checkpoints.FOLDER, folder):
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def partial_of(adapter: Path) -> Path:
    """Where an adapter is built; never taken for a finished one."""
    return adapter.parent / f".{adapter.name}{_PARTIAL}"


def aside_of(adapter: Path) -> Path:
    """Where an adapter stands while another is put in its place."""
    return adapter.parent / f".{adapter.name}{_ASIDE}"


def is_partial(folder: Path) -> bool:
    """Whether a folder's name is one of ``partial_of``."""
    return folder.name.startswith(".") and folder.name.endswith(_PARTIAL)


def set_aside(folder: Path) -> bool:
    """Whether a folder's name is one of ``aside_of``."""
    return folder.name.startswith(".") and folder.name.endswith(_ASIDE)


def adapter_of(folder: Path) -> Path:
    """Where the adapter stands, or will, that is in such a folder."""
    return folder.parent / folder.name[1:].removesuffix(_PARTIAL).removesuffix(_ASIDE)


def worth_keeping(folder: Path) -> bool:
    """Whether ``folder`` holds a checkpoint, a best step's tensors, or anything in its log."""
    log = folder / METRICS
    measured = log.is_file() and log.stat().st_size > 0
    return measured or bool(checkpoints_of(folder)) or (folder / WEIGHTS).is_file()
