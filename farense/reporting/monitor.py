"""A training at a glance, for a terminal: losses, their difference, speed, memory, time left."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import plotext
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from farense.evaluation.gap import gap_of, label_of
from farense.training.checkpoints import checkpoints_of
from farense.training.metrics import Metrics, TrainRow, padding_share
from farense.training.runs import RunOnDisk
from farense.training.state import TrainingState
from farense.training.workplace import adapter_of, is_partial

# Lines of a frame besides its plot: the heading and the table, one line a row.
_OTHER_LINES = 8
_LEAST_PLOT_LINES = 6
_COLOURS = {"running": "cyan", "finished": "green", "elsewhere": "cyan"}


@dataclass(frozen=True)
class RunningDifference:
    """Last validation loss minus the mean loss logged in the steps since the one before it.

    Not the overfitting gap: the log's losses are those before each update, on the batch that is
    then trained. The gap is measured over both whole splits when training has ended.
    """

    value: float
    first_step: int
    last_step: int

    @property
    def label(self) -> str:
        """The word the final gap would have at this value."""
        return label_of(self.value)


def running_difference(metrics: Metrics) -> RunningDifference | None:
    """What the log says about overfitting so far; None before the first validation."""
    if not metrics.validation:
        return None
    last = metrics.validation[-1]
    before = metrics.validation[-2].step if len(metrics.validation) > 1 else 0
    window = [row for row in metrics.train if before < row.step <= last.step]
    if not window:
        return None
    trained = statistics.fmean(row.loss for row in window)
    return RunningDifference(last.loss - trained, window[0].step, last.step)


def render_run(run: RunOnDisk, width: int, height: int) -> RenderableType:
    """A frame of ``width`` columns and at most ``height`` lines.

    Args:
        run: As read from disk.
        width: At least 60; on less, lines are cut.
        height: The plot takes what the other lines leave; without room for it there is none.
    """
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, style="dim")
    rows.add_column(overflow="fold")
    advice = _advice(run)
    for name, text in (*_lines(run), *advice):
        rows.add_row(name, text)
    # A long reason takes more than a line; the plot gives way.
    spare = height - _OTHER_LINES - sum(1 + len(text) // (width - 14) for _, text in advice)
    parts: list[RenderableType] = [_heading(run, width)]
    if run.metrics.train and spare >= _LEAST_PLOT_LINES:
        parts.append(Text.from_ansi(_plot(run.metrics, width, spare), no_wrap=True))
    return Group(*parts, rows)


def run_json(run: RunOnDisk) -> dict[str, Any]:
    """The same as a JSON object; what is not known is null."""
    state, difference = run.state, running_difference(run.metrics)
    last = run.metrics.train[-1] if run.metrics.train else None
    validation = run.metrics.validation[-1] if run.metrics.validation else None
    final = gap_of(run.summary)
    return {
        "run": str(run.folder),
        "status": run.seen,
        "phase": state.phase if state else None,
        "step": last.step if last else 0,
        "steps": state.steps if state else None,
        "epoch": last.epoch if last else 0.0,
        "train_loss": last.loss if last else None,
        "validation_loss": validation.loss if validation else None,
        "best_step": state.best_step if state else None,
        "running_difference": difference.value if difference else None,
        "gap": final.to_json() if final else None,
        "without_gain": state.without_gain if state else None,
        "patience": state.patience if state else None,
        "tokens_per_second": last.tokens_per_second if last else None,
        "padding_share": padding_share(run.metrics.train),
        "memory_bytes": last.memory_bytes if last else None,
        "eta_seconds": state.eta_seconds if state else None,
        "reason": state.reason if state else None,
    }


def _heading(run: RunOnDisk, width: int) -> Text:
    seen, state = run.seen, run.state
    # The log is ahead of the state, which is not written for every step.
    step = run.metrics.train[-1].step if run.metrics.train else 0
    where = f"{seen}, {_phase(state, step)}" if seen == "running" and state else seen
    if state and seen == "elsewhere":
        where = f"on {state.host}, heard {_duration(max(0.0, time.time() - state.updated))} ago"
    name = (adapter_of(run.folder) if is_partial(run.folder) else run.folder).name
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(name[: max(8, width - len(where) - 2)], style="bold")
    text.append(f"  {where}", style=_COLOURS.get(seen, "red"))
    return text


def _phase(state: TrainingState, step: int) -> str:
    if state.phase == "starting":
        return "starting"
    if state.phase == "training":
        return f"step {step} of {state.steps}"
    what = {"trunk": "computing the frozen blocks", "measure": "measuring the gap"}[state.phase]
    return f"{what}, {state.rows} of {state.total} rows"


def _lines(run: RunOnDisk) -> Iterator[tuple[str, str]]:
    metrics, state = run.metrics, run.state
    if not metrics.train:
        yield "loss", "no step yet"
        return
    last = metrics.train[-1]
    yield "loss", f"{last.loss:.3f} at step {last.step}{_validated(metrics)}"
    final, difference = gap_of(run.summary), running_difference(metrics)
    if final:
        yield "gap", f"{final.value:+.3f} {final.label}, over both whole splits"
    elif difference:
        yield (
            "so far",
            f"{difference.value:+.3f} {difference.label}, running difference: validation"
            f" - log of {difference.first_step}-{difference.last_step}",
        )
    if state:
        yield "stopping", f"{state.without_gain} of {state.patience} validations without gain"
    yield "speed", _speed(metrics.train[-20:])
    yield "memory", _memory(last)
    yield "time", _time(last, run)


def _validated(metrics: Metrics) -> str:
    if not metrics.validation:
        return ", no validation yet"
    last = metrics.validation[-1]
    best = [row for row in metrics.validation if row.best][-1:]
    kept = f" (best {best[0].loss:.3f} at {best[0].step})" if best else ""
    return f", validation {last.loss:.3f} at step {last.step}{kept}"


def _speed(rows: Sequence[TrainRow]) -> str:
    seconds = sum(row.seconds for row in rows)
    tokens, share = sum(row.tokens for row in rows), padding_share(rows)
    text = f"{tokens / seconds:.0f} tokens/s"
    if share is not None:
        text += f", {tokens / (1 - share) / seconds:.0f} with padding ({100 * share:.0f} %)"
    return f"{text}, {seconds / len(rows):.2g} s a step"


def _memory(row: TrainRow) -> str:
    text = f"{_gib(row.memory_bytes)} in the leading process"
    if row.device_bytes is None or row.device_peak_bytes is None:
        return text
    return f"{text}; MLX {_gib(row.device_bytes)}, at most {_gib(row.device_peak_bytes)}"


def _time(row: TrainRow, run: RunOnDisk) -> str:
    text = f"epoch {row.epoch:.2f}"
    eta = run.state.eta_seconds if run.state else None
    if run.seen in ("running", "elsewhere") and eta is not None:
        text += f", {_duration(eta)} to the last step"
    return text


def _advice(run: RunOnDisk) -> list[tuple[str, str]]:
    seen, state = run.seen, run.state
    if seen == "crashed" and state is not None:
        last = run.metrics.train[-1].step if run.metrics.train else 0
        reason = f"process {state.pid} is gone without a word, after step {last}"
    else:
        reason = (state.reason if state else None) or ""
    lines = [("reason", reason)] if reason else []
    if seen in ("crashed", "failed", "stopped"):
        there = checkpoints_of(run.folder)
        place = f"goes on after step {there[-1].step}" if there else "starts anew"
        lines.append(("to do", f"give the same `farense train` command again: it {place}"))
    return lines


def _plot(metrics: Metrics, width: int, height: int) -> str:
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(width, height)
    steps = [row.step for row in metrics.train]
    losses = [row.loss for row in metrics.train]
    plotext.plot(steps, losses, label="training", marker="braille", color="blue+")
    if metrics.validation:
        plotext.scatter(
            [row.step for row in metrics.validation],
            [row.loss for row in metrics.validation],
            label="validation",
            marker="●",
            color="orange+",
        )
    top = max(losses + [row.loss for row in metrics.validation])
    plotext.ylim(0, top or 1)
    ticks = sorted({round(1 + (steps[-1] - 1) * part / 4) for part in range(5)})
    plotext.xticks(ticks, [str(tick) for tick in ticks])
    return str(plotext.build()).rstrip("\n")


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**27 else f"{count / 2**20:.0f} MiB"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
