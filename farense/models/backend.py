"""What this machine computes with, and how a base's weights are held on it.

:func:`prepare_backend` comes first in every command that touches MLX: on a Linux CPU the
BLAS must be loaded before ``mlx.core`` is.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import psutil

from farense.errors import BackendError
from farense.models.allocator import keep_freed_memory
from farense.models.blas import Blas, load_fast_blas
from farense.models.kernels.build import BFLOAT16, FEW_ROWS, IN_USE, load_kernels
from farense.models.registry import BASES, Base

Device = Literal["metal", "cuda", "cpu"]

# Of the machine's memory; the rest is for activations, the optimiser and the system.
FLOAT32_SHARE = 0.60
_PRODUCT_SIZE = 1024
_MEASURE_SECONDS = 0.15


@dataclass(frozen=True)
class Backend:
    """This machine as MLX sees it.

    ``blas`` is None where none was loaded (always on Metal and CUDA, which need none);
    ``kernels`` says whether the compiled CPU kernels are in use, or why not, ``few_rows``
    the same of the one that multiplies packed weights for answers,
    ``bfloat16`` of the one that trains in bfloat16;
    ``warnings`` are sentences for the user. ``gpu_bytes`` is the memory a GPU may use, None on a
    CPU and where MLX does not say.
    """

    device: Device
    chip: str
    cores: int
    memory_bytes: int
    mlx_version: str
    blas: Blas | None
    warnings: tuple[str, ...]
    kernels: str = "none needed"
    few_rows: str = "none needed"
    bfloat16: str = "none needed"
    gpu_bytes: int | None = None

    @property
    def has_kernels(self) -> bool:
        """Whether the compiled kernels compute here."""
        return self.kernels == IN_USE

    @property
    def has_few_rows(self) -> bool:
        """Whether answers may be computed from packed weights here."""
        return self.few_rows == IN_USE

    @property
    def has_bfloat16(self) -> bool:
        """Whether a training may multiply in bfloat16 here, twice as fast as in float32."""
        return self.bfloat16 == IN_USE

    def multiplies_in_bfloat16(self, dtype: str) -> bool:
        """Whether a training of this ``--dtype`` does, with all else in float32."""
        return dtype in ("fastest", "bfloat16") and self.has_bfloat16


@dataclass(frozen=True)
class Storage:
    """How a base's weights are held: as stored, or unpacked to float32; and why."""

    keep_quantised: bool
    reason: str
    warning: str | None = None


@functools.cache
def prepare_backend() -> Backend:
    """Load a fast BLAS where it matters, then MLX; describe what was found.

    Raises:
        BackendError: MLX is not installed or cannot start.
    """
    late = "mlx.core" in sys.modules
    wants_blas = sys.platform == "linux" and not _cuda_build()
    blas = load_fast_blas() if wants_blas and not late else None
    device, version = _start_mlx()
    kernels = few_rows = bfloat16 = "none needed"
    if device == "cpu":
        keep_freed_memory()
        kernels, few_rows, bfloat16 = _use_kernels(), load_kernels(FEW_ROWS)[1], _bfloat16()
    warnings = _blas_warnings(blas, late) if wants_blas and device == "cpu" else ()
    return Backend(
        device=device,
        chip=chip_name(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        mlx_version=version,
        blas=blas,
        warnings=warnings,
        kernels=kernels,
        few_rows=few_rows,
        bfloat16=bfloat16,
        gpu_bytes=gpu_bytes(_gpu_info(device)),
    )


def gpu_bytes(info: Mapping[str, str | int]) -> int | None:
    """The memory a GPU may use, by what ``mx.device_info`` says of it; None where it does not.

    Metal shares the machine's memory and recommends how much of it to use at most; a CUDA device
    has its own.
    """
    found = (info.get(key) for key in ("max_recommended_working_set_size", "total_memory"))
    return next((size for size in found if isinstance(size, int) and size > 0), None)


def _gpu_info(device: Device) -> Mapping[str, str | int]:
    if device == "cpu":
        return {}
    import mlx.core as mx

    return dict(mx.device_info())


def _use_kernels() -> str:
    module, state = load_kernels()
    if module is not None:
        from farense.models.kernels.operations import use_kernels

        use_kernels(module)
    return state


def _bfloat16() -> str:
    module, state = load_kernels(BFLOAT16)
    return state if module is None or module.here else "not for this processor"


def measure_gflops(
    size: int = _PRODUCT_SIZE, seconds: float = _MEASURE_SECONDS, *, bfloat16: bool = False
) -> float:
    """Speed of a ``size`` x ``size`` product through MLX, in GFLOP/s.

    Args:
        size: Rows and columns of both factors.
        seconds: About as long as it takes after one product to warm up; the best one counts.
        bfloat16: Of the kernel that trainings in bfloat16 use, not of float32.

    Raises:
        BackendError: that kernel is asked for and not built here.
    """
    import mlx.core as mx

    left = mx.random.normal((size, size), key=mx.random.key(0))
    right = mx.random.normal((size, size), key=mx.random.key(1))
    mx.eval(left, right)
    multiply: Callable[[Any], Any] = right.__matmul__
    if bfloat16:
        from farense.models.kernels.bfloat16 import panels_of

        multiply = panels_of(right).product
    mx.eval(multiply(left))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        start = time.perf_counter()
        mx.eval(multiply(left))
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def choose_storage(
    backend: Backend, float32_bytes: int, memory_bytes: int | None = None
) -> Storage:
    """Whether to keep a base's weights quantised on this machine.

    Args:
        backend: From :func:`prepare_backend`.
        float32_bytes: What the base takes unpacked.
        memory_bytes: The machine's memory; the backend's when None. Not what is free at
            the moment: the same machine must come to the same choice every time.
    """
    if backend.device != "cpu":
        return Storage(True, f"{backend.device} multiplies quantised weights fast")
    available = backend.memory_bytes if memory_bytes is None else memory_bytes
    need, room = _gib(float32_bytes), _gib(int(available * FLOAT32_SHARE))
    if float32_bytes <= available * FLOAT32_SHARE:
        return Storage(False, f"float32 needs {need}, {room} may be used")
    return Storage(
        True,
        f"float32 needs {need}, only {room} may be used",
        f"Weights stay 4-bit, because unpacked they need {need} and {room} of this machine's"
        " memory may be used. A CPU multiplies 4-bit weights about 100 times slower (2 against"
        f" 200 GFLOP/s). {_base_that_fits(int(available * FLOAT32_SHARE))}",
    )


def estimated_float32_bytes(base: Base) -> int:
    """Upper estimate of what a base takes unpacked, from its download alone.

    A 4-bit weight with its group's scale and bias takes 4.5 bits or more; float32 32.
    """
    return int(base.download_bytes * 32 / 4.5)


def chip_name() -> str:
    """The processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.stdout.strip():
            return asked.stdout.strip()
    return platform.processor() or platform.machine()


def free_memory_bytes() -> int:
    """Memory that could be taken now without swapping, in bytes."""
    return int(psutil.virtual_memory().available)


def free_disk_bytes(path: Path) -> int:
    """Free bytes on the disk that holds ``path`` or its nearest existing parent."""
    place = path.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def _cuda_build() -> bool:
    return any((d.name or "").lower().startswith("mlx-cuda") for d in metadata.distributions())


def _start_mlx() -> tuple[Device, str]:
    try:
        import mlx.core as mx
    except ImportError as error:
        raise BackendError(
            "mlx",
            f"cannot be imported ({error})",
            "a working MLX",
            'Install it: `pip install "mlx[cpu]"` on Linux, `pip install mlx` on a Mac.',
        ) from error
    version = metadata.version("mlx")
    if mx.default_device().type != mx.DeviceType.gpu:
        return "cpu", version
    return ("metal" if mx.metal.is_available() else "cuda"), version


def _blas_warnings(blas: Blas | None, late: bool) -> tuple[str, ...]:
    if blas is not None:
        return ()
    cost = "Training and answering run about 30 times slower (6 against 200 GFLOP/s)."
    if late:
        return (f"mlx was imported before the fast BLAS could be loaded. {cost}",)
    remedy = "`pip install mkl` (x86_64) or install your system's OpenBLAS (libopenblas0)."
    return (f"No fast BLAS was found. {cost} Remedy: {remedy}",)


def _base_that_fits(room_bytes: int) -> str:
    fitting = [base for base in BASES.values() if estimated_float32_bytes(base) <= room_bytes]
    if not fitting:
        return "No known base fits this machine unpacked: free some memory."
    return f"A base that fits: {max(fitting, key=lambda b: b.download_bytes).name}."


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
