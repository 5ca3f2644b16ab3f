"""What ``farense train`` shows: one bar at a time, warnings, and what it cost in the end."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from farense.cli.progress import Bar

# Steps that count rows, in the order they come in.
_COUNTED = {"trunk": "computing the frozen blocks", "measure": "measuring the gap"}


class Display(ExitStack):
    """One progress bar at a time, for the step the training is in."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps
        self._validation = "no validation yet"
        self._title = ""
        # At once: the processes take some seconds to load the base.
        self._bar("loading the base", 1)

    def show(self, event: dict[str, Any]) -> None:
        """Show an event of the training."""
        kind = event["event"]
        if kind == "warning":
            warn(event["text"])
        elif kind == "resumed":
            step = event["step"]
            place = f"after step {step}, from its checkpoint" if step else "from the first step"
            click.echo(f"going on {place}", err=True)
        elif kind == "memory":
            warn(_fewer_rows(event))
        elif kind == "validation":
            self._validation = f"validation {event['loss']:.3f}"
        elif kind in _COUNTED:
            self._bar(_COUNTED[kind], event["total"]).update(event["rows"])
        elif kind == "train":
            note = f"loss {event['loss']:.3f}, {self._validation}"
            note += f", {event['tokens_per_second']:.0f} tokens/s"
            self._bar("training", self._steps).update(event["step"], note)

    def _bar(self, title: str, total: int) -> Bar:
        from farense.cli.progress import progress_bar

        if title != self._title:
            self.close()
            self._title = title
            self._shown = self.enter_context(progress_bar(title, total))
        return self._shown


def warn(text: str) -> None:
    """A sentence for the user, beside the output."""
    click.echo(f"warning: {text}", err=True)


def _fewer_rows(event: dict[str, Any]) -> str:
    if "measured_at_once" in event:
        size, where, same = event["measured_at_once"], "while measuring", "losses"
    else:
        size, where, same = event["rows_at_once"], f"in step {event['step']}", "updates"
    rows = f"{size} row{'s' if size > 1 else ''}"
    return f"memory ran out {where}: {rows} at once from now on; the {same} stay the same"


def tell_cost(adapter: Path) -> None:
    """Say how fast an adapter was trained, and how much of that was padding."""
    from farense.models.adapters import SUMMARY
    from farense.storage import read_json

    summary = read_json(adapter / SUMMARY)
    speed, share = summary["tokens_per_second"], 100 * summary["padding_share"]
    click.echo(
        f"trained {summary['steps']} steps at {speed:.0f} tokens/s; {share:.1f} % of what was"
        " computed was padding",
        err=True,
    )
