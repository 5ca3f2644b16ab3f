"""Intervals: resampled by fact, reproducible, and never made up."""

from __future__ import annotations

import pytest

from farense.errors import ScoringError
from farense.evaluation.statistics import cluster_interval, cluster_intervals, cluster_of
from farense.records import Question, TypedAnswer


def test_all_right_leaves_no_doubt_to_resample() -> None:
    """Whatever facts are drawn, the mean of ones is one."""
    interval = cluster_interval([1.0] * 12, list(range(12)), seed=7)
    assert (interval.mean, interval.low, interval.high, interval.n) == (1.0, 1.0, 1.0, 12)


def test_one_right_of_two_facts_spans_everything() -> None:
    """Two facts draw (wrong, wrong), mixed or (right, right) with 1/4, 1/2, 1/4: more than
    2.5 % lie at either end, so the interval is all of [0, 1]."""
    interval = cluster_interval([0.0, 1.0], ["a", "b"], seed=7)
    assert (interval.mean, interval.low, interval.high) == (0.5, 0.0, 1.0)


def test_unequal_facts_weigh_by_their_questions() -> None:
    """Fact a (3 right) and fact b (1 wrong): draws aa, ab, ba, bb have means 1, 3/4, 3/4, 0."""
    interval = cluster_interval([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"], seed=7)
    assert (interval.mean, interval.low, interval.high) == (0.75, 0.0, 1.0)


def test_interval_agrees_with_the_binomial() -> None:
    """40 of 50 independent questions: the resampled mean is Binomial(50, 0.8)/50, whose
    2.5 % and 97.5 % quantiles are 34/50 and 45/50 (table of the binomial distribution)."""
    interval = cluster_interval([1.0] * 40 + [0.0] * 10, list(range(50)), seed=7)
    assert interval.low == pytest.approx(0.68, abs=0.021)
    assert interval.high == pytest.approx(0.90, abs=0.021)


def test_phrasings_of_one_fact_do_not_count_as_independent() -> None:
    """Asking 10 facts 5 times each says no more than asking them once, so the interval
    is as wide as with 10 questions, not as narrow as with 50."""
    right = [1.0] * 8 + [0.0] * 2
    once = cluster_interval(right, list(range(10)), seed=7)
    repeated = cluster_interval(right * 5, list(range(10)) * 5, seed=7)
    independent = cluster_interval(right * 5, list(range(50)), seed=7)
    assert (once.low, once.high) == pytest.approx((repeated.low, repeated.high))
    assert independent.high - independent.low < 0.6 * (repeated.high - repeated.low)


def test_same_seed_same_interval() -> None:
    """The seed alone decides the resamples; another one moves the ends."""
    values = [k * k / 3600 for k in range(60)]
    first = cluster_interval(values, list(range(60)), seed=1)
    assert first == cluster_interval(values, list(range(60)), seed=1)
    others = [cluster_interval(values, list(range(60)), seed=seed) for seed in range(2, 8)]
    assert any(first != other for other in others)


def test_metrics_share_their_resamples() -> None:
    """A metric's interval does not depend on which other metrics stand beside it."""
    values = [0.2, 0.9, 0.4, 1.0, 0.0, 0.7]
    pairs = [(value, 1.0 - value) for value in values]
    together = cluster_intervals(pairs, list(range(6)), seed=3)
    assert cluster_interval(values, list(range(6)), seed=3) == together[0]
    assert together[1].low == pytest.approx(1.0 - together[0].high)


def test_no_scores_no_mean() -> None:
    """The mean of nothing is an error, not zero."""
    with pytest.raises(ScoringError, match="no scores; expected at least one"):
        cluster_interval([], [], seed=7)


def test_scores_and_clusters_must_match() -> None:
    """A score whose fact is unknown cannot be resampled."""
    with pytest.raises(ScoringError, match="2 scores for 1 clusters"):
        cluster_interval([1.0, 0.0], ["a"], seed=7)


def test_a_question_without_facts_is_its_own_cluster() -> None:
    """Two questions without facts are independent of each other."""
    made = [Question(name, "?", ("x",), TypedAnswer("text", "x"), "general", "c") for name in "ab"]
    assert cluster_of(made[0]) != cluster_of(made[1])
