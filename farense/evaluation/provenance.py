"""What a run is made of besides its questions and answers: hashes, settings, machine, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from farense.records import Gap


def utc_now() -> str:
    """The time as ISO 8601 in UTC, to the second: ``2026-01-31T17:05:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class GoldenSet:
    """Which questions were asked: the set's name, the hash of its file, how many."""

    name: str
    sha256: str
    n: int


@dataclass(frozen=True)
class BaseId:
    """Which base model answered."""

    name: str
    sha256: str


@dataclass(frozen=True)
class AdapterId:
    """Which adapter was on it; ``sha256`` is that of its weights file."""

    path: str
    sha256: str


@dataclass(frozen=True)
class BaselineId:
    """Which adapter was compared with, and the base it is for."""

    path: str
    sha256: str
    base: BaseId


@dataclass(frozen=True)
class AnsweringCost:
    """What it cost to answer the whole set with the adapter: wall seconds, tokens, memory."""

    seconds: float
    completion_tokens: int
    peak_bytes: int | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Generated tokens per second of wall time; None when no time was measured."""
        return self.completion_tokens / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True)
class Provenance:
    """Everything about a run that its questions and answers do not say.

    Attributes:
        settings: Each setting with its value and origin: ``{"seed": {"value": 7,
            "origin": "default"}}``.
        gap: None when it was not measured.
        training: The adapter's training_summary.json, None when there is none.
        metrics: The rows of its metrics.jsonl.
        answering: None when the answers' cost was not measured.
        baseline: None when the adapter was compared with no other.
        speed: What ``farense bench`` measured of the adapter; None where it did not.
        accepted_speed: The same of the accepted adapter.
        created: ISO 8601, UTC.
    """

    name: str
    seed: int
    base: BaseId
    adapter: AdapterId | None
    decoding: Mapping[str, Any]
    prompt_template: str
    versions: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, Any]
    gap: Gap | None = None
    training: Mapping[str, Any] | None = None
    metrics: Sequence[Mapping[str, Any]] = ()
    answering: AnsweringCost | None = None
    baseline: BaselineId | None = None
    speed: Mapping[str, Any] | None = None
    accepted_speed: Mapping[str, Any] | None = None
    created: str = field(default_factory=utc_now)

    def to_json(self) -> dict[str, Any]:
        """The fields as run.json holds them, without the training log's rows."""
        row = asdict(self)
        # The rows have their own file.
        del row["metrics"]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]]) -> Provenance:
        """The record written by ``to_json``, with the rows of its metrics.jsonl.

        Raises:
            KeyError, TypeError: it was not written by ``to_json``.
        """
        for key, kind in _TYPES.items():
            if not isinstance(row[key], kind):
                raise TypeError(f"{key} is {str(row[key])[:40]!r}")
        if not isinstance(row.get("training"), Mapping | None):
            raise TypeError("training is no object")
        adapter, gap, answering = row["adapter"], row["gap"], row["answering"]
        # Runs written before there were baselines have no such key.
        baseline = row.get("baseline")
        records = {
            "base": BaseId(**row["base"]),
            "adapter": AdapterId(**adapter) if adapter else None,
            "gap": Gap(**gap) if gap else None,
            "answering": AnsweringCost(**answering) if answering else None,
            "metrics": tuple(metrics),
            "baseline": _baseline(baseline) if baseline else None,
        }
        return cls(**{**row, **records})

    def without_prompt_hashes(self) -> Provenance:
        """The same without the hash of every trained prompt, which stay with the adapter."""
        if self.training is None:
            return self
        kept = {key: value for key, value in self.training.items() if key != "prompts_batched"}
        return replace(self, training=kept)


_TYPES: dict[str, type] = {
    **dict.fromkeys(("name", "prompt_template", "created"), str),
    **dict.fromkeys(("base", "decoding", "versions", "settings", "environment"), Mapping),
    "seed": int,
}


def _baseline(row: Mapping[str, Any]) -> BaselineId:
    return BaselineId(**{**row, "base": BaseId(**row["base"])})
