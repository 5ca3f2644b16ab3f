"""``farense train``: an adapter from a base and a pack, or a dataset of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from farense.cli.options import ADAPTERS_DIR, BASE, MODELS_DIR, PACK, PACKS_DIR
from farense.cli.train_display import Display, tell_cost, warn
from farense.cli.train_rows import DATA, VALIDATION, VALIDATION_SHARE, chosen_rows, tell_rows
from farense.config import SETTINGS
from farense.config.presets import PRESETS

if TYPE_CHECKING:
    from farense.config.resolving import Resolved
    from farense.datasets.training_data import TrainingData
    from farense.training.plan import TrainingPlan
    from farense.training.team import Team


def shown(default: Any) -> str:
    """A default as one would write it."""
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return "on" if default else "off"
    return default if isinstance(default, str) else f"{default:g}"


def setting_options(function: Any) -> Any:
    """One option for each training setting; its default stands in TrainingSettings alone."""
    for name, setting in reversed(SETTINGS.items()):
        default = setting.default
        choices = setting.metadata["choices"]
        # A list comes as text; it is read where those of files and environment are.
        kind = str if isinstance(default, tuple) else type(default)
        spelt = name.replace("_", "-")
        function = click.option(
            f"--{spelt}/--no-{spelt}" if kind is bool else f"--{spelt}",
            type=click.Choice(choices) if choices else kind,
            default=None,
            help=f"{setting.metadata['help']}  [default: {shown(default)}]",
        )(function)
    return function


@click.command()
@PACK
@DATA
@VALIDATION
@VALIDATION_SHARE
@BASE
@MODELS_DIR
@PACKS_DIR
@ADAPTERS_DIR
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that train together.  [default: one a core on a CPU, one on a GPU]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file of settings; unknown keys are refused.",
)
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Settings that belong together.")
@click.option("--alpha", type=float, help="LoRA alpha, instead of --scale: scale = alpha / rank.")
@click.option(
    "--start-from",
    type=click.Path(path_type=Path),
    help="Adapter or checkpoint, trained on the same base and rows, to begin with.",
)
@click.option(
    "--log-to",
    default="",
    metavar="NAME,NAME",
    help="Send the log to wandb, tensorboard or mlflow as well, or to several.",
)
@click.option("--again", is_flag=True, help="Train even when this very adapter exists.")
@click.option(
    "--fresh", is_flag=True, help="Drop what an interrupted training left, and start anew."
)
@setting_options
def command(
    pack: str,
    data: Path | None,
    validation: Path | None,
    validation_share: float,
    base: str,
    models_dir: Path,
    packs_dir: Path,
    adapters_dir: Path,
    workers: int | None,
    config: Path | None,
    start_from: Path | None,
    log_to: str,
    again: bool,
    fresh: bool,
    **options: Any,
) -> None:
    """Train an adapter on a pack, or on a dataset of your own; print its folder.

    The same base, rows, settings and libraries give the same adapter, so one that is there
    already is not trained a second time, and one whose training was interrupted goes on from
    its last checkpoint, to the same bytes. A setting comes from its option, else from the
    environment (FARENSE_LEARNING_RATE), .env, the YAML file, the preset or its default.
    Started by mlx.launch, its ranks train together.

    \b
    Example:
        farense train --pack essentials --steps 300
    """
    from farense.config.resolving import gather, resolve
    from farense.training.launch import all_or_none, join_launch, leads, require_same, tell
    from farense.training.trackers import parse_trackers

    trackers = parse_trackers(log_to)  # one that is not installed is named before any work
    team = join_launch(workers)
    size = team.size if team else workers

    def planned() -> TrainingPlan:
        resolved = resolve(gather(options, config))
        seed = resolved.settings.seed
        rows = chosen_rows(packs_dir / pack, data, validation, validation_share, seed)
        return make_plan(rows, base, models_dir, adapters_dir, size, resolved, start_from)

    plan = all_or_none(team, planned)
    if leads(team):
        tell_rows(plan.data)
    require_same(team, plan.parts())
    # Asked where the adapters are: the other machines may have none.
    reused = tell(team, plan.finished() and not again)[0]
    if not reused:
        if fresh and leads(team):
            from farense.training.ending import discard

            discard(plan)
        _train(plan, team, trackers)
        if leads(team):
            tell_cost(plan.folder)
    elif leads(team):
        click.echo("unchanged since it was trained; reused", err=True)
        plan.touch()
    if leads(team):
        _issue_passport(plan.folder)
        click.echo(plan.folder)


def _issue_passport(adapter: Path) -> None:
    """An adapter trained anew has none; a reused one may come from before there were any."""
    from farense.evaluation.passport import PASSPORT, issue_passport

    if not (adapter / PASSPORT).is_file():
        issue_passport(adapter)


def make_plan(
    data: TrainingData,
    base: str,
    models_dir: Path,
    adapters_dir: Path,
    workers: int | None,
    resolved: Resolved,
    start_from: Path | None,
) -> TrainingPlan:
    """What these settings would train.

    Raises:
        InputError: the base has no such template, or ``start_from`` is of other rows.
        ModelFolderError: the base is not there or not whole.
    """
    from farense.models.backend import prepare_backend
    from farense.models.model_folder import base_sha256, check_model_folder, float32_bytes
    from farense.models.processes import sensible_workers
    from farense.models.registry import resolve_base
    from farense.models.templates import find_template
    from farense.storage import real_path

    folder = check_model_folder(real_path(resolve_base(base, models_dir)))
    template = find_template(resolved.settings.template, folder)
    backend = prepare_backend()
    from farense.training.parent import Parent
    from farense.training.plan import TrainingPlan

    # In bfloat16 each process holds two copies more of half the size, one a direction.
    copies = 2 if backend.multiplies_in_bfloat16(resolved.settings.dtype) else 1
    sha256 = base_sha256(folder)
    parent = Parent.read(start_from, folder, sha256, data.train) if start_from else None
    return TrainingPlan(
        base=folder,
        base_name=folder.name,
        base_sha256=sha256,
        data=data,
        template=template.with_system(data.system),
        resolved=resolved.for_rows(len(data.train)),
        backend=backend,
        adapters_dir=adapters_dir,
        workers=workers or sensible_workers(backend, copies * float32_bytes(folder)),
        parent=parent,
    )


def _train(plan: TrainingPlan, team: Team | None, trackers: Sequence[str]) -> None:
    from farense.training.ending import discard_if_empty, stopped
    from farense.training.held import left_behind
    from farense.training.trackers import Tracked, Trackers
    from farense.training.workers import train_together

    if team is not None and not team.leads:
        train_together(plan, lambda _: None, team)
        return
    for warning in (*plan.backend.warnings, *left_behind(plan)):
        warn(warning)
    settings = plan.resolved.settings
    tracked = Tracked(plan.folder.name, settings.values(), plan.adapters_dir)
    with Trackers(trackers, tracked, warn) as sent, Display(settings.steps) as display:

        def show(event: dict[str, Any]) -> None:
            sent.see(event)
            display.show(event)

        try:
            train_together(plan, show, team)
        except KeyboardInterrupt as error:
            discard_if_empty(plan)
            raise stopped(plan, error) from error
        except BaseException:
            discard_if_empty(plan)
            raise
