"""Adapter folders: written whole, read with care, tied to the base they were trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farense.errors import BaseMismatchError, InputError, ModelFolderError
from farense.models.model_folder import read_record
from farense.storage import read_json, sha256_file, write_bytes, write_json

WEIGHTS = "adapters.safetensors"
CONFIG = "adapter_config.json"
SUMMARY = "training_summary.json"
_REMEDY = "Give an adapter folder written by `farense train`."


def write_adapter(folder: Path, weights: Mapping[str, Any], config: Mapping[str, Any]) -> Path:
    """Write adapters.safetensors and adapter_config.json, each whole or not at all.

    Args:
        folder: Created when missing.
        weights: LoRA tensors (``mlx.core.array``) by parameter name; written in name
            order, so equal tensors give equal bytes.
        config: mlx-lm's keys (``fine_tune_type``, ``num_layers``, ``lora_parameters``) and
            ``base_sha256``.

    Raises:
        InputError: no tensors, or ``base_sha256`` is missing.
        StorageError: the disk is full or not writable.
    """
    if not weights:
        raise InputError(folder, "no tensors", "LoRA tensors", "Attach LoRA layers first.")
    if not config.get("base_sha256"):
        raise InputError(folder, "no base_sha256", "the base's hash", "Record the base.")
    write_tensors(folder / WEIGHTS, weights)
    write_json(folder / CONFIG, dict(config))
    return folder


def write_tensors(path: Path, tensors: Mapping[str, Any]) -> Path:
    """Write MLX arrays as safetensors in name order, atomically."""
    import numpy as np
    from safetensors.numpy import save

    arrays = {name: np.array(tensors[name]) for name in sorted(tensors)}
    return write_bytes(path, save(arrays, {"format": "mlx"}))


def read_adapter_config(folder: Path) -> dict[str, Any]:
    """adapter_config.json of a whole adapter folder.

    Raises:
        ModelFolderError: the folder, its weights or its config is missing or not JSON.
    """
    if not folder.is_dir():
        raise ModelFolderError(folder, "no such folder", "an adapter folder", _REMEDY)
    missing = [name for name in (WEIGHTS, CONFIG) if not (folder / name).is_file()]
    if missing:
        raise ModelFolderError(folder, f"no {', no '.join(missing)}", "both files", _REMEDY)
    config = read_json(folder / CONFIG)
    if not isinstance(config, dict):
        raise ModelFolderError(folder / CONFIG, "not a JSON object", "adapter settings", _REMEDY)
    return config


def check_adapter(adapter: Path, base: Path, base_sha256: str) -> dict[str, Any]:
    """The adapter's config, when it was trained on the base with this hash.

    Raises:
        ModelFolderError: the adapter folder is not whole or does not record its base.
        BaseMismatchError: it records another base; the message names both.
    """
    config = read_adapter_config(adapter)
    recorded = config.get("base_sha256")
    if not recorded:
        raise ModelFolderError(
            adapter / CONFIG, "no base_sha256", "the hash of the base it was trained on", _REMEDY
        )
    if recorded != base_sha256:
        trained_on = config.get("base") or config.get("model") or "another base"
        name = read_record(base).get("name", base)
        raise BaseMismatchError(
            adapter,
            f"an adapter of {trained_on} (weights {str(recorded)[:12]})",
            f"one of {name} (weights {base_sha256[:12]})",
            "Load it on the base it was trained on, or train it again on this one.",
        )
    return config


def newest_adapter(adapters_dir: Path) -> Path | None:
    """The finished adapter trained last (newest training_summary.json), or None.

    Folders without a summary are runs that did not end, and are passed over.
    """
    summaries = [p for p in adapters_dir.glob(f"*/{SUMMARY}") if (p.parent / WEIGHTS).is_file()]
    if not summaries:
        return None
    return max(summaries, key=lambda p: (p.stat().st_mtime_ns, p.parent.name)).parent


def adapter_sha256(folder: Path) -> str:
    """Hex sha256 of adapters.safetensors.

    Raises:
        ModelFolderError: the folder is not a whole adapter.
    """
    read_adapter_config(folder)
    return sha256_file(folder / WEIGHTS)
