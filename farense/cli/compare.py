"""``farense compare``: adapters or runs side by side, without a model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from farense.cli.options import REPORTS_DIR


@click.command()
@click.argument(
    "folders", type=click.Path(path_type=Path, file_okay=False), nargs=-1, required=True
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Page to write.  [default: comparisons/NAMES.html in the reports folder]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@REPORTS_DIR
def command(folders: tuple[Path, ...], out: Path | None, as_json: bool, reports_dir: Path) -> None:
    """Set FOLDERS side by side: two or more adapters or runs, the first as the yardstick.

    By tier and category, with paired intervals; then every question that flipped, with both
    answers. Of an adapter, its last run in the reports folder counts.

    \b
    Example:
        farense compare models/adapters/old models/adapters/new
    """
    from rich.console import Console

    from farense.evaluation.finding_runs import find_runs
    from farense.evaluation.side_by_side import side_by_side
    from farense.reporting.compare_page import print_comparison, render_comparison
    from farense.storage import sha256_json, write_text

    found = side_by_side(find_runs(folders, reports_dir))
    names = "-".join(side.name[:40] for side in found.sides)
    key = sha256_json([[side.name, side.run] for side in found.sides])[:8]
    page = out or reports_dir / "comparisons" / f"{names[:100]}-{key}.html"
    write_text(page, render_comparison(found))
    if as_json:
        click.echo(json.dumps({"page": str(page), **found.to_json()}, ensure_ascii=False))
        return
    print_comparison(found, Console())
    click.echo(page)
