"""``farense scorers``: list them, check the fact scorer on judged pairs, calibrate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import WITH

if TYPE_CHECKING:
    from farense.evaluation.pairs import Marked


@click.group()
def command() -> None:
    """List the scorers, check the fact scorer on pairs of your own, calibrate.

    \b
    Example:
        farense scorers check pairs.jsonl
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def check(context: click.Context, file: Path, as_json: bool) -> None:
    """Print every pair of FILE on which the typed fact scorer disagrees with a person.

    Each row has kind, value, references, answer and expected (0 or 1), and may have
    question. Exits 0 when all agree, 1 when one does not, 2 when the file cannot be used.

    \b
    Example:
        farense scorers check tests/data/fact_pairs.jsonl
    """
    from farense.evaluation.pairs import agreement_json, mark, read_pairs

    marked = mark(read_pairs(file))
    summary = agreement_json(marked)
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        _print_disagreements(marked)
        click.echo(f"{summary['agree']} of {summary['n']} agree ({summary['signature']})")
    context.exit(1 if summary["disagree"] else 0)


def _print_disagreements(marked: Sequence[Marked]) -> None:
    for item in marked:
        if item.agrees:
            continue
        pair, score = item.pair, item.score
        read = f"read {score.extracted!r}" if score.extracted else "read nothing of the kind"
        click.echo(
            f"{pair.where}: {pair.wanted.kind} {pair.wanted.value!r}: {pair.answer!r}: "
            f"expected {pair.expected}, scored {score.value:.0f} ({read})"
        )


@command.command(name="list")
def list_scorers() -> None:
    """Show every scorer: its signature, where it comes from, whether it is on.

    \b
    Example:
        farense scorers list
    """
    from rich.console import Console
    from rich.table import Table

    from farense.scoring.catalogue import catalogue

    table = Table("name", "from", "on", "measures", "signature")
    table.columns[0].no_wrap = True
    for entry in catalogue():
        on = "yes" if entry.on else "no"
        table.add_row(entry.name, entry.origin, on, entry.measures, entry.signature)
    Console(width=None if Console().is_terminal else 160).print(table, markup=False)


@command.command()
@WITH
def calibrate(optional: tuple[str, ...]) -> None:
    """Print docs/calibration.md: every scorer on the answers that mislead scorers.

    \b
    Example:
        farense scorers calibrate --with semantic > docs/calibration.md
    """
    from farense.scoring.calibration import calibration_page, semantic_section

    page = calibration_page()
    click.echo(f"{page}\n{semantic_section()}" if optional else page, nl=False)
