"""How sure is a mean? Intervals in which facts count, not questions.

Three phrasings of one fact are right or wrong together, so counting them as three
independent questions would make every interval too narrow. docs/statistics.md says why
these methods and not the plain bootstrap, and shows the simulation that decided.
"""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.special import stdtrit

from farense.errors import ScoringError
from farense.evaluation.clusters import Clusters, FloatArray
from farense.records import Interval

CONFIDENCE = 0.95
# Assumed likeness of the questions of a cluster (intra-cluster correlation) where all
# scores are equal and none can be measured; the upper end of what was simulated.
ASSUMED_CORRELATION = 0.5
# How much that assumption counts beside the variance measured between clusters: near 100 %
# the few mistakes there are may by luck lie all in different clusters.
ASSUMED_WEIGHT = 0.05


def quantile_of_t(degrees_of_freedom: float, share: float = (1 + CONFIDENCE) / 2) -> float:
    """Student's t below which ``share`` lies; ``degrees_of_freedom`` above 0."""
    return float(stdtrit(degrees_of_freedom, share))


def assumed_design_effect(clusters: Clusters) -> float:
    """By how much clustering multiplies a variance, when the scores cannot tell."""
    return 1 + ASSUMED_CORRELATION * (clusters.mean_size - 1)


def cluster_intervals(
    values_N_M: Sequence[Sequence[float]],
    clusters: Sequence[Hashable] | Clusters,
) -> tuple[Interval, ...]:
    """Means of M metrics over the same N questions, each with its 95 % interval.

    Args:
        values_N_M: One row a question, one column a metric, each value in [0, 1].
        clusters: The N cluster keys, in the order of the rows, or the clusters.

    Raises:
        ScoringError: there is no question, or the rows and clusters differ in number.
    """
    keyed = clusters if isinstance(clusters, Clusters) else Clusters.of_keys(clusters)
    _refuse_unusable(len(values_N_M), keyed.questions)
    values_M_N = np.asarray(values_N_M, dtype=np.float64).T
    mean_M = values_M_N.mean(axis=1)
    low_M, high_M = mean_interval(values_M_N, keyed)
    return tuple(
        Interval(float(mean), float(low), float(high), keyed.questions)
        for mean, low, high in zip(mean_M, low_M, high_M, strict=True)
    )


def cluster_interval(values: Sequence[float], clusters: Sequence[Hashable] | Clusters) -> Interval:
    """One metric's mean with its 95 % interval; see ``cluster_intervals``.

    Raises:
        ScoringError: there is no value, or values and clusters differ in number.
    """
    return cluster_intervals([(value,) for value in values], clusters)[0]


def mean_interval(values: FloatArray, clusters: Clusters) -> tuple[FloatArray, FloatArray]:
    """Low and high ends of the interval of the mean of values in [0, 1]: ``(..., N)``.

    Wilson's score interval for as many independent questions as would have the variance
    that was found between clusters, with Student's t for the few clusters there are. One
    cluster alone says nothing about others: 0 to 1.

    Source: Wilson (1927); effective sample size as in Korn & Graubard (1998).
    """
    mean = values.mean(axis=-1)
    if clusters.count == 1:
        return np.zeros_like(mean), np.ones_like(mean)
    assumed = assumed_design_effect(clusters) / clusters.questions
    variance = (1 - ASSUMED_WEIGHT) * clusters.variance(clusters.sums(values))
    variance += ASSUMED_WEIGHT * assumed * values.var(axis=-1)
    spread = mean * (1 - mean)
    effective = np.full_like(mean, 1 / assumed)
    np.divide(spread, variance, out=effective, where=(variance > 0) & (spread > 0))
    t = quantile_of_t(clusters.degrees_of_freedom)
    centre = (mean + t**2 / (2 * effective)) / (1 + t**2 / effective)
    half = t / (1 + t**2 / effective) * np.sqrt(spread / effective + (t / effective) ** 2 / 4)
    # Rounding must not push the end of a mean of 0 or 1 past it.
    return np.minimum(np.maximum(centre - half, 0.0), mean), np.maximum(
        np.minimum(centre + half, 1.0), mean
    )


def _refuse_unusable(scores: int, clusters: int) -> None:
    if not scores:
        raise ScoringError(
            "interval",
            "no scores",
            "at least one scored question",
            "Score some questions first; the mean of nothing is not 0.",
        )
    if scores != clusters:
        raise ScoringError(
            "interval",
            f"{scores} scores for {clusters} clusters",
            "one cluster for each score",
            "Pass the cluster of every scored question, in the same order.",
        )
