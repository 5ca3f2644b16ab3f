"""Adapter folders: written whole, read with care, tied to the base they were trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from farense.errors import BaseMismatchError, InputError, ModelFolderError
from farense.models.model_folder import read_record
from farense.storage import read_json, sha256_file, write_bytes, write_json

WEIGHTS = "adapters.safetensors"
CONFIG = "adapter_config.json"
SUMMARY = "training_summary.json"
_CONFIG_TYPES: dict[str, type] = {
    **dict.fromkeys(("base", "base_sha256", "model", "fine_tune_type"), str),
    **dict.fromkeys(("prompt_template", "system_prompt"), str),
    "num_layers": int,
    **dict.fromkeys(("lora_parameters", "parent"), dict),
}
_REMEDY = "Give an adapter folder written by `farense train`."


def write_adapter(folder: Path, weights: Mapping[str, Any], config: Mapping[str, Any]) -> Path:
    """Write adapters.safetensors and adapter_config.json, each whole or not at all.

    Args:
        folder: Created when missing.
        weights: Trained tensors (``mlx.core.array``) by parameter name; written in name
            order, so equal tensors give equal bytes.
        config: mlx-lm's keys (``fine_tune_type``, ``num_layers``, ``lora_parameters``) and
            ``base_sha256``.

    Raises:
        InputError: no tensors, or ``base_sha256`` is missing.
        StorageError: the disk is full or not writable.
    """
    if not weights:
        raise InputError(folder, "no tensors", "trained tensors", "Make some trainable first.")
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
    for key, kind in _CONFIG_TYPES.items():
        if key in config and not isinstance(config[key], kind):
            raise ModelFolderError(
                folder / CONFIG,
                f"{key} = {str(config[key])[:40]!r}",
                f"{key} of type {kind.__name__}",
                _REMEDY,
            )
    return config


def read_summary(folder: Path) -> dict[str, Any] | None:
    """training_summary.json of an adapter folder; None where there is none.

    Keys may be missing, since another tool may have written the file; those that are there
    have the types training gives them.

    Raises:
        ModelFolderError: it is not a JSON object, or a value has another type.
        InputError: it is not JSON.
    """
    path = folder / SUMMARY
    if not path.is_file():
        return None
    summary = read_json(path)
    if not isinstance(summary, dict):
        raise ModelFolderError(path, f"a JSON {type(summary).__name__}", "an object", _FOREIGN)
    for key, (expected, fits) in _SUMMARY_TYPES.items():
        if key in summary and not fits(summary[key]):
            raise ModelFolderError(
                path, f"{key} = {str(summary[key])[:40]!r}", f"{expected} for {key}", _FOREIGN
            )
    return summary


def _is_loss(value: object) -> bool:
    return isinstance(value, dict) and all(_is_number(value.get(key)) for key in ("loss", "rows"))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_settings(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(each, dict) and {"value", "origin"} <= each.keys() for each in value.values()
    )


_FOREIGN = "Move it away if farense did not write it; the overfitting gap is then not measured."
_SUMMARY_TYPES: dict[str, tuple[str, Callable[[object], bool]]] = {
    **dict.fromkeys(("train_loss", "validation_loss"), ("a loss with its rows", _is_loss)),
    **dict.fromkeys(("tokens_per_second", "seconds", "peak_bytes"), ("a number", _is_number)),
    "settings": ("settings with their origins", _are_settings),
    "environment": ("an object", lambda value: isinstance(value, dict)),
    "prompts_batched": (
        "a list of hashes",
        lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    ),
}


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
