"""A link that leads to itself, given as any file or folder of any command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from farense.cli import COMMANDS, cli
from farense.errors import FarenseError, InputError
from farense.storage import read_json, read_jsonl, read_text, real_path

# Options and arguments that name a file or folder among other things.
_NAMES = {"base", "baseline", "run", "evalset"}


def commands() -> Iterator[tuple[list[str], click.Command]]:
    context = click.Context(cli)
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (([name, sub], command.commands[sub]) for sub in sorted(command.commands))
        elif command is not None:
            yield [name], command


def places() -> Iterator[tuple[str, ...]]:
    """Every command line in which one argument or option is a path, which is LINK."""
    for words, command in commands():
        arguments = [p for p in command.params if isinstance(p, click.Argument)]
        required = ["LINK"] * sum(max(p.nargs, 1) for p in arguments)
        if any(is_path(argument) for argument in arguments):
            yield *words, *required
        for option in command.params:
            if isinstance(option, click.Option) and is_path(option):
                yield *words, option.opts[0], "LINK", *required


def is_path(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, click.Path) or parameter.name in _NAMES


@pytest.mark.parametrize("line", list(places()), ids=" ".join)
@pytest.mark.parametrize("name", ["loop", "loop.jsonl"])
def test_no_command_ends_in_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], name: str
) -> None:
    """A message of farense or of click, or an exit code of the work that was done all the same."""
    monkeypatch.chdir(tmp_path)
    link = tmp_path / name
    link.symlink_to(link)
    result = CliRunner().invoke(cli, [word.replace("LINK", str(link)) for word in line])
    assert isinstance(result.exception, FarenseError | SystemExit | None), result.exception


def test_readers_name_the_link(tmp_path: Path) -> None:
    """And say what was expected in its place."""
    link = tmp_path / "loop"
    link.symlink_to(link)
    for read in (read_json, lambda path: list(read_jsonl(path)), lambda p: read_text(p, "a gate")):
        with pytest.raises(InputError, match=f"{link}: cannot be read .*symbolic links"):
            read(link)
    with pytest.raises(InputError, match="links that lead in a circle"):
        real_path(link)
