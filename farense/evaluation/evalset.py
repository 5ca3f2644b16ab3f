"""Golden sets: read from JSON Lines, validated to the last field, and hashed.

The schema is described for people in docs/golden-sets.md. Every complaint names the
file and the line, says what stands there and what to write instead.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import EvalsetError, InputError
from farense.evaluation.golden_values import (
    FACT_ID_FORMS,
    canonical_value,
    expected_form,
    iso_date,
)
from farense.records import KINDS, TIERS, Kind, Question, Tier, TypedAnswer
from farense.storage import read_jsonl, sha256_file, sha256_json

_REQUIRED = ("id", "question", "references", "answer", "tier", "category")
_OPTIONAL = ("fact_ids", "must_pass", "as_of")
_NUMBER_KINDS = ("integer", "ordinal", "year")


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


def read_evalset(path: Path) -> Evalset:
    """Read one golden file, or every ``*.jsonl`` of a folder in the order of their names.

    Raises:
        EvalsetError: the path is missing, holds no question, or a line breaks the schema;
            ``where`` is ``file:line``.
    """
    if path.is_dir():
        files = sorted(file for file in path.glob("*.jsonl") if not file.name.startswith("."))
        digest = sha256_json({file.name: sha256_file(file) for file in files})
        return Evalset(path.resolve().name, path, _read_all(path, files), digest)
    questions = _read_all(path, [path])
    return Evalset(path.stem, path, questions, sha256_file(path))


def _read_all(path: Path, files: Sequence[Path]) -> tuple[Question, ...]:
    questions: list[Question] = []
    first_at: dict[str, str] = {}
    for file in files:
        before = len(questions)
        for where, row in _rows(file):
            question = _question(where, row)
            _refuse_repeat(first_at, where, question.id)
            questions.append(question)
        if len(questions) == before:
            raise _empty_set(file)
    if not questions:
        raise _empty_set(path)
    return tuple(questions)


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for number, row in read_jsonl(file):
            yield f"{file}:{number}", row
    except InputError as error:
        raise EvalsetError(error.where, error.found, error.expected, error.remedy) from error


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


def _question(where: str, row: dict[str, Any]) -> Question:
    check_keys(where, row, _REQUIRED, _OPTIONAL)
    return Question(
        id=_text(where, "id", row["id"]),
        question=_text(where, "question", row["question"]),
        references=references(where, row["references"]),
        answer=typed_answer(where, row["answer"]),
        tier=_tier(where, row["tier"]),
        category=_text(where, "category", row["category"]),
        fact_ids=_fact_ids(where, row.get("fact_ids", [])),
        must_pass=_must_pass(where, row.get("must_pass", False)),
        as_of=_as_of(where, row.get("as_of")),
    )


def check_keys(
    where: str, row: dict[str, Any], required: Sequence[str], optional: Sequence[str] = ()
) -> None:
    """Refuse a row with a key that is unknown or missing.

    Raises:
        EvalsetError: naming the key and, where it looks like a slip, the one meant.
    """
    known = (*required, *optional)
    for key in row:
        if key not in known:
            raise EvalsetError(
                where, f"unknown key {key!r}", f"keys {_listed(known)}", _did_you_mean(key, known)
            )
    for key in required:
        if key not in row:
            raise EvalsetError(
                where, f"the key {key!r} is missing", f"keys {_listed(required)}", f"Add {key!r}."
            )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else "Use one of those."


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EvalsetError(
            where, f"{key} is {value!r}", "a string that is not empty", f"Write the {key}."
        )
    return value.strip()


def references(where: str, value: object) -> tuple[str, ...]:
    """The right answers of a row, at least one.

    Raises:
        EvalsetError: no list, an empty one, or one that holds no text.
    """
    if not isinstance(value, list) or not value:
        raise EvalsetError(
            where,
            f"references is {value!r}",
            "a list of at least one correct answer",
            "Write one or more right answers, the full sentence first.",
        )
    return tuple(_text(where, "reference", reference) for reference in value)


def _tier(where: str, value: object) -> Tier:
    for tier in TIERS:
        if value == tier:
            return tier
    raise _unknown(where, "tier", value, TIERS)


def _kind(where: str, value: object) -> Kind:
    for kind in KINDS:
        if value == kind:
            return kind
    raise _unknown(where, "kind", value, KINDS)


def _unknown(where: str, key: str, value: object, known: Sequence[str]) -> EvalsetError:
    remedy = _did_you_mean(str(value), known)
    return EvalsetError(where, f"unknown {key} {value!r}", f"one of {_listed(known)}", remedy)


def typed_answer(where: str, value: object) -> TypedAnswer:
    """The expected answer of a row, its value in canonical form.

    Raises:
        EvalsetError: the kind is unknown or the value none of that kind.
    """
    if not isinstance(value, dict):
        raise EvalsetError(
            where,
            f"answer is {value!r}",
            'an object such as {"kind": "year", "value": "1910"}',
            "Give the answer its kind and value.",
        )
    check_keys(where, value, ("kind", "value"))
    kind = _kind(where, value["kind"])
    given = value["value"]
    # True is an int to Python; nobody means the number one by it.
    if kind in _NUMBER_KINDS and isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    canonical = canonical_value(kind, given.strip()) if isinstance(given, str) else None
    if canonical is None:
        raise EvalsetError(
            where,
            f"the {kind} value is {given!r}",
            expected_form(kind),
            f"Mend the value or its kind {kind}.",
        )
    return TypedAnswer(kind, canonical)


def _fact_ids(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise EvalsetError(
            where, f"fact_ids is {value!r}", "a list of fact ids", "Write [] when there is none."
        )
    return tuple(_fact_id(where, item) for item in value)


def _fact_id(where: str, value: object) -> str:
    identifier = _text(where, "fact id", value)
    table = identifier.partition("/")[0]
    if table not in FACT_ID_FORMS:
        raise _unknown(where, "fact table", table, tuple(FACT_ID_FORMS))
    pattern, form = FACT_ID_FORMS[table]
    if not re.fullmatch(pattern, identifier):
        raise EvalsetError(where, f"fact id {identifier!r}", form, "Mend the fact id.")
    return identifier


def _must_pass(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise EvalsetError(
            where, f"must_pass is {value!r}", "true or false", "Write true or false."
        )
    return value


def _as_of(where: str, value: object) -> str | None:
    if value is None:
        return None
    day = iso_date(value) if isinstance(value, str) else None
    if day is None:
        raise EvalsetError(
            where, f"as_of is {value!r}", 'a day such as "2025-11-30" or null', "Mend the day."
        )
    return day
