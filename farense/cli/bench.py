"""``farense bench``: how fast this machine computes with a base or an adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import ADAPTERS_BASE, ADAPTERS_DIR, MODELS_DIR
from farense.config import ANSWERS_AT_ONCE

if TYPE_CHECKING:
    from farense.answering.subject import Subject


@click.command()
@click.option(
    "--adapter",
    type=click.Path(path_type=Path, file_okay=False),
    help="Adapter folder.  [default: the newest trained one]",
)
@click.option("--no-adapter", is_flag=True, help="Measure the bare base instead.")
@ADAPTERS_BASE
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Rounds that are counted, after one that is not.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 512),
    default=ANSWERS_AT_ONCE,
    show_default=True,
    help="Answers written at once by each process.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that answer together.  [default: one a core on a CPU, one on a GPU]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@MODELS_DIR
@ADAPTERS_DIR
def command(
    adapter: Path | None,
    no_adapter: bool,
    base: str | None,
    rounds: int,
    batch_size: int,
    workers: int | None,
    as_json: bool,
    models_dir: Path,
    adapters_dir: Path,
) -> None:
    """Measure tokens per second, time to first token and memory on this machine.

    An adapter's figures are kept in its passport, and the quality report shows them beside
    those of the accepted adapter.

    \b
    Example:
        farense bench --no-adapter --base smollm2-135m
    """
    from rich.console import Console

    from farense.cli.progress import progress_bar
    from farense.models.backend import prepare_backend
    from farense.reporting.speed import speed_table

    backend = prepare_backend()
    for warning in backend.warnings:
        click.echo(f"warning: {warning}", err=True)

    from farense.answering.subject import find_subject
    from farense.benchmarking.speed import measure_speed
    from farense.benchmarking.work import Work
    from farense.models.model_folder import float32_bytes
    from farense.models.processes import sensible_workers

    subject = find_subject(adapter, no_adapter, base, models_dir, adapters_dir)
    processes = workers or sensible_workers(backend, float32_bytes(subject.base))
    work = Work(rounds=rounds, batch_size=batch_size)
    with progress_bar(f"measuring {subject.name}", 2 * rounds) as bar:
        done = iter(range(1, 2 * rounds + 1))
        record = measure_speed(subject, backend, work, processes, lambda: bar.update(next(done)))
    _keep(subject, record)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        Console().print(speed_table(record))


def _keep(subject: Subject, record: dict[str, object]) -> None:
    """Write the figures into the passport; they stand without it too."""
    from farense.errors import FarenseError
    from farense.evaluation.passport import record_speed

    if subject.adapter is None:
        return
    try:
        record_speed(subject.adapter, record)
    except FarenseError as error:
        click.echo(f"warning: the passport was not extended: {error}", err=True)
