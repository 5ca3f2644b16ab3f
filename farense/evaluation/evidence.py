"""What the gate has to go by, and what it says when a rule finds nothing to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from farense.evaluation.comparison import Comparison
from farense.evaluation.gap import PhrasingGap
from farense.evaluation.leakage import Leakage
from farense.evaluation.results import Judged, System, SystemResults
from farense.records import Gap, Tier


@dataclass(frozen=True)
class NotApplicable:
    """A rule that says nothing here, because the golden set holds no ``missing`` question."""

    name: str
    missing: str

    @property
    def reason(self) -> str:
        return f"not applicable: no {self.missing} questions"

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "missing": self.missing}


@dataclass(frozen=True)
class Evidence:
    """What the gate looks at: at least one system, and what else was measured, or None.

    ``comparison`` is that with the baseline, where one answered. ``leakage`` None means that
    no proof was asked for, and leaves its rule out; one that was asked for and could not be
    had is a ``Leakage`` that is not recorded.
    """

    judged: Mapping[System, Sequence[Judged]]
    results: Mapping[System, SystemResults]
    gap: Gap | None
    phrasing_gap: PhrasingGap | None = None
    tokens_per_second: float | None = None
    comparison: Comparison | None = None
    leakage: Leakage | None = None

    def count(self, tier: Tier) -> int:
        """Questions of a tier in the golden set; 0 when it has none."""
        return sum(item.question.tier == tier for item in self._any_system)

    @property
    def must_pass_count(self) -> int:
        return sum(item.question.must_pass for item in self._any_system)

    @property
    def answerable_count(self) -> int:
        declined = next(iter(self.results.values())).false_abstention
        return declined.n if declined else 0

    @property
    def _any_system(self) -> Sequence[Judged]:
        # Every system answers the same questions.
        return next(iter(self.judged.values()))
