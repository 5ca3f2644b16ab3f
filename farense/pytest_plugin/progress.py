"""Answering shown through pytest's own terminal reporter."""

from __future__ import annotations

import time

import pytest

# On a terminal the line moves all the time; in a log a line this often shows life.
LINE_SECONDS = 15.0


class Progress:
    """One line on a terminal, rewritten; lines from time to time elsewhere."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter = config.pluginmanager.get_plugin("terminalreporter")
        self._last_line = 0.0
        self._last_done = -1

    def answered(self, who: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` answers of ``who`` are there."""
        if self._reporter is None or done == self._last_done:
            return
        self._last_done = done
        text = f"answering with the {who}: {done}/{total}"
        if self._reporter.isatty:
            self._reporter.rewrite(text, erase=True)
            if done == total:
                self._reporter.write_line("")
            return
        now = time.monotonic()
        if done in (0, total) or now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            self._reporter.write_line(text)

    def warn(self, text: str) -> None:
        """Show a warning, whatever pytest's warning filters say."""
        if self._reporter is not None:
            self._reporter.write_line(f"warning: {text}", yellow=True)
