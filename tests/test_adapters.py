"""Adapter folders: written whole, named by their bytes, refused when not whole."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import mlx.core as mx
import pytest

from farense.errors import InputError, ModelFolderError, StorageError
from farense.models.adapters import (
    adapter_sha256,
    check_adapter,
    newest_adapter,
    read_adapter_config,
    write_adapter,
)

CONFIG = {"base_sha256": "b" * 64, "num_layers": 2}
WEIGHTS = {"b.lora_a": mx.ones((2, 3)), "a.lora_b": mx.zeros((3, 2))}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Tensors and settings come back as they were, through MLX's own reader."""
    folder = write_adapter(tmp_path / "adapter", WEIGHTS, CONFIG)
    assert read_adapter_config(folder) == CONFIG
    tensors = mx.load(str(folder / "adapters.safetensors"))
    assert isinstance(tensors, dict)
    assert sorted(tensors) == ["a.lora_b", "b.lora_a"]
    assert bool((tensors["b.lora_a"] == WEIGHTS["b.lora_a"]).all())


def test_equal_tensors_give_equal_bytes(tmp_path: Path) -> None:
    """The order in which tensors are handed over does not reach the file."""
    one = write_adapter(tmp_path / "one", WEIGHTS, CONFIG)
    two = write_adapter(tmp_path / "two", dict(reversed(WEIGHTS.items())), CONFIG)
    assert adapter_sha256(one) == adapter_sha256(two)
    content = (one / "adapters.safetensors").read_bytes()
    assert adapter_sha256(one) == hashlib.sha256(content).hexdigest()


def test_an_adapter_must_name_its_base(tmp_path: Path) -> None:
    """Nothing is written without the base's hash, or without tensors."""
    with pytest.raises(InputError, match="no base_sha256"):
        write_adapter(tmp_path / "adapter", WEIGHTS, {})
    with pytest.raises(InputError, match="no tensors"):
        write_adapter(tmp_path / "adapter", {}, CONFIG)
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize("name", ["adapters.safetensors", "adapter_config.json"])
def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path, name: str) -> None:
    """The missing file is named."""
    folder = write_adapter(tmp_path / "adapter", WEIGHTS, CONFIG)
    (folder / name).unlink()
    with pytest.raises(ModelFolderError, match=f"no {name}"):
        read_adapter_config(folder)


def test_an_adapter_that_hides_its_base_is_refused(tmp_path: Path) -> None:
    """An adapter made elsewhere, with no base recorded, cannot be trusted to fit."""
    folder = write_adapter(tmp_path / "adapter", WEIGHTS, CONFIG)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelFolderError, match="no base_sha256"):
        check_adapter(folder, tmp_path, "b" * 64)


def test_the_newest_finished_adapter_is_found(tmp_path: Path) -> None:
    """The newest summary wins; a folder without one is a run that did not end."""
    assert newest_adapter(tmp_path) is None
    for name, seconds in (("old", 1000), ("new", 2000), ("middle", 1500)):
        folder = write_adapter(tmp_path / name, WEIGHTS, CONFIG)
        (folder / "training_summary.json").write_text("{}")
        os.utime(folder / "training_summary.json", (seconds, seconds))
    write_adapter(tmp_path / "unfinished", WEIGHTS, CONFIG)
    assert newest_adapter(tmp_path) == tmp_path / "new"


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC is a StorageError and neither file is there afterwards."""

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("farense.storage.os.fsync", no_room)
    with pytest.raises(StorageError, match="the disk is full"):
        write_adapter(tmp_path / "adapter", WEIGHTS, CONFIG)
    assert list((tmp_path / "adapter").iterdir()) == []
