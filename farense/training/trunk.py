"""The frozen blocks below the first trained one, computed once for every row.

With LoRA on the last blocks only, what the blocks under them make of a row never changes.
It is kept after the first time; every epoch, validation and loss measurement then starts
at the first trained block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt

from farense.storage import storage_errors
from farense.training.batches import Batch, Row, collate, in_order
from farense.training.fitting import RowsAtOnce
from farense.training.loss import MEASURE_BATCH, Logits
from farense.training.team import Team

_TOLERANCE = 1e-3


class _Skipped(nn.Module):  # type: ignore[misc]
    """In the place of a block that is not computed; has the attributes of that block."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        # Past nn.Module's own bookkeeping: this is no child, and its tensors are not ours.
        object.__setattr__(self, "_block", block)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_block"), name)

    def __call__(self, h: mx.array, *_: Any, **__: Any) -> mx.array:
        return h


class _Kept(_Skipped):
    """Remembers the hidden states that reach it."""

    def __call__(self, h: mx.array, *_: Any, **__: Any) -> mx.array:
        object.__setattr__(self, "_hidden", h)
        return h

    def seen(self) -> mx.array:
        """The states (B, T, H) that came last."""
        hidden: mx.array = object.__getattribute__(self, "_hidden")
        return hidden


class _Given(_Skipped):
    """Returns the hidden states it was given, whatever reaches it."""

    def give(self, h_B_T_H: mx.array) -> None:
        """Set what is returned from now on."""
        object.__setattr__(self, "_hidden", h_B_T_H)

    def __call__(self, *_: Any, **__: Any) -> mx.array:
        hidden: mx.array = object.__getattribute__(self, "_hidden")
        return hidden


class _Trunk:
    """Hidden states (T, H) of rows below the first trained block, in a file all processes map."""

    def __init__(self, rows: Sequence[Row], width: int, path: Path, team: Team) -> None:
        starts = np.cumsum([0, *(row.length for row in rows)])
        self._start = {_key(row): int(at) for row, at in zip(rows, starts, strict=False)}
        shape = (int(starts[-1]), width)
        if team.leads:
            _reserve(path, 4 * shape[0] * shape[1])
        team.wait()
        self._states = np.memmap(path, np.float32, "r+", shape=shape)
        team.wait()
        # All have mapped it; without a name it goes with them, however they end.
        if team.leads:
            path.unlink()

    def put(self, batch: Batch, hidden_B_T_H: npt.NDArray[np.float32]) -> None:
        """Keep a batch's states without their padding."""
        for row, hidden_T_H in zip(batch.rows, hidden_B_T_H, strict=True):
            self._of(row)[:] = hidden_T_H[: row.length]

    def states(self, batch: Batch) -> npt.NDArray[np.float32]:
        """States (B, T, H) of a batch; padding is 0."""
        hidden = np.zeros((*batch.tokens_B_T.shape, self._states.shape[1]), np.float32)
        for place, row in enumerate(batch.rows):
            hidden[place, : row.length] = self._of(row)
        return hidden

    def _of(self, row: Row) -> npt.NDArray[np.float32]:
        start = self._start[_key(row)]
        return self._states[start : start + row.length]


def _reserve(path: Path, size_bytes: int) -> None:
    # Written, not only sized: a full disk is then an error here, and not the death of a
    # process that touches a page there is no room for.
    piece = bytes(1 << 24)
    with storage_errors(path), path.open("wb") as stream:
        for start in range(0, size_bytes, len(piece)):
            stream.write(piece[: size_bytes - start])


def _key(row: Row) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return row.prompt_ids, row.completion_ids


@contextmanager
def frozen_trunk(
    model: Any,
    logits: Logits,
    rows: Sequence[Row],
    frozen: int,
    team: Team,
    on_rows: Callable[[int], None] = lambda _: None,
    at_once: RowsAtOnce | None = None,
) -> Iterator[Logits]:
    """Compute the first ``frozen`` blocks for all ``rows`` now, and skip them inside.

    Args:
        model: A model whose blocks are the list ``model.model.layers``; whole again after.
        logits: From ``choose_logits``.
        rows: Every row that will be asked for inside.
        frozen: Blocks without LoRA layers, from the first; 0 changes nothing.
        team: The processes that share the work and the file.
        on_rows: Called with the number of rows done after each batch.
        at_once: How many rows of a batch are computed at once.

    Raises:
        StorageError: the disk of the temporary folder is full.
        TrainingError: memory does not suffice for one row alone.

    Yields:
        Logits to use inside in place of ``logits``: they start at block ``frozen``. Where a
        model's blocks are not what is asked for, or the logits differ, ``logits`` itself.
    """
    blocks = getattr(getattr(model, "model", None), "layers", None)
    if not isinstance(blocks, list) or not 0 < frozen < len(blocks):
        yield logits
        return
    at_once, helpers = at_once or RowsAtOnce(), team.sharing_files
    samples: list[tuple[Batch, mx.array]] = []

    def sample(part: Sequence[Row]) -> None:
        batch = collate(part)
        expected = logits(model, batch)
        mx.eval(expected)
        samples.append((batch, expected))

    at_once.in_parts(rows[:2], sample)
    lower, kept = _lower(model, blocks, frozen)
    width = lower(collate(rows[:1])).shape[-1]
    dtype = kept.seen().dtype
    with team.shared_folder() as folder:
        trunk = _Trunk(rows, width, folder / "trunk.f32", helpers)

    def keep(part: Sequence[Row]) -> None:
        batch = collate(part)
        trunk.put(batch, lower(batch))

    done = 0
    for batch in helpers.share(list(in_order(rows, MEASURE_BATCH))):
        at_once.in_parts(batch, keep)
        done += len(batch)
        on_rows(min(done * helpers.size, len(rows)))
    # Only when all have come here is every state in the file.
    at_once.agree(team)
    given = _Given(blocks[0])

    def upper(model: Any, batch: Batch) -> mx.array:
        given.give(mx.array(trunk.states(batch)).astype(dtype))
        return logits(model, batch)

    # As many blocks as before: some models choose a mask by a block's place.
    model.model.layers = [given, *map(_Skipped, blocks[1:frozen]), *blocks[frozen:]]
    try:
        if all(_close(upper(model, batch), expected) for batch, expected in samples):
            yield upper
        else:
            model.model.layers = blocks
            yield logits
    finally:
        model.model.layers = blocks


def _close(found: mx.array, expected: mx.array) -> bool:
    return bool(mx.allclose(found, expected, rtol=_TOLERANCE, atol=_TOLERANCE))


def _lower(
    model: Any, blocks: list[Any], frozen: int
) -> tuple[Callable[[Batch], npt.NDArray[np.float32]], _Kept]:
    kept = _Kept(blocks[frozen])
    shortened = [*blocks[:frozen], kept, *map(_Skipped, blocks[frozen + 1 :])]

    def hidden(batch: Batch) -> npt.NDArray[np.float32]:
        model.model.layers = shortened
        try:
            model.model(mx.array(batch.tokens_B_T))
        finally:
            model.model.layers = blocks
        return np.array(kept.seen().astype(mx.float32))

    return hidden, kept
