"""Every command and option is documented, every link in the documents leads somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from farense.cli import COMMANDS, cli
from farense.pytest_plugin.options import add_options

REPOSITORY = Path(__file__).parent.parent
REFERENCE = REPOSITORY / "docs/reference.md"
DOCUMENTS = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("*/*.md"), *REPOSITORY.glob("data/*/*.md")]


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for sub in sorted(command.commands):
                yield f"farense {name} {sub}", command.commands[sub]
        else:
            yield f"farense {name}", command


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_is_in_the_reference(name: str) -> None:
    """Its section names every option and argument it takes."""
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    section = next((s for s in sections if s.startswith(f"`{name}`")), None)
    assert section is not None, f"docs/reference.md has no section `{name}`"
    for parameter in ALL[name].params:
        word = (
            parameter.opts[0]
            if isinstance(parameter, click.Option)
            else parameter.human_readable_name
        )
        assert f"`{word}" in section, f"{word} is missing in the section of {name}"


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example(name: str) -> None:
    """Help says what the command does and ends in a line one can run."""
    text = ALL[name].help or ""
    assert "Example:" in text
    assert name in text
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("name", ALL)
def test_the_reference_has_no_option_that_is_gone(name: str) -> None:
    """An option named in a command's section exists."""
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    section = next(s for s in sections if s.startswith(f"`{name}`"))
    known = {opt for p in ALL[name].params for opt in p.opts}
    named = set(re.findall(r"^\| `(--[a-z-]+)", section, flags=re.MULTILINE))
    assert named <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_links_lead_somewhere(document: Path) -> None:
    """A relative link names a file of the repository."""
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if not target.startswith(("http", "mailto:")):
            assert (document.parent / target).exists(), f"{document}: {target}"


def plugin_options() -> set[str]:
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    return {name for option in parser.getgroup("farense").options for name in option.names()}


def test_every_option_of_the_pytest_plugin_is_in_the_reference() -> None:
    """Both ways: none is missing and none is gone."""
    section = REFERENCE.read_text(encoding="utf-8").partition("## pytest\n")[2]
    assert set(re.findall(r"^\| `(--[a-z-]+)", section, flags=re.MULTILINE)) == plugin_options()


def test_every_nox_session_of_the_documents_exists_and_none_is_missing() -> None:
    """`nox -s NAME` in a document names a session of noxfile.py; each is named somewhere."""
    tree = ast.parse((REPOSITORY / "noxfile.py").read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    sessions = {node.name for node in functions if node.decorator_list}
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    named = set(re.findall(r"\bnox\s+-s\s+(\w+)", text))
    assert named <= sessions
    assert sessions - named <= {"lint", "types"}
