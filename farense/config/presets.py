"""Presets: settings that belong together, and which of them a machine's memory allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_GB = 1e9


def _by_memory(batch_size: int, accumulation: int, max_tokens: int) -> Mapping[str, Any]:
    return {"batch_size": batch_size, "accumulation": accumulation, "max_tokens": max_tokens}


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "v1": {
        "rank": 8,
        "dropout": 0.0,
        "batch_size": 4,
        "accumulation": 2,
        "learning_rate": 5e-4,
    },
    "v2": {
        "rank": 6,
        "dropout": 0.08,
        "batch_size": 2,
        "accumulation": 4,
        "learning_rate": 2e-4,
        "patience": 5,
        "min_delta": 0.001,
    },
    "aggressive": _by_memory(4, 2, 512),
    "balanced": _by_memory(2, 2, 512),
    "conservative": _by_memory(1, 4, 256),
    "minimal": _by_memory(1, 8, 128),
}

# From so many gigabytes (10^9 bytes) of memory on; a machine sold with 16 GB has more bytes
# than that even after what its firmware keeps.
_FROM_GB = ((16, "aggressive"), (8, "balanced"), (6, "conservative"), (0, "minimal"))


def recommended(memory_bytes: int, gpu_bytes: int | None = None) -> tuple[str, str]:
    """The preset for a machine with this much memory, and why.

    Args:
        memory_bytes: Of the machine.
        gpu_bytes: What its GPU may use, where there is one: that alone counts then.

    Returns:
        The name, and a sentence without a full stop.
    """
    memory = (memory_bytes if gpu_bytes is None else gpu_bytes) / _GB
    whose = "memory" if gpu_bytes is None else "memory for the GPU"
    upper = None
    for lower, name in _FROM_GB:
        if memory >= lower:
            return name, f"{memory:.1f} GB of {whose} is {_between(lower, upper)}"
        upper = lower
    raise AssertionError("memory is never negative")


def _between(lower: int, upper: int | None) -> str:
    if upper is None:
        return f"at least {lower} GB"
    return f"less than {upper} GB" if lower == 0 else f"at least {lower} and less than {upper} GB"
