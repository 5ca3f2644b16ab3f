"""Read gates.toml: which rules an adapter must meet, and where their bounds lie."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.records import TIERS
from farense.storage import read_text

_SHARE = (0.0, 1.0)
_COUNT = (0.0, 1e6)

# Section -> key -> the range its bound may lie in.
_RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "fact_accuracy": dict.fromkeys(TIERS, _SHARE),
    "base_fact_accuracy": {"below": _SHARE},
    "overfitting_gap": {"below": (-10.0, 10.0)},
    "phrasing_gap": {"below": (-1.0, 1.0)},
    "abstention": {"unanswerable_at_least": _SHARE, "elsewhere_at_most": _SHARE},
    "must_pass": {"at_least": _SHARE},
    "adapter_minus_base": {"at_least": (-1.0, 1.0)},
    "comparison": {
        "margin": _SHARE,
        "categories_lost_at_most": _COUNT,
        "must_pass_lost_at_most": _COUNT,
        "noise_at_most": _SHARE,
    },
    "speed": {"tokens_per_second_at_least": (0.0, 1e6)},
}


@dataclass(frozen=True)
class Thresholds:
    """The bounds of a gate, by section and key as gates.toml writes them."""

    bounds: Mapping[str, Mapping[str, float]]

    def bound(self, section: str, key: str) -> float | None:
        """The bound, or None when the rule is not part of this gate."""
        return self.bounds.get(section, {}).get(key)

    def to_json(self) -> dict[str, Any]:
        return {section: dict(rules) for section, rules in self.bounds.items()}


def read_thresholds(path: Path) -> Thresholds:
    """Read a gate's bounds from TOML.

    Raises:
        InputError: the file is missing or not TOML, a section or key is unknown, or a
            bound is not a number in its range.
    """
    missing = "Check the path, or copy evalsets/gates.toml."
    text = read_text(path, "a gate in TOML", missing)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML ({error})", "TOML in UTF-8", "Mend that line.") from error
    return thresholds_from_json(tables, where=str(path))


def thresholds_from_json(tables: Mapping[str, Any], *, where: str) -> Thresholds:
    """Check sections, keys and bounds; ``where`` names their source in errors.

    Raises:
        InputError: as ``read_thresholds``.
    """
    bounds: dict[str, dict[str, float]] = {}
    for section, rules in tables.items():
        _refuse_unknown(where, "section", section, _RANGES)
        if not isinstance(rules, dict):
            raise InputError(
                where,
                f"{section} = {rules!r}",
                f"a section [{section}] with {', '.join(_RANGES[section])}",
                "Write the bound inside its section.",
            )
        for key in rules:
            _refuse_unknown(f"{where}: [{section}]", "key", key, _RANGES[section])
        bounds[section] = {key: _number(where, section, key, rules[key]) for key in rules}
    return Thresholds(bounds)


def _refuse_unknown(where: str, what: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name in names:
        return
    close = difflib.get_close_matches(name, names, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else f"Take {name!r} out."
    raise InputError(where, f"unknown {what} {name!r}", f"one of {', '.join(names)}", remedy)


def _number(where: str, section: str, key: str, value: object) -> float:
    low, high = _RANGES[section][key]
    # True is an int to Python; a bound is never a yes or no. The range also refuses NaN.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(
            f"{where}: [{section}] {key}",
            f"{value!r}",
            f"a number from {low:g} to {high:g}",
            "Write the bound as a plain number, for example 0.9.",
        )
    return float(value)
