"""Options that several commands share, each with its one default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from farense.config import ANSWER_TOKENS, ANSWERS_AT_ONCE

_Command = TypeVar("_Command", bound="Callable[..., Any] | click.Command")


def _folder(option: str, default: str, help_text: str) -> Callable[[_Command], _Command]:
    return click.option(
        option,
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(default),
        show_default=True,
        help=help_text,
    )


BASE = click.option(
    "--base", default="smollm2-135m", show_default=True, help="Base name or folder."
)
PACK = click.option(
    "--pack",
    type=click.Choice(["essentials", "core", "full"]),
    default="essentials",
    show_default=True,
    help="How much of the fact tables is learnt.",
)
EVALSET = click.option(
    "--evalset",
    type=click.Path(path_type=Path),
    default=Path("evalsets"),
    show_default=True,
    help="A golden set (.jsonl) or a folder of them.",
)
ADAPTERS_BASE = click.option(
    "--base", help="Base name or folder.  [default: the one the adapter names]"
)
MAX_TOKENS = click.option(
    "--max-tokens",
    type=click.IntRange(1, 4096),
    default=ANSWER_TOKENS,
    show_default=True,
    help="Longest answer, in tokens.",
)
BATCH_SIZE = click.option(
    "--batch-size",
    type=click.IntRange(1, 512),
    default=ANSWERS_AT_ONCE,
    show_default=True,
    help="Questions answered at once.",
)
WITH = click.option(
    "--with",
    "optional",
    multiple=True,
    type=click.Choice(["semantic"]),
    help="An optional scorer to use as well.",
)
MODELS_DIR = _folder("--models-dir", "models", "Folder that holds one folder per base.")
FACTS_DIR = _folder("--data-dir", "data/facts", "Folder of the fact tables.")
PACKS_DIR = _folder("--packs-dir", "data/built", "Folder that holds one folder per built pack.")
ADAPTERS_DIR = _folder("--adapters-dir", "models/adapters", "Folder of the trained adapters.")
REPORTS_DIR = _folder("--reports-dir", "reports", "Folder that holds one folder per run.")


def settings_of(context: click.Context) -> dict[str, dict[str, Any]]:
    """Every option of a command with its value and where that came from."""
    origins = {name: context.get_parameter_source(name) for name in context.params}
    return {
        name: {
            "value": str(value) if isinstance(value, Path) else value,
            "origin": "option"
            if origins[name] is click.core.ParameterSource.COMMANDLINE
            else "default",
        }
        for name, value in context.params.items()
    }
