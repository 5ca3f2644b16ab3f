"""Whether the compiled kernels fit this installation, and building them with pip."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

from farense.errors import BackendError

SOURCE = Path(__file__).parent / "source"
# FARENSE_KERNELS=off computes with MLX's own operations, to compare the two.
SWITCH = "FARENSE_KERNELS"
IN_USE = "in use"
# The first is part of every adapter's key by its sources, the second serves answers alone, the
# third trainings in bfloat16.
TRAINING = "farense_kernels"
FEW_ROWS = "farense_few_rows"
BFLOAT16 = "farense_bfloat16"
_COMPILERS = ("c++", "g++", "clang++")
_WITHOUT = "or go without: everything works, training at about 3/4 of the speed."
_SHARED = ("crew.cpp", "crew.h", "primitive.h")
SOURCES = {
    TRAINING: ("binding.cpp", "kernels.cpp", "kernels.h"),
    FEW_ROWS: (
        *("few_rows_binding.cpp", "few_rows.cpp", "few_rows.h"),
        *("many_rows.cpp", "many_rows.h", "vectors.h", *_SHARED),
    ),
    BFLOAT16: ("bfloat16_binding.cpp", "bfloat16.cpp", "bfloat16.h", *_SHARED),
}
# A process that has loaded one build cannot load the next; the switch is no part of the check.
_CHECK = (
    "from farense.models.backend import prepare_backend; b = prepare_backend();"
    f"print(b.kernels if b.kernels != {IN_USE!r} else b.few_rows)"
)


def source_sha256(name: str = TRAINING) -> str:
    """Hex sha256 of a module's sources; the build writes the same into the module."""
    sources = (SOURCE / source for source in SOURCES[name])
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def load_kernels(name: str = TRAINING) -> tuple[ModuleType | None, str]:
    """A compiled module when it may be used here, and a sentence part saying why (not).

    Used is only what was built from these very sources against this very MLX: a binding
    for another one would read its arrays wrongly. MLX must have been imported.
    """
    if os.environ.get(SWITCH, "on") == "off":
        return None, f"switched off by {SWITCH}"
    return built_kernels(name)


def built_kernels(name: str = TRAINING) -> tuple[ModuleType | None, str]:
    """What :func:`load_kernels` gives when nothing is switched off."""
    # Before the import: a module for another MLX must not even be loaded into this one.
    try:
        required = metadata.requires("farense-kernels") or []
    except metadata.PackageNotFoundError:
        return None, "not built"
    version = metadata.version("mlx")
    if f"mlx=={version}" not in required:
        return None, "built for another MLX"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        return None, "not built"
    except ImportError as error:
        return None, f"cannot be loaded ({error})"
    if module.mlx_version != version:
        return None, "built for another MLX"
    if module.source_sha256 != source_sha256(name):
        return None, "built from other sources"
    return module, IN_USE


def build_kernels() -> None:
    """Compile the kernels, install them into this environment with pip, and try them.

    Raises:
        BackendError: the sources are for another MLX, there is no C++ compiler or no pip,
            pip failed (its last words are in it), or what it built cannot be used.
    """
    _check_buildable()
    # Away from the sources: setuptools would leave its build folder there, and take an old
    # object file from it for a new MLX, because only the sources' dates count to it.
    with tempfile.TemporaryDirectory(prefix="farense-") as folder:
        copy = shutil.copytree(
            SOURCE, Path(folder, "source"), ignore=shutil.ignore_patterns("build", "*.egg-info")
        )
        _install(copy)
    environment = {name: value for name, value in os.environ.items() if name != SWITCH}
    # In another process, because this one may hold the module that has just been replaced.
    done = _run([sys.executable, "-c", _CHECK], environment)
    words = (done.stdout.strip() or done.stderr.strip()).splitlines() or ["nothing was said"]
    if words[-1] != IN_USE:
        raise BackendError(
            "kernels",
            f"they were built, but a fresh process says: {words[-1]}",
            f"kernels {IN_USE}",
            "Uninstall them (`pip uninstall farense-kernels`): everything works without.",
        )


def _check_buildable() -> None:
    wanted, found = _wanted_mlx(), metadata.version("mlx")
    if found != wanted:
        raise BackendError(
            "kernels",
            f"MLX {found} is installed",
            f"MLX {wanted}, which their sources are for",
            f"Install with `-c constraints.txt`, {_WITHOUT}",
        )
    if not any(shutil.which(name) for name in _COMPILERS):
        raise BackendError(
            "kernels",
            "no C++ compiler on the path",
            "c++, g++ or clang++",
            f"Install one (Debian, Ubuntu: `apt install g++`), {_WITHOUT}",
        )
    if importlib.util.find_spec("pip") is None:
        raise BackendError(
            "kernels",
            f"{sys.executable} has no pip",
            "pip in the environment farense runs in",
            f"`{sys.executable} -m ensurepip`, or with uv `uv pip install pip`, {_WITHOUT}",
        )


def _wanted_mlx() -> str:
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["dependencies"][0]).removeprefix("mlx==")


def _install(folder: Path) -> None:
    # Reinstalled even when a build of the same version is there: that one does not fit.
    options = ["--force-reinstall", "--no-deps", "--disable-pip-version-check"]
    done = _run([sys.executable, "-m", "pip", "install", *options, str(folder)])
    if done.returncode != 0:
        raise BackendError(
            "kernels",
            f"pip ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}",
            "a module built from source",
            f"Mend what it names, {_WITHOUT}",
        )


def _run(
    command: list[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own interpreter and pip, on our own sources
        command, capture_output=True, text=True, errors="replace", check=False, env=environment
    )
