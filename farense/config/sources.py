"""What environment, ``.env`` and a YAML file say about settings, and where they say it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from farense.config import SETTINGS
from farense.errors import InputError

PREFIX = "FARENSE_"
DOTENV = ".env"
# What may be written besides the settings themselves.
EXTRA = ("alpha", "preset")
NAMES = (*SETTINGS, *EXTRA)
# Read elsewhere, and no settings; the second begin those of the tests.
_OTHER_VARIABLES = ("FARENSE_KERNELS", "FARENSE_TEST_")
SECRETS = ("HF_TOKEN", "WANDB_API_KEY")


@dataclass(frozen=True)
class Given:
    """One value as a user gave it.

    Attributes:
        value: Text from the environment, ``.env`` or a quoted YAML value; otherwise typed.
        origin: What the run's record says: ``option``, ``environment``, ``.env:3``.
        where: What an error message points at.
    """

    value: Any
    origin: str
    where: str


Source = Mapping[str, Given]


def environment_source(environ: Mapping[str, str] = os.environ) -> Source:
    """Settings in variables such as ``FARENSE_LEARNING_RATE``; an empty one is not given.

    Raises:
        InputError: a variable that is no setting but nearly spelt like one.
    """
    entries = [(key, value, "environment", key) for key, value in environ.items()]
    return _from_variables(entries)


def dotenv_source(path: Path) -> Source:
    """Settings in a ``.env`` file, spelt as in the environment; nothing without the file.

    Raises:
        InputError: the file cannot be read, a line is none, a setting stands there twice, or a
            variable is no setting but nearly spelt like one.
    """
    lines = _dotenv_lines(path)
    seen: dict[str, int] = {}
    for key, _, line in lines:
        if key.startswith(PREFIX) and key in seen:
            raise _twice(f"{path}:{line}", key, seen[key])
        seen[key] = line
    return _from_variables(
        (key, value, f"{path.name}:{line}", f"{path}:{line} {key}") for key, value, line in lines
    )


def secret(name: str, folder: Path = Path()) -> str | None:
    """A token from the environment, else from ``.env`` in ``folder``; None where neither has it.

    It is handed to the library that needs it and written nowhere.

    Raises:
        InputError: it is not in the environment, and ``.env`` cannot be read.
    """
    if os.environ.get(name):
        return os.environ[name]
    found = {key: value for key, value, _ in _dotenv_lines(folder / DOTENV)}
    return found.get(name) or None


def _from_variables(entries: Iterable[tuple[str, str, str, str]]) -> Source:
    found = {}
    for key, value, origin, where in entries:
        name = key.removeprefix(PREFIX).lower()
        if not key.startswith(PREFIX) or key.startswith(_OTHER_VARIABLES) or not value:
            continue
        if name in NAMES and key == PREFIX + name.upper():
            found[name] = Given(value, origin, where)
        elif near := difflib.get_close_matches(name, NAMES, n=1, cutoff=0.8):
            # A variable of another tool may begin alike; one that is nearly a setting is a slip.
            raise _unknown(where, key, PREFIX + near[0].upper())
    return found


def _dotenv_lines(path: Path) -> list[tuple[str, str, int]]:
    """Key, value and line number of each assignment."""
    from dotenv.parser import parse_stream

    if not path.exists():
        return []
    lines = []
    for binding in parse_stream(StringIO(read_settings_text(path))):
        line = binding.original.line + _blank_before(binding.original.string)
        if binding.error:
            raise InputError(
                f"{path}:{line}",
                "no assignment",
                "NAME=value, with quotes closed",
                "Mend the line, or put # before it.",
            )
        if binding.key is not None:
            lines.append((binding.key, binding.value or "", line))
    return lines


def _blank_before(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def read_settings_text(path: Path) -> str:
    """A settings file's text.

    Raises:
        InputError: it is missing, a folder, not readable, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n")
        raise InputError(
            f"{path}:{before + 1}",
            f"not UTF-8 (byte 0x{error.object[error.start]:02x})",
            "UTF-8 text",
            "Save the file as UTF-8; an editor set to Latin-1 or Windows-1252 wrote it.",
        ) from error
    except OSError as error:
        raise InputError(
            path, f"cannot be read ({error.strerror})", "a text file", "Check the path."
        ) from error


def yaml_source(path: Path) -> Source:
    """Settings in a YAML file, ``learning_rate: 5e-4`` or ``learning-rate: 5e-4``.

    Raises:
        InputError: not YAML, no mapping, a key that is no setting, or one twice, also in two
            spellings; each names the line.
    """
    found: dict[str, Given] = {}
    lines: dict[str, int] = {}
    for key, value in _yaml_pairs(path):
        line = key.start_mark.line + 1
        name = str(key.value).replace("-", "_")
        where = f"{path}:{line}"
        if name not in NAMES:
            raise _unknown(where, str(key.value), _nearest(name, NAMES))
        if name in found:
            raise _twice(where, str(key.value), lines[name])
        lines[name] = line
        found[name] = Given(_plain(value, where, name), f"{path.name}:{line}", f"{where} {name}")
    return found


def _yaml_pairs(path: Path) -> list[tuple[Any, Any]]:
    """The nodes of keys and values, which know their lines and stand there twice if they do."""
    import yaml

    text = read_settings_text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else f"{path}"
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(
            where, f"not YAML ({problem})", "one `setting: value` a line", "Mend the line."
        ) from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise InputError(path, "no settings", "one `setting: value` a line", "Mend the file.")
    return list(root.value) if root is not None else []


def _plain(node: Any, where: str, name: str) -> Any:
    """A scalar or a list of scalars as Python value."""
    import yaml

    scalars = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(scalar, yaml.ScalarNode) for scalar in scalars):
        raise InputError(where, f"{name} holds a table", "one value", "Give the value alone.")
    constructor = yaml.SafeLoader("")
    try:
        values = [constructor.construct_object(scalar) for scalar in scalars]
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(where, f"{name} cannot be read", "one plain value", "Mend it.") from error
    return values if isinstance(node, yaml.SequenceNode) else values[0]


def _nearest(name: str, names: Collection[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.6)), None)


def _unknown(where: str, key: str, near: str | None) -> InputError:
    if key.upper() in SECRETS:
        remedy = f"Put {key.upper()} in the environment or in {DOTENV}: tokens are no settings."
    elif near:
        remedy = f"Did you mean {near}?"
    else:
        remedy = f"The settings are {', '.join(NAMES)}."
    return InputError(where, f"unknown setting {key!r}", "a setting of `farense train`", remedy)


def _twice(where: str, key: str, first: int) -> InputError:
    return InputError(
        where, f"{key} again (first on line {first})", "each setting once", "Drop one of the two."
    )
