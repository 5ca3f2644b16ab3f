"""``farense facts``: check the fact tables, look a name up, import documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import FACTS_DIR

if TYPE_CHECKING:
    from farense.facts.search import Mention

_HIDDEN = ("source", "competition_raw", "opponent_raw")
_MENTIONS_A_TABLE = 15


@click.group()
def command() -> None:
    """Check the fact tables, look a name up, import documents.

    \b
    Example:
        farense facts show "Hassan"
    """


@command.command()
@FACTS_DIR
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def check(context: click.Context, data_dir: Path, as_json: bool) -> None:
    """Check every line of the fact tables, and the tables against each other.

    Each error is one line, file:line first. Keys between tables, duplicates and known gaps
    are checked once every line keeps the schema. Exits 0 without an error, 1 with one.

    \b
    Example:
        farense facts check --data-dir data/facts
    """
    from farense.facts.checking import check_facts

    found = check_facts(data_dir)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for error in found.errors:
            click.echo(error)
        for table, lines in found.lines.items():
            golden = f", {found.golden[table]} fit for golden" if table in found.golden else ""
            click.echo(f"{table}: {lines} lines{golden}")
        click.echo(f"{len(found.errors)} errors")
    context.exit(1 if found.errors else 0)


@command.command()
@click.argument("name")
@FACTS_DIR
@click.option("--all", "show_all", is_flag=True, help="Show every line, however many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def show(name: str, data_dir: Path, show_all: bool, as_json: bool) -> None:
    """Print every line of the tables that speaks of NAME, and what is in dispute about it.

    Case and accents do not matter. A line that may not be golden says why.

    \b
    Example:
        farense facts show "Hassan"
    """
    from farense.facts.search import conflicts_about, find_mentions

    mentions = find_mentions(data_dir, name)
    disputed = conflicts_about(data_dir, name)
    if as_json:
        facts = [vars(mention) for mention in mentions]
        click.echo(json.dumps({"facts": facts, "conflicts": disputed}, ensure_ascii=False))
        return
    for table in dict.fromkeys(mention.table for mention in mentions):
        _print_table([m for m in mentions if m.table == table], show_all)
    for row in disputed:
        click.echo(f"in dispute: {row['subject']}: {row['kind']}; kept: {row['kept']}")


def _print_table(mentions: list[Mention], show_all: bool) -> None:
    click.echo(f"{mentions[0].table}: {len(mentions)}")
    for mention in mentions if show_all else mentions[:_MENTIONS_A_TABLE]:
        told = " · ".join(f"{k} {v}" for k, v in mention.cells.items() if k not in _HIDDEN)
        unfit = f" [not golden: {mention.unfit}]" if mention.unfit else ""
        click.echo(f"  {mention.where}: {told}{unfit}")
    if not show_all and len(mentions) > _MENTIONS_A_TABLE:
        click.echo(f"  and {len(mentions) - _MENTIONS_A_TABLE} more: --all shows them")


@command.command(name="import")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False), nargs=-1, required=True)
@FACTS_DIR
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/imported"),
    show_default=True,
    help="Folder for matches.csv and conflicts.csv.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def import_(files: tuple[Path, ...], data_dir: Path, out: Path, as_json: bool) -> None:
    """Turn result tables of FILES (Markdown, CSV, JSON) into rows of the fact schema.

    Scores stay as displayed, home club first. What disagrees, in the documents or with the
    tables of --data-dir, goes to conflicts.csv and not into matches.csv. The tables of
    --data-dir are not changed.

    \b
    Example:
        farense facts import data/samples/resultados.md
    """
    from farense.facts.importing.building import read_known
    from farense.facts.importing.documents import import_documents, write_import

    imported = import_documents(files, read_known(data_dir))
    folder = write_import(imported, out)
    counts = {
        "lines": imported.lines,
        "new": len(imported.matches),
        "known": len(imported.known),
        "in_conflict": len(imported.left_out),
        "unread": len(imported.unread),
    }
    if as_json:
        click.echo(json.dumps({"folder": str(folder), **counts}, ensure_ascii=False))
        return
    for conflict in imported.conflicts:
        values = " / ".join(v for v in (conflict.value_a, conflict.value_b) if v)
        click.echo(f"{conflict.source}: {conflict.kind}: {conflict.subject}: {values}")
    for line in imported.unread:
        click.echo(f"{line.where}: {line.reason}: {line.text}")
    click.echo(
        "{lines} lines: {new} new matches, {known} known already, {in_conflict} in conflict, "
        "{unread} unread".format(**counts)
    )
    click.echo(folder)
