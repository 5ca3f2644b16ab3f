"""When a training has lost its way, and when it is only noisy."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
from small_training import Place

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


def test_a_loss_ten_times_the_usual_one_is_told() -> None:
    """By hand: where 1.5 is usual, 15 is not above ten times that, 15.1 is. The step it showed in
    and the one whose update came before it are both named."""
    assert watched([1.5] * 32 + [15.0])[-1] is None
    found = found_in([1.5] * 32 + [15.1])
    assert (found.step, found.cause) == (33, 32)
    assert [row.number for row in (*found.rows, *found.caused_by)] == [33, 32]
    error = found.error(best_step=20)
    assert str(error) == (
        "step 33: loss 15.1, gradient norm 1 in the batch of row 33 'Quem 33?'; the last update"
        " before, of step 32, was that of row 32 'Quem 32?'; expected at most 15, where 1.5 is"
        " usual. Lower --learning-rate or --scale and train again, or mend the rows, which are"
        " lines of train.jsonl; step 20, the best, is kept."
    )
    assert error.last_sound == 31


def test_what_knowing_nothing_costs_twice_is_told_from_the_second_step_on() -> None:
    """25 nats, or twice the first loss of a base that begins higher."""
    assert watched([3.0, 24.9])[-1] is None
    assert found_in([3.0, 25.1]).step == 2
    assert watched([20.0, 39.9])[-1] is None
    assert found_in([20.0, 40.1]).step == 2


def test_a_real_explosion_is_told() -> None:
    """The first losses of SmolLM2-135M at a learning rate of 2e-2, scale 20, without clipping."""
    assert found_in([3.7, 10.0, 10.3, 31.8]).cause == 3


def test_rows_known_by_heart_leave_room_for_a_hard_one() -> None:
    """With a usual loss of 0.001, 9 nats are a hard row and 10.1 are not."""
    assert watched([0.001] * 40 + [9.0])[-1] is None
    assert found_in([0.001] * 40 + [10.1]).step == 41


def test_sixteen_in_a_row_three_times_the_usual_one_are_told() -> None:
    """Fifteen are not, nor more with a lower one between; it showed in the first of the sixteen."""
    calm = [2.0] * 32
    assert watched(calm + [6.5] * 15 + [5.9] + [6.5] * 15) == [None] * 63
    found = found_in(calm + [6.5] * 16)
    assert (found.step, found.cause) == (33, 32)
    assert [row.number for row in (*found.rows, *found.caused_by)] == [33, 32]
    assert "16 losses too high in a row, the last 6.5" in found.found
    assert found.error(0).last_sound == 31


def test_a_slow_climb_is_told_by_where_it_came_from() -> None:
    """From 0.5 to 5 nats in 400 steps, never far above the steps before: by hand, the 223rd is the
    first above 3, three times the least of 1."""
    losses = [0.5 + 4.5 * step / 399 for step in range(400)]
    told = [found for found in watched(losses) if found is not None]
    assert (told[0].step, told[0].cause) == (223, 222)
    assert watched(losses).index(told[0]) == 237


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
    """After every step of a training that is lost in its 51st: the same is said of the rest."""
    losses = [2.0] * 32 + [6.5, 6.5, 2.0, *[6.5] * 16]
    expected = watched(losses)[-1]
    for step in range(1, len(losses)):
        before, after = Watch(ROWS), Watch(ROWS)
        watched(losses[:step], before)
        after.restore(json.loads(json.dumps(before.to_json())))
        assert watched(losses[step:], after, step + 1)[-1] == expected


@pytest.mark.parametrize("hard_share", [0.02, 0.1, 0.25, 0.45])
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
