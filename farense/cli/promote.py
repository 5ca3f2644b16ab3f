"""``farense promote``: an adapter becomes the accepted one, by a file that can be reviewed."""

from __future__ import annotations

from pathlib import Path

import click

from farense.evaluation.gate_files import GATES_FILE, beside


@click.command()
@click.argument("adapter", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--evalset",
    type=click.Path(path_type=Path),
    default=Path("evalsets"),
    show_default=True,
    help="The golden set the verdict must be on, as it is now.",
)
@click.option(
    "--accepted",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("evalsets/accepted.toml"),
    show_default=True,
    help="File to write.",
)
@click.option(
    "--gates",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Thresholds the verdict must have been reached under."
    "  [default: gates.toml beside the golden set or in evalsets]",
)
@click.option("--force", is_flag=True, help="Promote without an accept verdict; needs --why.")
@click.option("--why", metavar="TEXT", help="The reason to force it, which is recorded.")
def command(
    adapter: Path,
    evalset: Path,
    accepted: Path,
    gates: Path | None,
    force: bool,
    why: str | None,
) -> None:
    """Make ADAPTER the accepted one: write accepted.toml and print its path.

    The last verdict of these very weights on this very golden set, under the thresholds as
    they are now, must be to accept. Exits 1, with the reason, when it is not.

    \b
    Example:
        farense promote models/adapters/smollm2-135m-essentials-1a2b3c4d
    """
    from farense.evaluation.evalset import read_evalset
    from farense.evaluation.promotion import plan_promotion, promote
    from farense.evaluation.set_manifest import trained_pack

    _check_force(force, why)
    gate = gates or beside(evalset, GATES_FILE)
    asked = read_evalset(evalset, trained_pack(adapter))
    promotion = plan_promotion(adapter, asked, gate, why)
    path = promote(adapter, promotion, accepted)
    how = f"by force: {why}" if force else f"by the verdict of run {promotion.run}"
    click.echo(f"{promotion.adapter} ({promotion.adapter_sha256[:12]}) accepted {how}", err=True)
    click.echo(path)


def _check_force(force: bool, why: str | None) -> None:
    from farense.errors import InputError

    if force and not (why or "").strip():
        raise InputError("--force", "no --why", "a reason", 'Add --why "the reason".')
    if why is not None and not force:
        raise InputError("--why", "no --force", "both or neither", "Add --force or leave --why.")
