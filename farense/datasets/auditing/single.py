"""Faults that one row shows by itself: too long, or what a program left behind."""

from __future__ import annotations

import re

from farense.datasets.formats.items import Item
from farense.text import fold

# Left behind by HTML, Markdown, wikis, templates, spreadsheets and logs.
_JUNK = re.compile(
    r"</?[a-zA-Z][^<>]{0,80}>|<!--|&(?:[a-zA-Z]{2,8}|#x?[0-9a-fA-F]+);|\|\s*:?-{2,}"
    r"|\|[^|\n]+\|[^|\n]+\||!\[[^\]]*\]\(|\]\(https?:|```|^#{1,6} \S"
    r"|\[/?(?:b|i|u|url|img|quote)[\]=]"
    r"|\[\[|\]\]|\{\{|\}\}|\[https?:|'{2,3}\w|={2,} ?\S[^=\n]*={2,}|\[\d{1,3}\](?!\()"
    r"|\|\s*(?:thumb|miniatura(?:daimagem)?|frame|left|right|direita|esquerda|\d+px)\b"
    r"|\b(?:Ficheiro|File|Imagem|Image|Categoria|Category):\S|\[(?:editar|edit|carece de fontes)\b"
    r"|\$\{\w+\}|\{(?:[a-z_]+)\}|%\([a-z_]+\)s"
    r"|\b(?:NaN|nan|None|null|undefined|NULL|#N/A|#REF!)\b|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!)"
    r"|\[object Object\]|\\u[0-9a-f]{4}|\\[nt](?!\w)"
    r"|Traceback \(most recent|📊|✅|❌|\*\*|[\x00-\x08\x0b\x0c\x0e-\x1f]|(.)\1{9,}",
    re.MULTILINE,
)
# Whole cells that stand for nothing, folded.
_NOTHING = frozenset(
    (
        *("n a", "n d", "s d", "null", "none", "nil", "nan", "undefined", "void", "tbd", "tba"),
        *("fixme", "xxx", "placeholder", "lorem ipsum"),
    )
)
_SIGNS_ONLY = re.compile(r"[\s\-–—_.…?*#=~|/\\:;,<>()\[\]{}'\"]*")


def is_junk(item: Item) -> bool:
    """Whether markup, a placeholder or a null value of some program was left in the row."""
    texts = (item.prompt, item.completion) if item.messages else (item.text,)
    return any(_JUNK.search(text) or _says_nothing(text) for text in texts)


def _says_nothing(text: str) -> bool:
    """Whether a cell holds a null value, or only signs, where a text should stand."""
    if len(text) > 20:
        return False
    return _SIGNS_ONLY.fullmatch(text) is not None or fold(text) in _NOTHING


def is_too_long(item: Item, limit: int) -> bool:
    """Whether prompt and completion together have more than ``limit`` characters."""
    return len(item.prompt) + len(item.completion) > limit
