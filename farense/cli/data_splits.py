"""``farense data split`` and ``check``: splits by fact, and the proof that nothing leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from farense.datasets.formats.shapes import Shape
    from farense.datasets.leakproof import LeakReport


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--valid", default=0.1, show_default=True, help="Share of the rows for validation.")
@click.option("--test", default=0.1, show_default=True, help="Share of the rows for test.")
@click.option(
    "--shape",
    type=click.Choice(["prompt-completion", "question-answer", "chat", "instruction", "text"]),
    default="prompt-completion",
    show_default=True,
    help="Columns of the rows written.",
)
@click.option("--seed", default=1910, show_default=True, help="Seed of the dealing.")
@click.option("--validate", is_flag=True, help="Prove the written folder as data check does.")
@click.pass_context
def split(
    context: click.Context,
    source: Path,
    target: Path,
    valid: float,
    test: float,
    shape: Shape,
    seed: int,
    validate: bool,
) -> None:
    """Split the dataset SOURCE into the mlx-lm folder TARGET by fact, match and person.

    TARGET may neither replace a file of SOURCE nor lie in it. Categories (column
    category) keep their shares. split.json holds counts and hashes. With --validate, exits 1
    when anything leaks.

    \b
    Example:
        farense data split perguntas.jsonl data/built/meu --validate
    """
    from farense.datasets.formats.reading import read_dataset
    from farense.datasets.leakproof import PROMISES
    from farense.datasets.splitting import Shares, split_items, write_split

    reading = read_dataset(source)
    for report in reading.reports:
        click.echo(report, err=True)
    items = split_items(reading.items, Shares(valid, test), seed)
    folder = write_split(items, target, shape, seed=seed, source=source)
    told = (f"{sum(i.split == name for i in items)} {name}" for name in ("train", "valid", "test"))
    click.echo(f"{reading.rows} rows in = {', '.join(told)} + {len(reading.skipped)} skipped")
    click.echo(f"split by fact: {PROMISES['fact']}")
    click.echo(folder)
    if validate:
        context.exit(0 if _proved(folder).proved else 1)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--evalset",
    type=click.Path(path_type=Path),
    help="A golden set, or a folder of them, that the trained rows must not give away.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def check(context: click.Context, folder: Path, evalset: Path | None, as_json: bool) -> None:
    """Prove that FOLDER leaks no fact, prompt or answer from training into validation or test.

    FOLDER is a pack or the target of farense data split; its files are proved by hash. A pack
    holds wordings back and not facts: shared facts and answers are counted, and by design.
    Exits 0 when it is proved, 1 when something leaks or a row cannot be read.

    \b
    Example:
        farense data check data/built/essentials --evalset evalsets
    """
    from farense.datasets.formats.reading import read_dataset

    report = _proved(folder, quiet=as_json)
    taught: dict[str, str] = {}
    if evalset is not None:
        from farense.evaluation.evalset import read_evalset
        from farense.evaluation.pack_leaks import taught_questions

        questions = read_evalset(evalset).questions
        taught = taught_questions(read_dataset(folder).items, questions)
    if as_json:
        click.echo(json.dumps({**report.to_json(), "taught": taught}, ensure_ascii=False))
    elif evalset is not None:
        for question, why in taught.items():
            click.echo(f"{question}: {why}")
        click.echo(f"golden questions given away: {len(taught)} of {len(questions)}")
    context.exit(0 if report.proved and not taught else 1)


def _proved(folder: Path, *, quiet: bool = False) -> LeakReport:
    from dataclasses import replace

    from farense.datasets.formats.reading import read_dataset
    from farense.datasets.leakproof import prove_split, proved_files

    by, files = proved_files(folder)
    reading = read_dataset(folder)
    for told in reading.reports:
        click.echo(told, err=True)
    report = replace(prove_split(reading.items, by, files), unread=len(reading.skipped))
    if not quiet:
        _print(report)
    return report


def _print(report: LeakReport) -> None:
    from farense.datasets.leakproof import PROMISES

    for name, sha256 in report.files.items():
        click.echo(f"{name}: sha256 {sha256}, as in the manifest")
    click.echo(f"split by {report.by}: {report.trained} trained, {report.held_back} held back")
    click.echo(f"to be proved: {PROMISES[report.by]}")
    if report.unread:
        click.echo(f"rows that could not be read: {report.unread}")
    for leak in report.leaks:
        meant = " (by design: wordings are held back)" if leak.by_design and leak.count else ""
        click.echo(f"{leak.kind}: {leak.count}{meant}")
        for example in () if leak.by_design else leak.examples:
            click.echo(f"    {example.where}: {example.shown}")
    leaks = any(leak.count and not leak.by_design for leak in report.leaks)
    click.echo("no leak" if report.proved else "LEAKS" if leaks else "NOT PROVED")
