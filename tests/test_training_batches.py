"""Batching and masking: every row each epoch, and only completion tokens are targets."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farense.errors import InputError
from farense.models.templates import TEMPLATES
from farense.records import Example
from farense.training.batches import Row, collate, epoch, in_order, tokenise

TOKENS = st.lists(st.integers(5, 99), min_size=1, max_size=12).map(tuple)
ROWS = st.lists(st.builds(Row, TOKENS, TOKENS, st.text(max_size=3)), min_size=1, max_size=40)


def test_targets_are_the_next_completion_tokens() -> None:
    """Worked by hand: prompt 1 2, completion 3 4; position of 2 predicts 3, of 3 predicts 4."""
    batch = collate([Row((1, 2), (3, 4), "a"), Row((5,), (6,), "b")])
    assert batch.tokens_B_T.tolist() == [[1, 2, 3], [5, 0, 0]]
    assert batch.positions_N.tolist() == [1, 2, 3]
    assert batch.targets_N.tolist() == [3, 4, 6]


@given(rows=ROWS, batch_size=st.integers(1, 9), seed=st.integers(0, 99))
def test_every_row_is_batched_once_an_epoch(rows: list[Row], batch_size: int, seed: int) -> None:
    """No remainder is dropped and none repeated, whatever the sizes."""
    batches = list(epoch(rows, batch_size, np.random.default_rng(seed)))
    batched = [row for batch in batches for row in batch.rows]
    assert sorted(map(repr, batched)) == sorted(map(repr, rows))
    assert max(len(batch.rows) for batch in batches) <= batch_size


@given(rows=ROWS, batch_size=st.integers(1, 9))
def test_measuring_takes_every_row_once(rows: list[Row], batch_size: int) -> None:
    """The order for measuring covers the split, too."""
    batched = [row for batch in in_order(rows, batch_size) for row in batch]
    assert sorted(map(repr, batched)) == sorted(map(repr, rows))


@given(rows=ROWS)
def test_padding_and_prompt_are_never_targets(rows: list[Row]) -> None:
    """Each trained position holds the token before its target, inside its own row."""
    batch = collate(rows)
    width = batch.tokens_B_T.shape[1]
    expected = []
    for index, row in enumerate(rows):
        ids = row.prompt_ids + row.completion_ids
        first = len(row.prompt_ids)
        expected += [(index, place - 1, ids[place]) for place in range(first, len(ids))]
    found = [
        (position // width, position % width, target)
        for position, target in zip(batch.positions_N, batch.targets_N, strict=True)
    ]
    assert found == expected


@given(rows=ROWS, seed=st.integers(0, 99))
def test_the_same_seed_gives_the_same_order(rows: list[Row], seed: int) -> None:
    """Data order depends on the seed alone."""
    first = [b.tokens_B_T.tolist() for b in epoch(rows, 4, np.random.default_rng(seed))]
    second = [b.tokens_B_T.tolist() for b in epoch(rows, 4, np.random.default_rng(seed))]
    assert first == second


CHATML = TEMPLATES["chatml"]


class Letters:
    """One token a character: enough to count by hand."""

    bos_token_id = None
    eos_token_id = 0

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [ord(letter) for letter in text]


def test_a_row_too_long_is_refused_not_cut() -> None:
    """Cutting would take the end of the answer."""
    example = Example("Quem?", "Boronha", (), "presidents", "p/1")
    with pytest.raises(InputError, match=r"row 1 .*at most 8"):
        tokenise([example], Letters(), TEMPLATES["chatml"], max_tokens=8)


def test_every_row_too_long_is_listed() -> None:
    """All of them with their lengths, so that one look at the report mends the data."""
    prompts = ("Quem?", "Que?", "Quando e onde?")
    examples = [Example(prompt, "Boronha", (), "presidents", "p/1") for prompt in prompts]
    fitting = max(row.length for row in tokenise(examples[1:2], Letters(), CHATML, 99))
    with pytest.raises(InputError) as found:
        tokenise(examples, Letters(), CHATML, max_tokens=fitting)
    assert str(found.value).startswith(
        f"2 of 3 rows: more than {fitting} tokens: row 1 ('Quem?') has {fitting + 1}, "
        f"row 3 ('Quando e onde?') has {fitting + 10}, the longest {fitting + 10}; expected"
    )


def test_an_empty_split_is_refused() -> None:
    """Training on nothing is an error, not a run of zero steps."""
    with pytest.raises(InputError, match="no rows"):
        tokenise([], SimpleNamespace(), TEMPLATES["chatml"], max_tokens=8)


def test_only_marked_tokens_are_targets() -> None:
    """Two answers in one row: 4 and 7 are trained, what is asked between them is not."""
    row = Row((1, 2), (4, 5, 6, 7), "a", (True, False, False, True))
    batch = collate([Row((9,), (8,), "b"), row])
    assert batch.tokens_B_T.tolist() == [[9, 0, 0, 0, 0], [1, 2, 4, 5, 6]]
    assert batch.positions_N.tolist() == [0, 6, 9]
    assert batch.targets_N.tolist() == [8, 4, 7]
