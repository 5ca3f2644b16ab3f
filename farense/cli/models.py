"""``farense models``: fetch base models and list the ones farense knows."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from farense.cli.options import MODELS_DIR


@click.group()
def command() -> None:
    """Fetch base models and list them.

    \b
    Example:
        farense models pull smollm2-135m
    """


@command.command()
@click.argument("name")
@MODELS_DIR
def pull(name: str, models_dir: Path) -> None:
    """Fetch the base NAME once, check it against its pin and import it.

    \b
    Example:
        farense models pull smollm2-135m
    """
    from farense.models.sources import pull as pull_base

    with contextlib.ExitStack() as spinner:
        folder = pull_base(name, models_dir, lambda step: _show(step, spinner))
    click.echo(folder)


def _show(step: str, spinner: contextlib.ExitStack) -> None:
    """Print one step; a spinner turns until the next, except where pip draws its own bar."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    spinner.close()
    console.print(step, markup=False)
    if not step.startswith("Downloading"):
        spinner.enter_context(console.status(""))


@command.command(name="list")
@MODELS_DIR
def list_bases(models_dir: Path) -> None:
    """Show every known base: source, size, licence, and whether it is here.

    \b
    Example:
        farense models list
    """
    from rich.console import Console
    from rich.table import Table

    from farense.models.registry import BASES
    from farense.models.sources import is_pulled

    table = Table("name", "source", "MB", "licence", "import", "here")
    table.columns[0].no_wrap = True
    for base in BASES.values():
        table.add_row(
            base.name,
            base.source.described,
            f"{base.download_bytes / 1e6:.0f}",
            base.licence,
            base.conversion,
            "yes" if is_pulled(base, models_dir) else "no",
        )
    Console().print(table)
