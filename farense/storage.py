"""Files and folders written whole or not at all, JSON Lines, and the hashes of what they hold."""

from __future__ import annotations

import errno
import fcntl
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


def read_json(path: Path) -> Any:
    """Read one JSON value.

    Raises:
        InputError: the file is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            path, "no such file", "a JSON file", "Check the path, or run the step that writes it."
        ) from error
    except OSError as error:
        raise _unreadable(path, error, "a JSON file") from error
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


def _unreadable(path: Path, error: OSError, expected: str) -> InputError:
    return InputError(
        path, f"cannot be read ({error.strerror})", expected, "Check the path and its permissions."
    )


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
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(path, "no such file", expected, missing) from error
    except OSError as error:
        raise _unreadable(path, error, expected) from error
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
