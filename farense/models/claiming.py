"""One process at a time for long work, such as fetching a base."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from farense.errors import StorageError
from farense.storage import storage_errors


@contextmanager
def claimed(lock: Path) -> Iterator[None]:
    """Keep other processes out until the block ends; the file ``lock`` goes with it.

    The system ends the claim with its process: a file that a killed one left claims nothing.

    Raises:
        StorageError: another process has the claim, or the place is not writable.
    """
    with storage_errors(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        stream = lock.open("w")
    with stream:
        if not _is_ours(lock, stream.fileno()):
            raise StorageError(
                lock,
                "another process is at work on it",
                "one at a time",
                "Wait until it has ended, then run the same command again.",
            )
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _is_ours(lock: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one before may have ended, and taken its file away, since this one was opened.
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
