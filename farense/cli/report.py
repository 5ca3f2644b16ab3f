"""``farense report``: a finished run scored and rendered again, without a model."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run_folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--gates",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Thresholds of the gate.  [default: those of the run]",
)
@click.pass_context
def command(context: click.Context, run_folder: Path, gates: Path | None) -> None:
    """Score the raw answers of RUN_FOLDER again, judge and render; no model is loaded.

    Exits 0 when the gate accepts, 1 when it rejects, 2 when it could not judge.

    \b
    Example:
        farense report reports/smollm2-135m-essentials-1a2b3c4d-evalsets-5e6f7a8b
    """
    from rich.console import Console

    from farense.cli.progress import working
    from farense.evaluation.run_folder import rejudge, write_run
    from farense.evaluation.thresholds import read_thresholds
    from farense.reporting.page import render_page
    from farense.reporting.terminal import print_run
    from farense.storage import real_path

    run_folder = real_path(run_folder)
    with working("scoring, judging and rendering"):
        run = rejudge(run_folder, read_thresholds(gates) if gates else None)
        write_run(run, run_folder, render_page(run))
    print_run(run, Console())
    click.echo(run_folder / "report.html")
    context.exit(run.judgement.verdict.exit_code)
