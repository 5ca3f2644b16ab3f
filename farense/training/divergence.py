"""When a training has lost its way: numbers that are none, or losses far above those before."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from farense.errors import DivergedError
from farense.training.batches import Row

# The usual loss is the lowest mean of so many steps in a row so far. A mean, since the median of a
# batch of one row jumps between easy rows and hard ones; the lowest, since what follows a training
# on its way up would call that usual. It is at least 1 nat: beside rows known by heart any hard one
# would stand out. Until there is one, it is the first loss, which may be that of easy rows.
WINDOW = 32
LEAST_NATS, LEAST_FIRST_NATS = 1.0, 4.0
# A single loss is lost at so many times the usual one, or at twice what knowing nothing costs (the
# logarithm of the vocabulary, 11 to 12.5 nats) where that is less; so are that many in a row that
# are less far above it. One that is less far is not: a hard row in a small batch costs as much, and
# batches come in drawn order.
EXPLODED, WORST_NATS = 10, 25.0
HIGH, HIGH_STEPS = 3, 16
FINITE = "finite numbers"

# Rows of a batch that a message names, and how much of each; the log has all.
_NAMED = 8
_SHOWN = 60


@dataclass(frozen=True)
class Divergence:
    """How a training lost its way.

    Attributes:
        step: The step it showed in.
        found: What was found there.
        expected: What would have been sound.
        rows: Of the batch it showed in; none where it showed in no batch.
        cause: The last step whose update came before; 0 when there was none.
        caused_by: The rows of that step.
    """

    step: int
    found: str
    expected: str
    rows: Sequence[Row]
    cause: int
    caused_by: Sequence[Row]

    def to_json(self) -> dict[str, Any]:
        """As a row of metrics.jsonl."""
        return {
            "event": "diverged",
            "step": self.step,
            "found": self.found,
            **_listed(self.rows),
            "cause": {"step": self.cause, **_listed(self.caused_by)},
        }

    def error(self, best_step: int) -> DivergedError:
        """What the user is told; ``best_step`` is 0 when none was validated."""
        where = f" in the batch of {_names(self.rows)}" if self.rows else ""
        last = f"the last update before, of step {self.cause}, was that of {_names(self.caused_by)}"
        kept = f"step {best_step}, the best, is kept" if best_step else "no step was validated yet"
        return DivergedError(
            f"step {self.step}",
            f"{self.found}{where}; {last if self.cause else 'no update came before it'}",
            self.expected,
            "Lower --learning-rate or --scale and train again, or mend the rows, which are lines"
            f" of train.jsonl; {kept}.",
            last_sound=max(self.cause - 1, 0),
        )


class Watch:
    """Judges each step by those before it, and remembers whose rows they trained.

    Args:
        rows: The split, by whose numbers a checkpoint names them.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._numbered = {row.number: row for row in rows}
        self._losses: deque[float] = deque(maxlen=WINDOW)
        self._batches: deque[Sequence[Row]] = deque(maxlen=HIGH_STEPS + 1)
        self._first = self._lowest = math.inf
        self._high = self._step = 0

    def see(self, step: int, loss: float, norm: float, rows: Sequence[Row]) -> Divergence | None:
        """Take a step in; what is wrong with it, if anything is.

        Args:
            step: Its number; steps come one after the other.
            loss: Before its update.
            norm: Of its gradient.
            rows: Those it trained.
        """
        usual = self._usual()
        self._first = loss if step == 1 else self._first
        self._step = step
        self._losses.append(loss)
        self._batches.append(rows)
        self._high = self._high + 1 if loss > HIGH * usual else 0
        found = f"loss {loss:.4g}, gradient norm {norm:.4g}"
        if not math.isfinite(loss):
            return self._shown(step, found, FINITE)
        if not math.isfinite(norm):
            # The loss is sound, so what was learnt before is; this gradient is not.
            return self.after(step, found)
        most = min(EXPLODED * usual, max(WORST_NATS, 2 * self._first))
        if loss > most:
            return self._shown(step, found, f"at most {most:.3g}, where {usual:.3g} is usual")
        if self._high == HIGH_STEPS:
            limit = f"one of them below {HIGH * usual:.3g}, where {usual:.3g} is usual"
            many = f"{HIGH_STEPS} losses too high in a row, the last {loss:.4g}; the first"
            return self._shown(step - HIGH_STEPS + 1, many, limit)
        return None

    def after(self, step: int, found: str) -> Divergence:
        """Something that is no number, found after the newest step's update."""
        return Divergence(step, found, FINITE, (), step, self._batches[-1])

    def to_json(self) -> dict[str, Any]:
        """What it remembers; a number that is not known yet is None."""
        return {
            "losses": list(self._losses),
            "first": _known(self._first),
            "lowest": _known(self._lowest),
            "batches": [[row.number for row in rows] for rows in self._batches],
            "high": self._high,
        }

    def restore(self, remembered: Mapping[str, Any]) -> None:
        """Go on from :meth:`to_json`."""
        self._losses.extend(remembered["losses"])
        self._batches.extend(
            [self._numbered[number] for number in numbers] for numbers in remembered["batches"]
        )
        first, lowest = (remembered.get(name) for name in ("first", "lowest"))
        self._first = math.inf if first is None else first
        self._lowest = math.inf if lowest is None else lowest
        self._high = remembered["high"]

    def _usual(self) -> float:
        """The usual loss before this step, in nats; infinite before the first one."""
        if len(self._losses) == WINDOW:
            self._lowest = min(self._lowest, statistics.fmean(self._losses))
        return max(min(self._lowest, max(self._first, LEAST_FIRST_NATS)), LEAST_NATS)

    def _shown(self, step: int, found: str, expected: str) -> Divergence:
        # The newest batch is the last; that of ``step`` may be some before it.
        batches, place = list(self._batches), len(self._batches) - 1 - (self._step - step)
        before = batches[place - 1] if place > 0 else ()
        return Divergence(step, found, expected, batches[place], step - 1, before)


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _listed(rows: Sequence[Row]) -> dict[str, Any]:
    return {"rows": [row.number for row in rows], "prompts": [row.prompt for row in rows]}


def _names(rows: Sequence[Row]) -> str:
    if not rows:
        return "rows this attempt does not know"
    named = "; ".join(f"row {row.number} {_short(row.prompt)!r}" for row in rows[:_NAMED])
    more = f"; {len(rows) - _NAMED} more in metrics.jsonl" if len(rows) > _NAMED else ""
    return f"{named}{more}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
