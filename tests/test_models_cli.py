"""farense models: the two subcommands as a user meets them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from farense.cli.models import command
from farense.errors import InputError
from farense.models.model_folder import record_base
from farense.models.registry import BASES
from farense.testing import tiny_model_folder


def test_list_shows_every_base_and_what_is_here(tmp_path: Path) -> None:
    """Each base has its source, size and licence; one that was pulled says yes."""
    base = BASES["smollm2-135m"]
    folder = tiny_model_folder(tmp_path / base.name)
    record_base(folder, {"name": base.name, "source_sha256": base.sha256})
    runner = CliRunner(env={"COLUMNS": "200"})
    result = runner.invoke(command, ["list", "--models-dir", str(tmp_path)])
    lines = {name: line for line in result.output.splitlines() for name in BASES if name in line}
    assert set(lines) == set(BASES)
    assert "98" in lines["smollm2-135m"]
    assert "Apache-2.0" in lines["smollm2-135m"]
    assert "yes" in lines["smollm2-135m"]
    assert "no" in lines["gemma3-270m"].split()


def test_pull_prints_the_folder_of_a_base_that_is_here(tmp_path: Path) -> None:
    """A base already here costs nothing: the path is printed, no network is touched."""
    base = BASES["smollm2-135m"]
    folder = tiny_model_folder(tmp_path / base.name)
    record_base(folder, {"name": base.name, "source_sha256": base.sha256})
    result = CliRunner().invoke(command, ["pull", base.name, "--models-dir", str(tmp_path)])
    assert (result.exit_code, result.stdout.strip()) == (0, str(folder))


def test_pull_of_an_unknown_name_fails(tmp_path: Path) -> None:
    """An unknown name is the registry's own error."""
    result = CliRunner().invoke(command, ["pull", "smolm", "--models-dir", str(tmp_path)])
    assert isinstance(result.exception, InputError)
