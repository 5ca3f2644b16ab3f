"""The promises of the gate, by a small simulation; docs/statistics.md has the large one."""

from __future__ import annotations

import gate_simulation as simulation
import pytest

COMPARISONS = 1_000
# Three standard errors of a share of 0.05, and of 0.80, among 1,000.
_SMALL = 0.021
_POWER = 0.038


@pytest.fixture(scope="module", params=[(0.8, 0.3, 0.5, 0.5), (0.95, 0.5, 0.9, 0.9)])
def figures(request: pytest.FixtureRequest) -> simulation.Figures:
    """A middling baseline unlike the adapter, and a strong one much like it."""
    return simulation.simulation(COMPARISONS).run(simulation.Scenario(*request.param))


def test_identical_systems_are_rarely_told_apart(figures: simulation.Figures) -> None:
    """At most 5 % are called better, at most 5 % rejected, categories included, and at most
    5 % differ by a graded score."""
    assert figures.better <= 0.05
    assert figures.rejected <= 0.05
    assert figures.graded_alarms <= 0.05 + _SMALL


def test_the_detectable_loss_is_detected(figures: simulation.Figures) -> None:
    """A loss of the stated size is found in at least 80 % of comparisons."""
    assert figures.power >= 0.80 - _POWER


def test_intervals_hold_the_truth(figures: simulation.Figures) -> None:
    """95 % intervals do so in 93 to 97 %, of differences and of means, with a loss or without."""
    for covered in (
        figures.covered,
        figures.covered_loss,
        figures.covered_mean,
        figures.covered_graded,
        figures.covered_graded_loss,
    ):
        assert 0.93 - _SMALL <= covered <= 0.97 + _SMALL


def test_a_system_worse_by_the_margin_is_rarely_let_through(figures: simulation.Figures) -> None:
    """The interval's lower end clears the margin in little more than 2.5 %."""
    assert figures.let_through <= 0.05


def test_the_rivals_fail_where_ours_hold() -> None:
    """Questions of a fact hang together at 0.5: McNemar raises more than 10 % alarms, and
    the plain bootstrap of a mean of 95 % covers less than 92 %. Were it not so, the simulated
    data would not be clustered, and the rest would prove nothing."""
    found = simulation.simulation(COMPARISONS).run(simulation.Scenario(0.95, 0.5, 0.5, 0.5))
    assert found.mcnemar > 0.10
    assert found.percentile < 0.92


def test_simulated_systems_have_the_accuracy_asked_for() -> None:
    """The truth that coverage is held against: 0.7 and 0.75, to 3 standard errors, and the
    likeness within facts that was asked for."""
    made = simulation.simulation(COMPARISONS)
    system, baseline = made.answers(simulation.Scenario(0.75, 0.3, 0.5, 0.5), -0.05)
    assert baseline.mean() == pytest.approx(0.75, abs=0.009)
    assert system.mean() == pytest.approx(0.70, abs=0.009)
    # Two questions of the largest cluster: their correlation is that within facts.
    largest = made.clusters.index_N == made.clusters.sizes.argmax()
    first, second = baseline[:, largest][:, :2].T
    covariance = ((first - 0.75) * (second - 0.75)).mean()
    assert covariance / (0.75 * 0.25) == pytest.approx(0.3, abs=0.12)
