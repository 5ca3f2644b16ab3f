"""Compile the kernels against the MLX of the build environment."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import mlx
import nanobind
from setuptools import Extension, setup

MLX = Path(next(iter(mlx.__path__)))
NANOBIND = Path(nanobind.include_dir()).parent
SOURCES = ("binding.cpp", "kernels.cpp", "kernels.h")
# Loops are vectorised only when sums may be regrouped. Not -ffinite-math-only: it is a bit
# faster and turns the NaN of a training that diverges into a plausible loss.
VECTORISE = [
    *("-O3", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros"),
    *("-fassociative-math", "-freciprocal-math"),
]

sha256 = hashlib.sha256(b"".join(Path(name).read_bytes() for name in SOURCES)).hexdigest()

setup(
    ext_modules=[
        Extension(
            "farense_kernels",
            sources=["binding.cpp", "kernels.cpp", str(NANOBIND / "src" / "nb_combined.cpp")],
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
                *("-std=c++20", "-fvisibility=hidden", "-fno-strict-aliasing"),
                *VECTORISE,
            ],
            language="c++",
        )
    ]
)
