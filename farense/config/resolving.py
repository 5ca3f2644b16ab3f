"""One value for each setting: flags before environment, ``.env``, file, preset and default."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.config import SETTINGS, TrainingSettings, require_in_range
from farense.config.presets import PRESETS
from farense.config.sources import (
    DOTENV,
    Given,
    Source,
    dotenv_source,
    environment_source,
    yaml_source,
)
from farense.errors import InputError

# A choice, and the settings that mean nothing with it.
_IDLE = {
    ("method", "full"): ("rank", "scale", "alpha", "dropout", "target_modules"),
    ("optimizer", "adam"): ("weight_decay",),
    ("schedule", "constant"): ("final_rate",),
}
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Resolved:
    """Settings with the origin of each value.

    An origin is ``option``, ``environment``, ``.env:LINE``, ``FILE:LINE``, ``preset NAME`` or
    ``default``; that of steps counted from epochs is the one of the epochs.
    """

    settings: TrainingSettings
    origins: Mapping[str, str]

    def to_json(self) -> dict[str, dict[str, Any]]:
        """``{name: {"value": …, "origin": …}}``."""
        return {
            name: {"value": value, "origin": self.origins[name]}
            for name, value in self.settings.values().items()
        }

    def for_rows(self, rows: int) -> Resolved:
        """The same with ``steps`` counted from ``epochs`` over ``rows`` rows, where those count.

        A warm-up that nobody asked for then takes a tenth of the steps at most: the default
        suits the default steps, and would never end in a short training.
        """
        if not self.settings.epochs:
            return self
        steps = max(math.ceil(self.settings.epochs * self.settings.steps_per_epoch(rows)), 1)
        warmup = self.settings.warmup_steps
        if self.origins["warmup_steps"] == "default":
            warmup = min(warmup, steps // 10)
        settings = dataclasses.replace(self.settings, steps=steps, warmup_steps=warmup)
        return Resolved(settings, {**self.origins, "steps": self.origins["epochs"]})


def option_source(options: Mapping[str, Any]) -> Source:
    """Flags a user gave; None means not given."""
    return {
        name: Given(value, "option", f"--{name.replace('_', '-')}")
        for name, value in options.items()
        if value is not None
    }


def gather(
    options: Mapping[str, Any], config: Path | None = None, folder: Path = Path()
) -> list[Source]:
    """Every source in order of rank: flags, environment, ``.env`` in ``folder``, YAML file.

    Raises:
        InputError: one of them cannot be read or says something unknown.
    """
    sources = [option_source(options), environment_source(), dotenv_source(folder / DOTENV)]
    return [*sources, yaml_source(config)] if config else sources


def resolve(sources: Sequence[Source]) -> Resolved:
    """Settings from sources in order of rank, the first one first.

    Raises:
        InputError: a value of the wrong type or outside its range, an unknown preset, or two
            values of one source that exclude each other.
    """
    sources = [*sources, _preset(sources)]
    sources = [
        {name: _converted(name, given) for name, given in source.items() if name != "preset"}
        for source in sources
    ]
    for source in sources:
        _require_one(source, "steps", "epochs")
    _require_not_idle(sources[:-1])
    found = _ranked(_ranked(sources, "steps", "epochs"), "scale", "alpha")
    chosen: dict[str, Given] = {}
    for source in reversed(found):
        chosen.update(source)
    chosen = _without_alpha(chosen, sources)
    settings = TrainingSettings(**{name: given.value for name, given in chosen.items()})
    origins = {
        name: chosen[name].origin if name in chosen else "default" for name in settings.values()
    }
    return Resolved(settings, origins)


def _preset(sources: Sequence[Source]) -> Source:
    given = next((source["preset"] for source in sources if "preset" in source), None)
    if given is None:
        return {}
    if given.value not in PRESETS:
        raise InputError(
            given.where, f"{given.value!r}", f"one of {', '.join(PRESETS)}", "Name another preset."
        )
    origin = f"preset {given.value}"
    return {name: Given(v, origin, origin) for name, v in PRESETS[given.value].items()}


def _require_one(source: Source, one: str, other: str) -> None:
    if one in source and other in source:
        raise InputError(
            source[one].where,
            f"{source[other].where} as well",
            "one of the two",
            "Leave one out: each says how long to train.",
        )


def _require_not_idle(sources: Sequence[Source]) -> None:
    """Refuse a setting that means nothing with a choice made in its own or a lower source."""
    for (name, choice), idle in _IDLE.items():
        rank = next((rank for rank, source in enumerate(sources) if name in source), -1)
        if rank < 0 or sources[rank][name].value != choice:
            continue
        for other in idle:
            told = next((s[other] for s in sources[: rank + 1] if other in s), None)
            if told:
                where = sources[rank][name].where
                raise InputError(
                    told.where,
                    f"{where} is {choice}, which has none",
                    "settings that go together",
                    f"Leave {told.where} out, or choose another {name}.",
                )


def _ranked(sources: Sequence[Source], one: str, other: str) -> list[dict[str, Given]]:
    """The sources without the lower-ranked of two settings that say the same thing."""
    first = next((source for source in sources if one in source or other in source), {})
    dropped = {name for name in (one, other) if name not in first}
    return [
        {name: given for name, given in source.items() if name not in dropped} for source in sources
    ]


def _without_alpha(chosen: Mapping[str, Given], sources: Sequence[Source]) -> dict[str, Given]:
    """``alpha`` turned into the scale it means: alpha / rank."""
    kept = {name: given for name, given in chosen.items() if name != "alpha"}
    if "alpha" not in chosen:
        return kept
    alpha, rank = chosen["alpha"], kept.get("rank")
    divisor = rank.value if rank else TrainingSettings.rank
    scale = alpha.value / divisor
    told = kept.get("scale")
    if told and not math.isclose(told.value, scale, rel_tol=1e-6):
        raise InputError(
            alpha.where,
            f"alpha {alpha.value:g} at rank {divisor} is a scale of {scale:g},"
            f" but {told.where} says {told.value:g}",
            "one scale",
            "Leave one of the two out: scale = alpha / rank.",
        )
    require_in_range("scale", scale, f"{alpha.where} / rank")
    return {**kept, "scale": Given(scale, alpha.origin, alpha.where)}


def _converted(name: str, given: Given) -> Given:
    """The value in the setting's own type and range."""
    kind = float if name == "alpha" else type(SETTINGS[name].default)
    value = _READERS[kind](given.value)
    if value is None:
        raise InputError(
            given.where, f"{given.value!r}", _EXPECTED[kind], "Mend or drop the value."
        )
    if name == "alpha":
        if not value > 0:
            raise InputError(given.where, f"{value:g}", "a number above 0", "Mend the value.")
    else:
        require_in_range(name, value, given.where)
    return dataclasses.replace(given, value=value)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) else None


def _truth(value: Any) -> bool | None:
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _names(value: Any) -> tuple[str, ...] | None:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        return None
    return tuple(part.strip() for part in parts if part.strip()) or None


_READERS: Mapping[type, Any] = {
    int: _whole,
    float: _number,
    str: _text,
    bool: _truth,
    tuple: _names,
}
_EXPECTED = {
    int: "a whole number",
    float: "a number",
    str: "a word",
    bool: "true or false",
    tuple: "names with commas between them",
}
