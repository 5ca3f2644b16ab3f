"""metrics.jsonl: one row an event, on disk as soon as it happened."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

from farense.storage import storage_errors


class MetricsLog:
    """An open metrics.jsonl; rows are flushed one by one so that a crash loses none.

    Raises:
        StorageError: the disk is full or not writable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_errors(path):
            self._stream = path.open("w", encoding="utf-8")

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def write(self, row: dict[str, Any]) -> None:
        """Append one row."""
        with storage_errors(self._path):
            self._stream.write(json.dumps(row) + "\n")
            self._stream.flush()
