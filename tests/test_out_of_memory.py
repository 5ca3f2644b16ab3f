"""When memory runs out: fewer rows at once, the same update, and it is said."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from small_training import arguments, write_small_pack

from farense.cli import cli
from farense.config import TrainingSettings
from farense.errors import TrainingError
from farense.models.allocator import is_out_of_memory
from farense.models.backend import prepare_backend
from farense.models.loading import load_model
from farense.training.batches import Batch, Row, collate
from farense.training.fitting import RowsAtOnce
from farense.training.loop import NO_SAVING, Saving, train
from farense.training.lora import attach_lora
from farense.training.loss import Logits, choose_logits
from farense.training.snapshot import Snapshot
from farense.training.stepping import Stepper
from farense.training.team import ALONE, Team
from farense.training.trainer import Event
from farense.training.trunk import _Skipped, frozen_trunk

ROWS = tuple(
    Row(tuple(range(10, 14 + n)), (40 + n, 60 + n, 2), f"sha-{n}", (), n + 1, f"Quem {n}?")
    for n in range(7)
)
SETTINGS = TrainingSettings(
    rank=2, learning_rate=1e-2, warmup_steps=2, steps=4, batch_size=7, evaluate_every=2
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
    """Logits for ``fitting`` rows in a gradient and ``measured`` without; more raise what MLX does.

    ``sizes`` are those of every gradient asked for, ``measured_sizes`` of the others.
    """

    def __init__(
        self, logits: Logits, fitting: int, measured: int = 8, message: str = MESSAGES[0]
    ) -> None:
        self._logits, self._message = logits, message
        self._fitting, self._measured = fitting, measured
        self.sizes: list[int] = []
        self.measured_sizes: list[int] = []

    def __call__(self, model: Any, batch: Batch) -> mx.array:
        most, sizes = self._measured, self.measured_sizes
        if model.training:
            most, sizes = self._fitting, self.sizes
        sizes.append(len(batch.rows))
        if len(batch.rows) > most:
            raise RuntimeError(self._message)
        return self._logits(model, batch)


Tensors = dict[str, Any]


def trained(
    base: Path,
    fitting: int = 8,
    measured: int = 8,
    message: str = MESSAGES[0],
    saving: Saving = NO_SAVING,
) -> tuple[Tensors, list[Event], Tight]:
    """The final tensors, the log, and what was asked of the memory."""
    model, log = model_of(base), list[Event]()
    tight = Tight(choose_logits(model), fitting, measured, message)
    measuring = RowsAtOnce(lambda most: log.append({"event": "memory", "measured_at_once": most}))
    given = (model, tight, ROWS, ROWS[:5], SETTINGS, log.append, lambda _: None)
    outcome = train(*given, saving=saving, measuring=measuring)
    return {name: np.array(tensor) for name, tensor in outcome.weights.items()}, log, tight


def told(log: list[Event]) -> list[Event]:
    return [row for row in log if row["event"] == "memory"]


def losses(log: list[Event], kind: str) -> list[float]:
    return [row["loss"] for row in log if row["event"] == kind]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_update_stays_the_same(tiny_base: Path, message: str) -> None:
    """Seven rows do not fit, nor do four; two do. After four steps every tensor is that of enough
    memory, to 1e-5, and the log says in which step and to what."""
    expected, before, _ = trained(tiny_base)
    found, log, tight = trained(tiny_base, 2, message=message)
    assert tight.sizes == [7, 4, *([2, 2, 2, 1] * 4)]
    assert max(abs(found[name] - expected[name]).max() for name in expected) < 1e-5
    assert told(log) == [{"event": "memory", "step": 1, "rows_at_once": 2}]
    assert losses(log, "train") == pytest.approx(losses(before, "train"), abs=1e-5)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_validation_that_does_not_fit_is_measured_in_parts(tiny_base: Path, message: str) -> None:
    """Five rows do not fit, nor do three; two do: the same loss to 1e-6, the training untouched to
    the bit, and the log says to what."""
    expected, before, _ = trained(tiny_base)
    found, log, tight = trained(tiny_base, measured=2, message=message)
    assert tight.measured_sizes == [5, 3, *([2, 2, 1] * 2)]
    assert told(log) == [{"event": "memory", "measured_at_once": 2}]
    assert losses(log, "validation") == pytest.approx(losses(before, "validation"), abs=1e-6)
    assert bytes_of(found) == bytes_of(expected)


def test_it_is_remembered_in_the_checkpoint(tiny_base: Path) -> None:
    """A training that goes on runs out of memory neither in a gradient nor in a validation again,
    and has the same bits."""
    snapshots: list[Snapshot] = []
    expected, *_ = trained(tiny_base, 4, 3, saving=Saving(1, snapshots.append))
    found, log, tight = trained(tiny_base, 4, 3, saving=Saving(start=snapshots[1]))
    assert tight.sizes == [4, 3] * 2
    assert bytes_of(found) == bytes_of(expected)
    assert told(log) == []


def bytes_of(tensors: Tensors) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in tensors.items()}


@pytest.mark.parametrize(("fitting", "measured"), [(0, 8), (8, 0)])
def test_no_memory_for_one_row_is_an_error(tiny_base: Path, fitting: int, measured: int) -> None:
    """In a gradient or a validation: the row is named, with its length and what to do."""
    with pytest.raises(TrainingError, match=r"row \d \('Quem \d\?'\): no memory for this one row"):
        trained(tiny_base, fitting, measured)


@pytest.mark.parametrize(("fitting", "measured"), [(0, 8), (8, 0)])
def test_other_errors_are_not_taken_for_it(tiny_base: Path, fitting: int, measured: int) -> None:
    """Shapes that do not fit are a fault of the program and surface as such."""
    message = "[matmul] Last dimension of first input with shape (2,3) must match"
    with pytest.raises(RuntimeError, match="matmul"):
        trained(tiny_base, fitting, measured, message)


class TightBlock(_Skipped):
    """A block with memory for ``fitting`` rows; more raise what MLX raises."""

    _fitting: int

    def __init__(self, block: Any, fitting: int) -> None:
        super().__init__(block)
        object.__setattr__(self, "_fitting", fitting)

    def __call__(self, h: mx.array, *more: Any, **named: Any) -> Any:
        if h.shape[0] > self._fitting:
            raise RuntimeError(MESSAGES[1])
        return self._block(h, *more, **named)


@pytest.mark.parametrize("fitting", [1, 2, 3])
def test_a_trunk_that_does_not_fit_is_computed_in_parts(tiny_base: Path, fitting: int) -> None:
    """The first block computed for so many rows at once, also in the comparison with the whole
    model: every row's logits are those of enough memory, to 1e-5."""
    model = load_model(tiny_base, prepare_backend()).model
    attach_lora(model, dataclasses.replace(SETTINGS, layers=1))
    whole = choose_logits(model)
    expected = [whole(model, collate([row])) for row in ROWS]
    sizes: list[int] = []
    measuring = RowsAtOnce(sizes.append)
    model.model.layers[0] = TightBlock(model.model.layers[0], fitting)
    with frozen_trunk(model, whole, ROWS, 1, ALONE, at_once=measuring) as logits:
        assert logits is not whole
        for row, wanted in zip(ROWS, expected, strict=True):
            assert mx.allclose(logits(model, collate([row])), wanted, atol=1e-5)
    assert sizes == [{1: 1, 2: 2, 3: 2}[fitting]]


def test_it_is_said_and_kept_beside_the_adapter(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command warns, the log has a row and the summary a number; the gap is that of enough
    memory. Three validation rows do not fit, nor do two."""
    write_small_pack(tmp_path)
    roomy = arguments(tmp_path, tiny_base, tmp_path / "roomy")
    assert CliRunner().invoke(cli, roomy).exit_code == 0
    monkeypatch.setattr(
        "farense.training.run.choose_logits", lambda model: Tight(choose_logits(model), 8, 1)
    )
    result = CliRunner().invoke(cli, arguments(tmp_path, tiny_base, tmp_path / "tight"))
    assert "memory ran out while measuring: 1 row at once from now on" in result.stderr
    found, expected = (
        json.loads(next((tmp_path / name).glob("*/training_summary.json")).read_text())
        for name in ("tight", "roomy")
    )
    assert (found["measured_at_once"], expected["measured_at_once"]) == (1, None)
    assert found["train_loss"]["loss"] == pytest.approx(expected["train_loss"]["loss"], abs=1e-6)
    (log,) = (tmp_path / "tight").glob("*/metrics.jsonl")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert told(rows) == [{"event": "memory", "measured_at_once": 1}]


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
    stepper.at_once.most = None
    whole, gradient = stepper._summed([collate(ROWS)])
    edges = [0, *sorted(cuts), 7]
    stepper.at_once.most = at_once
    batches = [collate(ROWS[a:b]) for a, b in itertools.pairwise(edges)]
    total, summed = stepper._summed(batches)
    assert float(total) == pytest.approx(float(whole), rel=1e-5)
    scale = float(mx.abs(gradient).max())
    assert float(mx.abs(summed - gradient).max()) < 1e-5 * scale


class WithOther(Team):
    """A team whose other process has come down to three rows."""

    def gather(self, numbers: Sequence[int]) -> list[list[int]]:
        return [list(numbers), [3]]


@pytest.mark.parametrize(("mine", "most"), [(None, 3), (5, 3), (2, 2)])
def test_all_processes_keep_to_the_fewest(mine: int | None, most: int) -> None:
    """What ran out of memory in one is told once, and counts in all."""
    sizes: list[int] = []
    at_once = RowsAtOnce(sizes.append)
    at_once.most = mine
    at_once.agree(WithOther())
    at_once.agree(WithOther())
    assert (at_once.most, sizes) == (most, [most])
