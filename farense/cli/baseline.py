"""The adapter that ``--baseline`` names, found and identified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farense.answering.subject import Subject
    from farense.evaluation.run import BaselineId

ACCEPTED = "accepted"
NONE = "none"
# Of the order in which the baseline is asked the second time.
SECOND_ORDER = 1910


def find_baseline(
    name: str,
    subject: Subject,
    accepted_file: Path,
    models_dir: Path,
    adapters_dir: Path,
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
    from farense.answering.subject import find_subject
    from farense.errors import InputError
    from farense.evaluation.accepted import check_accepted, read_accepted

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
        return find_subject(Path(name), False, None, models_dir, adapters_dir)
    accepted = read_accepted(accepted_file)
    baseline = find_subject(accepted.adapter, False, None, models_dir, adapters_dir)
    check_accepted(accepted, baseline.adapter_sha256 or "", accepted_file)
    return baseline


def baseline_id(baseline: Subject) -> BaselineId:
    """What run.json records about it."""
    from farense.evaluation.run import BaseId, BaselineId

    base = BaseId(baseline.base.name, baseline.base_sha256)
    return BaselineId(str(baseline.adapter), baseline.adapter_sha256 or "", base)
