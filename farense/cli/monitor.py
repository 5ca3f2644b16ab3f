"""``farense monitor``: a training watched from a second terminal."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import ADAPTERS_DIR

if TYPE_CHECKING:
    from rich.console import Console

# Where the output is no terminal, as wide and high as the smallest usual one.
_WIDTH, _HEIGHT = 80, 24


@click.command()
@click.argument("run", default="latest")
@click.option(
    "--refresh",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="Look once and end; so it does without a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and end.")
@ADAPTERS_DIR
def command(run: str, refresh: float, once: bool, as_json: bool, adapters_dir: Path) -> None:
    """Watch RUN train: losses, their difference, speed, memory, time left.

    RUN is an adapter folder, the hidden folder a training works in, or latest. Ends when the
    training has; Ctrl-C ends the watching alone.

    \b
    Example:
        farense monitor latest --refresh 5
    """
    from rich.console import Console

    from farense.reporting.monitor import render_run, run_json
    from farense.training.runs import RunOnDisk, find_run

    folder = find_run(run, adapters_dir)
    console = Console()
    if as_json:
        click.echo(json.dumps(run_json(RunOnDisk.read(folder)), ensure_ascii=False))
    elif once or not console.is_terminal:
        console = Console(width=console.width if console.is_terminal else _WIDTH)
        console.print(render_run(RunOnDisk.read(folder), console.width, _HEIGHT))
    else:
        _watch(folder, refresh, console)


def _watch(folder: Path, refresh: float, console: Console) -> None:
    from rich.live import Live

    from farense.reporting.monitor import render_run
    from farense.training.runs import RunOnDisk

    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                run = RunOnDisk.read(folder)
                # One line less than there are: the cursor stands below the frame.
                frame = render_run(run, console.width, console.height - 1)
                live.update(frame, refresh=True)
                if run.seen not in ("running", "elsewhere"):
                    return
                time.sleep(refresh)
        except KeyboardInterrupt:
            return
