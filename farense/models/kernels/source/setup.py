"""Compile the kernels against the MLX of the build environment, as three modules.

Three, because the sources of the first are part of every adapter's key, those of the second
play no part in training, and those of the third only in one in bfloat16.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import mlx
import nanobind
from setuptools import Extension, setup

MLX = Path(next(iter(mlx.__path__)))
NANOBIND = Path(nanobind.include_dir()).parent
SHARED = ("crew.cpp", "crew.h", "primitive.h")
MODULES = {
    "farense_kernels": ("binding.cpp", "kernels.cpp", "kernels.h"),
    "farense_few_rows": (
        *("few_rows_binding.cpp", "few_rows.cpp", "few_rows.h"),
        *("many_rows.cpp", "many_rows.h", "vectors.h", *SHARED),
    ),
    "farense_bfloat16": ("bfloat16_binding.cpp", "bfloat16.cpp", "bfloat16.h", *SHARED),
}
# Loops are vectorised only when sums may be regrouped. Not -ffinite-math-only: it is a bit
# faster and turns the NaN of a training that diverges into a plausible loss.
VECTORISE = [
    *("-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros"),
    *("-fassociative-math", "-freciprocal-math"),
]


def extension(name: str, sources: tuple[str, ...]) -> Extension:
    """A module of ``sources``, which knows the MLX and the sources it was made from."""
    sha256 = hashlib.sha256(b"".join(Path(source).read_bytes() for source in sources)).hexdigest()
    compiled = [source for source in sources if source.endswith(".cpp")]
    return Extension(
        name,
        sources=[*compiled, str(NANOBIND / "src" / "nb_combined.cpp")],
        include_dirs=[
            str(MLX / "include"),
            str(NANOBIND / "include"),
            str(NANOBIND / "ext" / "robin_map" / "include"),
        ],
        library_dirs=[str(MLX / "lib")],
        libraries=["mlx"],
        define_macros=[
            ("NDEBUG", None),
            ("NB_DOMAIN", "mlx"),
            ("NB_COMPACT_ASSERTIONS", None),
            ("FARENSE_MLX_VERSION", f'"{metadata.version("mlx")}"'),
            ("FARENSE_SOURCE_SHA256", f'"{sha256}"'),
        ],
        extra_compile_args=[
            *("-std=c++20", "-fvisibility=hidden", "-fno-strict-aliasing", "-Wno-psabi"),
            *VECTORISE,
        ],
        language="c++",
    )


setup(ext_modules=[extension(name, sources) for name, sources in MODULES.items()])
