"""Numbers in two notations, the loss chart, and the terminal's table."""

from __future__ import annotations

import io
import re

import evaluation_sample as sample
import pytest
from rich.console import Console

from farense.records import Interval
from farense.reporting import bilingual
from farense.reporting.loss_chart import Curves, curves_of, loss_chart
from farense.reporting.terminal import print_run


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, ("0\u00a0%", "0\u00a0%")),
        (0.9767, ("97,7\u00a0%", "97.7\u00a0%")),
        (1.0, ("100\u00a0%", "100\u00a0%")),
    ],
)
def test_percentages_follow_each_language(share: float, expected: tuple[str, str]) -> None:
    """A comma in Portuguese, a point in English, no idle decimals (BIPM: a space before %)."""
    assert expected == bilingual.percent(share)


def test_interval_bounds_are_rounded_outwards() -> None:
    """0.289-0.901 prints as 28-91: rounding never claims more than was measured."""
    assert bilingual.interval_span(Interval(0.6, 0.289, 0.901, 10)) == "28–91"
    assert bilingual.interval_span(Interval(0.6, 0.29, 0.9, 10)) == "29–90"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (bilingual.shown_duration(1084), "18 min 4 s"),
        (bilingual.shown_duration(7384), "2 h 3 min"),
        (bilingual.shown_bytes(999), "999 B"),
        (bilingual.shown_bytes(2_410_000_000), "2.4 GB"),
        (bilingual.shown_duration(31), "31.0 s"),
    ],
)
def test_times_and_sizes_read_well(shown: str, expected: str) -> None:
    """1084 s are 18 min 4 s, 7384 s 2 h 3 min; sizes use powers of 1000."""
    assert re.sub(r"<span lang=pt>.*?</span>|<.*?>", "", shown) == expected


def test_minus_zero_is_zero() -> None:
    """A difference that rounds to nothing has no sign."""
    assert bilingual.points(-0.0001) == ("0 pontos", "0 points")


def test_curves_take_losses_and_the_last_best_step() -> None:
    """40 training points, 4 validations, the best at step 30."""
    curves = curves_of(sample.metrics())
    assert curves is not None
    assert (len(curves.train), len(curves.validation), curves.best_step) == (40, 4, 30)
    assert curves_of(()) is None


def test_the_chart_keeps_every_point_inside() -> None:
    """No coordinate leaves the drawing, even for one single point at loss 0."""
    for curves in (curves_of(sample.metrics()), Curves(((0, 0.0),), (), None)):
        assert curves is not None
        svg = loss_chart(curves, 330, 250)
        points = re.findall(r"([\d.-]+),([\d.-]+)", " ".join(re.findall(r'points="(.*?)"', svg)))
        assert points
        assert all(0 <= float(x) <= 330 and 0 <= float(y) <= 250 for x, y in points)


def test_the_chart_draws_higher_loss_higher() -> None:
    """With axes to 4: loss 4 lies on the top line, loss 0 on the bottom, loss 2 half-way."""
    svg = loss_chart(Curves(((1, 4.0), (2, 2.0), (3, 0.0)), (), None), 600, 300)
    (points,) = re.findall(r'points="(.*?)"', svg)
    top, middle, bottom = (float(point.split(",")[1]) for point in points.split()[:3])
    assert top < middle < bottom
    assert middle == pytest.approx((top + bottom) / 2, abs=0.1)


def printed(run_name: str, **changes: object) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_run(sample.run_with({run_name: "?"} if run_name else {}, **changes), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_terminal_ends_with_the_verdict() -> None:
    """Accepted, rejected and could not judge each end the output, after the reasons."""
    assert printed("").splitlines()[-1] == "ACCEPTED: 8 of 8 rules met"
    assert printed("seen-0").splitlines()[-1] == "REJECTED: 6 of 8 rules met"
    assert printed("", gap=None).splitlines()[-1] == "COULD NOT JUDGE: 7 of 8 rules met"


def test_the_terminal_fits_eighty_columns() -> None:
    """No line is wider than 80 characters, and every tier and system is named."""
    text = printed("seen-1")
    assert max(map(len, text.splitlines())) <= 80
    for name in ("seen", "paraphrase", "unanswerable", "general", "adapter", "base", "echo"):
        assert name in text
