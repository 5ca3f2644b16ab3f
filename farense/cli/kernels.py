"""``farense kernels``: compile the optional CPU kernels."""

from __future__ import annotations

import click


@click.group()
def command() -> None:
    """Compile the optional kernels that make training and answering on a CPU faster.

    \b
    Example:
        farense kernels build
    """


@command.command()
@click.option(
    "--if-possible", is_flag=True, help="Only warn, and exit 0, where they cannot be built."
)
def build(if_possible: bool) -> None:
    """Compile the CPU kernels from their source and install them into this environment.

    Does nothing where they are there already or a GPU computes. Takes a minute and needs a
    C++ compiler, pip and a package index. FARENSE_KERNELS=off switches them off later.

    \b
    Example:
        farense kernels build
    """
    from farense.errors import BackendError
    from farense.models.backend import prepare_backend

    try:
        device = prepare_backend().device
        click.echo(f"kernels: none needed on {device}" if device != "cpu" else _build_if_needed())
    except BackendError as error:
        if not if_possible:
            raise
        click.echo(f"farense: warning: {error}", err=True)


def _build_if_needed() -> str:
    from farense.cli.progress import working
    from farense.models.kernels.build import SOURCES, build_kernels, built_kernels

    if all(built_kernels(name)[0] is not None for name in SOURCES):
        return "kernels: already built for this MLX"
    with working("compiling the kernels, about a minute"):
        build_kernels()
    return "kernels: built; training and answering use them from now on"
