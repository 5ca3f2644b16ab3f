"""The adapter's passport: what it was made from, what it showed, and who let it pass.

passport.json stands in the adapter's folder. It is written after training and extended by
every evaluation and promotion; it speaks of the very weights whose hash it carries, and
docs/promotion.md lists its keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.evaluation.gap import gap_of
from farense.evaluation.run import Run
from farense.folders import taking_turns
from farense.models.adapters import adapter_sha256, read_adapter_config, read_summary
from farense.storage import read_json, sha256_file, sha256_json, write_json
from farense.training.log_file import read_metrics
from farense.training.metrics import METRICS

PASSPORT = "passport.json"
SCHEMA = 1
_TRAIN = "train.jsonl"
_PUT_ON = ("fine_tune_type", "num_layers", "lora_parameters", "prompt_template", "system_prompt")
_MEASURED = (
    *("key", "steps", "epochs", "best_step", "best_validation_loss", "stopped", "train_loss"),
    *("validation_loss", "seconds", "tokens_per_second", "peak_bytes", "lora_tensors"),
    *("trainable_parameters", "workers"),
)
# What promotion asks of an evaluation.
_EVALUATED = {"run", "golden_set", "verdict"}

Passport = dict[str, Any]


def issue_passport(adapter: Path) -> Path:
    """Write a fresh passport from what training left in the folder; return its path.

    Raises:
        ModelFolderError: the folder is no whole adapter.
        StorageError: the folder cannot be written; what stood there is untouched.
    """
    return write_json(adapter / PASSPORT, _issued(adapter))


def read_passport(adapter: Path) -> Passport:
    """The passport of these weights; a fresh one where there is none, or one of other weights.

    Raises:
        ModelFolderError: the folder is no whole adapter.
        InputError: passport.json is broken or of another version.
    """
    sha256 = adapter_sha256(adapter)
    path = adapter / PASSPORT
    if not path.is_file():
        return _issued(adapter)
    passport: Passport = read_json(path)
    if not _is_whole(passport):
        raise InputError(
            path,
            "no passport of this version",
            f"a JSON object with schema {SCHEMA}, evaluations and promotions",
            "Move it away; a new one is written by the next evaluation.",
        )
    if passport.get("weights_sha256") != sha256:
        # Weights that were replaced start anew: nothing said of the old ones holds for them.
        return {**_issued(adapter), "replaces": passport.get("weights_sha256")}
    return passport


def _is_whole(passport: object) -> bool:
    if not isinstance(passport, dict) or passport.get("schema") != SCHEMA:
        return False
    evaluations, promotions = passport.get("evaluations"), passport.get("promotions")
    return (
        isinstance(evaluations, list)
        and isinstance(promotions, list)
        and all(isinstance(each, dict) and each.keys() >= _EVALUATED for each in evaluations)
    )


def record_evaluation(run: Run, folder: Path) -> Path | None:
    """Add a run to the passport of the adapter it is about.

    An evaluation that says the same as one recorded before replaces it.

    Args:
        run: Just written.
        folder: The run's folder.

    Returns:
        The passport, or None when the run is about a bare base, or the adapter folder now
        holds other weights than those that answered.

    Raises:
        InputError: the adapter folder or its passport is not whole.
        StorageError: the folder cannot be written.
    """
    adapter = run.provenance.adapter
    if adapter is None or adapter_sha256(Path(adapter.path)) != adapter.sha256:
        return None
    entry = _evaluation(run, folder)
    # Two evaluations may end at once; each reads what the other wrote.
    with taking_turns(Path(adapter.path)):
        passport = read_passport(Path(adapter.path))
        kept = [old for old in passport["evaluations"] if _said(old) != _said(entry)]
        passport["evaluations"] = [*kept, entry]
        return write_json(Path(adapter.path) / PASSPORT, passport)


def record_promotion(adapter: Path, promotion: Mapping[str, Any]) -> Path:
    """Add a promotion to the passport."""
    passport = read_passport(adapter)
    passport["promotions"] = [*passport["promotions"], dict(promotion)]
    return write_json(adapter / PASSPORT, passport)


def record_speed(adapter: Path, record: Mapping[str, Any]) -> Path:
    """Put the figures of ``farense bench`` into the passport; those of before are replaced.

    Raises:
        InputError: the adapter folder or its passport is not whole.
        StorageError: the folder cannot be written.
    """
    return write_json(adapter / PASSPORT, {**read_passport(adapter), "speed": dict(record)})


def speed_of(adapter: Path) -> dict[str, Any] | None:
    """What ``record_speed`` put into the passport of these weights; None where nothing is.

    Raises:
        InputError: the adapter folder or its passport is not whole.
    """
    # A passport issued before there were such figures has no such key.
    speed: dict[str, Any] | None = read_passport(adapter).get("speed")
    return speed


def latest_evaluation(passport: Passport, golden_set_sha256: str) -> dict[str, Any] | None:
    """The last evaluation on this golden set, or None."""
    found: Sequence[dict[str, Any]] = [
        entry
        for entry in passport["evaluations"]
        if entry["golden_set"]["sha256"] == golden_set_sha256
    ]
    return found[-1] if found else None


def _said(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an evaluation says, without when it was said."""
    return {key: value for key, value in entry.items() if key != "created"}


def _issued(adapter: Path) -> Passport:
    config = read_adapter_config(adapter)
    summary = read_summary(adapter) or {}
    gap = gap_of(summary)
    return {
        "schema": SCHEMA,
        "name": adapter.resolve().name,
        "weights_sha256": adapter_sha256(adapter),
        "adapter": {key: config.get(key) for key in _PUT_ON},
        "base": {"name": config.get("base"), "sha256": config.get("base_sha256")},
        "parent": config.get("parent"),
        "data": _data(adapter, summary),
        "settings": summary.get("settings", {}),
        "training": {key: summary.get(key) for key in _MEASURED},
        "gap": gap.to_json() if gap else None,
        "loss_curve": _loss_curve(adapter / METRICS),
        "machine": summary.get("environment", {}),
        "speed": None,
        "evaluations": [],
        "promotions": [],
    }


def _data(adapter: Path, summary: Mapping[str, Any]) -> dict[str, Any]:
    rows, batched = adapter / _TRAIN, summary.get("prompts_batched")
    return {
        "pack": summary.get("pack"),
        "source": summary.get("data") or None,
        "sha256": summary.get("pack_sha256"),
        "rows_sha256": sha256_file(rows) if rows.is_file() else None,
        "prompts_batched": len(batched) if batched is not None else None,
        "prompts_batched_sha256": sha256_json(batched) if batched is not None else None,
    }


def _loss_curve(metrics: Path) -> dict[str, list[list[float]]]:
    """``[step, loss]`` of every step and every validation, in nats per token."""
    found = read_metrics(metrics)
    return {
        "train": [[row.step, row.loss] for row in found.train],
        "validation": [[row.step, row.loss] for row in found.validation],
    }


def _evaluation(run: Run, folder: Path) -> dict[str, Any]:
    provenance, results = run.provenance, run.results[run.subject]
    cost = provenance.answering
    return {
        "created": provenance.created,
        "run": folder.name,
        "golden_set": asdict(run.golden_set),
        "seed": provenance.seed,
        "decoding": dict(provenance.decoding),
        "prompt_template": provenance.prompt_template,
        "signatures": run.signatures,
        "scores": {
            "overall": results.overall.to_json(),
            "tiers": {tier: found.to_json() for tier, found in results.tiers.items()},
        },
        "baseline": asdict(provenance.baseline) if provenance.baseline else None,
        "comparison": run.comparison.to_json() if run.comparison else None,
        "gap": provenance.gap.to_json() if provenance.gap else None,
        "phrasing_gap": run.phrasing_gap.to_json() if run.phrasing_gap else None,
        "speed": {**asdict(cost), "tokens_per_second": cost.tokens_per_second} if cost else None,
        "machine": dict(provenance.environment),
        "versions": dict(provenance.versions),
        "gates_sha256": sha256_json(run.thresholds.to_json()),
        "verdict": run.judgement.verdict.to_json(),
    }
