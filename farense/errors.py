"""Every error a user can meet, and the one form its message takes.

::

    FarenseError                 exit code 2: could not do what was asked
    ├── InputError               a file, folder or option the user gave is wrong
    │   ├── FactTableError       data/facts: missing column, impossible date, …
    │   ├── EvalsetError         a golden set: bad JSON, duplicate id, unknown kind, …
    │   ├── ModelFolderError     a base or adapter folder that is not whole
    │   └── BaseMismatchError    an adapter trained on another base
    ├── DownloadError            a base could not be fetched or is not what was pinned
    ├── BackendError             no usable MLX device, BLAS or memory
    ├── TrainingError            no LoRA tensors, base not frozen, no memory for one row
    │   └── DivergedError        loss became NaN or exploded
    ├── ScoringError             nothing to score; a number would have to be invented
    ├── PromotionRefusedError    no accept verdict for these weights; exit code 1
    ├── StorageError             the disk is full or not writable
    └── StoppedError             Ctrl-C or a signal; exit code 130, or 128 and the signal's number

    TerminatedError              SIGTERM or SIGHUP came; a KeyboardInterrupt
"""

from __future__ import annotations

import signal
from typing import Any


class FarenseError(Exception):
    """An error whose message reads ``where: what was found; what was expected. What to do.``

    Args:
        where: The place, as precise as it is known: ``file:line``, folder, option.
        found: What stands there.
        expected: What should stand there.
        remedy: One sentence the user can act on.
    """

    exit_code = 2

    def __init__(self, where: object, found: str, expected: str, remedy: str) -> None:
        self.where = str(where)
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(f"{self.where}: {found}; expected {expected}. {remedy}")

    def __reduce__(self) -> tuple[type[FarenseError], tuple[Any, ...]]:
        # An error travels whole from a worker process to the one that started it.
        return type(self), (self.where, self.found, self.expected, self.remedy)


class InputError(FarenseError):
    """Something the user gave cannot be used."""


class FactTableError(InputError):
    """A fact table breaks its schema."""


class EvalsetError(InputError):
    """A golden set breaks its schema."""


class ModelFolderError(InputError):
    """A model or adapter folder is not whole."""


class BaseMismatchError(InputError):
    """An adapter was trained on a base other than the one it is loaded on."""


class DownloadError(FarenseError):
    """A base model could not be fetched, or is not the pinned one."""


class BackendError(FarenseError):
    """This machine cannot run what was asked."""


class TrainingError(FarenseError):
    """Training cannot go on without producing a worthless adapter."""


class DivergedError(TrainingError):
    """A training whose numbers are none any more, or far from those before.

    Args:
        where, found, expected, remedy: As of every error.
        last_sound: The last step before the update behind it; 0 when there is none.
    """

    def __init__(
        self, where: object, found: str, expected: str, remedy: str, last_sound: int
    ) -> None:
        self.last_sound = last_sound
        super().__init__(where, found, expected, remedy)

    def __reduce__(self) -> tuple[type[FarenseError], tuple[Any, ...]]:
        return type(self), (self.where, self.found, self.expected, self.remedy, self.last_sound)


class ScoringError(FarenseError):
    """A score was asked for where there is nothing to compute it from."""


class PromotionRefusedError(FarenseError):
    """An adapter was to be promoted that the gate has not accepted."""

    exit_code = 1


class StorageError(FarenseError):
    """A file could not be written whole."""


class StoppedError(FarenseError):
    """The user stopped the work; nothing half-written was put in place."""

    exit_code = 128 + signal.SIGINT


class TerminatedError(KeyboardInterrupt):
    """The process was told to end; all that follows a Ctrl-C follows, under the signal's name.

    Args:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number
