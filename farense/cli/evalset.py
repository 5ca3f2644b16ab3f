"""``farense evalset``: check golden sets, count them, start one, record its versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import FACTS_DIR

if TYPE_CHECKING:
    from farense.evaluation.set_stats import SetStats

PATH = click.argument("path", type=click.Path(path_type=Path), default=Path("evalsets"))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
_PACK_NAMES = click.Choice(["essentials", "core", "full"])


@click.group()
def command() -> None:
    """Check golden sets, count their questions, start a set, record its versions.

    \b
    Example:
        farense evalset check evalsets
    """


@command.command()
@PATH
@FACTS_DIR
@click.option(
    "--rehearsal",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("data/rehearsal.csv"),
    show_default=True,
    help="General questions that every pack trains along.",
)
@JSON
@click.pass_context
def check(
    context: click.Context, path: Path, data_dir: Path, rehearsal: Path, as_json: bool
) -> None:
    """Check PATH, a golden set or a folder of them: every error at its file:line.

    Schema, ids and wordings used twice; answers that the fact tables do not state, or state
    with a doubt; wordings like one that a pack teaches; tiers that are not true of the packs
    a set is for; hash and counts against manifest.toml. Exits 0 without an error, 1 with one.

    \b
    Example:
        farense evalset check evalsets
    """
    from farense.datasets.packs import build_pack
    from farense.datasets.rehearsal import read_rehearsal
    from farense.evaluation.evalset_check import check_evalsets
    from farense.facts.gaps import read_gaps
    from farense.facts.phrasing.facet import PACKS
    from farense.facts.tables import read_tables

    tables = read_tables(data_dir)
    general = read_rehearsal(rehearsal)
    packs = {name: build_pack(tables, name, 0, general) for name in PACKS}
    found = check_evalsets(path, tables, read_gaps(data_dir), packs)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for error in found.errors:
            click.echo(error)
        click.echo(
            f"{found.questions} questions in {len(found.files)} files, {len(found.errors)} errors"
        )
    context.exit(1 if found.errors else 0)


@command.command()
@PATH
@click.option("--pack", type=_PACK_NAMES, help="Only the sets an adapter of this pack is asked.")
@JSON
def stats(path: Path, pack: str | None, as_json: bool) -> None:
    """Count the questions of PATH by category and tier, and the sets by version.

    \b
    Example:
        farense evalset stats evalsets --pack core
    """
    from farense.evaluation.set_stats import stats_of

    counted = stats_of(path, pack)
    if as_json:
        click.echo(json.dumps(counted.to_json(), ensure_ascii=False))
    else:
        _print_stats(counted)


def _print_stats(counted: SetStats) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    sets = Table("set", "version", "packs", box=box.SIMPLE)
    for heading in ("questions", "must pass"):
        sets.add_column(heading, justify="right")
    for name, entry in counted.sets.items():
        version = "not recorded" if entry["version"] is None else str(entry["version"])
        numbers = (str(entry["questions"]), str(entry["must_pass"]))
        sets.add_row(name, version, ", ".join(entry["packs"]), *numbers)
    tiers = list(counted.total["tiers"])
    # All six tiers beside each other fit into 80 columns.
    table = Table("category", box=None, show_footer=True, pad_edge=False, padding=(0, 1, 0, 0))
    table.columns[0].footer = "all"
    for tier in tiers:
        table.add_column(tier, justify="right", footer=str(counted.total["tiers"][tier]))
    table.add_column("all", justify="right", footer=str(counted.total["questions"]))
    for category, row in counted.table.items():
        counts = [str(row[tier] or "") for tier in tiers]
        table.add_row(category, *counts, str(sum(row.values())))
    console = Console()
    console.print(sets)
    console.print(table)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reason", metavar="TEXT", help="Record FILE as it is as a new version: why?")
@click.option(
    "--pack",
    "packs",
    multiple=True,
    type=_PACK_NAMES,
    help="With --reason: a pack the set is for; repeatable.  [default: as recorded, else all]",
)
def new(file: Path, reason: str | None, packs: tuple[str, ...]) -> None:
    """Start a golden set in FILE, or record FILE as the next version of itself.

    Without --reason a small valid set is written, one line a tier that you can write at once,
    to be overwritten with your own. With --reason, hash, counts, date and reason of FILE go
    into manifest.toml beside it. Neither overwrites a set.

    \b
    Example:
        farense evalset new my.jsonl
        farense evalset new my.jsonl --reason "first ten questions" --pack core
    """
    from farense.evaluation.starting_set import EXPLAINED, start_set

    if reason is None:
        start_set(file, packs)
        click.echo(EXPLAINED)
        click.echo(file)
        return
    _record(file, reason, packs)


def _record(file: Path, reason: str, packs: tuple[str, ...]) -> None:
    from datetime import UTC, datetime

    from farense.errors import InputError
    from farense.evaluation.evalset import read_evalset
    from farense.evaluation.set_manifest import MANIFEST, record_set

    if not reason.strip():
        raise InputError("--reason", "empty", "why the set changed", "Write one sentence.")
    questions = read_evalset(file).questions
    record = record_set(file, questions, packs, reason.strip(), datetime.now(UTC).date())
    click.echo(
        f"{file.stem} version {record.version}: {record.questions} questions,"
        f" packs {', '.join(record.packs)}"
    )
    click.echo(file.parent / MANIFEST)
