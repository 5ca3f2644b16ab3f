"""Ready mlx-lm folders from the Hugging Face hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from farense.config.sources import secret
from farense.errors import DownloadError, FarenseError
from farense.models.registry import HubSource
from farense.models.retrying import Progress, Sleep, TransientError, retried
from farense.storage import storage_errors

Snapshot = Callable[..., Any]
_PATTERNS = ["*.json", "model*.safetensors", "tokenizer*", "*.txt", "*.jinja", "LICENSE*"]


def fetch_snapshot(
    source: HubSource,
    folder: Path,
    progress: Progress,
    *,
    sleep: Sleep,
    snapshot: Snapshot | None = None,
) -> Path:
    """Download the model's files into ``folder``.

    ``HF_TOKEN`` (also from ``.env``), ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE`` mean what they mean to
    huggingface_hub, whose ``snapshot_download`` is called (or ``snapshot`` in its place).

    Raises:
        InputError: ``.env`` cannot be read.
        DownloadError: the repository is missing, closed, or could not be reached.
        StorageError: the disk is full or not writable.
    """
    get = snapshot or _hub_library()
    progress(f"Downloading {source.repository} from the hub")
    try:
        retried(lambda: _fetch_once(get, source, folder), progress, sleep)
    except TransientError as error:
        raise DownloadError(
            source.described,
            str(error),
            "the model's files",
            "Nothing was kept; check the network (and HF_ENDPOINT, if you set it), then run"
            " the same command again.",
        ) from error
    # The library's bookkeeping for its own resumption; the folder is whole now.
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return folder


def _hub_library() -> Snapshot:
    from huggingface_hub import snapshot_download

    return snapshot_download


def _fetch_once(snapshot: Snapshot, source: HubSource, folder: Path) -> None:
    try:
        with storage_errors(folder):
            snapshot(
                source.repository,
                revision=source.revision,
                allow_patterns=_PATTERNS,
                local_dir=str(folder),
                token=secret("HF_TOKEN"),
            )
    except FarenseError:
        raise
    except Exception as error:
        raise _failure(source, error) from error


def _failure(source: HubSource, error: Exception) -> Exception:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403, 404):
        return DownloadError(
            source.described,
            f"the hub answered {status}",
            "a repository this user may read",
            "Accept its licence on the hub and set HF_TOKEN, or use another base.",
        )
    return TransientError(f"{type(error).__name__}: {error}")
