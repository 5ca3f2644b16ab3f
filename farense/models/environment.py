"""The machine and software a number was measured on, for run records."""

from __future__ import annotations

import platform
import resource
import sys
from importlib import metadata
from typing import Any

from farense import __version__
from farense.models.backend import Backend


def library_versions() -> dict[str, str]:
    """Versions of the packages that decide bits, by name."""
    return {name: metadata.version(name) for name in ("mlx", "mlx-lm", "numpy")}


def environment(backend: Backend) -> dict[str, Any]:
    """Chip, cores, memory, device, BLAS, system and versions, JSON-ready."""
    return {
        "farense": __version__,
        "python": platform.python_version(),
        **library_versions(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "chip": backend.chip,
        "cores": backend.cores,
        "memory_bytes": backend.memory_bytes,
        "device": backend.device,
        "blas": backend.blas.name if backend.blas else None,
        "kernels": backend.kernels,
        "few_rows": backend.few_rows,
        "bfloat16": backend.bfloat16,
    }


def peak_bytes() -> int:
    """Largest resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak if sys.platform == "darwin" else peak * 1024
