"""Options that several commands share, each with its one default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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
