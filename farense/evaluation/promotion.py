"""Promotion: which adapter is the accepted one, as a file a reviewer can read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import PromotionRefusedError
from farense.evaluation.evalset import Evalset
from farense.evaluation.passport import (
    PASSPORT,
    Passport,
    latest_evaluation,
    read_passport,
    record_promotion,
)
from farense.evaluation.provenance import utc_now
from farense.evaluation.thresholds import read_thresholds
from farense.storage import real_path, sha256_json, write_bytes, write_text

_HEAD = (
    "# The accepted adapter. Written by `farense promote`; a change of this file is a promotion.\n"
)


@dataclass(frozen=True)
class Promotion:
    """What accepted.toml says.

    ``verdict`` is the last one of these weights on this golden set, ``none`` when there is
    none; ``why`` is what was given with ``--force``, None for a promotion by verdict.
    """

    adapter: str
    adapter_sha256: str
    base: str
    base_sha256: str
    golden_set: str
    golden_set_sha256: str
    run: str
    date: str
    verdict: str
    gates_sha256: str
    why: str | None = None

    @property
    def forced(self) -> bool:
        return self.why is not None

    def to_json(self) -> dict[str, Any]:
        """The keys of accepted.toml; ``forced`` and ``why`` only where it was forced."""
        given = {key: value for key, value in vars(self).items() if key != "why"}
        return {**given, "forced": True, "why": self.why} if self.forced else given


def plan_promotion(
    adapter: Path, evalset: Evalset, gates: Path, why: str | None = None
) -> Promotion:
    """What promoting ``adapter`` would write.

    Args:
        adapter: An adapter folder; a relative one is recorded as it is.
        evalset: The golden set as it is now.
        gates: The gate the verdict must have been reached under, as it is now.
        why: The reason to promote without an accept verdict; None to insist on one.

    Raises:
        PromotionRefusedError: without ``why``, the last verdict of these very weights on this
            very golden set is not to accept, was reached under other thresholds, or there
            is none.
        ModelFolderError: no whole adapter.
        InputError: its passport or the gate is broken.
    """
    passport = read_passport(adapter)
    entry = latest_evaluation(passport, evalset.sha256)
    if why is None:
        _insist_on_acceptance(adapter, evalset, passport, entry)
        _insist_on_gates(adapter, entry, gates)
    return Promotion(
        adapter=_shown(adapter),
        adapter_sha256=passport["weights_sha256"],
        base=str(passport["base"]["name"]),
        base_sha256=str(passport["base"]["sha256"]),
        golden_set=evalset.name,
        golden_set_sha256=evalset.sha256,
        run=entry["run"] if entry else "none",
        date=utc_now(),
        verdict=entry["verdict"]["decision"] if entry else "none",
        gates_sha256=entry["gates_sha256"] if entry else "none",
        why=why,
    )


def promote(adapter: Path, promotion: Promotion, accepted: Path) -> Path:
    """Record the promotion in the passport and write ``accepted``: both, or neither.

    Raises:
        StorageError: one of the two cannot be written; both are as they were.
    """
    passport = adapter / PASSPORT
    before = passport.read_bytes() if passport.is_file() else None
    record_promotion(adapter, promotion.to_json())
    try:
        return write_text(accepted, _toml(promotion.to_json()))
    except BaseException:
        if before is None:
            passport.unlink()
        else:
            write_bytes(passport, before)
        raise


def _insist_on_acceptance(
    adapter: Path, evalset: Evalset, passport: Passport, entry: Mapping[str, Any] | None
) -> None:
    remedy = f"Run `farense evaluate --adapter {adapter} --evalset {evalset.path}`"
    force = "or promote it with --force --why REASON."
    if entry is None:
        others = {e["golden_set"]["sha256"][:12] for e in passport["evaluations"]}
        known = f", only on {', '.join(sorted(others))}" if others else ""
        raise PromotionRefusedError(
            adapter,
            f"weights {passport['weights_sha256'][:12]} have no verdict on the golden set "
            f"{evalset.name} ({evalset.sha256[:12]}){known}",
            "an accept verdict",
            f"{remedy}, {force}",
        )
    if entry["verdict"]["decision"] != "accept":
        raise PromotionRefusedError(
            adapter,
            f"the verdict is {entry['verdict']['decision']} ({_reasons(entry)})",
            "an accept verdict",
            f"Read the report of run {entry['run']} and train a better adapter, {force}",
        )


def _insist_on_gates(adapter: Path, entry: Mapping[str, Any] | None, gates: Path) -> None:
    """A verdict under a gate of one's own is no verdict of the team's."""
    wanted = sha256_json(read_thresholds(gates).to_json())
    if entry is not None and entry["gates_sha256"] != wanted:
        raise PromotionRefusedError(
            adapter,
            f"the verdict of run {entry['run']} was reached under other thresholds"
            f" ({entry['gates_sha256'][:12]})",
            f"those of {gates} as it is now ({wanted[:12]})",
            "Evaluate again without --gates, name that gate with --gates, or promote it with"
            " --force --why REASON.",
        )


def _reasons(entry: Mapping[str, Any]) -> str:
    failed = [c["reason"] for c in entry["verdict"]["checks"] if c["passed"] is not True]
    return " ".join(reason.rstrip(".") + "." for reason in failed) or "no rule was met"


def _shown(adapter: Path) -> str:
    """Relative to the working folder where it lies inside, so that the file can be shared."""
    whole = real_path(adapter)
    here = Path.cwd().resolve()
    inside = whole.is_relative_to(here)
    return (whole.relative_to(here) if inside else whole).as_posix()


def _toml(table: Mapping[str, Any]) -> str:
    # A JSON string is a TOML basic string, and true is true in both.
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
    return _HEAD + "".join(lines)
