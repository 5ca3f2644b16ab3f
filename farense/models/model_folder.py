"""What makes a folder a whole model, its record farense_base.json, and its hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farense.errors import ModelFolderError, StorageError
from farense.models.registry import BASES
from farense.storage import read_json, write_json

RECORD = "farense_base.json"
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model")
_CHUNK_BYTES = 1 << 20
_ANEW = "Fetch the model anew."


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The model's safetensors files, in name order."""
    return tuple(sorted(p for p in folder.glob("model*.safetensors") if p.is_file()))


def check_model_folder(folder: Path) -> Path:
    """Return ``folder`` when it holds a config, weights and a tokenizer.

    Raises:
        ModelFolderError: the folder or one of the three is missing.
    """
    remedy = "Give the folder of a whole mlx-lm model."
    if folder.name in BASES:
        remedy = f"Run `farense models pull {folder.name}`."
    if not folder.is_dir():
        raise ModelFolderError(folder, "no such folder", "a model folder", remedy)
    missing = [
        name
        for name, there in (
            ("config.json", (folder / "config.json").is_file()),
            ("model*.safetensors", bool(weight_files(folder))),
            (" or ".join(_TOKENIZER_FILES), any((folder / n).is_file() for n in _TOKENIZER_FILES)),
        )
        if not there
    ]
    if missing:
        raise ModelFolderError(
            folder, f"no {', no '.join(missing)}", "config, weights and tokenizer", remedy
        )
    return folder


def read_record(folder: Path) -> dict[str, Any]:
    """farense_base.json, or an empty dictionary for a folder farense did not write."""
    path = folder / RECORD
    value = read_json(path) if path.is_file() else {}
    return value if isinstance(value, dict) else {}


def record_base(folder: Path, record: Mapping[str, Any]) -> None:
    """Write farense_base.json: ``record`` and the hash of the weight files beside it."""
    write_json(folder / RECORD, {"schema": 1, **record, "weights": _hashed_weights(folder)})


def base_sha256(folder: Path) -> str:
    """Hex sha256 over the bytes of the weight files, in name order.

    Kept in farense_base.json with the files' sizes and times, so that gigabytes are not
    hashed at every start; a folder that cannot be written is simply hashed each time.
    """
    record = read_record(folder)
    known = record.get("weights")
    if isinstance(known, dict) and known.get("files") == _fingerprints(folder):
        return str(known["sha256"])
    weights = _hashed_weights(folder)
    with contextlib.suppress(StorageError):
        write_json(folder / RECORD, {"schema": 1, **record, "weights": weights})
    return str(weights["sha256"])


def float32_bytes(folder: Path) -> int:
    """Bytes the weights take when every one is a float32, quantised ones unpacked."""
    quantised = _quantisation(folder / "config.json")
    shapes: dict[str, list[int]] = {}
    for path in weight_files(folder):
        shapes.update(_tensor_shapes(path))
    total = 0
    for name, shape in shapes.items():
        layer, _, leaf = name.rpartition(".")
        if leaf in ("scales", "biases") and f"{layer}.weight" in shapes:
            continue
        count = _product(shape)
        if (scales := shapes.get(f"{layer}.scales")) and leaf == "weight":
            own = quantised.get(layer)
            group = (own if isinstance(own, dict) else quantised).get("group_size", 64)
            count = _product(scales) * int(group)
        total += count
    return 4 * total


def _quantisation(path: Path) -> dict[str, Any]:
    config = read_json(path)
    found = (config.get("quantization") or {}) if isinstance(config, dict) else None
    if not isinstance(found, dict):
        raise ModelFolderError(path, "no settings of a model", "a JSON object", _ANEW)
    return found


def _hashed_weights(folder: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    return {"sha256": digest.hexdigest(), "files": _fingerprints(folder)}


def _fingerprints(folder: Path) -> list[list[Any]]:
    return [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in weight_files(folder)]


def _tensor_shapes(path: Path) -> dict[str, list[int]]:
    """Shapes in a safetensors file, read from its header alone."""
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            # Rubbish would ask for more memory than there is.
            header = json.loads(stream.read(min(length, path.stat().st_size)))
        return {
            name: [int(size) for size in entry["shape"]]
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ModelFolderError(
            path, "not a whole safetensors file", "safetensors", _ANEW
        ) from error


def _product(shape: list[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
