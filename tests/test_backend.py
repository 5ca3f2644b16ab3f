"""The backend: a fast BLAS before MLX, and weights held as memory allows."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest

from farense.models.backend import (
    Backend,
    Storage,
    choose_storage,
    estimated_float32_bytes,
    measure_gflops,
    prepare_backend,
)
from farense.models.blas import load_fast_blas, mkl_paths
from farense.models.registry import BASES

GIB = 2**30
CPU = Backend("cpu", "a chip", 2, 16 * GIB, "0", None, ())

# Products whose operands start at other addresses in each process; prints their hash.
PRODUCTS = """
import hashlib, os, random
from farense.models.backend import prepare_backend
backend = prepare_backend()
import mlx.core as mx, numpy as np
shift = mx.random.normal((random.randrange(1, 9999),)); mx.eval(shift)
digest = hashlib.sha256()
for m, k, n in ((592, 576, 1536), (331, 1536, 576), (576, 331, 8)):
    a = mx.random.normal((m, k), key=mx.random.key(1))
    b = mx.random.normal((n, k), key=mx.random.key(2))
    digest.update(np.array(a @ b.T).tobytes())
print(digest.hexdigest(), os.environ.get("MKL_CBWR"), backend.blas and backend.blas.name)
"""


def fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_the_same_products_have_the_same_bits() -> None:
    """Two fresh processes compute equal bytes; MKL is told to see to it."""
    first, second = fresh(PRODUCTS), fresh(PRODUCTS)
    assert first == second
    if mkl_paths():
        assert first.endswith("AUTO,STRICT MKL")


@pytest.mark.skipif(not mkl_paths(), reason="the mkl package is not installed here")
def test_the_fast_blas_is_really_used() -> None:
    """Through the loaded BLAS a product is at least 4 times as fast as through MLX's own."""
    measure = "from farense.models import backend as b;{} print(b.measure_gflops(512, 0.1))"
    fast = float(fresh(measure.format("b.prepare_backend();")))
    slow = float(fresh(measure.format("")))
    assert fast > 4 * slow


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux wheels need a BLAS")
def test_mlx_imported_too_early_is_said() -> None:
    """When MLX came first the backend says so, with the cost, and claims no BLAS."""
    found = json.loads(
        fresh(
            "import json, mlx.core\n"
            "from farense.models.backend import prepare_backend\n"
            "b = prepare_backend()\n"
            "print(json.dumps([b.device, b.blas is None, list(b.warnings)]))"
        )
    )
    if found[0] == "cpu":
        assert found[1]
        assert "before the fast BLAS" in found[2][0]
        assert "6 against 200 GFLOP/s" in found[2][0]


def test_no_blas_is_a_warning_with_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without MKL and OpenBLAS nothing is loaded; the user hears what it costs."""
    from farense.models.backend import _blas_warnings

    monkeypatch.setattr("farense.models.blas.mkl_paths", list)
    monkeypatch.setattr("farense.models.blas._OPENBLAS", ("libno-such-blas.so.0",))
    assert load_fast_blas() is None
    (warning,) = _blas_warnings(None, late=False)
    assert "30 times slower" in warning
    assert "pip install mkl" in warning


def test_the_users_own_reproducibility_setting_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """MKL_CBWR is only a default, and the number of threads is never touched."""
    import os

    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    load_fast_blas()
    assert os.environ["MKL_CBWR"] == "COMPATIBLE"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_measured_speed_is_a_speed() -> None:
    """A product of 128 is measured in a moment, as a positive number."""
    assert 0 < measure_gflops(128, 0.01) < 1e6


def test_the_backend_is_described_once() -> None:
    """Chip, cores and memory are there, and a second call is the same object."""
    backend = prepare_backend()
    assert backend.chip
    assert backend.cores >= 1
    assert backend.memory_bytes > GIB // 4
    assert prepare_backend() is backend


@pytest.mark.parametrize(
    ("device", "need", "free", "keeps"),
    [
        ("cpu", 6 * GIB, 10 * GIB, False),  # exactly 60 %
        ("cpu", 6 * GIB + 10, 10 * GIB, True),
        ("metal", 1, 10 * GIB, True),
        ("cuda", 1, 10 * GIB, True),
    ],
)
def test_weights_are_unpacked_up_to_60_percent(
    device: str, need: int, free: int, keeps: bool
) -> None:
    """A CPU unpacks while float32 needs at most 60 % of the machine's memory; a GPU never does."""
    backend = dataclasses.replace(CPU, device=device)  # type: ignore[arg-type]
    assert choose_storage(backend, need, free).keep_quantised is keeps


def test_a_base_too_big_says_its_cost_and_what_fits() -> None:
    """A 7B base on 16 GiB stays 4-bit, and the message names the largest that can be had."""
    storage: Storage = choose_storage(CPU, 28 * 10**9, 16 * GIB)
    assert storage.warning is not None
    assert "need 26.1 GiB" in storage.warning
    assert "100 times slower" in storage.warning
    assert "A base that fits: qwen2.5-coder-1.5b." in storage.warning


def test_estimates_are_never_too_small() -> None:
    """135 and 7241 million parameters (the model cards) need at most what is estimated."""
    for name, parameters in (("smollm2-135m", 134_515_008), ("mistral-7b", 7_241_732_096)):
        assert estimated_float32_bytes(BASES[name]) >= 4 * parameters
