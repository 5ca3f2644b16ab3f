"""Which rows ``farense train`` learns from: those of a pack, or of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.errors import InputError

if TYPE_CHECKING:
    from farense.datasets.training_data import TrainingData

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Dataset to train on instead of a pack: .jsonl, .json, .csv, .parquet or a folder.",
)
VALIDATION = click.option(
    "--validation",
    type=click.Path(path_type=Path),
    help="Dataset to validate on.  [default: rows that --data names, else a share of them]",
)
VALIDATION_SHARE = click.option(
    "--validation-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="Share of the rows held back where neither --validation nor --data names any.",
)


def chosen_rows(
    pack: Path, data: Path | None, validation: Path | None, share: float, seed: int
) -> TrainingData:
    """The rows that the options of the running command mean.

    Args:
        pack: Folder of the built pack.
        data: A dataset to use instead.
        validation: A dataset to validate on.
        share: Of the rows of ``data``, held back where none are named.
        seed: Of the drawing.

    Raises:
        InputError: options that exclude each other, or rows that cannot be used.
    """
    if data is None:
        if validation is not None or _given("validation_share"):
            raise InputError(
                "--validation",
                "no --data",
                "a dataset to hold rows back from",
                "Packs bring their own validation rows: leave it out, or give --data.",
            )
        return _pack_rows(pack)
    if _given("pack"):
        raise InputError("--pack", "--data as well", "one of the two", "Leave one out.")
    from farense.datasets.training_data import read_training_data

    return read_training_data(data, validation, share, seed)


def _given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def _pack_rows(folder: Path) -> TrainingData:
    from farense.datasets.packs import read_pack
    from farense.datasets.training_data import TrainingData

    built = read_pack(folder)
    return TrainingData(built.name, built.train, built.validation)


def tell_rows(data: TrainingData) -> None:
    """Say what is wrong with rows of one's own, and how many there are; nothing of a pack."""
    if data.record:
        for warning in data.warnings:
            click.echo(f"warning: {warning}", err=True)
        counts = data.record["rows"]
        click.echo(f"{counts['train']} rows to train, {counts['validation']} to validate", err=True)
