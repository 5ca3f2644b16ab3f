"""How sure is a mean? Percentile bootstrap that resamples facts, not questions.

Three phrasings of one fact are right or wrong together, so counting them as three
independent questions would make every interval too narrow. Facts are resampled and
bring all their questions with them.
"""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from farense.errors import ScoringError
from farense.records import Interval, Question

RESAMPLES = 2_000
CONFIDENCE = 0.95

FloatArray = NDArray[np.float64]


def cluster_of(question: Question) -> tuple[str, ...]:
    """What a question stands or falls with: its facts, or itself when it has none."""
    return question.fact_ids or (f"question:{question.id}",)


def cluster_intervals(
    values_N_M: Sequence[Sequence[float]],
    clusters: Sequence[Hashable],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[Interval, ...]:
    """Means of M metrics over the same N questions, each with its 95 % interval.

    All metrics share the resamples. The mean of a resample is the sum over its facts'
    questions divided by their number, so facts with more phrasings weigh more, as they
    do in the plain mean.

    Args:
        values_N_M: One row a question, one column a metric, each value in [0, 1].
        clusters: The N cluster keys, in the order of the rows.
        seed: Of the private generator; the same seed gives the same interval.
        resamples: How many times the facts are drawn anew.

    Raises:
        ScoringError: there is no question, or the rows and clusters differ in number.

    Source: percentile bootstrap, Efron & Tibshirani (1993), ch. 13; clusters as the
    resampled unit, Davison & Hinkley (1997), section 3.8.
    """
    _refuse_unusable(values_N_M, clusters)
    values = np.asarray(values_N_M, dtype=np.float64)
    sums_C_M, sizes_C = _by_cluster(values, clusters)
    means_R_M = _resampled_means(sums_C_M, sizes_C, np.random.default_rng(seed), resamples)
    tail = 100 * (1 - CONFIDENCE) / 2
    low_M, high_M = np.percentile(means_R_M, [tail, 100 - tail], axis=0)
    mean_M = values.mean(axis=0)
    return tuple(
        Interval(float(mean), float(low), float(high), len(clusters))
        for mean, low, high in zip(mean_M, low_M, high_M, strict=True)
    )


def cluster_interval(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """One metric's mean with its 95 % interval; see ``cluster_intervals``.

    Raises:
        ScoringError: there is no value, or values and clusters differ in number.
    """
    rows = [(value,) for value in values]
    return cluster_intervals(rows, clusters, seed=seed, resamples=resamples)[0]


def _refuse_unusable(values: Sequence[Sequence[float]], clusters: Sequence[Hashable]) -> None:
    if not values:
        raise ScoringError(
            "interval",
            "no scores",
            "at least one scored question",
            "Score some questions first; the mean of nothing is not 0.",
        )
    if len(values) != len(clusters):
        raise ScoringError(
            "interval",
            f"{len(values)} scores for {len(clusters)} clusters",
            "one cluster for each score",
            "Pass the cluster of every scored question, in the same order.",
        )


def _by_cluster(
    values_N_M: FloatArray,
    clusters: Sequence[Hashable],
) -> tuple[FloatArray, FloatArray]:
    """Per cluster, the sum of every metric and the number of questions."""
    numbers: dict[Hashable, int] = {}
    index_N = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    sums_C_M = np.zeros((len(numbers), values_N_M.shape[1]))
    np.add.at(sums_C_M, index_N, values_N_M)
    return sums_C_M, np.bincount(index_N).astype(np.float64)


def _resampled_means(
    sums_C_M: FloatArray,
    sizes_C: FloatArray,
    generator: np.random.Generator,
    resamples: int,
) -> FloatArray:
    count = len(sizes_C)
    drawn_R_C = generator.multinomial(count, np.full(count, 1 / count), size=resamples)
    means: FloatArray = (drawn_R_C @ sums_C_M) / (drawn_R_C @ sizes_C)[:, None]
    return means
