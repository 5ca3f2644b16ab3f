"""``farense ask``: one question, answered by an adapter or by checkpoints of a training."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import ADAPTERS_BASE, ADAPTERS_DIR, MAX_TOKENS, MODELS_DIR

if TYPE_CHECKING:
    from farense.answering.asking import Asked, Reply


@click.command()
@click.argument("question")
@click.option(
    "--adapter",
    type=click.Path(path_type=Path, file_okay=False),
    help="Adapter folder.  [default: the newest trained one]",
)
@click.option("--run", help="A training: an adapter folder, the one it works in, or latest.")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="[latest|best|STEP|all]",
    help="Whom of the run to ask; several times for several.  [default: latest]",
)
@ADAPTERS_BASE
@MAX_TOKENS
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@MODELS_DIR
@ADAPTERS_DIR
def command(
    question: str,
    adapter: Path | None,
    run: str | None,
    checkpoints: tuple[str, ...],
    base: str | None,
    max_tokens: int,
    as_json: bool,
    models_dir: Path,
    adapters_dir: Path,
) -> None:
    """Answer QUESTION with an adapter, or with checkpoints of a training.

    Without options the newest adapter answers, word by word. --run asks a training's
    checkpoints, while it goes on too; several are set side by side.

    \b
    Example:
        farense ask "Quando foi fundado o Farense?"
        farense ask --run latest --checkpoint all "Quando foi fundado o Farense?"
    """
    from farense.models.backend import prepare_backend

    backend = prepare_backend()

    from farense.answering.asking import Asked, ask
    from farense.answering.subject import find_subject

    chosen = _chosen(run, checkpoints, adapter, adapters_dir)
    subject = find_subject(
        chosen[0].adapter if chosen else None, False, base, models_dir, adapters_dir
    )
    every = chosen or (Asked(subject.name, subject.adapter),)
    alone = len(every) == 1 and not as_json

    def answer(asked: Asked) -> Reply:
        say = (lambda text: click.echo(text, nl=False)) if alone else (lambda _: None)
        return ask(asked, subject, backend, question, max_tokens, say)

    replies = list(_replies(every, answer))
    if as_json:
        answers = [reply.to_json() for reply in replies]
        click.echo(json.dumps({"question": question, "answers": answers}, ensure_ascii=False))
    elif alone:
        click.echo()
    else:
        _print_side_by_side(question, replies)


def _chosen(
    run: str | None, checkpoints: tuple[str, ...], adapter: Path | None, adapters_dir: Path
) -> tuple[Asked, ...]:
    """Whom of a run to ask; nobody where no run is meant."""
    from farense.answering.asking import LATEST, Asked, choose_checkpoints
    from farense.errors import InputError
    from farense.storage import real_path
    from farense.training.runs import find_run

    if adapter is not None:
        if run or checkpoints:
            raise InputError(
                "--adapter", "--run or --checkpoint as well", "one of the two", "Leave one out."
            )
        return (Asked(adapter.name, real_path(adapter)),)
    if not run and not checkpoints:
        return ()
    return choose_checkpoints(find_run(run or LATEST, adapters_dir), checkpoints or (LATEST,))


def _replies(every: Sequence[Asked], answer: Callable[[Asked], Reply]) -> Iterator[Reply]:
    """The replies of those a training has not removed meanwhile."""
    from farense.errors import ModelFolderError

    for asked in every:
        try:
            yield answer(asked)
        except ModelFolderError:
            if len(every) == 1 or asked.adapter is None or asked.adapter.is_dir():
                raise
            click.echo(f"warning: the training has removed {asked.name} meanwhile", err=True)


def _print_side_by_side(question: str, replies: Sequence[Reply]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(question), title_justify="left")
    table.add_column("checkpoint", no_wrap=True)
    table.add_column("answer")
    for reply in replies:
        table.add_row(reply.asked.name, Text(reply.text))
    Console().print(table)
