"""Is one system better than another on the same questions? Tests that respect facts.

Everything takes differences ``d`` in [-1, 1], system minus baseline, of N questions, and
works on any number of comparisons over the same questions at once: the axes before the
last one are kept. docs/statistics.md shows the simulation behind the choices.
"""

# Arrays carry their axes in their names, capital letters after an underscore.

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from farense.evaluation.clusters import Clusters, FloatArray
from farense.evaluation.statistics import assumed_design_effect, quantile_of_t

ALPHA = 0.05
POWER = 0.80
FLIPS = 9_999
RESAMPLES = 1_999
# Sums that are equal on paper may differ by rounding.
_TIE = 1e-9
_BLOCK = 4_000_000


def mcnemar_p(better: int, worse: int) -> float:
    """Exact two-sided p of McNemar's test from the two counts of questions that differ.

    It takes questions for independent, so it is shown but decides nothing.

    Source: McNemar (1947), exact conditional form.
    """
    return float(binomtest(better, better + worse).pvalue) if better + worse else 1.0


def sign_flip_p(
    sums: FloatArray, generator: np.random.Generator, flips: int = FLIPS
) -> tuple[FloatArray, FloatArray]:
    """One-sided p that the system is better, and that it is worse: ``(..., C)`` to ``(...)``.

    Were both systems alike, a cluster's difference could as well have had the other sign,
    however its questions hang together. So the total is held against those after flipping
    the signs of whole clusters by coin: p = (c + 1) / (n + 1), c of n flips as extreme.
    The chance of p <= alpha is then at most alpha. All comparisons share the flips.

    Source: Fisher's randomisation test; (c + 1) / (n + 1) after Phipson & Smyth (2010).
    """
    rows_K_C = sums.reshape(-1, sums.shape[-1])
    # A cluster without a difference stays without one, whichever way it is flipped.
    rows_K_C = rows_K_C[:, rows_K_C.any(axis=0)]
    total_K = rows_K_C.sum(axis=1)
    as_good_K, as_bad_K = np.zeros_like(total_K), np.zeros_like(total_K)
    for count in _blocks(flips, max(rows_K_C.shape)):
        coins_F_C = generator.integers(0, 2, (count, rows_K_C.shape[1]), np.int8)
        flipped_F_K = (2.0 * coins_F_C - 1) @ rows_K_C.T
        as_good_K += (flipped_F_K >= total_K - _TIE).sum(axis=0)
        as_bad_K += (flipped_F_K <= total_K + _TIE).sum(axis=0)
    better_K, worse_K = (as_good_K + 1) / (flips + 1), (as_bad_K + 1) / (flips + 1)
    return better_K.reshape(sums.shape[:-1]), worse_K.reshape(sums.shape[:-1])


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted for having looked at all of them, in the order given.

    Source: Holm (1979): the k-th smallest of m is multiplied by m - k + 1, and none may
    be smaller than one before it.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def difference_interval(d: FloatArray, clusters: Clusters) -> tuple[FloatArray, FloatArray]:
    """95 % interval of the mean of ``d``, for scores that are right or wrong.

    Tango's score interval for as many independent questions as would have the variance
    found between clusters; never more than there are. A difference of half a question
    (one side answered twice, once right) counts half. One cluster alone: -1 to 1.

    Source: Tango (1998); effective sample size as in Korn & Graubard (1998).
    """
    gained, lost = _gained(d), _gained(-d)
    if clusters.count == 1:
        return -np.ones_like(gained), np.ones_like(gained)
    effective = clusters.questions / design_effect(d, clusters)
    t = quantile_of_t(clusters.count - 1)
    low = _tango_end(gained, lost, effective, t)
    high = -_tango_end(lost, gained, effective, t)
    return low, high


def design_effect(d: FloatArray, clusters: Clusters) -> FloatArray:
    """Variance of the mean of ``d`` between clusters over that of independent questions.

    At least 1; where no question differs it cannot be measured and is assumed.
    """
    gained, lost = _gained(d), _gained(-d)
    plain = (gained + lost - (gained - lost) ** 2) / clusters.questions
    found = np.full_like(plain, assumed_design_effect(clusters))
    np.divide(clusters.variance(clusters.sums(d)), plain, out=found, where=plain > 0)
    return np.maximum(found, 1.0)


def detectable_difference(d: FloatArray, clusters: Clusters) -> FloatArray:
    """The smallest true loss that the sign-flip test would have found in 4 of 5 such sets.

    Solves ``loss = (t_alpha + t_power) * standard error(loss)``: questions that differ as
    found, and those of the loss beside them.

    Source: the usual power formula of a one-sided test at 2.5 %, power 80 %, with the
    variance of paired right-or-wrong scores, Connor (1987), times the design effect.
    """
    if clusters.count == 1:
        return np.ones(d.shape[:-1])
    freedom = clusters.degrees_of_freedom
    factor = quantile_of_t(freedom, 1 - ALPHA / 2) + quantile_of_t(freedom, POWER)
    a = factor**2 * design_effect(d, clusters) / clusters.questions
    differing = _gained(d) + _gained(-d)
    loss: FloatArray = (a + np.sqrt(a**2 + 4 * (1 + a) * a * differing)) / (2 * (1 + a))
    return np.minimum(loss, 1.0)


def bootstrap_difference(
    sums: FloatArray, clusters: Clusters, generator: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low end, high end and two-sided p of mean differences of graded scores.

    Clusters are drawn anew with all their questions. What is drawn is stretched about the
    mean by Student's t over the normal, for the few clusters there are, without which the
    interval is too narrow; p = (c + 1) / (n + 1), c of n resamples as far from the mean as
    the mean is from no difference.

    Args:
        sums: Sums of the differences by cluster, ``(..., C)``; comparisons share resamples.
        clusters: At least two, for a result other than -1, 1 and 1.
        generator: Of the draws.
        resamples: How many.

    Source: Davison & Hinkley (1997), sections 3.8 and 4.4; Hesterberg (2015), section 4
    (expanded percentiles).
    """
    mean = sums.sum(axis=-1) / clusters.questions
    if clusters.count == 1:
        return -np.ones_like(mean), np.ones_like(mean), np.ones_like(mean)
    drawn = np.concatenate(
        [
            _drawn_means(sums, clusters, generator, count)
            for count in _blocks(resamples, clusters.count)
        ],
        axis=-1,
    )
    stretch = quantile_of_t(clusters.degrees_of_freedom) / quantile_of_t(np.inf)
    spread = (drawn - mean[..., None]) * stretch
    low, high = np.percentile(spread, [100 * ALPHA / 2, 100 * (1 - ALPHA / 2)], axis=-1)
    extreme = (np.abs(spread) >= np.abs(mean)[..., None] - _TIE).sum(axis=-1)
    # Differences of scores in [0, 1] lie between -1 and 1; the bootstrap does not know it.
    ends = np.clip(mean + low, -1, 1), np.clip(mean + high, -1, 1)
    return *ends, (extreme + 1) / (resamples + 1)


def _drawn_means(
    sums: FloatArray, clusters: Clusters, generator: np.random.Generator, count: int
) -> FloatArray:
    drawn_R_C = generator.integers(0, clusters.count, (count, clusters.count))
    # Counting the draws of all resamples at once is five times faster than a multinomial.
    places = drawn_R_C + clusters.count * np.arange(count)[:, None]
    counted = np.bincount(places.ravel(), minlength=drawn_R_C.size)
    times_R_C = counted.reshape(drawn_R_C.shape).astype(np.float64)
    means: FloatArray = (sums @ times_R_C.T) / (times_R_C @ clusters.sizes)
    return means


def _gained(d: FloatArray) -> FloatArray:
    gained: FloatArray = np.maximum(d, 0).mean(axis=-1)
    return gained


def _tango_end(gained: FloatArray, lost: FloatArray, n: FloatArray, t: float) -> FloatArray:
    """The lower end: where the score statistic of a hypothetical difference falls to t."""
    below, above = -np.ones_like(gained), gained - lost
    # 60 halvings of an interval of length 2 leave nothing of a float64.
    for _ in range(60):
        middle = (below + above) / 2
        outside = _tango_score(middle, gained, lost, n) > t
        below, above = np.where(outside, middle, below), np.where(outside, above, middle)
    return below


def _tango_score(
    difference: FloatArray, gained: FloatArray, lost: FloatArray, n: FloatArray
) -> FloatArray:
    """The observed difference less a hypothetical one, in standard errors under the latter."""
    b = (2 - gained + lost) * difference - gained - lost
    root = np.sqrt(np.maximum(b**2 + 8 * lost * difference * (1 - difference), 0))
    # The most likely share of losses, were the difference true.
    lost_then = (root - b) / 4
    variance = np.maximum(2 * lost_then + difference - difference**2, 0) / n
    score: FloatArray = np.full_like(difference, np.inf)
    np.divide(gained - lost - difference, np.sqrt(variance), out=score, where=variance > 0)
    return score


def _blocks(rows: int, columns: int) -> list[int]:
    """``rows`` in parts small enough to hold ``part x columns`` numbers."""
    size = max(1, min(rows, _BLOCK // max(columns, 1)))
    return [size] * (rows // size) + ([rows % size] if rows % size else [])
