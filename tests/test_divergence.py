"""When a training has lost its way, and when it is only noisy."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_training import Place, write_small_pack

from farense.errors import DivergedError
from farense.training.batches import Row
from farense.training.checkpoints import checkpoints_of
from farense.training.divergence import Divergence, Watch
from farense.training.state import read_state
from farense.training.stepping import Stepper

LONG = "Quem marcou o golo " + "muito " * 20 + "decisivo?"
ROWS = [Row((1, 2), (3, 4), f"sha-{n}", (), n, f"Quem {n}?") for n in range(100)]


def watched(
    losses: list[float], watch: Watch | None = None, first: int = 1
) -> list[Divergence | None]:
    """What is said of each loss; the batch of step n is row n."""
    watch = watch or Watch(ROWS)
    return [
        watch.see(step, loss, 1.0, [ROWS[step % 100]]) for step, loss in enumerate(losses, first)
    ]


def found_in(losses: list[float]) -> Divergence:
    """What is said of the last of these losses; of none before."""
    *before, last = watched(losses)
    assert before == [None] * len(before)
    assert last is not None
    return last


def test_a_loss_ten_times_the_median_is_told() -> None:
    """By hand: the median of 2, 3, 2.5 is 2.5; 25 is not above ten times that, 25.1 is. The step
    it showed in and the one whose update came before it are both named."""
    assert watched([2.0, 3.0, 2.5, 25.0])[-1] is None
    found = found_in([2.0, 3.0, 2.5, 25.1])
    assert (found.step, found.cause) == (4, 3)
    assert [row.number for row in (*found.rows, *found.caused_by)] == [4, 3]
    error = found.error(best_step=2)
    assert str(error) == (
        "step 4: loss 25.1, gradient norm 1 in the batch of row 4 'Quem 4?'; the last update"
        " before, of step 3, was that of row 3 'Quem 3?'; expected at most 25, 10 times the usual"
        " loss. Lower --learning-rate or --scale and train again, or mend the rows, which are lines"
        " of train.jsonl; step 2, the best, is kept."
    )
    assert error.last_sound == 2


def test_rows_known_by_heart_leave_room_for_a_hard_one() -> None:
    """With a median of 0.001, 9 nats are a hard row and 10.1 are not."""
    assert watched([0.001] * 40 + [9.0])[-1] is None
    assert found_in([0.001] * 40 + [10.1]).step == 41


def test_twelve_in_a_row_three_times_the_median_are_told() -> None:
    """Eleven are not, nor more with a lower one between; it showed in the first of the twelve."""
    calm = [2.0] * 20
    assert watched(calm + [6.5] * 11 + [5.9] + [6.5] * 9) == [None] * 41
    found = found_in(calm + [6.5] * 12)
    assert (found.step, found.cause) == (21, 20)
    assert [row.number for row in (*found.rows, *found.caused_by)] == [21, 20]
    assert "12 losses too high in a row, the last 6.5" in found.found
    assert found.error(0).last_sound == 19


def test_a_slow_climb_is_told_by_where_it_came_from() -> None:
    """From 0.5 to 5 nats in 400 steps, never far above the steps before: by hand, the 223rd is the
    first above 3, three times the least of 1."""
    losses = [0.5 + 4.5 * step / 399 for step in range(400)]
    told = [found for found in watched(losses) if found is not None]
    assert (told[0].step, told[0].cause) == (223, 222)
    assert watched(losses).index(told[0]) == 233


def test_a_loss_that_stays_high_from_the_start_is_no_alarm() -> None:
    """Text nobody can learn: 11 nats, scattered by a tenth, for 1,000 steps."""
    random = np.random.default_rng(7)
    assert not any(watched((11 + 1.1 * random.standard_normal(1000)).tolist()))


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_comes_of_the_update_before(loss: float) -> None:
    """In the first step there was none."""
    found = found_in([2.0, loss])
    assert (found.step, found.cause, found.error(0).last_sound) == (2, 1, 0)
    assert "no update came before it" in str(found_in([loss]).error(0))


def test_a_gradient_that_is_no_number_is_of_its_own_batch() -> None:
    """Its loss is sound, and so is what was trained before."""
    watch = Watch(ROWS)
    watch.see(1, 2.0, 1.0, ROWS[:1])
    found = watch.see(2, 2.0, math.inf, ROWS[5:7])
    assert found is not None
    assert (found.cause, [row.number for row in found.caused_by]) == (2, [5, 6])
    assert found.error(0).last_sound == 1


def test_large_batches_and_long_rows_are_shortened() -> None:
    """Eight rows and 60 characters of each in the message; everything in the log."""
    rows = [Row((1,), (2,), "", (), n, LONG) for n in range(1, 11)]
    found = Watch(rows).see(1, math.nan, 1.0, rows)
    assert found is not None
    assert f"row 8 '{LONG[:60]}…'; 2 more in metrics.jsonl" in str(found.error(0))
    assert found.to_json()["prompts"] == [LONG] * 10


def test_what_it_remembers_goes_through_a_checkpoint() -> None:
    """After every step of a training that is lost in its 35th: the same is said of the rest."""
    losses = [2.0] * 20 + [6.5, 6.5, 2.0, *[6.5] * 12]
    expected = watched(losses)[-1]
    for step in range(1, len(losses)):
        before, after = Watch(ROWS), Watch(ROWS)
        watched(losses[:step], before)
        after.restore(json.loads(json.dumps(before.to_json())))
        assert watched(losses[step:], after, step + 1)[-1] == expected


@pytest.mark.parametrize("hard_share", [0.02, 0.1, 0.25])
def test_noise_is_no_alarm(hard_share: float) -> None:
    """100 trainings of 1,000 steps of one row: losses that fall from 4 nats to 0.02, scattered by a
    lognormal of sigma 0.4, and hard rows of 3 to 7 nats among them at any time."""
    random = np.random.default_rng(1910)
    usual = 4 * np.exp(-np.arange(1000) / 150) + 0.02
    for _ in range(100):
        losses = usual * random.lognormal(0, 0.4, 1000)
        hard = random.random(1000) < hard_share
        losses[hard] = random.uniform(3, 7, hard.sum())
        assert not any(watched(losses.tolist()))


def test_it_travels_between_processes() -> None:
    """With the step up to which all was sound."""
    error = pickle.loads(pickle.dumps(DivergedError("step 3", "a", "b", "C.", last_sound=1)))
    assert (str(error), error.last_sound) == ("step 3: a; expected b. C.", 1)


@pytest.fixture
def place(tmp_path: Path, tiny_base: Path) -> Place:
    write_small_pack(tmp_path)
    return Place(tmp_path, tiny_base, tmp_path / "adapters")


def spoil_after(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The update of step ``number`` leaves a model whose loss explodes."""
    real, calls = Stepper.step, 0

    def step(self: Stepper, *given: Any) -> Any:
        nonlocal calls
        result, calls = real(self, *given), calls + 1
        if calls == number:
            norm = self._model.model.norm
            norm.weight = 1000 * norm.weight
        return result

    monkeypatch.setattr(Stepper, "step", step)


@pytest.mark.parametrize(("spoilt", "good"), [(6, 3), (8, 6)])
def test_the_last_good_checkpoint_is_named_and_gone_on_from(
    place: Place, monkeypatch: pytest.MonkeyPatch, spoilt: int, good: int
) -> None:
    """A checkpoint taken after the bad update, step 6 after step 6, is none and goes; the message,
    and the state, name the one before, from which the same command goes on to the end."""
    with monkeypatch.context() as patch:
        spoil_after(patch, spoilt)
        result = place.train()
    assert isinstance(result.exception, DivergedError)
    named = place.partial / f"checkpoints/step-{good:08}"
    assert f"step {spoilt + 1}: loss " in str(result.exception)
    assert f"; the last update before, of step {spoilt}, was that of row " in str(result.exception)
    assert f"The last good checkpoint is {named}, " in str(result.exception)
    assert f"`--start-from {named}`." in str(result.exception)
    assert checkpoints_of(place.partial)[-1].folder == named
    state = read_state(place.partial)
    assert state is not None
    assert (state.status, state.reason) == ("failed", str(result.exception))
    assert f"going on after step {good}" in place.train().stderr


def test_without_a_good_checkpoint_it_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second step there is none yet."""
    spoil_after(monkeypatch, 1)
    assert "No checkpoint is left from before it." in str(place.train().exception)
