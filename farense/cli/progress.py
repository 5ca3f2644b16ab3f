"""Progress of work that takes more than a moment: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

# On a terminal the bar moves all the time; in a log a line this often shows life.
LINE_SECONDS = 15.0


@dataclass
class Bar:
    """One piece of work of known size; ``update`` may be called as often as one likes."""

    label: str
    total: int
    _console: Console
    _progress: Progress | None = None
    _start: float = field(default_factory=time.monotonic)
    _last_line: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self._progress is not None:
            self._task = self._progress.add_task(self.label, total=self.total, note="")

    def update(self, done: int, note: str = "") -> None:
        """Show that ``done`` of ``total`` are finished, with a short ``note``."""
        if self._progress is not None:
            self._progress.update(self._task, completed=done, note=note)
            return
        now = time.monotonic()
        if now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            elapsed = now - self._start
            left = elapsed / done * (self.total - done) if done else 0
            self._console.print(
                f"{self.label}: {done}/{self.total}, {elapsed:.0f} s, {left:.0f} s left  {note}",
                markup=False,
                highlight=False,
            )


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Bar]:
    """Show the progress of ``total`` pieces on stderr while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        start = time.monotonic()
        console.print(f"{label}: {total} to do", markup=False, highlight=False)
        yield Bar(label, total, console)
        seconds = time.monotonic() - start
        console.print(f"{label}: ended after {seconds:.0f} s", markup=False, highlight=False)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(label, total, console, progress)


@contextmanager
def working(label: str) -> Iterator[None]:
    """Say on stderr that something of unknown length goes on while the block runs."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(label):
            yield
    else:
        console.print(f"{label} …", markup=False, highlight=False)
        yield
