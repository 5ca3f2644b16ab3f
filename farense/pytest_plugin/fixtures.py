"""Fixtures for checks of one's own: ``def test_x(scores): assert scores.accuracy() > 0.9``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from farense.pytest_plugin.examination import Examination, Speed
from farense.pytest_plugin.state import state_of

if TYPE_CHECKING:
    from farense.evaluation.gap import PhrasingGap
    from farense.evaluation.results import Judged
    from farense.records import Answer, Gap

ANSWERING = ("answers", "scores", "speed")


class Adapter:
    """The adapter that is judged: ``path``, ``name``, ``training`` (its summary, or None)."""

    def __init__(self, examined: Examination) -> None:
        self._examined = examined
        self.path = examined.folder
        self.name = self.path.name

    @property
    def training(self) -> Mapping[str, Any] | None:
        """training_summary.json as it was written."""
        return self._examined.training

    @property
    def sha256(self) -> str:
        """Hex sha256 of its weights."""
        from farense.models.adapters import adapter_sha256

        return adapter_sha256(self.path)


class Scores(Mapping[str, "Judged"]):
    """Scored answers by question id, and shares over some of them."""

    def __init__(self, judged: list[Judged]) -> None:
        self._judged = {item.question.id: item for item in judged}

    def __getitem__(self, question_id: str) -> Judged:
        return self._judged[question_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._judged)

    def __len__(self) -> int:
        return len(self._judged)

    def mean(self, metric: str, *, tier: str | None = None, category: str | None = None) -> float:
        """Mean in [0, 1] of a metric (``fact_accuracy``, ``token_f1``, ``chrf`` …).

        Raises:
            ScoringError: no question of that tier and category, or a score failed.
        """
        from farense.errors import ScoringError

        values = [
            item.metric(metric)
            for item in self._judged.values()
            if tier in (None, item.question.tier) and category in (None, item.question.category)
        ]
        there = [value for value in values if value is not None]
        if not values or len(there) < len(values):
            raise ScoringError(
                f"scores, tier {tier}, category {category}",
                f"{len(there)} scores for {len(values)} questions",
                "at least one question, each with a score",
                "Check the names of tier and category.",
            )
        return sum(there) / len(there)

    def accuracy(self, *, tier: str | None = None, category: str | None = None) -> float:
        """Share of answers that state the right fact."""
        return self.mean("fact_accuracy", tier=tier, category=category)

    @property
    def phrasing_gap(self) -> PhrasingGap | None:
        """Right in trained wording minus right in new words; None when not asked both ways."""
        from farense.pytest_plugin.measuring import phrasing_gap

        return phrasing_gap(list(self._judged.values()))


def _examined(request: pytest.FixtureRequest) -> Examination:
    state = state_of(request.config)
    if state.options.adapter is None:
        pytest.skip("needs an adapter: pytest --adapter models/adapters/NAME")
    return state.examination


def _all_judged(examined: Examination) -> list[Judged]:
    return examined.judged("adapter", [question.id for question in examined.evalset.questions])


@pytest.fixture(scope="session")
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The adapter given with --adapter: path, name, sha256, training."""
    return Adapter(_examined(request))


@pytest.fixture(scope="session")
def answers(request: pytest.FixtureRequest) -> Mapping[str, Answer]:
    """What the adapter wrote, by question id: text, completion_tokens, finish_reason …"""
    return {item.question.id: item.answer for item in _all_judged(_examined(request))}


@pytest.fixture(scope="session")
def scores(request: pytest.FixtureRequest) -> Scores:
    """Scored answers by question id; accuracy(tier=…, category=…), mean(metric), phrasing_gap."""
    return Scores(_all_judged(_examined(request)))


@pytest.fixture(scope="session")
def gap(request: pytest.FixtureRequest) -> Gap:
    """The overfitting gap: value, label, train_loss, validation_loss."""
    found = _examined(request).gap
    if found is None:
        pytest.fail("the overfitting gap was not measured: no training_summary.json")
    return found


@pytest.fixture(scope="session")
def speed(request: pytest.FixtureRequest) -> Speed:
    """What answering cost: tokens_per_second, seconds, completion_tokens, peak_bytes."""
    examined = _examined(request)
    _all_judged(examined)
    return examined.speed
