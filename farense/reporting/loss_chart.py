"""The loss curves as an inline SVG, drawn without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from farense.reporting.bilingual import decimal
from farense.reporting.words import WORDS
from farense.training.metrics import Metrics

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 22, 40

Point = tuple[float, float]


@dataclass(frozen=True)
class Curves:
    """Points (step, loss in nats per token) in the order of the steps."""

    train: tuple[Point, ...]
    validation: tuple[Point, ...]
    best_step: int | None


def curves_of(metrics: Sequence[Mapping[str, Any]]) -> Curves | None:
    """The curves in the rows of a metrics.jsonl; None when there is no point to draw."""
    typed = Metrics.of(metrics)
    train, validation = (
        tuple((float(row.step), row.loss) for row in rows)
        for rows in (typed.train, typed.validation)
    )
    best = [row.step for row in typed.validation if row.best]
    return Curves(train, validation, best[-1] if best else None) if train or validation else None


def loss_chart(curves: Curves, width: int, height: int) -> Markup:
    """Both curves on shared axes from zero, the best step marked.

    Args:
        curves: What to draw.
        width: Of the drawing in CSS pixels; text keeps its size, so draw one chart for
            wide screens and one for narrow ones rather than scaling.
        height: Likewise.
    """
    every = (*curves.train, *curves.validation)
    x_ticks = _ticks(max(step for step, _ in every), max(2, width // 120), whole=True)
    y_ticks = _ticks(max(loss for _, loss in every), max(2, height // 60))
    last_step = max(step for step, _ in every)
    x_ticks = [tick for tick in x_ticks if tick <= last_step]
    plot = _Plot(width, height, max(last_step, 1), y_ticks[-1] or 1)
    parts = [
        _grid(plot, x_ticks, y_ticks),
        _best(plot, curves),
        _line(plot, curves.train, "train"),
        _line(plot, curves.validation, "validation"),
        _dots(plot, curves),
    ]
    return Markup(
        '<svg class="chart" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="{alt}">{body}</svg>'
    ).format(w=width, h=height, alt=_alt(curves), body=Markup("").join(parts))


def _alt(curves: Curves) -> str:
    # An attribute cannot switch language, so it carries both.
    named = (("train_curve", curves.train), ("validation_curve", curves.validation))
    last = [f"{' / '.join(WORDS[key])}: {points[-1][1]:.3f}" for key, points in named if points]
    return " / ".join(WORDS["chart_alt"]) + ". " + "; ".join(last)


@dataclass(frozen=True)
class _Plot:
    width: int
    height: int
    x_max: float
    y_max: float

    def x(self, step: float) -> float:
        return round(_LEFT + step / self.x_max * (self.width - _LEFT - _RIGHT), 1)

    def y(self, loss: float) -> float:
        return round(self.height - _BOTTOM - loss / self.y_max * (self.height - _TOP - _BOTTOM), 1)


def _grid(plot: _Plot, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> Markup:
    digits = 0 if y_ticks[-1] >= 2 * len(y_ticks) else 2 if y_ticks[-1] < 0.5 else 1
    left, right, bottom = plot.x(0), plot.x(plot.x_max), plot.y(0)
    parts = [
        Markup('<line class="{}" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(
            "grid" if loss else "axis", left, right, y=plot.y(loss)
        )
        for loss in y_ticks
    ]
    parts += [_label(left - 8, plot.y(t) + 4, "end", decimal(t, digits)) for t in y_ticks]
    parts += [_label(plot.x(t), bottom + 18, "middle", decimal(t, 0)) for t in x_ticks]
    parts.append(_label(right, plot.height - 4, "end", WORDS["step"]))
    parts.append(_label(4, 12, "start", WORDS["loss_axis"]))
    return Markup("").join(parts)


def _best(plot: _Plot, curves: Curves) -> Markup:
    if curves.best_step is None:
        return Markup("")
    x = plot.x(curves.best_step)
    pt, en = (text.format(step=curves.best_step) for text in WORDS["best_step"])
    line = Markup('<line class="best" x1="{x}" x2="{x}" y1="{}" y2="{}"/>').format(
        _TOP, plot.y(0), x=x
    )
    # On the right half the label would leave the drawing; put it left of the line.
    side, offset = ("end", -6) if x > plot.width / 2 else ("start", 6)
    return line + _label(x + offset, _TOP + 10, side, (pt, en), "strong")


def _line(plot: _Plot, points: Sequence[Point], kind: str) -> Markup:
    if not points:
        return Markup("")
    # More points than pixels only make the file larger.
    stride = max(1, len(points) // plot.width)
    kept = [*points[::stride], points[-1]]
    path = " ".join(f"{plot.x(step)},{plot.y(loss)}" for step, loss in kept)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, path)


def _dots(plot: _Plot, curves: Curves) -> Markup:
    return Markup("").join(
        Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(
            "dot best-dot" if step == curves.best_step else "dot",
            plot.x(step),
            plot.y(loss),
            5 if step == curves.best_step else 3,
        )
        for step, loss in curves.validation
    )


def _ticks(top: float, about: int, *, whole: bool = False) -> list[float]:
    """Round numbers from 0 to the first at or above ``top``, about ``about`` of them."""
    rough = max(top, 1e-9) / about
    power = 10.0 ** math.floor(math.log10(rough))
    stride = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    if whole:
        stride = max(1.0, round(stride))
    return [round(stride * k, 10) for k in range(math.ceil(top / stride - 1e-9) + 1)]


def _label(x: float, y: float, anchor: str, text: tuple[str, str], kind: str = "") -> Markup:
    # A span cannot stand in an SVG: each language has its own text element.
    languages = ("pt", "en") if text[0] != text[1] else ("",)
    return Markup("").join(
        Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            f"{kind} {language}".strip(), round(x, 1), round(y, 1), anchor, side
        )
        for language, side in zip(languages, text, strict=False)
    )
