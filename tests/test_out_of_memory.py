"""When memory runs out: fewer rows at once, the same update, and it is said."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.config import TrainingSettings
from farense.errors import TrainingError
from farense.models.allocator import is_out_of_memory
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.training.batches import Batch, Row, collate
from farense.training.loop import NO_SAVING, Saving, train
from farense.training.lora import attach_lora
from farense.training.loss import choose_logits
from farense.training.snapshot import Snapshot
from farense.training.stepping import Stepper
from farense.training.trainer import Event

ROWS = tuple(
    Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}", (), n + 1, f"Quem {n}?")
    for n in range(7)
)
SETTINGS = TrainingSettings(
    rank=2, learning_rate=1e-2, warmup_steps=2, steps=4, batch_size=7, evaluate_every=4
)
# Word for word as MLX's allocators and drivers raise them.
MESSAGES = (
    "[metal::malloc] Attempting to allocate 9000 bytes which is greater than the maximum allowed"
    " buffer size of 8000 bytes.",
    "[METAL] Command buffer execution failed: Insufficient Memory"
    " (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
    "[malloc] Unable to allocate 9000 bytes.",
    "cudaMallocAsync(&data, size, stream) failed: out of memory",
)


def model_of(base: Path) -> Any:
    model = load_model(base, prepare_backend()).model
    attach_lora(model, SETTINGS)
    return model


class Tight:
    """Memory for ``fitting`` rows: more raise what MLX raises, at the gradient."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, fitting: int, message: str = MESSAGES[0]
    ) -> None:
        self.sizes: list[int] = []
        real = Stepper._part

        def part(stepper: Stepper, rows: Sequence[Row], *sums: mx.array) -> Any:
            gradient = stepper._loss_and_gradient

            def allocate(batch: Batch) -> Any:
                self.sizes.append(len(batch.rows))
                if len(batch.rows) > fitting:
                    raise RuntimeError(message)
                return gradient(batch)

            stepper._loss_and_gradient = allocate
            try:
                return real(stepper, rows, *sums)
            finally:
                stepper._loss_and_gradient = gradient

        monkeypatch.setattr(Stepper, "_part", part)


def trained(base: Path, saving: Saving = NO_SAVING) -> tuple[dict[str, Any], list[Event]]:
    model, log = model_of(base), list[Event]()
    given = (model, choose_logits(model), ROWS, ROWS[:2], SETTINGS, log.append, lambda _: None)
    outcome = train(*given, saving=saving)
    return {name: np.array(tensor) for name, tensor in outcome.weights.items()}, log


@pytest.mark.parametrize("message", MESSAGES)
def test_the_update_stays_the_same(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    """Seven rows do not fit, nor do four; two do. After four steps every tensor is that of enough
    memory, to 1e-5, and the log says in which step and to what."""
    expected, before = trained(tiny_base)
    tight = Tight(monkeypatch, 2, message)
    found, log = trained(tiny_base)
    assert tight.sizes == [7, 4, *([2, 2, 2, 1] * 4)]
    assert max(abs(found[name] - expected[name]).max() for name in expected) < 1e-5
    assert [row for row in log if row["event"] == "memory"] == [
        {"event": "memory", "step": 1, "rows_at_once": 2}
    ]
    losses = [row["loss"] for row in log if row["event"] == "train"]
    assert losses == pytest.approx([r["loss"] for r in before if r["event"] == "train"], abs=1e-5)


def test_it_is_remembered_in_the_checkpoint(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that goes on does not run out of memory again, and has the same bits."""
    snapshots: list[Snapshot] = []
    tight = Tight(monkeypatch, 4)
    expected, _ = trained(tiny_base, Saving(1, snapshots.append))
    tight.sizes.clear()
    found, log = trained(tiny_base, Saving(start=snapshots[1]))
    assert tight.sizes == [4, 3] * 2
    assert not [row for row in log if row["event"] == "memory"]
    assert {name: value.tobytes() for name, value in found.items()} == {
        name: value.tobytes() for name, value in expected.items()
    }


def test_no_memory_for_one_row_is_an_error(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is named, with its length and what to do."""
    Tight(monkeypatch, 0)
    with pytest.raises(TrainingError, match=r"row \d \('Quem \d\?'\): no memory for this one row"):
        trained(tiny_base)


def test_other_errors_are_not_taken_for_it(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shapes that do not fit are a fault of the program and surface as such."""
    Tight(monkeypatch, 0, "[matmul] Last dimension of first input with shape (2,3) must match")
    with pytest.raises(RuntimeError, match="matmul"):
        trained(tiny_base)


def test_what_counts_as_out_of_memory() -> None:
    """Python's own error, whatever it says; of MLX's only those about memory."""
    assert is_out_of_memory(MemoryError())
    assert all(is_out_of_memory(RuntimeError(message)) for message in MESSAGES)
    assert not is_out_of_memory(RuntimeError("[broadcast_shapes] Shapes (2) and (3)"))
    assert not is_out_of_memory(ValueError(MESSAGES[0]))


@pytest.fixture(scope="module")
def stepper(tiny_base: Path) -> Stepper:
    model = model_of(tiny_base)
    return Stepper(model, choose_logits(model), SETTINGS)


@settings(max_examples=15)
@given(cuts=st.sets(st.integers(1, 6)), at_once=st.integers(1, 7))
def test_however_rows_are_divided_the_sums_agree(
    stepper: Stepper, cuts: set[int], at_once: int
) -> None:
    """Any division into micro-batches, each in parts of any size: loss and gradient to 1e-5 of
    one large batch."""
    stepper.rows_at_once = None
    whole, gradient = stepper._summed([collate(ROWS)])
    edges = [0, *sorted(cuts), 7]
    stepper.rows_at_once = at_once
    batches = [collate(ROWS[a:b]) for a, b in itertools.pairwise(edges)]
    total, summed = stepper._summed(batches)
    assert float(total) == pytest.approx(float(whole), rel=1e-5)
    scale = float(mx.abs(gradient).max())
    assert float(mx.abs(summed - gradient).max()) < 1e-5 * scale
