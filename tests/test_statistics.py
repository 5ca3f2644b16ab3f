"""Intervals of means: facts count, not questions; never made up, never too sure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, t

from farense.errors import ScoringError
from farense.evaluation.clusters import Clusters
from farense.evaluation.statistics import cluster_interval, cluster_intervals
from farense.records import Question, TypedAnswer


def test_independent_questions_give_the_interval_of_wilson() -> None:
    """40 of 50: with the normal 1.96 Wilson's interval is 66.96 to 88.76 % (Wilson 1927, as
    scipy computes it). Student's t of 49 degrees and the divisor 49 for 50 widen it by under
    half a point a side."""
    interval = cluster_interval([1.0] * 40 + [0.0] * 10, list(range(50)))
    low, high = binomtest(40, 50).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((0.6696, 0.8876), abs=5e-5)
    assert low - 0.006 < interval.low < low
    assert high < interval.high < high + 0.004


def test_no_mistake_seen_is_not_no_mistake_possible() -> None:
    """All of 12 independent facts right: Wilson's lower end is 12 / (12 + t²), t that of 11
    degrees, 2.201 in every table: 0.7124; the upper end is 1."""
    interval = cluster_interval([1.0] * 12, list(range(12)))
    assert (interval.mean, interval.high, interval.n) == (1.0, 1.0, 12)
    assert interval.low == pytest.approx(12 / (12 + 2.201**2), abs=1e-4)


def test_one_fact_says_nothing_about_others() -> None:
    """Three phrasings of the only fact, all right: from 0 to 1."""
    interval = cluster_interval([1.0, 1.0, 1.0], ["a", "a", "a"])
    assert (interval.mean, interval.low, interval.high) == (1.0, 0.0, 1.0)


def test_phrasings_of_one_fact_do_not_count_as_independent() -> None:
    """Asking 10 facts 5 times each says no more than asking them once, so the interval
    is as wide as with 10 questions, to half a point, not as narrow as with 50."""
    right = [1.0] * 8 + [0.0] * 2
    once = cluster_interval(right, list(range(10)))
    repeated = cluster_interval(right * 5, list(range(10)) * 5)
    independent = cluster_interval(right * 5, list(range(50)))
    assert (once.low, once.high) == pytest.approx((repeated.low, repeated.high), abs=0.005)
    assert independent.high - independent.low < 0.6 * (repeated.high - repeated.low)


def test_metrics_stand_alone() -> None:
    """A metric's interval does not depend on which other metrics stand beside it."""
    values = [0.2, 0.9, 0.4, 1.0, 0.0, 0.7]
    together = cluster_intervals([(value, 1.0 - value) for value in values], list(range(6)))
    assert cluster_interval(values, list(range(6))) == together[0]
    assert together[1].low == pytest.approx(1.0 - together[0].high)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5)), min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_stays_a_share(rows: list[tuple[float, int]]) -> None:
    """0 <= low <= mean <= high <= 1 for any scores in any clusters."""
    interval = cluster_interval([value for value, _ in rows], [key for _, key in rows])
    assert -1e-12 <= interval.low <= interval.mean + 1e-12
    assert interval.mean - 1e-12 <= interval.high <= 1 + 1e-12


def test_no_scores_no_mean() -> None:
    """The mean of nothing is an error, not zero."""
    with pytest.raises(ScoringError, match="no scores; expected at least one"):
        cluster_interval([], [])


def test_scores_and_clusters_must_match() -> None:
    """A score whose fact is unknown belongs nowhere."""
    with pytest.raises(ScoringError, match="2 scores for 1 clusters"):
        cluster_interval([1.0, 0.0], ["a"])


def question(name: str, *facts: str) -> Question:
    return Question(name, "?", ("x",), TypedAnswer("text", "x"), "general", "c", facts)


def test_questions_without_facts_are_independent() -> None:
    """Each is a cluster of its own, even beside one named like it."""
    clusters = Clusters.of_questions([question("a"), question("b"), question("c", "a")])
    assert clusters.index_N.tolist() == [0, 1, 2]


def test_a_question_about_two_facts_joins_them() -> None:
    """1 asks about fact a, 3 about b, 4 about both: all three hang together; 2 stays apart,
    although c comes to them by 5 only over b."""
    asked = [("1", "a"), ("2", "z"), ("3", "b"), ("4", "a", "b"), ("5", "c", "b")]
    clusters = Clusters.of_questions([question(*names) for names in asked])
    assert clusters.index_N.tolist() == [0, 1, 0, 0, 0]
    assert clusters.sizes.tolist() == [4, 1]


def test_sums_are_by_cluster() -> None:
    """Questions of clusters 0, 1, 0 with scores 1, 2, 4: sums 5 and 2, for each row."""
    sums = Clusters.of_keys(["a", "b", "a"]).sums(np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 0.0]]))
    assert sums.tolist() == [[5.0, 2.0], [0.0, 1.0]]


def test_variance_of_independent_questions_is_the_usual_one() -> None:
    """Scores 0, 0, 1, 1, 1 with mean 0.6: sum of squares 1.2, over 4 is 0.3, over 5 is 0.06."""
    clusters = Clusters.of_keys(list(range(5)))
    variance = clusters.variance(np.array([0.0, 0.0, 1.0, 1.0, 1.0]))
    assert float(variance) == pytest.approx(0.06)
    assert clusters.degrees_of_freedom == pytest.approx(4.0)


def test_variance_of_unequal_clusters_by_hand() -> None:
    """Sizes 1 and 3, sums 1 and 0: mean 1/4, left over 3/4 and -3/4, shares 1/4 and 3/4.
    CR2: (9/16)/(3/4) + (9/16)/(1/4) = 3/4 + 9/4 = 3, over 4² is 3/16."""
    clusters = Clusters.of_keys(["a", "b", "b", "b"])
    assert float(clusters.variance(np.array([1.0, 0.0]))) == pytest.approx(3 / 16)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=12))
def test_degrees_of_freedom_are_those_of_the_matrix(sizes: list[int]) -> None:
    """tr(B)² / tr(B²) with B written as the matrix it is; C - 1 when sizes are equal, and
    never more."""
    clusters = Clusters.of_keys(np.repeat(np.arange(len(sizes)), sizes).tolist())
    w = np.array(sizes) / sum(sizes)
    centred = np.eye(len(w)) - np.outer(np.ones(len(w)), w)
    b = centred.T @ np.diag(w**2 / (1 - w)) @ centred
    expected = np.trace(b) ** 2 / np.trace(b @ b)
    assert clusters.degrees_of_freedom == pytest.approx(expected)
    assert clusters.degrees_of_freedom <= len(sizes) - 1 + 1e-9


def test_the_quantile_is_that_of_student() -> None:
    """2.2281 for 10 degrees of freedom, as printed in every table and given by scipy."""
    from farense.evaluation.statistics import quantile_of_t

    assert quantile_of_t(10) == pytest.approx(2.2281, abs=5e-5)
    assert quantile_of_t(10) == pytest.approx(t.ppf(0.975, 10))
