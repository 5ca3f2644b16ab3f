"""Going on after a crash, and what has to be kept for it while a training runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from farense.models.adapters import WEIGHTS, write_adapter
from farense.storage import remove
from farense.training.checkpoints import (
    Found,
    checkpoints_of,
    keep_last,
    newest_intact,
    write_checkpoint,
)
from farense.training.exports import METRICS_CSV, METRICS_JSON
from farense.training.log_file import MetricsLog, bad_rows, blank_out
from farense.training.metrics import METRICS
from farense.training.plan import TrainingPlan
from farense.training.snapshot import Snapshot
from farense.training.trainer import OnEvent
from farense.training.workplace import unfinished


def pick_up(plan: TrainingPlan, on_event: OnEvent) -> Found:
    """Find where an interrupted training goes on, and remove the rest of what it left.

    Args:
        plan: Its ``partial`` folder is held by this process.
        on_event: Called with a ``warning`` for every damaged checkpoint or row and with ``resumed``
            (``{"event", "step"}``) when there is one to go on from.
    """
    remove(unfinished(plan.partial))
    found = newest_intact(plan.partial, plan.key)
    for sentence in (*found.damaged, *_mended_log(plan.partial, found.metrics_bytes)):
        on_event({"event": "warning", "text": sentence})
    if found.step or found.damaged:
        on_event({"event": "resumed", "step": found.step})
    newer = [each.folder for each in checkpoints_of(plan.partial) if each.step > found.step]
    # The best step's tensors come again, from the checkpoint or from the step itself; the
    # exports are those of the attempt before.
    again = map(plan.partial.joinpath, (WEIGHTS, METRICS_CSV, METRICS_JSON))
    remove([*newer, *(path for path in again if path.is_file())])
    return found


def _mended_log(folder: Path, until: int) -> Iterator[str]:
    """Blank out rows of the log that cannot be read; a sentence for each."""
    log = folder / METRICS
    for row in bad_rows(log, until):
        blank_out(log, [row])
        yield f"Line {row.line} of {METRICS} is {row.found}; it is left out."


class Keeper:
    """Writes a training's checkpoints and knows what it has cost over all its attempts.

    Args:
        plan: What is trained.
        config: The adapter's config.
        log: The training's open log; each checkpoint says how far it had come.
        found: Where this attempt began.
        start: When it began, by ``time.perf_counter``.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        config: Mapping[str, Any],
        log: MetricsLog,
        found: Found,
        start: float,
    ) -> None:
        self._plan, self._config, self._log, self._start = plan, config, log, start
        self._spent = found.seconds
        self.resumed_after = [*found.resumed_after, *([found.step] if found.step else [])]

    @property
    def seconds(self) -> float:
        """Wall time so far, up to the last checkpoint of each attempt before this one."""
        return self._spent + time.perf_counter() - self._start

    def save(self, snapshot: Snapshot) -> None:
        """Write a checkpoint, then drop the oldest ones."""
        attempt = {
            "metrics_bytes": self._log.position(),
            "seconds": self.seconds,
            "resumed_after": self.resumed_after,
        }

        def write(folder: Path) -> None:
            write_adapter(folder, snapshot.weights, self._config)
            snapshot.write(folder, {"attempt": attempt})

        folder = self._plan.partial
        write_checkpoint(folder, snapshot.step, self._plan.key, write)
        keep_last(folder, self._plan.resolved.settings.keep_checkpoints)
