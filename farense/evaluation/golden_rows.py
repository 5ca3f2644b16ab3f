"""One line of a golden set, turned into a question or refused with what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from farense.errors import EvalsetError
from farense.evaluation.golden_values import (
    FACT_ID_FORMS,
    canonical_value,
    expected_form,
    iso_date,
)
from farense.records import KINDS, TIERS, Kind, Question, Tier, TypedAnswer

_REQUIRED = ("id", "question", "references", "answer", "tier", "category")
_OPTIONAL = ("fact_ids", "must_pass", "as_of")
_NUMBER_KINDS = ("integer", "ordinal", "year")


def question_of(where: str, row: dict[str, Any]) -> Question:
    """The question of one line (schema: docs/golden-sets.md).

    Args:
        where: ``file:line``, for the complaint.
        row: The JSON object of that line.

    Raises:
        EvalsetError: a key is unknown or missing, or a value none of its kind.
    """
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
