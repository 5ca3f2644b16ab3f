"""The training log sent on to Weights & Biases, TensorBoard or MLflow while a training runs.

Each is an extra (``farense[wandb]``, ``farense[tensorboard]``, ``farense[mlflow]``) and reads its
own environment variables, ``WANDB_API_KEY`` also from ``.env``. What is missing is told before the
training starts; what fails later costs the tracker, never the training.
"""

from __future__ import annotations

import importlib
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from farense.config.sources import secret
from farense.errors import InputError
from farense.training.metrics import Metrics

PROJECT = "farense"
# A tracker that hangs is not waited for longer than this when the training has ended.
_LAST_WORDS_SECONDS = 30.0
Values = Mapping[str, float]


@dataclass(frozen=True)
class Tracked:
    """What a tracker is told of a training: its name, its settings, a folder for local files."""

    name: str
    settings: Mapping[str, Any]
    folder: Path


class Tracker(Protocol):
    """One service; its methods are called in one thread, one after the other."""

    def log(self, values: Values, step: int) -> None:
        """Numbers of a step by name, such as ``train/loss``."""

    def finish(self, succeeded: bool) -> None:
        """The training has ended."""


class _WandB:
    def __init__(self, tracked: Tracked) -> None:
        import wandb

        if key := secret("WANDB_API_KEY"):
            # Where wandb looks for it by itself: neither it nor farense writes it anywhere.
            os.environ["WANDB_API_KEY"] = key
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            name=tracked.name,
            config=dict(tracked.settings),
            dir=os.environ.get("WANDB_DIR"),
            settings=wandb.Settings(silent=True),
        )

    def log(self, values: Values, step: int) -> None:
        self._run.log(dict(values), step=step)

    def finish(self, succeeded: bool) -> None:
        self._run.finish(exit_code=0 if succeeded else 1)


class _TensorBoard:
    def __init__(self, tracked: Tracked) -> None:
        from tensorboard.summary import Writer

        self._writer = Writer(str(tracked.folder / "tensorboard" / tracked.name))

    def log(self, values: Values, step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def finish(self, succeeded: bool) -> None:
        self._writer.close()


class _MLflow:
    def __init__(self, tracked: Tracked) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient()
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT)
        known = self._client.get_experiment_by_name(name)
        experiment = known.experiment_id if known else self._client.create_experiment(name)
        self._run = self._client.create_run(experiment, run_name=tracked.name).info.run_id
        for setting, value in tracked.settings.items():
            self._client.log_param(self._run, setting, value)

    def log(self, values: Values, step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        batch = [Metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics=batch)

    def finish(self, succeeded: bool) -> None:
        self._client.set_terminated(self._run, "FINISHED" if succeeded else "FAILED")


# The class of each and the package it needs.
TRACKERS: dict[str, tuple[Callable[[Tracked], Tracker], str]] = {
    "wandb": (_WandB, "wandb"),
    "tensorboard": (_TensorBoard, "tensorboard"),
    "mlflow": (_MLflow, "mlflow"),
}


def parse_trackers(text: str) -> tuple[str, ...]:
    """Names from ``wandb,tensorboard``, each once.

    Raises:
        InputError: a name is unknown, or its package is not installed.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in TRACKERS:
            raise InputError(
                "--log-to", repr(name), f"some of {', '.join(TRACKERS)}", "Mend the option."
            )
        try:
            importlib.import_module(TRACKERS[name][1])
        except ImportError as error:
            raise InputError(
                f"--log-to {name}",
                f"its package cannot be imported ({error})",
                f"the package {TRACKERS[name][1]}",
                f"Install it: `pip install 'farense[{name}]'`.",
            ) from error
    return names


class Trackers:
    """Sends events of a training to trackers, in a thread of its own.

    Args:
        names: From :func:`parse_trackers`.
        tracked: What is trained.
        warn: Called once for a tracker that fails, which then hears nothing more.

    Raises:
        InputError: a tracker cannot start; those before it are ended.
    """

    def __init__(self, names: Sequence[str], tracked: Tracked, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._open: dict[str, Tracker] = {}
        for name in names:
            try:
                self._open[name] = TRACKERS[name][0](tracked)
            except Exception as error:
                self._end(succeeded=False)
                raise InputError(
                    f"--log-to {name}",
                    f"it cannot start ({error})",
                    "a tracker that takes the log",
                    "See its own settings in the environment, or leave it out.",
                ) from error
        self._waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        # Daemon: a service that hangs must not keep the command from ending.
        self._thread = threading.Thread(target=self._send_all, daemon=True)

    def __enter__(self) -> Trackers:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._succeeded = error is None
        self._waiting.put(None)
        self._thread.join(_LAST_WORDS_SECONDS)
        if self._thread.is_alive():
            self._warn(f"{', '.join(self._open)} did not take the whole log in time")

    def see(self, event: dict[str, Any]) -> None:
        """Take an event of the training; returns at once."""
        self._waiting.put(event)

    def _send_all(self) -> None:
        while (event := self._waiting.get()) is not None:
            for row in Metrics.of([event]).rows:
                values = {
                    f"{row.event}/{name}": float(value)
                    for name, value in asdict(row).items()
                    if name != "step" and value is not None
                }
                self._each("log", methodcaller("log", values, row.step))
        self._end(self._succeeded)

    def _end(self, succeeded: bool) -> None:
        self._each("end", methodcaller("finish", succeeded))

    def _each(self, what: str, call: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._open.items()):
            try:
                call(tracker)
            except Exception as error:  # noqa: BLE001 whatever it is, the training goes on
                del self._open[name]
                self._warn(f"{name} failed to {what} and is left out from now on: {error}")
