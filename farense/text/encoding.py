"""Bytes to text without silent damage: encodings, mojibake, characters nobody sees.

Mojibake is UTF-8 that somebody read in another encoding (``Ã©`` for ``é``); ftfy undoes it
(R. Speer, "ftfy", Zenodo, doi:10.5281/zenodo.2591652).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.storage import reading_errors
from farense.text.lost_bytes import has_half, with_halves_restored

REPLACEMENT = "\ufffd"
# What Portuguese files were saved in before UTF-8, likeliest first.
_LEGACY = ("cp1252", "latin_1", "cp850", "mac_roman", "cp1254")
_PORTUGUESE = set("áàâãçéêíóôõúüÁÀÂÃÇÉÊÍÓÔÕÚÜºª°«»–—‘’“”…€´`·•")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Soft hyphen, zero-width characters, direction marks, a byte order mark amid the text.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
# Half a character, as "\\ud800" in JSON: no UTF-8 file can hold it.
_SURROGATE = re.compile("[\ud800-\udfff]")
# A letter that UTF-8 read in another encoding begins with, and a sign it goes on with.
_LEFT_OVER = re.compile("[ÃÂÄÅâ][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]")
_HIDDEN = "\ue000"
_AT_BEGIN = re.compile(r"(?:^|(?<=[.!?:…] )|(?<=\n))Ã(?= +\w)")
_NO_GRAVE = re.compile(r"(?<=\w)à(?= )")
_APART = re.compile(r"\bà(?: (?= \S)| (?=(?:s|quel[ae]s?|quilo)\b))")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


@dataclass(frozen=True)
class Decoded:
    """A file as text.

    Attributes:
        text: With the line ends of the file, and U+FFFD where bytes were damaged.
        encoding: The one it was read in.
        faults: Which of ``bom``, ``crlf``, ``not_utf8``, ``replacement`` were met.
    """

    text: str
    encoding: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Mended:
    """One text after ``mend``; ``repairs`` names what was done to it."""

    text: str
    repairs: tuple[str, ...]


def read_decoded(path: Path) -> Decoded:
    """Read and decode a file.

    Raises:
        InputError: it cannot be read, or no encoding fits its bytes.
    """
    with reading_errors(path, "a file to read"):
        data = path.read_bytes()
    try:
        return decode(data)
    except UnicodeError as error:
        raise InputError(
            path, f"no text ({error})", "UTF-8 text", "Save the file as UTF-8."
        ) from error


def decode(data: bytes) -> Decoded:
    """Decode by byte order mark, as UTF-8, or by what the bytes look like.

    Damaged UTF-8 stays UTF-8, with U+FFFD for the damaged bytes, as long as most of its
    other characters are sound; else the whole would become mojibake.

    Raises:
        UnicodeError: UTF-16 or UTF-32 that ends amid a character.
    """
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    bom = encoding is not None
    if encoding is None:
        encoding, text = _guessed(data)
    else:
        text = data.decode(encoding, errors="replace")
    faults = {
        "bom": bom,
        "crlf": "\r" in text,
        "not_utf8": not encoding.startswith("utf-8"),
        "replacement": REPLACEMENT in text,
    }
    return Decoded(text, encoding, tuple(name for name, met in faults.items() if met))


def _guessed(data: bytes) -> tuple[str, str]:
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if data[:400].count(0) > len(data[:400]) // 4:
        order = "utf-16-le" if data[1::2][:200].count(0) > data[::2][:200].count(0) else "utf-16-be"
        return order, data.decode(order)
    replaced = data.decode("utf-8", errors="replace")
    foreign = sum(not c.isascii() for c in replaced)
    damaged = replaced.count(REPLACEMENT)
    # Mostly sound characters: UTF-8 with damage. None at all: another encoding.
    if damaged * 2 <= foreign or foreign == 0:
        return "utf-8", replaced
    return _legacy(data, replaced)


def _legacy(data: bytes, replaced: str) -> tuple[str, str]:
    """The old encoding in which the text reads as Portuguese; UTF-8 with holes if there is none."""
    for name in _LEGACY:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if {c for c in text if not c.isascii()} <= _PORTUGUESE:
            return name, text
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return (best.encoding, str(best)) if best else ("utf-8", replaced)


def mend(text: str) -> Mended:
    """Undo mojibake, unify line ends, drop characters nobody sees, normalise to NFC.

    U+FFFD stays: what stood there is lost, and the caller has to refuse the row.
    """
    if text.isascii() and "\r" not in text:
        return Mended(text, ())
    repairs = []
    fixed = without_mojibake(text)
    if fixed != text:
        repairs.append("mojibake")
    seen = _UNSEEN.sub("", fixed)
    if seen != fixed:
        repairs.append("invisible")
    whole = with_halves_restored(seen)
    if whole != seen and "mojibake" not in repairs:
        repairs.insert(0, "mojibake")
    unified = _LINE_ENDS.sub("\n", whole)
    if unified != whole:
        repairs.append("crlf")
    composed = unicodedata.normalize("NFC", unified)
    if composed != unified:
        repairs.append("nfc")
    return Mended(composed, tuple(repairs))


def without_mojibake(text: str) -> str:
    """The text with its wrongly decoded stretches decoded rightly."""
    if text.isascii():
        return text
    import ftfy

    # ftfy reads every Ã before a blank as à; at the beginning of a sentence it may be À, É or Ó.
    hidden = text if _HIDDEN in text else _AT_BEGIN.sub(_HIDDEN, text)
    fixed = str(ftfy.fix_encoding(hidden, config=_encoding_only()))
    if "Ã " not in text:
        return fixed
    if hidden != text:
        fixed = fixed.replace(_HIDDEN, "Ã")
    # And puts a blank after it, as in à  praia and à s 15 horas; where a longer word ends in it, as
    # in aí and Gaudí, it was an í.
    return _NO_GRAVE.sub("í", _APART.sub("à", fixed))


@cache
def _encoding_only() -> Any:
    import ftfy

    # ftfy would also turn a non-breaking space within mojibake into a plain one: wanted here.
    return ftfy.TextFixerConfig(unescape_html=False, explain=False, normalization=None)


def is_damaged(text: str) -> bool:
    """Whether a mended text still holds lost characters or mojibake beyond repair."""
    if text.isascii():
        return False
    if REPLACEMENT in text or _SURROGATE.search(text):
        return True
    if has_half(text):
        return True
    if not _LEFT_OVER.search(text):
        return False
    from ftfy.badness import is_bad

    return bool(is_bad(text))
