"""Does the gate keep its promises? Comparisons simulated where the truth is known.

Two systems answer the questions of evalsets/essentials.jsonl, with its clusters and
categories. Whether a system knows a fact is drawn for each fact, so that the questions of
one fact hang together (beta-binomial), and facts and questions that are hard for one
system are hard for the other. Every figure comes from the functions the gate itself uses.

    python benchmarks/gate_simulation.py --comparisons 2000
"""

# Arrays carry their axes in their names, capital letters after an underscore:
# S simulated comparisons, N questions, C clusters of questions, K categories.

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta, binom

from farense.evaluation.clusters import Clusters, FloatArray
from farense.evaluation.evalset import read_evalset
from farense.evaluation.paired import (
    ALPHA,
    bootstrap_difference,
    detectable_difference,
    difference_interval,
    sign_flip_p,
)
from farense.evaluation.statistics import mean_interval
from farense.evaluation.thresholds import read_thresholds
from farense.records import Question

Flags = NDArray[np.bool_]

EVALSETS = Path(__file__).parent.parent / "evalsets"
ESSENTIALS = EVALSETS / "essentials.jsonl"
ACCURACIES = (0.7, 0.8, 0.9, 0.95)
CORRELATIONS = (0.1, 0.3, 0.5)
# How alike two systems are: in the facts they know, and in single answers.
LIKENESSES = ((0.5, 0.5), (0.9, 0.5), (0.9, 0.9))
FLIPS = 1_999


@dataclass(frozen=True)
class Scenario:
    """Accuracy of the baseline, correlation within facts, likeness of facts and answers."""

    accuracy: float
    correlation: float
    facts_alike: float
    answers_alike: float


@dataclass(frozen=True)
class Figures:
    """What came out for one scenario, as shares of the simulated comparisons.

    Attributes:
        better, worse: Identical systems called better, or worse.
        rejected: Identical systems rejected: worse over all, or in a category after Holm.
        accepted: Identical systems accepted; the rest is not enough data.
        covered: Intervals of the difference that hold the truth, systems identical.
        covered_loss: The same where the system is worse by the detectable loss.
        covered_mean: Intervals of one system's accuracy that hold the truth.
        detectable: The loss that comparisons of identical systems call detectable (median).
        power: How often that loss is found.
        let_through: How often a system worse by the whole margin is accepted.
        graded_alarms: Identical systems told apart by a graded score.
        covered_graded, covered_graded_loss: As above, for graded scores.
        mcnemar: Identical systems told apart by McNemar's test, which does not decide.
        percentile: Plain percentile bootstrap intervals of a mean that hold the truth.
    """

    better: float
    worse: float
    rejected: float
    accepted: float
    covered: float
    covered_loss: float
    covered_mean: float
    detectable: float
    power: float
    let_through: float
    graded_alarms: float
    covered_graded: float
    covered_graded_loss: float
    mcnemar: float
    percentile: float


def scenarios() -> Iterator[Scenario]:
    for accuracy, correlation, alike in itertools.product(ACCURACIES, CORRELATIONS, LIKENESSES):
        yield Scenario(accuracy, correlation, *alike)


class Simulation:
    """The questions of a golden set, answered at random by systems of known accuracy."""

    def __init__(self, questions: Sequence[Question], margin: float, comparisons: int) -> None:
        self.clusters = Clusters.of_questions(questions)
        self.margin, self.comparisons = margin, comparisons
        names = sorted({question.category for question in questions})
        self.category_N = np.array([names.index(question.category) for question in questions])
        self.random = np.random.default_rng(1910)

    def answers(self, scenario: Scenario, change: float) -> tuple[FloatArray, FloatArray]:
        """Scores (S, N), 0 or 1, of a system and of its baseline.

        The system's accuracy is the baseline's plus ``change``, exactly: a fact's chance
        is beta-distributed with that mean, whatever the likenesses.
        """
        shape_C = (self.comparisons, self.clusters.count)
        shape_N = (self.comparisons, self.clusters.questions)
        hard_C, hard_N = (self.random.standard_normal(shape) for shape in (shape_C, shape_N))
        scores = []
        for accuracy in (scenario.accuracy + change, scenario.accuracy):
            chance_S_C = beta.ppf(
                ndtr(self._mixed(hard_C, scenario.facts_alike)),
                *_beta_parameters(accuracy, scenario.correlation),
            )
            luck_S_N = ndtr(self._mixed(hard_N, scenario.answers_alike))
            right = luck_S_N < chance_S_C[:, self.clusters.index_N]
            scores.append(right.astype(np.float64))
        return scores[0], scores[1]

    def _mixed(self, shared: FloatArray, alike: float) -> FloatArray:
        own = self.random.standard_normal(shared.shape)
        mixed: FloatArray = np.sqrt(alike) * shared + np.sqrt(1 - alike) * own
        return mixed

    def graded(self, right: tuple[FloatArray, FloatArray]) -> FloatArray:
        """Differences (S, N) of graded scores: 0.6 to 1 for a right answer, else 0 to 0.6.

        Where both systems are right or both wrong, 7 of 10 answers are word for word equal.
        """
        drawn = [0.6 * self.random.random(r.shape) for r in right]
        system, baseline = (
            np.where(r > 0, 0.6 + d / 1.5, d) for r, d in zip(right, drawn, strict=True)
        )
        equal = (right[0] == right[1]) & (self.random.random(system.shape) < 0.7)
        return np.where(equal, 0.0, system - baseline)

    def run(self, scenario: Scenario) -> Figures:
        """Identical systems, then a loss of the detectable size, then one of the margin."""
        system, baseline = self.answers(scenario, 0.0)
        d = system - baseline
        better, worse = self._p(d)
        low, high = difference_interval(d, self.clusters)
        accepted = (better <= ALPHA / 2) | (low >= -self.margin)
        rejected = ~accepted & (worse <= ALPHA / 2) | self._category_lost(d)
        loss = float(np.median(detectable_difference(d, self.clusters)))
        lower, upper = mean_interval(baseline, self.clusters)
        graded = self.graded((system, baseline))
        graded_low, graded_high, graded_p = self._bootstrap(graded)
        power, covered_loss, covered_graded_loss = self._at_loss(scenario, -loss)
        return Figures(
            better=_share(better <= ALPHA / 2),
            worse=_share(worse <= ALPHA / 2),
            rejected=_share(rejected),
            accepted=_share(accepted & ~rejected),
            covered=_covered(low, high, 0.0),
            covered_loss=covered_loss,
            covered_mean=_covered(lower, upper, scenario.accuracy),
            detectable=loss,
            power=power,
            let_through=self._let_through(scenario),
            graded_alarms=_share(graded_p <= ALPHA),
            covered_graded=_covered(graded_low, graded_high, 0.0),
            covered_graded_loss=covered_graded_loss,
            mcnemar=_share(_mcnemar(d) <= ALPHA),
            percentile=self._percentile_coverage(baseline, scenario.accuracy),
        )

    def _p(self, d: FloatArray) -> tuple[FloatArray, FloatArray]:
        return sign_flip_p(self.clusters.sums(d), self.random, FLIPS)

    def _category_lost(self, d: FloatArray) -> Flags:
        """Whether a category is significantly worse after Holm's correction."""
        chosen = [self.clusters.sums(d * (self.category_N == k)) for k in set(self.category_N)]
        _, worse_K_S = sign_flip_p(np.stack(chosen), self.random, FLIPS)
        # Holm rejects something exactly when the smallest p times their number does.
        lost: Flags = worse_K_S.min(axis=0) * len(chosen) <= ALPHA / 2
        return lost

    def _at_loss(self, scenario: Scenario, change: float) -> tuple[float, float, float]:
        """Power, coverage, and coverage of graded scores, at a true change."""
        answers = self.answers(scenario, change)
        d = answers[0] - answers[1]
        low, high, _ = self._bootstrap(self.graded(answers))
        return (
            _share(self._p(d)[1] <= ALPHA / 2),
            _covered(*difference_interval(d, self.clusters), change),
            # Right answers score 0.8 on average and wrong ones 0.3.
            _covered(low, high, 0.5 * change),
        )

    def _let_through(self, scenario: Scenario) -> float:
        """How often a system worse by the whole margin is accepted."""
        system, baseline = self.answers(scenario, -self.margin)
        low, _ = difference_interval(system - baseline, self.clusters)
        return _share(low >= -self.margin)

    def _bootstrap(self, d: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return bootstrap_difference(self.clusters.sums(d), self.clusters, self.random, 999)

    def _percentile_coverage(self, scores: FloatArray, accuracy: float) -> float:
        """Of the plain percentile bootstrap of the mean, for comparison."""
        count, sizes = self.clusters.count, self.clusters.sizes
        times_R_C = self.random.multinomial(count, np.full(count, 1 / count), size=999)
        means = self.clusters.sums(scores) @ times_R_C.T / (times_R_C @ sizes)
        low, high = np.percentile(means, [2.5, 97.5], axis=1)
        return _covered(low, high, accuracy)


def _beta_parameters(mean: float, correlation: float) -> tuple[float, float]:
    size = 1 / correlation - 1
    return mean * size, (1 - mean) * size


def _share(flags: Flags) -> float:
    return float(np.mean(flags))


def _covered(low: FloatArray, high: FloatArray, truth: float) -> float:
    return _share((low <= truth + 1e-12) & (truth <= high + 1e-12))


def _mcnemar(d: FloatArray) -> FloatArray:
    better, worse = (d > 0).sum(axis=1), (d < 0).sum(axis=1)
    p: FloatArray = np.minimum(1, 2 * binom.cdf(np.minimum(better, worse), better + worse, 0.5))
    return p


def simulation(comparisons: int, evalset: Path = ESSENTIALS) -> Simulation:
    """Over a golden set, with the margin of the shipped gate."""
    margin = read_thresholds(EVALSETS / "gates.toml").bound("comparison", "margin")
    assert margin is not None
    return Simulation(read_evalset(evalset).questions, margin, comparisons)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=2_000, help="in every cell")
    parser.add_argument("--evalset", type=Path, default=ESSENTIALS, help="a set or a folder")
    given = parser.parse_args()
    simulated, start = simulation(given.comparisons, given.evalset), time.perf_counter()
    rows = [(scenario, simulated.run(scenario)) for scenario in scenarios()]
    print(summary([figures for _, figures in rows]))
    print()
    print(table(rows))
    print(f"\n{time.perf_counter() - start:.0f} s, {given.comparisons} comparisons in each cell")


def summary(figures: Sequence[Figures]) -> str:
    """Markdown, one line a figure: lowest, mean and highest over the scenarios, in percent."""
    lines = ["| figure | lowest | mean | highest |", "| --- | --- | --- | --- |"]
    for name in Figures.__annotations__:
        values = [100 * getattr(found, name) for found in figures]
        ends = min(values), sum(values) / len(values), max(values)
        lines.append(f"| {name} | {' | '.join(f'{end:.1f}' for end in ends)} |")
    return "\n".join(lines)


def table(rows: Sequence[tuple[Scenario, Figures]]) -> str:
    """Markdown, one line a scenario, in percent."""
    head = ["accuracy", "within facts", "alike", *Figures.__annotations__]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for scenario, figures in rows:
        alike = f"{scenario.facts_alike:.1f}/{scenario.answers_alike:.1f}"
        cells = [f"{scenario.accuracy:.2f}", f"{scenario.correlation:.1f}", alike]
        cells += [f"{100 * value:.1f}" for value in vars(figures).values()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
