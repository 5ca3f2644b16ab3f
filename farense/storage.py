"""Files written whole or not at all, read with care, JSON Lines, hashes of what they hold."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from farense.errors import InputError, StorageError

_CHUNK_BYTES = 1 << 20
# Something stands where a file or folder has to be made, or the place cannot hold one.
_IN_THE_WAY = (
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENOTEMPTY,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EIO,
    errno.EBUSY,
)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what keeps a file from being written into a StorageError naming ``path``.

    A full disk, a quota, a missing permission, a file where a folder has to be. Errors of
    the network and of other kinds pass through.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                path,
                "the disk is full",
                "room for the whole file",
                "Nothing was put in its place; free some space and run the same command again.",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                path,
                f"not writable ({error.strerror})",
                "a folder this user may write to",
                "Change its permissions or choose another folder.",
            ) from error
        if error.errno in _IN_THE_WAY:
            raise StorageError(
                path,
                f"cannot be written ({error.strerror}: {error.filename or path})",
                "a place for it",
                "Move what stands in its way, or choose another place.",
            ) from error
        raise


@contextmanager
def reading_errors(path: Path, expected: str, missing: str = "Check the path.") -> Iterator[None]:
    """Turn what keeps a file from being read into an InputError naming ``path``.

    No such file, a folder, a missing permission, links that lead in a circle.

    Args:
        path: The file.
        expected: What should stand there, for messages: ``a gate in TOML``.
        missing: What to do when there is no such file.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(path, "no such file", expected, missing) from error
    except IsADirectoryError as error:
        found = "a folder, which cannot be read"
        raise InputError(path, found, expected, "Name a file in it.") from error
    except OSError as error:
        found = f"cannot be read ({error.strerror})"
        raise InputError(path, found, expected, "Check the path and its permissions.") from error


def real_path(path: Path) -> Path:
    """``path`` without links and dots.

    Raises:
        InputError: its links lead in a circle.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # the latter before Python 3.13
        raise InputError(
            path, "links that lead in a circle", "a file or a folder", "Mend or remove the link."
        ) from error


def write_bytes(path: Path, content: bytes) -> Path:
    """Write ``content`` to ``path`` atomically: temporary file, fsync, rename.

    Raises:
        StorageError: the disk is full or the folder not writable; ``path`` is untouched.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes private files; these are meant to be read like any other.
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return path


def write_text(path: Path, content: str) -> Path:
    """Write UTF-8 text with ``\\n`` line ends, atomically."""
    return write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, value: Any) -> Path:
    """Write one JSON value, indented, keys in the order given, atomically."""
    return write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write one JSON object a line, atomically."""
    return write_text(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))


def read_json(path: Path) -> Any:
    """Read one JSON value.

    Raises:
        InputError: the file is missing or not JSON.
    """
    try:
        with reading_errors(path, "a JSON file", "Check the path, or run the step that writes it."):
            return json.loads(path.read_text(encoding="utf-8"))
    # A number of thousands of digits is a ValueError, nesting without end a RecursionError.
    except (ValueError, RecursionError) as error:
        raise InputError(
            path, f"not JSON ({error})", "one JSON value", "Write the file anew."
        ) from error


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield ``(line number from 1, object)`` for every line that is not blank.

    Raises:
        InputError: the file is missing, a line is not JSON, or not an object.
    """
    text = read_text(path, "a JSON Lines file")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise InputError(
                where, f"bad JSON ({said})", "one JSON object", "Mend or delete the line."
            ) from error
        if not isinstance(value, dict):
            raise InputError(
                where, f"a JSON {type(value).__name__}", "one JSON object", "Mend the line."
            )
        yield number, value


def read_text(path: Path, expected: str, missing: str = "Check the path.") -> str:
    """A file's UTF-8 text without a byte order mark.

    Args:
        path: The file.
        expected: What should stand there, for messages: ``a gate in TOML``.
        missing: What to do when there is no such file.

    Raises:
        InputError: the file is missing, cannot be read, or is not UTF-8.
    """
    try:
        with reading_errors(path, expected, missing):
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            path, f"not UTF-8 ({error.reason})", f"{expected}, in UTF-8", "Save the file as UTF-8."
        ) from error


def sha256_file(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_json(value: Any) -> str:
    """Hex sha256 of a JSON value in canonical form: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def remove(paths: Iterable[Path]) -> None:
    """Remove files and whole folders.

    Raises:
        StorageError: one is not writable.
    """
    for path in paths:
        with storage_errors(path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
