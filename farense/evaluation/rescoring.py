"""What changed when the same answers were scored again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from farense.evaluation.run import Run
from farense.records import Score


@dataclass(frozen=True)
class RescoredBy:
    """One scorer: its mean over the run's answers before and now, and how many changed.

    A mean is None when the scorer was not used, or failed on an answer.
    """

    name: str
    before: float | None
    now: float | None
    changed: int


@dataclass(frozen=True)
class Rescored:
    """The run's own answers under both scorings; ``facts_changed`` names question, was, now."""

    n: int
    scorers: tuple[RescoredBy, ...]
    facts_changed: tuple[tuple[str, float | None, float | None], ...]
    verdict_before: str
    verdict_now: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def rescored(before: Run, now: Run) -> Rescored:
    """Compare two scorings of the same answers."""
    old, new = _by_scorer(before), _by_scorer(now)
    facts = zip(now.questions, old.get("fact", ()), new.get("fact", ()), strict=False)
    return Rescored(
        n=now.golden_set.n,
        scorers=tuple(_by(name, old.get(name, []), found) for name, found in new.items()),
        facts_changed=tuple(
            (question.id, a.value, b.value) for question, a, b in facts if a.value != b.value
        ),
        verdict_before=before.judgement.verdict.decision,
        verdict_now=now.judgement.verdict.decision,
    )


def _by_scorer(run: Run) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = {}
    for item in run.judged[run.subject]:
        for score in item.scores:
            found.setdefault(score.scorer, []).append(score)
    return found


def _by(name: str, before: list[Score], now: list[Score]) -> RescoredBy:
    changed = sum(a.value != b.value for a, b in zip(before, now, strict=False))
    return RescoredBy(name, _mean(before), _mean(now), changed if before else len(now))


def _mean(scores: list[Score]) -> float | None:
    values = [score.value for score in scores if score.value is not None]
    return sum(values) / len(values) if values and len(values) == len(scores) else None
