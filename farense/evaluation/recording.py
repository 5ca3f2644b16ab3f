"""What is recorded of a run besides questions and answers, wherever it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from farense.answering.generation import Answered, Decoding
    from farense.answering.subject import Subject
    from farense.evaluation.evalset import Evalset
    from farense.evaluation.provenance import Provenance
    from farense.models.backend import Backend


def provenance_of(
    subject: Subject,
    backend: Backend,
    answered: Answered,
    decoding: Decoding,
    evalset: Evalset,
    seed: int,
    settings: Mapping[str, Mapping[str, Any]],
    accepted: Path,
    compared: Subject | None = None,
) -> Provenance:
    """Everything about the run that its questions and answers do not say.

    Args:
        subject: Who is judged.
        backend: On what.
        answered: Its answers.
        decoding: How they were generated.
        evalset: The golden set.
        seed: Of the resampling.
        settings: Of the command, each with its value and origin.
        accepted: accepted.toml, there or not, for the speed of the accepted adapter.
        compared: The baseline, which the run's name then ends in.

    Raises:
        InputError: the adapter's training summary or log is broken.
    """
    from farense.evaluation.baseline_adapter import baseline_id
    from farense.evaluation.gap import gap_of
    from farense.evaluation.provenance import AdapterId, AnsweringCost, BaseId, Provenance
    from farense.models.environment import environment, library_versions

    training, metrics = _training(subject.adapter)
    baseline = baseline_id(compared) if compared else None
    against = f"-vs-{baseline.sha256[:8]}" if baseline else ""
    sha256 = subject.adapter_sha256
    return Provenance(
        name=f"{subject.name}-{evalset.name}-{_digits(subject, decoding, evalset, seed)}{against}",
        seed=seed,
        base=BaseId(subject.base.name, subject.base_sha256),
        adapter=AdapterId(str(subject.adapter), sha256) if sha256 else None,
        decoding=decoding.to_json(),
        prompt_template=subject.template.name,
        versions=library_versions(),
        settings=settings,
        environment=environment(backend),
        gap=gap_of(training),
        training=training,
        metrics=metrics,
        answering=AnsweringCost(
            answered.seconds,
            sum(answer.completion_tokens for answer in answered.answers),
            answered.peak_bytes,
        ),
        speed=_speed(subject.adapter),
        accepted_speed=_accepted_speed(accepted),
        baseline=baseline,
    )


def _speed(adapter: Path | None) -> dict[str, Any] | None:
    """The figures in an adapter's passport; a broken one is said where it is extended."""
    from farense.errors import FarenseError
    from farense.evaluation.passport import speed_of

    try:
        return speed_of(adapter) if adapter else None
    except FarenseError:
        return None


def _accepted_speed(path: Path) -> dict[str, Any] | None:
    from farense.errors import FarenseError
    from farense.evaluation.accepted import check_accepted, read_accepted
    from farense.models.adapters import adapter_sha256

    try:
        accepted = read_accepted(path)
        check_accepted(accepted, adapter_sha256(accepted.adapter), path)
    except FarenseError:
        # Nothing is accepted, or it is not here: then its speed is not measured either.
        return None
    return _speed(accepted.adapter)


def _digits(subject: Subject, decoding: Decoding, evalset: Evalset, seed: int) -> str:
    """Eight digits of a hash over all that is asked of whom, and how.

    Another seed, token limit or adapter of the same folder name gives other digits, so that
    no run takes the place of one that says something else.
    """
    from farense.storage import sha256_json

    return sha256_json(
        {
            "golden_set": evalset.sha256,
            "base": subject.base_sha256,
            "adapter": subject.adapter_sha256,
            "template": subject.template.name,
            "decoding": decoding.to_json(),
            "seed": seed,
        }
    )[:8]


def _training(adapter: Path | None) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    from farense.models.adapters import read_summary
    from farense.training.log_file import read_rows
    from farense.training.metrics import METRICS

    summary = read_summary(adapter) if adapter else None
    if adapter is None or summary is None:
        return None, []
    return summary, read_rows(adapter / METRICS)
