"""``farense data audit`` and ``clean``: what is wrong with a dataset, and it without that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from farense.datasets.formats.shapes import Shape

_MAX_CHARACTERS = click.option(
    "--max-characters",
    default=2000,
    show_default=True,
    help="Longest sound row, question and answer together.",
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Page to write.  [default: FILE.health.html, beside FILE]",
)
@_MAX_CHARACTERS
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.pass_context
def audit(
    context: click.Context, file: Path, out: Path | None, max_characters: int, as_json: bool
) -> None:
    """Look for every known fault of the dataset FILE; print a health card and write its page.

    FILE may be an mlx-lm folder. Exits 0 without a fault, 1 with one.

    \b
    Example:
        farense data audit data/samples/mau.jsonl
    """
    from farense.cli.progress import working
    from farense.datasets.auditing import audit as auditing
    from farense.datasets.formats.reading import read_dataset
    from farense.datasets.formats.writing import require_not_read
    from farense.reporting.audit_page import audit_lines, render_audit
    from farense.storage import real_path, write_text

    # Resolved, since "." has no name of its own.
    named = real_path(file)
    page = out or named.with_name(f"{named.name}.health.html")
    require_not_read(file, page)
    with working("auditing"):
        found = auditing.audit(read_dataset(file), max_characters=max_characters)
    write_text(page, render_audit(found))
    if as_json:
        click.echo(json.dumps({"page": str(page), **found.to_json()}, ensure_ascii=False))
    else:
        for line in audit_lines(found):
            click.echo(line)
        click.echo(page)
    context.exit(1 if found.faults else 0)


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--shape",
    type=click.Choice(["prompt-completion", "question-answer", "chat", "instruction", "text"]),
    default="prompt-completion",
    show_default=True,
    help="Columns of the rows written.",
)
@click.option("--leave", multiple=True, help="A kind of fault whose rows are kept all the same.")
@_MAX_CHARACTERS
def clean(
    source: Path, target: Path, shape: Shape, leave: tuple[str, ...], max_characters: int
) -> None:
    """Apply the fixes of an audit of SOURCE and write TARGET; SOURCE stays as it is.

    Every row that is dropped is a line on stderr with the reason. TARGET may neither replace a
    file of SOURCE nor lie in it.

    \b
    Example:
        farense data clean data/samples/mau.jsonl bom.jsonl
    """
    from farense.datasets.auditing.audit import audit as audit_reading
    from farense.datasets.auditing.cleaning import clean as clean_reading
    from farense.datasets.auditing.findings import FAULTS
    from farense.datasets.formats.reading import read_dataset
    from farense.datasets.formats.writing import require_apart, write_dataset
    from farense.errors import InputError

    unknown = sorted(set(leave) - set(FAULTS))
    if unknown:
        raise InputError("--leave", unknown[0], ", ".join(FAULTS), "Name a kind of the audit.")
    require_apart(source, target)
    reading = read_dataset(source)
    kinds = [kind for kind in FAULTS if kind in leave]
    cleaned = clean_reading(reading, audit_reading(reading, max_characters=max_characters), kinds)
    unwritten = write_dataset(cleaned.items, target, shape)
    for report in (*cleaned.dropped, *unwritten):
        click.echo(report, err=True)
    dropped = len(cleaned.dropped) + len(unwritten)
    written = len(cleaned.items) - len(unwritten)
    click.echo(f"{reading.rows} rows in = {written} written + {dropped} dropped")
    click.echo(target)
