"""Scorers that other distributions bring along, by the entry point group ``farense.scorers``.

docs/scoring.md shows how to write one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from farense.errors import InputError
from farense.records import Question, Score

GROUP = "farense.scorers"

Scorer = Callable[[str, Question], Score]


@lru_cache(maxsize=1)
def registered_scorers(taken: frozenset[str]) -> dict[str, Scorer]:
    """The installed scorers by name, in the order of their names.

    Args:
        taken: Names no registered scorer may have.

    Raises:
        InputError: one cannot be imported, is no function, or has a name that is taken.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    scorers: dict[str, Scorer] = {}
    for point in points:
        if point.name in taken or point.name in scorers:
            raise _refused(point, "a name that is taken", "a name of its own")
        scorers[point.name] = _guarded(point, _load(point))
    return scorers


def origin(point: EntryPoint) -> str:
    """The distribution an entry point comes from, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "unknown distribution"


def _load(point: EntryPoint) -> Scorer:
    try:
        scorer = point.load()
    except Exception as error:
        raise _refused(point, f"cannot be imported ({error})", "an importable function") from error
    if not callable(scorer):
        raise _refused(point, f"a {type(scorer).__name__}", "a function of answer and question")
    checked: Scorer = scorer
    return checked


def _guarded(point: EntryPoint, scorer: Scorer) -> Scorer:
    """``scorer``, whose exceptions and impossible results become a failed score."""

    def score(answer: str, question: Question) -> Score:
        try:
            result = scorer(answer, question)
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(point, f"{type(error).__name__}: {error}")
        if not isinstance(result, Score) or result.scorer != point.name:
            return _failed(point, f"returned {result!r}, no Score of {point.name}")
        if result.status != "failed" and not (
            result.value is not None and 0.0 <= result.value <= 1.0
        ):
            return _failed(point, f"returned the value {result.value}, not one from 0 to 1")
        return result

    return score


def _failed(point: EntryPoint, why: str) -> Score:
    return Score(point.name, None, "failed", why, f"{point.name}|{origin(point)}")


def _refused(point: EntryPoint, found: str, expected: str) -> InputError:
    return InputError(
        f"scorer {point.name!r} of {origin(point)}",
        found,
        expected,
        f"Mend its entry point {point.value!r} in the group {GROUP}, or uninstall it.",
    )
