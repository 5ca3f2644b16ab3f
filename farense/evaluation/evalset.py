"""Golden sets: read from JSON Lines, validated to the last field, and hashed.

The schema is described for people in docs/golden-sets.md. Every complaint names the
file and the line, says what stands there and what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import EvalsetError, InputError
from farense.evaluation.golden_rows import question_of
from farense.evaluation.set_manifest import sets_of_pack
from farense.records import Question
from farense.storage import read_jsonl, real_path, sha256_file, sha256_json

Placed = tuple[str, Question]


@dataclass(frozen=True)
class Evalset:
    """A golden set that holds at least one question, with ids unique in it.

    ``sha256`` is that of the file's bytes; of a folder, that of its file names and
    their hashes in canonical JSON, so it changes with any byte of any file.
    """

    name: str
    path: Path
    questions: tuple[Question, ...]
    sha256: str


def read_evalset(path: Path, pack: str | None = None) -> Evalset:
    """Read one golden file, or the golden files of a folder in the order of their names.

    Args:
        path: A file, or a folder.
        pack: Of a folder, leave out the sets that its manifest.toml gives to other packs.
            A file is read whatever its pack.

    Raises:
        EvalsetError: the path is missing, holds no question, or a line breaks the schema;
            ``where`` is ``file:line``.
    """
    files = golden_files(path, pack)
    questions = tuple(question for _, question in placed_questions(files))
    if not questions:
        raise _empty_set(path)
    if not path.is_dir():
        return Evalset(path.stem, path, questions, sha256_file(path))
    digest = sha256_json({file.name: sha256_file(file) for file in files})
    return Evalset(real_path(path).name, path, questions, digest)


def golden_files(path: Path, pack: str | None = None) -> tuple[Path, ...]:
    """The files ``read_evalset`` reads for a path."""
    if not path.is_dir():
        return (path,)
    files = sorted(file for file in path.glob("*.jsonl") if not file.name.startswith("."))
    return tuple(files if pack is None else sets_of_pack(path, files, pack))


def stop_at(error: EvalsetError) -> None:
    """Report an error by raising it."""
    raise error


def placed_questions(
    files: Sequence[Path], report: Callable[[EvalsetError], None] = stop_at
) -> Iterator[Placed]:
    """Every question of some files with its ``file:line``; ``report`` gets what is none.

    Raises:
        EvalsetError: by way of ``report``, which raises by default.
    """
    first_at: dict[str, str] = {}
    for file in files:
        empty = True
        for where, row in _rows(file, report):
            empty = False
            try:
                question = question_of(where, row)
                _refuse_repeat(first_at, where, question.id)
            except EvalsetError as error:
                report(error)
            else:
                yield where, question
        if empty:
            report(_empty_set(file))


def _rows(
    file: Path, report: Callable[[EvalsetError], None]
) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for number, row in read_jsonl(file):
            yield f"{file}:{number}", row
    except InputError as error:
        report(EvalsetError(error.where, error.found, error.expected, error.remedy))


def _empty_set(path: Path) -> EvalsetError:
    return EvalsetError(
        path,
        "the golden set is empty",
        "at least one question",
        "Add a question (docs/golden-sets.md shows how) or give another path.",
    )


def _refuse_repeat(first_at: dict[str, str], where: str, identifier: str) -> None:
    first = first_at.setdefault(identifier, where)
    if first != where:
        raise EvalsetError(
            where,
            f"id {identifier!r} was already used at {first}",
            "a unique id",
            "Change one of the two lines or delete it.",
        )
