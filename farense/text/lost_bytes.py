"""Mojibake of which half was dropped on the way: ``LuÃs`` for ``Luís``, ``Ãgueda`` for ``Águeda``.

Of ``í``, ``à``, ``Á`` and ``Í`` the second byte, read in another encoding, is a soft hyphen, a
non-breaking space or no character, and whatever stripped those left the first one, ``Ã``. But in
Portuguese ``ã`` begins no word, and stands before *o*, *e*, *i*, *-zinho*, *-mente* and *s* or at
the end of a word only; and a capital ``Ã`` stands among capitals. Anything else is half a letter.
"""

from __future__ import annotations

import re

_HALF = "Ã"
_WORD = re.compile(r"[^\W\d_]+")
_CONSONANTS = frozenset("bcçdfghjklmnpqrstvwxz")
# Words that begin so. A small á keeps its second byte: what is left of it is no half.
_WITH_A = (
    "água águas águia águias área áreas árbitro árbitros árbitra árbitras álbum álbuns águeda"
    " áfrica ásia áustria álvaro álvares ávila áurea áureo ágata árabe árabes árvore árvores"
    " álcool ácido ágil ágeis ápice átomo átrio ávido áspero áudio"
)
_WITH_I = (
    "índice índices índio índios índia ídolo ídolos ícone ícones ímpar ímpares ímpeto íntimo"
    " íntima íntegro íntegra ínfimo ínfima íngreme íris ílhavo ítalo"
)
_TAILS_A = frozenset(word[1:] for word in _WITH_A.split())
_TAILS_I = frozenset(word[1:] for word in _WITH_I.split())
_TAILS_OF_NAMES = frozenset(("ndia", "lhavo", "talo"))
_TAILS_GRAVE = frozenset(("s", "quele", "queles", "quela", "quelas", "quilo"))
# As in -ÃO, the ending, which may be spoken of.
_ENDINGS = frozenset(("o", "os", "e", "es"))
# Before o stands ã, as a rule; what reads so in small letters has an í.
_WITH_IO = frozenset(("perãodo", "perãodos", "mãope", "mãopes"))
_APART = re.compile(r"(?<!\w)Ã(?: (s|quel[ae]s?|quilo)\b| (?= ))?(?= +[\w«“\"'(])")
_SENTENCE_BEGINS_AFTER = frozenset(".!?:;…\n«“\"'(–—-")
# Said before the name of a letter: A LETRA Ã TEM TIL.
_NAMING = re.compile(r"\b(?:letras?|vogal|vogais|car[áa]c?ter|os?|um|til) +$", re.IGNORECASE)
# C2 and a lost byte: what stood there was a non-breaking space or a soft hyphen.
_SPACE_HALF = re.compile(r"(?<=[a-zà-ÿ\d.,;:!?])Â(?=[\s.,;:!?)]|$)")
# Programs that wrote ? for what they could not write, or small letters for all; half an emoji.
_OTHER_HALF = re.compile(r"[ÃÂ]\?(?=[a-zà-ÿ])|ã[¡¢£§©³µ](?=\w)|ðŸ")


def with_halves_restored(text: str) -> str:
    """The text with those halves made whole of which there is no doubt.

    Amid small letters it is ``í``, for ``à`` only begins words; alone amid a sentence it is
    ``à``; a word that begins with it is looked up.
    """
    if _HALF not in text and "Â" not in text:
        return text
    text = _APART.sub(_grave, _SPACE_HALF.sub("", text))
    return _WORD.sub(_restored, text) if _HALF in text else text


def has_half(text: str) -> bool:
    """Whether half a letter is left in a text that ``with_halves_restored`` has seen."""
    if _OTHER_HALF.search(text):
        return True
    if _HALF not in text:
        return False
    if any(not _NAMING.search(text[: found.start()]) for found in _APART.finditer(text)):
        return True
    return any(_is_half(word, at) for word in _WORD.findall(text) for at in _places(word))


def _places(word: str) -> list[int]:
    return [at for at, letter in enumerate(word) if letter == _HALF]


def _grave(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    last = before.split()[-1:]
    amid_capitals = bool(last) and len(last[0]) > 1 and last[0].isupper()
    if _begins_after(before) or amid_capitals:
        return found[0]
    return f"à{found[1] or ''}"


def _begins_after(before: str) -> bool:
    """Whether a text, a line, a sentence or a quotation begins after ``before``."""
    bare = before.rstrip(" ")
    within_word = bare == before and bare.endswith("-") and bare[-2:-1].isalnum()
    return not bare or (bare[-1] in _SENTENCE_BEGINS_AFTER and not within_word)


def _restored(found: re.Match[str]) -> str:
    word = found[0]
    if word.startswith(_HALF):
        word = _with_begin(word, begins=_begins_after(found.string[: found.start()]))
    for at in _places(word):
        if at and _amid_small(word, at) and (word.lower() in _WITH_IO or _no_til(word, at)):
            word = f"{word[:at]}í{word[at + 1 :]}"
    return word


def _with_begin(word: str, *, begins: bool) -> str:
    """The word with its first letter whole, where it is one that is known."""
    tail, small = word[1:], word[1:].lower()
    if small in _TAILS_GRAVE and tail.islower():
        # At the beginning it may have been Às, or Ás.
        return word if begins else f"à{tail}"
    if tail not in (small, small.upper()):
        return word
    if small in _TAILS_A:
        return f"Á{tail}"
    if small in _TAILS_I:
        capital = begins or tail.isupper() or small in _TAILS_OF_NAMES
        return f"{'Í' if capital else 'í'}{tail}"
    return word


def _is_half(word: str, at: int) -> bool:
    """Whether the ``Ã`` at a place of a word cannot be the letter that it looks like."""
    if at == 0:
        return len(word) > 1 and word[1:].lower() not in _ENDINGS
    return _no_til(word, at) or _amid_small(word, at)


def _amid_small(word: str, at: int) -> bool:
    """Whether small letters stand around it; not in MANHÃzinha, where more capitals do."""
    before, after = word[:at], word[at + 1 :]
    if len(before) > 1 and before.isupper():
        return False
    return after[:1].islower() or (not after and before[-1].islower())


def _no_til(word: str, at: int) -> bool:
    """Whether no Portuguese word has ``ã`` at this place, after the first."""
    before, after = word[at - 1].lower(), word[at + 1 :].lower()
    if after.startswith("z"):
        return before in "au"  # raízes and juízes, but irmãzinha
    if after in ("", "s", "ses"):
        # aí, saí and país, but irmã, campeã; Luís, but Cauã and suã.
        return before == "a" or (before == "u" and after != "" and word.lower() != "suãs")
    if after.startswith("mente"):
        return False
    return after[0] in "au" or after[0] in _CONSONANTS
