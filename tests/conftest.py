"""Fixtures shared by the tests: a tiny real model, and hypothesis kept quick."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from farense.datasets.packs import Pack, build_pack
from farense.facts.phrasing.facet import PACKS, PackName
from farense.facts.tables import read_tables

if TYPE_CHECKING:
    from small_training import Place

settings.register_profile("quick", max_examples=60, deadline=None)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random llama-layout model folder, the same code path as the real base."""
    from farense.testing import tiny_model_folder

    return tiny_model_folder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_adapter(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the tiny base that knows three answers by heart."""
    from tiny_adapter import train

    return train(tmp_path_factory.mktemp("tiny"), tiny_base)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a small built pack that takes a second to train."""
    from small_training import write_small_pack

    root = tmp_path_factory.mktemp("small")
    write_small_pack(root)
    return root


@pytest.fixture
def place(built: Path, tiny_base: Path, tmp_path: Path) -> Place:
    """Where the tiny base is trained on it, into adapters of the test's own."""
    from small_training import Place

    return Place(built, tiny_base, tmp_path / "adapters")


@pytest.fixture(scope="session", params=PACKS)
def any_pack(request: pytest.FixtureRequest, built_packs: Callable[[PackName], Pack]) -> Pack:
    """Each of the three packs in turn."""
    return built_packs(request.param)


@pytest.fixture(scope="session")
def built_packs() -> Callable[[PackName], Pack]:
    """The packs of the fact tables with seed 1910, each built once: that takes seconds."""
    tables = read_tables(Path(__file__).parents[1] / "data" / "facts")
    return cache(lambda name: build_pack(tables, name, 1910))
