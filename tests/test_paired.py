"""Tests and intervals of paired differences, against hand-worked and published results."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from farense.evaluation import paired
from farense.evaluation.clusters import Clusters
from farense.evaluation.statistics import quantile_of_t

Array = NDArray[np.float64]


def independent(count: int) -> Clusters:
    return Clusters.of_keys(list(range(count)))


def random(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [
        # Airway hyper-responsiveness before and after transplantation, Bentur et al. (2009), as
        # worked in Fagerland, Lydersen & Laake (2013), BMC Med Res Methodol 13:91: 0.0703.
        (1, 7, 0.0703125),
        # By hand: 2 * (1 + 6 + 15) / 2**6.
        (4, 2, 0.6875),
        (6, 0, 2 / 64),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ],
)
def test_mcnemar_is_exact(better: int, worse: int, p: float) -> None:
    """Two-sided p from the questions that differ, alike when the two are swapped."""
    assert paired.mcnemar_p(better, worse) == pytest.approx(p)
    assert paired.mcnemar_p(worse, better) == pytest.approx(p)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        # Four tests by hand: 0.005*4, 0.01*3, then 0.03*2 = 0.06 and 0.04*1 raised to 0.06.
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        # R: p.adjust(c(0.01, 0.02, 0.03), "holm") gives 0.03 0.04 0.04.
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),
        ([0.9, 0.8], [1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holm_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    """Step-down, never above 1, in the order given."""
    assert paired.holm(p_values) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_none_and_bonferroni(p_values: list[float]) -> None:
    """Never smaller than p, never larger than p times their number, and in the same order."""
    adjusted = paired.holm(p_values)
    for p, found in zip(p_values, adjusted, strict=True):
        assert p <= found <= min(1.0, p * len(p_values)) or found == pytest.approx(p)
    ranked = [found for _, found in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def exact_p(sums: list[float]) -> tuple[float, float]:
    """Better and worse by going through every flip there is."""
    totals = [
        sum(sign * value for sign, value in zip(signs, sums, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(sums))
    ]
    total = sum(sums)
    return (
        sum(found >= total - 1e-9 for found in totals) / len(totals),
        sum(found <= total + 1e-9 for found in totals) / len(totals),
    )


@pytest.mark.parametrize("sums", [[-1, -1, -1, -1, -1, -1], [3, -1, 2, 0, 0, 1], [1, -1], [0.5, 2]])
def test_sign_flips_come_to_the_exact_probability(sums: list[float]) -> None:
    """9,999 coins against all 2^C flips: six losses in a row have 1/64; 0.01 is 2 standard
    errors of the worst case."""
    better, worse = paired.sign_flip_p(np.array(sums), random())
    assert (float(better), float(worse)) == pytest.approx(exact_p(sums), abs=0.011)


@given(st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), min_size=1, max_size=12))
def test_sign_flips_mirror(sums: list[float]) -> None:
    """Swapping the systems swaps better and worse; clusters that are alike in both change
    nothing; and one of the two is always at least 1/2."""
    better, worse = paired.sign_flip_p(np.array(sums), random())
    assert paired.sign_flip_p(-np.array(sums), random()) == (worse, better)
    assert paired.sign_flip_p(np.array([*sums, 0.0, 0.0]), random()) == (better, worse)
    assert max(float(better), float(worse)) >= 0.5


def test_sign_flips_are_never_zero() -> None:
    """p = (c + 1) / (n + 1): thirty losses give 1 / 10,000, not 0; nothing gives 1."""
    sums = np.array([[-1.0] * 30, [0.0] * 30])
    better, worse = paired.sign_flip_p(sums, random())
    assert worse.tolist() == [1 / 10_000, 1.0]
    assert better.tolist() == [1.0, 1.0]


def test_paraphrases_of_one_fact_are_one_piece_of_evidence() -> None:
    """Eight questions about one fact lost together: McNemar sees 2/2^8, the flips a coin."""
    clusters = Clusters.of_keys(["a"] * 8 + list(range(20)))
    d = np.array([-1.0] * 8 + [0.0] * 20)
    _, worse = paired.sign_flip_p(clusters.sums(d), random())
    assert paired.mcnemar_p(0, 8) < 0.01
    assert float(worse) == pytest.approx(0.5, abs=0.02)


def table(better: int, worse: int, equal: int) -> Array:
    return np.array([1.0] * better + [-1.0] * worse + [0.0] * equal)


def test_interval_of_independent_questions_is_that_of_tango(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bentur et al. (2009), 1 against 7 of 21: -0.517 to -0.026 in Fagerland, Lydersen &
    Laake (2014), Stat Med 33:2850, with the normal quantile and no design effect."""
    monkeypatch.setattr(paired, "quantile_of_t", lambda *_: 1.959964)
    monkeypatch.setattr(paired, "design_effect", lambda d, _: np.ones(d.shape[:-1]))
    low, high = paired.difference_interval(table(1, 7, 13), independent(21))
    assert (float(low), float(high)) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_interval_ends_solve_the_score_equation() -> None:
    """At either end the hypothetical difference lies t standard errors away, where the share
    of losses is the likeliest one given that difference, found by search over a grid."""
    d, n = table(9, 3, 48), 60
    low, high = paired.difference_interval(d, independent(n))
    t = quantile_of_t(n - 1)
    effect = float(paired.design_effect(d, independent(n)))
    for end in (float(low), float(high)):
        lost = np.linspace(max(0, -end) + 1e-9, (1 - end) / 2 - 1e-9, 400_001)
        likelihood = 9 * np.log(lost + end) + 3 * np.log(lost) + 48 * np.log1p(-2 * lost - end)
        likeliest = lost[likelihood.argmax()]
        error = np.sqrt((2 * likeliest + end - end**2) * effect / n)
        assert abs(0.1 - end) / error == pytest.approx(t, rel=1e-3)


def test_no_difference_seen_is_not_no_difference_possible() -> None:
    """Nothing differs in n independent questions: Tango's ends are ±t²/(n + t²)."""
    low, high = paired.difference_interval(np.zeros(50), independent(50))
    t = quantile_of_t(49)
    assert float(high) == pytest.approx(t**2 / (50 + t**2))
    assert float(low) == pytest.approx(-float(high))


def differences() -> st.SearchStrategy[list[tuple[float, int]]]:
    return st.lists(
        st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), st.integers(0, 8)),
        min_size=1,
        max_size=40,
    )


@given(differences())
def test_intervals_hold_the_difference_and_mirror(rows: list[tuple[float, int]]) -> None:
    """-1 <= low <= difference <= high <= 1; swapping the systems swaps the ends, and asking
    everything twice as one more fact each narrows nothing by more than half."""
    d, clusters = np.array([row[0] for row in rows]), Clusters.of_keys([row[1] for row in rows])
    low, high = paired.difference_interval(d, clusters)
    assert -1 - 1e-9 <= low <= d.mean() + 1e-9
    assert d.mean() - 1e-9 <= high <= 1 + 1e-9
    mirrored = paired.difference_interval(-d, clusters)
    assert (float(mirrored[0]), float(mirrored[1])) == pytest.approx((-float(high), -float(low)))


def test_clustered_losses_are_less_sure_than_scattered_ones() -> None:
    """12 losses in 3 facts leave more doubt than 12 in 12 of the same 60."""
    d = table(0, 12, 108)
    apart = paired.difference_interval(d, independent(120))
    together = paired.difference_interval(d, Clusters.of_keys([i // 4 for i in range(120)]))
    assert float(together[0]) < float(apart[0])
    assert float(together[1]) > float(apart[1])


def test_what_could_be_detected_by_hand() -> None:
    """1,000 independent questions, 50 better and 50 worse, which vary a little more than
    chance at n - 1: loss² = (1.962 + 0.842)² * (0.1 + loss - loss²) * 1.001 / 1000, so
    a = 0.00787 and the loss is (a + sqrt(a² + 4 (1 + a) a 0.1)) / (2 (1 + a)) = 3.20 %."""
    found = paired.detectable_difference(table(50, 50, 900), independent(1000))
    assert float(found) == pytest.approx(0.0320, abs=2e-4)


def test_more_questions_detect_smaller_losses() -> None:
    """Four times the questions, and less than 0.6 of the loss."""
    few = paired.detectable_difference(table(5, 5, 90), independent(100))
    many = paired.detectable_difference(table(20, 20, 360), independent(400))
    assert float(many) < 0.6 * float(few)


def test_one_cluster_decides_nothing() -> None:
    """Everything about one fact: the interval is all there is, and nothing is detectable."""
    clusters, d = Clusters.of_keys(["a"] * 4), table(0, 4, 0)
    assert [float(end) for end in paired.difference_interval(d, clusters)] == [-1.0, 1.0]
    assert float(paired.detectable_difference(d, clusters)) == 1.0
    ends = paired.bootstrap_difference(clusters.sums(d), clusters, random())
    assert [float(end) for end in ends] == [-1.0, 1.0, 1.0]


def test_bootstrap_agrees_with_student() -> None:
    """200 independent, nearly normal differences: the interval is the t interval, to 5 % of
    its width, and p that of the t test, to 0.02."""
    from scipy.stats import ttest_1samp

    d = np.clip(random(3).normal(0.02, 0.2, 200), -1, 1)
    clusters = independent(200)
    low, high, p = paired.bootstrap_difference(clusters.sums(d), clusters, random(4))
    expected = ttest_1samp(d, 0.0)
    ends = expected.confidence_interval()
    width = ends.high - ends.low
    assert (float(low), float(high)) == pytest.approx((ends.low, ends.high), abs=0.05 * width)
    assert float(p) == pytest.approx(expected.pvalue, abs=0.02)


def test_bootstrap_p_is_never_zero() -> None:
    """Every question a little better: (0 + 1) / (1,999 + 1)."""
    clusters = independent(40)
    d = np.full(40, 0.1)
    *_, p = paired.bootstrap_difference(clusters.sums(d), clusters, random())
    assert float(p) == 1 / 2_000


def test_same_seed_same_result() -> None:
    """The generator alone decides flips and resamples."""
    clusters, d = independent(30), random(1).normal(0, 0.3, 30)
    first, again, other = (
        (
            paired.sign_flip_p(clusters.sums(d), random(seed)),
            paired.bootstrap_difference(clusters.sums(d), clusters, random(seed)),
        )
        for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_ten_thousand_questions_take_no_time() -> None:
    """All of it: flips with ten categories, interval, detectable loss, five graded scores.
    0.4 s on two idle cores; the bound leaves room for busy ones."""
    generator = random(2)
    clusters = Clusters.of_keys(generator.integers(0, 4_000, 10_000).tolist())
    d = generator.choice([-1.0, 0.0, 1.0], 10_000, p=[0.05, 0.9, 0.05])
    chosen = generator.integers(0, 10, 10_000) == np.arange(10)[:, None]
    graded = generator.normal(0, 0.1, (5, 10_000))
    start = time.perf_counter()
    paired.sign_flip_p(clusters.sums(np.vstack([d, d * chosen])), generator)
    paired.difference_interval(d, clusters)
    paired.detectable_difference(d, clusters)
    paired.bootstrap_difference(clusters.sums(graded), clusters, generator)
    assert time.perf_counter() - start < 1.5
