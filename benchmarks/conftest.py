"""What every benchmark records besides its rounds, and the base most of them need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from farense.models.backend import prepare_backend
from farense.models.environment import environment

BASE = Path("models/smollm2-135m")


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: Any) -> None:
    """Put chip, cores, device and the versions that decide speed into the JSON."""
    machine_info["farense"] = environment(prepare_backend())


@pytest.fixture(scope="session")
def base() -> Path:
    """The real base; a benchmark without it is skipped, and then missing in a check."""
    if not BASE.is_dir():
        pytest.skip(f"needs {BASE} (farense models pull {BASE.name})")
    return BASE


@pytest.fixture(scope="session")
def loaded(base: Path) -> Any:
    """The base as answers are computed with it."""
    backend = prepare_backend()
    from farense.models.loading import load_model

    return load_model(base, backend, to_answer=True)
