"""From one judged answer to the numbers of a tier, a category and a whole system."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from farense.evaluation.clusters import Clusters
from farense.evaluation.gap import PhrasingGap, phrasing_gap
from farense.evaluation.statistics import cluster_intervals
from farense.records import TIERS, Answer, Interval, Question, Score, Tier
from farense.text import is_abstention

# baseline is the adapter compared with, baseline_again the same asked in another order.
System = Literal["adapter", "baseline", "baseline_again", "base", "majority", "echo"]
SYSTEMS: tuple[System, ...] = get_args(System)

# Metric name -> the scorer whose mean it is.
SCORER_OF = {
    "fact_accuracy": "fact",
    "exact_match": "exact_match",
    "token_f1": "token_f1",
    "bleu": "bleu",
    "chrf": "chrf",
    "rouge_l": "rouge_l",
    "fuzzy": "fuzzy",
}
METRICS = (*SCORER_OF, "abstention")


@dataclass(frozen=True)
class Judged:
    """One question, what a system wrote for it, and every scorer's judgement."""

    question: Question
    answer: Answer
    scores: tuple[Score, ...]

    @cached_property
    def abstained(self) -> bool:
        return is_abstention(self.answer.text)

    @property
    def right(self) -> bool | None:
        """Whether the typed fact is right; None when its scorer failed."""
        value = self.metric("fact_accuracy")
        return None if value is None else value == 1.0

    def metric(self, name: str) -> float | None:
        """The value in [0, 1] of one of METRICS, or of an optional or registered scorer.

        None when its scorer failed or is absent.
        """
        if name == "abstention":
            return float(self.abstained)
        return self._values.get(SCORER_OF.get(name, name))

    @cached_property
    def _values(self) -> dict[str, float | None]:
        return {score.scorer: score.value for score in self.scores}


@dataclass(frozen=True)
class Aggregate:
    """Means over ``n`` questions; a metric with one failed score is None, not a mean of the rest.

    ``intervals`` has as keys every name of METRICS, then optional and registered scorers.
    """

    n: int
    intervals: Mapping[str, Interval | None]

    def mean(self, metric: str) -> float | None:
        interval = self.intervals[metric]
        return None if interval is None else interval.mean

    def to_json(self) -> dict[str, Any]:
        means = {name: i.to_json() if i else None for name, i in self.intervals.items()}
        return {"n": self.n, **means}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Aggregate:
        means = {name: interval_from_json(found) for name, found in row.items() if name != "n"}
        return cls(row["n"], means)


@dataclass(frozen=True)
class SystemResults:
    """All numbers of one system: by tier (only tiers present), by category, and overall.

    ``false_abstention`` is the share of questions with an answer that were declined;
    None when the set has no such question.
    """

    tiers: Mapping[Tier, Aggregate]
    categories: Mapping[str, Aggregate]
    overall: Aggregate
    false_abstention: Interval | None

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, as run.json holds them."""
        false_abstention = self.false_abstention
        return {
            "tiers": {name: a.to_json() for name, a in self.tiers.items()},
            "categories": {name: a.to_json() for name, a in self.categories.items()},
            "overall": self.overall.to_json(),
            "false_abstention": false_abstention.to_json() if false_abstention else None,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> SystemResults:
        """The results written by ``to_json``."""
        return cls(
            tiers={t: Aggregate.from_json(row["tiers"][t]) for t in TIERS if t in row["tiers"]},
            categories={c: Aggregate.from_json(a) for c, a in row["categories"].items()},
            overall=Aggregate.from_json(row["overall"]),
            false_abstention=interval_from_json(row["false_abstention"]),
        )


def interval_from_json(row: Mapping[str, Any] | None) -> Interval | None:
    """The Interval written by ``Interval.to_json``, or None for null."""
    return None if row is None else Interval(**row)


def metrics_of(judged: Iterable[Judged]) -> tuple[str, ...]:
    """METRICS, and the scorers besides that judged these answers."""
    scorers = {score.scorer for item in judged for score in item.scores}
    return (*METRICS, *sorted(scorers - set(SCORER_OF.values())))


def aggregate(judged: Sequence[Judged]) -> Aggregate:
    """Every metric's mean and interval over ``judged``.

    Raises:
        ScoringError: ``judged`` is empty.
    """
    metrics = metrics_of(judged)
    rows = [[item.metric(name) for name in metrics] for item in judged]
    # A failed score makes its metric None below; 0.0 only keeps the matrix rectangular.
    filled = [[0.0 if value is None else value for value in row] for row in rows]
    clusters = Clusters.of_questions([item.question for item in judged])
    intervals = cluster_intervals(filled, clusters)
    failed = {
        name for row in rows for name, value in zip(metrics, row, strict=True) if value is None
    }
    named = zip(metrics, intervals, strict=True)
    return Aggregate(len(judged), {name: None if name in failed else i for name, i in named})


def system_results(judged: Sequence[Judged]) -> SystemResults:
    """All numbers of one system over a golden set.

    Raises:
        ScoringError: ``judged`` is empty.
    """
    answerable = [item for item in judged if has_answer(item.question)]
    declined = aggregate(answerable).intervals["abstention"] if answerable else None
    tiers = _groups(judged, lambda question: question.tier)
    categories = _groups(judged, lambda question: question.category)
    return SystemResults(
        tiers={tier: aggregate(tiers[tier]) for tier in TIERS if tier in tiers},
        categories={name: aggregate(categories[name]) for name in sorted(categories)},
        overall=aggregate(judged),
        false_abstention=declined,
    )


def has_answer(question: Question) -> bool:
    """Whether declining this question is a mistake."""
    return question.tier != "unanswerable" and question.answer.kind != "abstain"


def phrasing_gap_of(judged: Iterable[Judged], *, seed: int) -> PhrasingGap | None:
    """The gap between tiers seen and paraphrase over the facts asked in both.

    None when no fact is in both, or one of the scores failed.
    """
    scores: dict[str, dict[str, list[float]]] = {"seen": {}, "paraphrase": {}}
    for item in judged:
        if item.question.tier not in scores or not item.question.fact_ids:
            continue
        value = item.metric("fact_accuracy")
        if value is None:
            return None
        fact = " ".join(item.question.fact_ids)
        scores[item.question.tier].setdefault(fact, []).append(value)
    return phrasing_gap(scores["seen"], scores["paraphrase"], seed=seed)


def _groups(judged: Iterable[Judged], key: Callable[[Question], str]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = {}
    for item in judged:
        groups.setdefault(key(item.question), []).append(item)
    return groups
