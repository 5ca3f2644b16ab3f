"""The adapter that ``--baseline`` names, found and identified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from farense.errors import InputError
from farense.evaluation.accepted import check_accepted, read_accepted
from farense.evaluation.provenance import BaseId, BaselineId

if TYPE_CHECKING:
    from farense.answering.subject import Subject

ACCEPTED = "accepted"
NONE = "none"


def find_baseline(
    name: str, subject: Subject, accepted_file: Path, models_dir: Path, adapters_dir: Path
) -> Subject | None:
    """The adapter compared with, None for ``none``.

    Args:
        name: ``accepted``, ``none`` or an adapter folder.
        subject: What is judged.
        accepted_file: accepted.toml.
        models_dir: Holds one folder per base.
        adapters_dir: Holds the trained adapters.

    Raises:
        InputError: accepted.toml cannot be used, or a bare base was to be compared.
        ModelFolderError: a folder is not whole.
        BaseMismatchError: the adapter was trained on another base.
    """
    if name == NONE:
        return None
    if subject.adapter is None:
        raise InputError(
            "--baseline",
            f"{name}, with --no-adapter",
            "an adapter to compare",
            "Leave one of the two out.",
        )
    if name != ACCEPTED:
        return _on_its_base(Path(name), subject, models_dir, adapters_dir)
    accepted = read_accepted(accepted_file)
    baseline = _on_its_base(accepted.adapter, subject, models_dir, adapters_dir)
    check_accepted(accepted, baseline.adapter_sha256 or "", accepted_file)
    return baseline


def _on_its_base(adapter: Path, subject: Subject, models_dir: Path, adapters_dir: Path) -> Subject:
    from farense.answering.subject import find_subject
    from farense.models.adapters import read_adapter_config

    # The same base lies where the subject's does, wherever the adapter last saw it.
    shared = read_adapter_config(adapter).get("base_sha256") == subject.base_sha256
    base = str(subject.base) if shared else None
    return find_subject(adapter, False, base, models_dir, adapters_dir)


def baseline_id(baseline: Subject) -> BaselineId:
    """What run.json records about it."""
    base = BaseId(baseline.base.name, baseline.base_sha256)
    return BaselineId(str(baseline.adapter), baseline.adapter_sha256 or "", base)
