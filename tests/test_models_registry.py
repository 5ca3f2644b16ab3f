"""The registry: names, pins and what a name or path resolves to."""

from __future__ import annotations

from pathlib import Path

import pytest

from farense.errors import InputError
from farense.models.registry import BASES, WheelSource, find_base, resolve_base

# Hashes and sizes as published (see docs/models.md), written here a second time.
PINS = {
    "smollm2-135m": ("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 1),
    "gemma3-270m": ("a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818", 4),
    "qwen2.5-coder-1.5b": ("cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 22),
}


@pytest.mark.parametrize("name", PINS)
def test_wheel_bases_are_pinned(name: str) -> None:
    """Every base from wheels has its published sha256 and exact versions for all its parts."""
    source = BASES[name].source
    assert isinstance(source, WheelSource)
    assert (BASES[name].sha256, len(source.parts)) == PINS[name]
    assert all("==" in requirement for requirement, _ in source.parts)


def test_parts_are_joined_in_numeric_order() -> None:
    """Part 10 comes after part 9, not after part 1."""
    source = BASES["qwen2.5-coder-1.5b"].source
    assert isinstance(source, WheelSource)
    assert [member[-10:] for _, member in source.parts][8:11] == [
        "part09.bin",
        "part10.bin",
        "part11.bin",
    ]


def test_what_is_not_pinned_says_why() -> None:
    """A base without sha256 carries the reason."""
    assert [b.name for b in BASES.values() if b.sha256 is None] == ["mistral-7b"]
    assert "not pinned" in BASES["mistral-7b"].pin_note


def test_names_and_paths_resolve(tmp_path: Path) -> None:
    """A registry name is a folder under models; an existing path is itself."""
    assert resolve_base("smollm2-135m", Path("models")) == Path("models/smollm2-135m")
    assert resolve_base(str(tmp_path), Path("models")) == tmp_path


def test_a_slip_gets_the_nearest_name() -> None:
    """An unknown name is answered with the one that was meant."""
    with pytest.raises(InputError, match=r"Did you mean smollm2-135m\?"):
        resolve_base("smolm2-135", Path("models"))
    with pytest.raises(InputError, match="farense models list"):
        find_base("zzzzzz")
