"""accepted.toml: which adapter is the accepted one, that a new one has to hold against."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from farense.errors import InputError
from farense.storage import read_text

_REMEDY = "Promote an adapter, or name one: --baseline ADAPTER_FOLDER."


@dataclass(frozen=True)
class Accepted:
    """The accepted adapter: its folder and the sha256 of its weights file."""

    adapter: Path
    adapter_sha256: str


def read_accepted(path: Path) -> Accepted:
    """Read accepted.toml; keys other than ``adapter`` and ``adapter_sha256`` are passed over.

    Raises:
        InputError: the file is missing, not TOML, or lacks one of the two.
    """
    text = read_text(path, "the accepted adapter, as promotion records it", _REMEDY)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(path, f"not TOML ({error})", "TOML in UTF-8", "Mend that line.") from error
    return Accepted(Path(_text(path, table, "adapter")), _text(path, table, "adapter_sha256"))


def check_accepted(accepted: Accepted, found_sha256: str, path: Path) -> None:
    """Refuse an adapter folder that is no longer what was accepted.

    Raises:
        InputError: its weights have another hash than ``path`` records.
    """
    if found_sha256 != accepted.adapter_sha256:
        raise InputError(
            accepted.adapter,
            f"weights {found_sha256[:12]}",
            f"weights {accepted.adapter_sha256[:12]}, which {path} accepts",
            "Put the accepted adapter back, or promote this one.",
        )


def _text(path: Path, table: dict[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(
            path, f"{key} is {value!r}", "a string that is not empty", f'Write {key} = "...".'
        )
    return value
