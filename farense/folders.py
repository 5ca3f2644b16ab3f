"""Folders that appear whole or not at all, and turns taken in them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from farense.storage import storage_errors


def require_writable(folder: Path) -> None:
    """Write a passing file where ``folder`` is or would be made, before long work.

    Raises:
        StorageError: nothing could be written there afterwards.
    """
    with storage_errors(folder):
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=existing) as stream:
            stream.write(b"0")
            stream.flush()


@contextmanager
def taking_turns(folder: Path) -> Iterator[None]:
    """Wait until no other process takes its turn in ``folder``; for work of moments.

    The system ends a turn with its process. Nothing is written into the folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Make ``folder`` appear whole or not at all; one that is there is replaced.

    Yields an empty folder to write into. It takes its place when the block ends, and is
    removed, with ``folder`` untouched, when the block raises.

    Raises:
        StorageError: the disk is full or the parent folder not writable.
    """
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            new = work / "new"
            new.mkdir()
            yield new
            with taking_turns(folder.parent):
                put_in_place(new, folder, aside=work / "old")
        finally:
            shutil.rmtree(work, ignore_errors=True)


def put_in_place(new: Path, folder: Path, aside: Path) -> None:
    """Rename ``new`` to ``folder``; the move is on the disk when this returns.

    Args:
        new: A folder on the same file system.
        folder: Its place.
        aside: Where a folder that stands in its place goes; must not exist.
    """
    _sync_folder(new)
    replaces = folder.exists()
    if replaces:
        folder.rename(aside)
    try:
        new.rename(folder)
    except BaseException:
        if replaces:
            aside.rename(folder)
        raise
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
