"""``farense doctor``: what this machine is, and whether the main job can run on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from farense.cli.options import BASE, FACTS_DIR, MODELS_DIR

if TYPE_CHECKING:
    from farense.models.backend import Backend

_NEEDED_DISK_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis; ``remedy`` is empty unless something should be done."""

    name: str
    value: str
    status: Literal["ok", "warning", "problem"] = "ok"
    remedy: str = ""


@click.command()
@BASE
@MODELS_DIR
@FACTS_DIR
@click.option(
    "--recommend",
    is_flag=True,
    help="Only name the preset for this machine's memory, or its GPU's, and why.",
)
def command(base: str, models_dir: Path, data_dir: Path, recommend: bool) -> None:
    """Check chip, memory, disk, MLX, BLAS, kernels, base model and data.

    Exits 2, with the remedy, when the main job could not run here.

    \b
    Example:
        farense doctor --base smollm2-135m
    """
    from farense.cli.progress import working

    if recommend:
        _recommend()
        return
    with working("looking at this machine"):
        findings = diagnose(base, models_dir, data_dir)
    _print(findings)
    if any(finding.status == "problem" for finding in findings):
        raise SystemExit(2)


def _recommend() -> None:
    """The name alone on standard output, so that a script can take it; the rest beside it."""
    from farense.config.presets import PRESETS, recommended
    from farense.models.backend import prepare_backend

    backend = prepare_backend()
    name, why = recommended(backend.memory_bytes, backend.gpu_bytes)
    batch_size, accumulation, max_tokens = PRESETS[name].values()
    click.echo(name)
    click.echo(
        f"{why}: batches of {batch_size} rows, {accumulation} of them a step, rows of up to"
        f" {max_tokens} tokens. Use it: `farense train --preset {name}`.",
        err=True,
    )


def diagnose(base: str, models_dir: Path, data_dir: Path) -> list[Finding]:
    """Everything the main job needs, looked at once; problems are findings, not errors."""
    from farense.errors import BackendError, InputError
    from farense.models.backend import prepare_backend
    from farense.models.registry import resolve_base

    findings = [_disk(models_dir)]
    try:
        backend = prepare_backend()
    except BackendError as error:
        findings.append(Finding("MLX", error.found, "problem", error.remedy))
    else:
        findings += _machine(backend)
        try:
            findings += _base(resolve_base(base, models_dir), backend)
        except InputError as error:
            findings.append(
                Finding("base model", f"{error.where}: {error.found}", "problem", error.remedy)
            )
    return [*findings, _data(data_dir)]


def _machine(backend: Backend) -> list[Finding]:
    from farense.models.backend import free_memory_bytes, measure_gflops

    blas = f"{backend.blas.name} ({backend.blas.path})" if backend.blas else "none needed"
    if backend.device == "cpu" and backend.blas is None:
        blas = "MLX's own"
    available = free_memory_bytes()
    findings = [
        Finding("chip", f"{backend.chip}, {backend.cores} cores"),
        Finding("memory", f"{_gib(backend.memory_bytes)}, {_gib(available)} free"),
        Finding("MLX", f"{backend.mlx_version} on {backend.device}"),
        Finding("BLAS", blas, "warning" if backend.warnings else "ok", " ".join(backend.warnings)),
        Finding("float32 product", f"{measure_gflops():.0f} GFLOP/s measured"),
    ]
    if backend.device == "cpu":
        findings += [_kernels(backend), _bfloat16(backend)]
    elif backend.gpu_bytes is not None:
        findings.append(Finding("GPU memory", f"{_gib(backend.gpu_bytes)} may be used"))
    return findings


def _kernels(backend: Backend) -> Finding:
    from farense.models.kernels.build import SWITCH

    if backend.has_kernels and backend.has_few_rows:
        return Finding("kernels", backend.kernels)
    if backend.has_kernels:
        remedy = "`farense kernels build` adds it: answers come faster."
        return Finding("kernels", f"in use; for answers: {backend.few_rows}", "warning", remedy)
    remedy = "`farense kernels build` compiles them: training is about 1.3 times as fast."
    if SWITCH in backend.kernels:
        remedy = f"Unset {SWITCH} to use them: training is about 1.3 times as fast."
    return Finding("kernels", backend.kernels, "warning", remedy)


def _bfloat16(backend: Backend) -> Finding:
    from farense.models.backend import measure_gflops

    if not backend.has_bfloat16:
        return Finding("bfloat16 product", f"{backend.bfloat16}; trainings use float32")
    speed = measure_gflops(bfloat16=True)
    return Finding("bfloat16 product", f"{speed:.0f} GFLOP/s measured, for --dtype fastest")


def _disk(models_dir: Path) -> Finding:
    from farense.models.backend import free_disk_bytes

    free = free_disk_bytes(models_dir)
    if free >= _NEEDED_DISK_BYTES:
        return Finding("disk", f"{_gib(free)} free")
    remedy = f"Free at least {_gib(_NEEDED_DISK_BYTES)} for the base, adapters and reports."
    return Finding("disk", f"{_gib(free)} free", "problem", remedy)


def _base(folder: Path, backend: Backend) -> list[Finding]:
    from farense.errors import ModelFolderError
    from farense.models.backend import choose_storage, estimated_float32_bytes
    from farense.models.model_folder import check_model_folder, float32_bytes
    from farense.models.registry import BASES

    if not folder.exists() and folder.name in BASES:
        entry = BASES[folder.name]
        remedy = f"The main job fetches it ({entry.download_bytes / 1e6:.0f} MB);"
        remedy += f" or run `farense models pull {entry.name}`."
        here = Finding("base model", f"{entry.name} is not here yet", "warning", remedy)
        needed_bytes = estimated_float32_bytes(entry)
    else:
        try:
            needed_bytes = float32_bytes(check_model_folder(folder))
        except ModelFolderError as error:
            remedy = f"Delete the folder. {error.remedy}"
            return [Finding("base model", f"{folder}: {error.found}", "problem", remedy)]
        here = Finding("base model", str(folder))
    storage = choose_storage(backend, needed_bytes)
    status: Literal["ok", "warning"] = "warning" if storage.warning else "ok"
    held = "as stored" if storage.keep_quantised else "unpacked to float32"
    weights = Finding("weights", f"{held}: {storage.reason}", status, storage.warning or "")
    return [here, weights]


def _data(data_dir: Path) -> Finding:
    from farense.errors import FarenseError
    from farense.facts.tables import read_tables

    try:
        tables = read_tables(data_dir)
    except FarenseError as error:
        return Finding("fact tables", f"{error.where}: {error.found}", "problem", error.remedy)
    return Finding("fact tables", f"{data_dir}: {len(tables.matches)} matches, valid")


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    colours = {"ok": "green", "warning": "yellow", "problem": "red"}
    table = Table(show_header=False, box=None)
    for finding in findings:
        mark = f"[{colours[finding.status]}]{finding.status}[/]"
        table.add_row(mark, finding.name, finding.value)
    console = Console()
    console.print(table)
    for finding in findings:
        if finding.remedy:
            console.print(f"{finding.name}: {finding.remedy}", markup=False, highlight=False)


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
