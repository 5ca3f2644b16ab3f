"""Files and folders written whole or not at all, JSON Lines, and the hashes of what they hold."""

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


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn a full disk, a quota or a missing permission into a StorageError naming ``path``."""
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
        raise


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
            _put_in_place(new, folder, aside=work / "old")
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _put_in_place(new: Path, folder: Path, aside: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(aside)
    try:
        new.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise


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
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            path, f"not JSON ({error})", "one JSON value", "Write the file anew."
        ) from error


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield ``(line number from 1, object)`` for every line that is not blank.

    Raises:
        InputError: the file is missing, a line is not JSON, or not an object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "a JSON Lines file", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            path, f"not UTF-8 ({error.reason})", "UTF-8 text", "Save the file as UTF-8."
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                where, f"bad JSON ({error.msg})", "one JSON object", "Mend or delete the line."
            ) from error
        if not isinstance(value, dict):
            raise InputError(
                where, f"a JSON {type(value).__name__}", "one JSON object", "Mend the line."
            )
        yield number, value


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
