"""``farense score``: a finished run's answers scored again, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import WITH

if TYPE_CHECKING:
    from farense.evaluation.rescoring import Rescored


@click.command()
@click.argument("run_folder", type=click.Path(path_type=Path, file_okay=False))
@WITH
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def command(run_folder: Path, optional: tuple[str, ...], as_json: bool) -> None:
    """Score the raw answers of RUN_FOLDER with today's scorers and say what changed.

    No model is loaded. Scores, verdict and page are written anew; `farense report` does the
    same and exits with the verdict.

    \b
    Example:
        farense score reports/smollm2-135m-essentials-1a2b3c4d-evalsets-5e6f7a8b
    """
    from rich.console import Console

    from farense.cli.progress import working
    from farense.evaluation.rescoring import rescored
    from farense.evaluation.run_folder import read_run, rejudge, write_run
    from farense.reporting.page import render_page
    from farense.storage import real_path

    run_folder = real_path(run_folder)
    before = read_run(run_folder)
    with working("scoring"):
        run = rejudge(run_folder, optional=optional)
        write_run(run, run_folder, render_page(run))
    found = rescored(before, run)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    _print(found, Console())
    click.echo(run_folder / "scores.jsonl")


def _print(found: Rescored, console: object) -> None:
    from rich.console import Console
    from rich.table import Table

    assert isinstance(console, Console)
    table = Table("scorer", "before", "now", "answers changed", title=f"{found.n} answers")
    for scorer in found.scorers:
        table.add_row(scorer.name, _mean(scorer.before), _mean(scorer.now), str(scorer.changed))
    console.print(table)
    for question, was, now in found.facts_changed:
        console.print(f"{question}: fact {was} -> {now}", markup=False)
    console.print(f"verdict: {found.verdict_before} -> {found.verdict_now}", markup=False)


def _mean(value: float | None) -> str:
    return "not measured" if value is None else f"{100 * value:.1f} %"
