"""Rows become batches: every row once an epoch, short rows beside short rows."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from farense.errors import InputError
from farense.models.rendering import encode_row
from farense.models.templates import PromptTemplate
from farense.records import Example

# Rows are sorted by length inside windows of this many batches: enough to cut padding
# to a few per cent, few enough that the order stays random.
WINDOW_BATCHES = 8

# Of rows that are too long: how many are shown, the others by number, and how much of each.
_LISTED = 20
_SHOWN = 60

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Row:
    """One tokenised example; ``prompt_sha256`` proves later what was batched.

    ``trained`` says for each of ``completion_ids`` whether it is a target; empty means all are.
    ``number`` is its place in the split, from 1, and ``prompt`` its text, both for messages.
    """

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    prompt_sha256: str
    trained: tuple[bool, ...] = ()
    number: int = 0
    prompt: str = ""

    @property
    def length(self) -> int:
        """Tokens fed to the model: the last completion token is only ever a target."""
        return len(self.prompt_ids) + len(self.completion_ids) - 1

    @property
    def targets(self) -> list[tuple[int, int]]:
        """``(position, token)`` of each trained token, positions counted in what is fed."""
        first = len(self.prompt_ids) - 1
        found = list(enumerate(self.completion_ids, start=first))
        return list(itertools.compress(found, self.trained)) if self.trained else found


@dataclass(frozen=True)
class Batch:
    """A padded batch and the positions that are trained.

    Attributes:
        tokens_B_T: Inputs, right-padded with 0; attention is causal, so no trained
            position ever sees padding.
        positions_N: Flat indices into ``B * T`` of the tokens that predict a trained token;
            padding and prompt are never among them.
        targets_N: The trained token each position has to predict (shifted by one).
        rows: The rows behind it, in order.
    """

    tokens_B_T: IntArray
    positions_N: IntArray
    targets_N: IntArray
    rows: tuple[Row, ...]


def tokenise(
    examples: Sequence[Example],
    tokenizer: Any,
    template: PromptTemplate,
    max_tokens: int,
    loss_on: str = "all",
) -> tuple[Row, ...]:
    """Tokenise a split; of a conversation all answers are trained, or the last one.

    Raises:
        InputError: the split is empty, or a row is longer than ``max_tokens``; no row is
            ever cut, because the cut would fall on the answer.
    """
    if not examples:
        raise InputError(
            "training data", "no rows", "at least one row", "Build the pack: `farense data build`."
        )
    rows = []
    for number, example in enumerate(examples, start=1):
        found = encode_row(tokenizer, template, example, loss_on)
        whole = () if all(found.trained) else found.trained
        sha256, asked = prompt_sha256(example.asked), example.asked
        rows.append(Row(found.prompt_ids, found.completion_ids, sha256, whole, number, asked))
    _refuse_long(rows, max_tokens)
    return tuple(rows)


def _refuse_long(rows: Sequence[Row], max_tokens: int) -> None:
    long = [row for row in rows if row.length > max_tokens]
    if not long:
        return
    listed = [f"row {row.number} ({row.prompt[:_SHOWN]!r}) has {row.length}" for row in long]
    rest = f", the longest {max(row.length for row in long)}" if len(long) > 1 else ""
    if len(long) > _LISTED:
        numbers = ", ".join(str(row.number) for row in long[_LISTED:])
        rest = f"; and rows {numbers}{rest}"
    raise InputError(
        f"{len(long)} of {len(rows)} rows",
        f"more than {max_tokens} tokens: {', '.join(listed[:_LISTED])}{rest}",
        f"at most {max_tokens} tokens in every row",
        "Shorten the rows or raise --max-tokens; no row is cut, because the answer would be.",
    )


def prompt_sha256(prompt: str) -> str:
    """Hex sha256 of a prompt's text as the user wrote it, without its template."""
    return hashlib.sha256(prompt.encode("utf-8")).hexdigest()


def collate(rows: Sequence[Row]) -> Batch:
    """Pad rows to the longest and mark what is trained."""
    width = max(row.length for row in rows)
    tokens = np.zeros((len(rows), width), dtype=np.int32)
    positions: list[int] = []
    targets: list[int] = []
    for index, row in enumerate(rows):
        ids = (row.prompt_ids + row.completion_ids)[:-1]
        tokens[index, : len(ids)] = ids
        for position, target in row.targets:
            positions.append(index * width + position)
            targets.append(target)
    return Batch(tokens, np.array(positions, np.int32), np.array(targets, np.int32), tuple(rows))


def epoch(rows: Sequence[Row], batch_size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield one epoch: every row exactly once, the last batch possibly smaller.

    Args:
        rows: The split.
        batch_size: Rows in a batch.
        rng: Private to the data order; nothing else draws from it.
    """
    order = rng.permutation(len(rows))
    window = batch_size * WINDOW_BATCHES
    groups: list[npt.NDArray[np.int64]] = []
    for start in range(0, len(order), window):
        # A stable sort keeps the shuffle among rows of equal length.
        part = sorted(order[start : start + window], key=lambda i: rows[i].length)
        groups.extend(
            np.array(part[at : at + batch_size]) for at in range(0, len(part), batch_size)
        )
    for group in rng.permutation(len(groups)):
        yield collate([rows[i] for i in groups[group]])


def in_order(rows: Sequence[Row], batch_size: int) -> Iterator[Sequence[Row]]:
    """Yield every row once, longest first, for measuring a loss; no randomness."""
    ordered = sorted(rows, key=lambda row: -row.length)
    for start in range(0, len(ordered), batch_size):
        yield ordered[start : start + batch_size]
