"""``farense recover``: what a crash left in a training's folder, and its repair."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Make the repairs; without it they are only named.")
@click.pass_context
def command(context: click.Context, folder: Path, repair: bool) -> None:
    """Say what a crash left in FOLDER, what is damaged and what would mend it.

    FOLDER is one a training worked in, or one that holds such folders. Only what farense
    itself wrote is ever removed. Exits 0 when all is whole or mended, 1 when something is
    left to mend.

    \b
    Example:
        farense recover models/adapters
    """
    from farense.training.recovery import inspect_training, repair_training, trainings_in

    left = 0
    for training in trainings_in(folder):
        found = inspect_training(training)
        click.echo(f"{training}:")
        for fact in found.facts:
            click.echo(f"  {fact}")
        for each in repair_training(training) if repair and found.repairs else found.repairs:
            click.echo(f"  {'done' if repair else 'to mend'}: {each}")
        left += 0 if repair else len(found.repairs)
    if left:
        click.echo(f"{left} to mend: the same command with --repair does it.", err=True)
        context.exit(1)
