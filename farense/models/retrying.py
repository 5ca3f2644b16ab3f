"""Transient failures tried again, each wait twice as long as the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[str], None]
Sleep = Callable[[float], None]

ATTEMPTS = 4
FIRST_WAIT_SECONDS = 2.0


class TransientError(Exception):
    """A failure that may pass: the network, a server, half a file."""


def retried(action: Callable[[], Result], progress: Progress, sleep: Sleep) -> Result:
    """``action()``, tried up to four times with waits of 2, 4 and 8 seconds between.

    Raises:
        TransientError: the last attempt's, when none succeeded.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return action()
        except TransientError as error:
            wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
            progress(f"{error}; trying again in {wait:.0f} s ({attempt} of {ATTEMPTS - 1})")
            sleep(wait)
    return action()
