"""``farense data``: packs of questions and answers, built from the fact tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import FACTS_DIR, PACK, PACKS_DIR

if TYPE_CHECKING:
    from farense.facts.phrasing.facet import PackName


@click.group()
def command() -> None:
    """Build the question-answer packs from the fact tables.

    \b
    Example:
        farense data build --pack essentials
    """


@command.command()
@PACK
@FACTS_DIR
@PACKS_DIR
@click.option(
    "--rehearsal",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("data/rehearsal.csv"),
    show_default=True,
    help="General questions that are trained along.",
)
@click.option("--seed", default=1910, show_default=True, help="Seed of the order of the rows.")
def build(pack: PackName, data_dir: Path, packs_dir: Path, rehearsal: Path, seed: int) -> None:
    """Phrase the facts of a pack as training and validation rows; print the folder.

    \b
    Example:
        farense data build --pack core
    """
    from farense.cli.progress import working
    from farense.datasets.packs import build_pack, write_pack
    from farense.datasets.rehearsal import read_rehearsal
    from farense.facts.tables import read_tables

    with working("phrasing the facts"):
        built = build_pack(read_tables(data_dir), pack, seed, read_rehearsal(rehearsal))
        folder = write_pack(built, packs_dir / pack)
    click.echo(f"{len(built.train)} training rows, {len(built.validation)} validation rows")
    click.echo(folder)
