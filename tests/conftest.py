"""Fixtures shared by the tests: a tiny real model, and hypothesis kept quick."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

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
