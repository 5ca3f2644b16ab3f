"""``farense data``: packs built from the fact tables, and datasets of any origin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli import data_health, data_splits
from farense.cli.options import FACTS_DIR, PACK, PACKS_DIR

if TYPE_CHECKING:
    from farense.datasets.formats.shapes import Shape
    from farense.facts.phrasing.facet import PackName


@click.group()
def command() -> None:
    """Build packs from the fact tables; convert, audit, clean and split datasets.

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
@click.option(
    "--augment",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the trained rows that get a careless copy.",
)
def build(
    pack: PackName, data_dir: Path, packs_dir: Path, rehearsal: Path, seed: int, augment: float
) -> None:
    """Phrase the facts of a pack as training and validation rows; print the folder.

    \b
    Example:
        farense data build --pack core
    """
    from farense.cli.progress import working
    from farense.datasets.leakproof import PROMISES
    from farense.datasets.packs import build_pack, write_pack
    from farense.datasets.rehearsal import read_rehearsal
    from farense.facts.tables import read_tables

    with working("phrasing the facts"):
        built = build_pack(read_tables(data_dir), pack, seed, read_rehearsal(rehearsal), augment)
        folder = write_pack(built, packs_dir / pack)
    click.echo(f"{len(built.train)} training rows, {len(built.validation)} validation rows")
    click.echo(f"split by wording: {PROMISES['wording']}")
    click.echo(folder)


@command.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--shape",
    type=click.Choice(["prompt-completion", "question-answer", "chat", "instruction", "text"]),
    default="prompt-completion",
    show_default=True,
    help="Columns of the rows written.",
)
@click.option("--strict", is_flag=True, help="Stop at the first row that would be skipped.")
def convert(source: Path, target: Path, shape: Shape, strict: bool) -> None:
    """Turn the dataset SOURCE into TARGET: .jsonl, .json, .csv, .parquet or an mlx-lm folder.

    Text is mended, and a row that cannot be used is skipped with a line on stderr. TARGET may
    neither replace a file of SOURCE nor lie in it.

    \b
    Example:
        farense data convert perguntas.csv perguntas.jsonl --shape chat
    """
    from farense.datasets.formats.reading import read_dataset
    from farense.datasets.formats.writing import require_apart, write_dataset

    require_apart(source, target)
    reading = read_dataset(source, strict=strict)
    unwritten = write_dataset(reading.items, target, shape)
    for report in (*reading.reports, *unwritten):
        click.echo(report, err=True)
    skipped = len(reading.skipped) + len(unwritten)
    written = len(reading.items) - len(unwritten)
    click.echo(f"{reading.rows} rows in = {written} written + {skipped} skipped")
    click.echo(target)


command.add_command(data_health.audit)
command.add_command(data_health.clean)
command.add_command(data_splits.split)
command.add_command(data_splits.check)
