"""Which checkpoint of a training is best, without flattering the one that is chosen.

The best of several is better than itself: choosing on the questions one then reports makes
luck look like skill. So checkpoints are scored on one half of the facts, and what is reported
of the chosen one comes from the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from farense.errors import InputError
from farense.evaluation.clusters import Clusters
from farense.evaluation.results import Judged, aggregate
from farense.models.adapters import SUMMARY, WEIGHTS, adapter_sha256
from farense.records import TIERS, Interval, Question
from farense.storage import read_json
from farense.training.checkpoints import checkpoints_of
from farense.training.log_file import read_metrics
from farense.training.metrics import METRICS

_METRIC = "fact_accuracy"


@dataclass(frozen=True)
class Candidate:
    """One adapter of a training: a checkpoint, or the finished one.

    ``step`` is the step its tensors are of, None where nothing says so; ``validation_loss`` that
    of the log after this step, where it was measured.
    """

    name: str
    folder: Path
    step: int | None
    adapter_sha256: str
    validation_loss: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "folder": str(self.folder),
            "step": self.step,
            "adapter_sha256": self.adapter_sha256,
            "validation_loss": self.validation_loss,
        }


def candidates_of(run: Path) -> tuple[Candidate, ...]:
    """The intact checkpoints of a training, oldest first, then the finished adapter.

    Tensors that are there twice (the best step has a checkpoint) are named once.

    Args:
        run: A finished adapter's folder, or the hidden one of an interrupted training.

    Raises:
        InputError: fewer than two different ones, or a log row other than the last is broken.
    """
    losses = {row.step: row.loss for row in read_metrics(run / METRICS).validation}
    found: dict[str, Candidate] = {}

    def add(name: str, folder: Path, step: int | None) -> None:
        sha256 = adapter_sha256(folder)
        loss = losses.get(step) if step is not None else None
        found.setdefault(sha256, Candidate(name, folder, step, sha256, loss))

    for checkpoint in checkpoints_of(run):
        if checkpoint.damage() is None:
            add(f"step {checkpoint.step}", checkpoint.folder, checkpoint.step)
    if (run / WEIGHTS).is_file():
        summary = run / SUMMARY
        step = read_json(summary).get("best_step") if summary.is_file() else None
        add("best validation", run, step)
    if len(found) < 2:
        raise InputError(
            run,
            f"{len(found)} checkpoints to compare",
            "at least two",
            "Train with --checkpoint-every N --keep-checkpoints 0 to keep all of them.",
        )
    return tuple(found.values())


def halves(
    questions: Sequence[Question], seed: int
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Development half and reporting half; questions that share a fact are in one of them.

    Clusters of facts are shuffled within each tier they begin with and dealt to the half that
    has fewer questions of it, so that both halves ask the same kinds of questions.

    Raises:
        InputError: all questions share facts, so that nothing is left to report on.
    """
    clusters = Clusters.of_questions(questions)
    members: dict[int, list[Question]] = {}
    for question, cluster in zip(questions, clusters.index_N, strict=True):
        members.setdefault(int(cluster), []).append(question)
    order = np.random.default_rng(seed).permutation(clusters.count)
    by_tier = sorted(order, key=lambda cluster: TIERS.index(members[int(cluster)][0].tier))
    dealt: tuple[list[Question], list[Question]] = ([], [])
    for cluster in by_tier:
        smaller = 0 if len(dealt[0]) <= len(dealt[1]) else 1
        dealt[smaller].extend(members[int(cluster)])
    if not dealt[1]:
        raise InputError(
            "golden questions",
            "all share facts with each other",
            "facts for two halves",
            "Sweep on a larger golden set.",
        )
    place = {question.id: number for number, question in enumerate(questions)}
    first, second = (tuple(sorted(half, key=lambda q: place[q.id])) for half in dealt)
    return first, second


@dataclass(frozen=True)
class Scored:
    """A candidate's share of right answers on one half; None when a scorer failed."""

    candidate: Candidate
    judged: tuple[Judged, ...]

    @property
    def accuracy(self) -> Interval | None:
        """Over all questions, with its 95 % interval."""
        return aggregate(self.judged).intervals[_METRIC]

    def by_tier(self) -> dict[str, dict[str, Any]]:
        """The same for each tier there is, JSON-ready."""
        tiers = {t: [j for j in self.judged if j.question.tier == t] for t in TIERS}
        found = {t: aggregate(j).intervals[_METRIC] for t, j in tiers.items() if j}
        return {tier: interval.to_json() for tier, interval in found.items() if interval}


def choose(scored: Sequence[Scored]) -> Scored:
    """The one with most right answers; of equals the one trained least."""

    def rank(each: Scored) -> tuple[float, float]:
        accuracy, step = each.accuracy, each.candidate.step
        return (-accuracy.mean if accuracy else 1.0, float("inf") if step is None else step)

    return min(scored, key=rank)


@dataclass(frozen=True)
class Sweep:
    """A finished sweep.

    Attributes:
        about: What it was computed from: run, base, evalset, decoding, seed.
        development: Every candidate on the development half.
        chosen: The chosen one on the reporting half.
        finished: The adapter training itself kept, on the reporting half; None where there
            is none or it was chosen.
    """

    about: Mapping[str, Any]
    development: tuple[Scored, ...]
    chosen: Scored
    finished: Scored | None

    def to_json(self) -> dict[str, Any]:
        """What ``farense sweep --json`` prints."""
        signatures = {score.signature for item in self.chosen.judged for score in item.scores}
        return {
            **self.about,
            "metric": _METRIC,
            "scorer": next(s for s in sorted(signatures) if s.startswith("fact|")),
            "development": {
                "n": len(self.development[0].judged),
                "candidates": [_row(each) for each in self.development],
            },
            "chosen": self.chosen.candidate.to_json(),
            "report": {
                "n": len(self.chosen.judged),
                "chosen": {**_interval(self.chosen), "by_tier": self.chosen.by_tier()},
                "best_validation": _interval(self.finished) if self.finished else None,
            },
        }


def _row(scored: Scored) -> dict[str, Any]:
    return {**scored.candidate.to_json(), **_interval(scored)}


def _interval(scored: Scored) -> dict[str, Any]:
    accuracy = scored.accuracy
    return {_METRIC: accuracy.to_json() if accuracy else None}
