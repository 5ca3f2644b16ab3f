"""Two answers word by word: what both say, and what only one says."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from markupsafe import Markup, escape

Part = Literal["same", "removed", "added"]


def word_diff(before: str, after: str) -> list[tuple[Part, str]]:
    """Runs of words in reading order; joining the same and added ones gives ``after``'s words."""
    old, new = before.split(), after.split()
    parts: list[tuple[Part, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("same", " ".join(old[a:b])))
            continue
        if b > a:
            parts.append(("removed", " ".join(old[a:b])))
        if d > c:
            parts.append(("added", " ".join(new[c:d])))
    return parts


def marked_html(before: str, after: str) -> Markup:
    """``after`` with what it leaves out in ``<del>`` and what it adds in ``<ins>``."""
    return Markup(" ").join(_html(part, text) for part, text in word_diff(before, after))


def marked_text(before: str, after: str) -> str:
    """The same for a terminal: ``[-left out-]`` and ``{+added+}``."""
    return " ".join(_text(word_diff(before, after)))


def _text(parts: list[tuple[Part, str]]) -> Iterator[str]:
    forms = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return (forms[part].format(text) for part, text in parts)


def _html(part: Part, text: str) -> Markup:
    if part == "removed":
        return Markup("<del>{}</del>").format(text)
    return Markup("<ins>{}</ins>").format(text) if part == "added" else escape(text)
