"""Every scorer on the answers that mislead scorers: what each number is worth.

The pairs are those that are known to fool other implementations: sets of words, dropped
punctuation, unseen dashes, English articles, ASCII tokenizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from farense.records import Kind, Question, TypedAnswer
from farense.scoring import OPTIONAL, SCORERS, Scorer, score_answer


@dataclass(frozen=True)
class Trap:
    """A reference, an answer, whether a person marks it right, and what it tests."""

    wanted: TypedAnswer
    reference: str
    answer: str
    right: bool
    tests: str


def _trap(
    wanted: tuple[Kind, str], reference: str, answer: str, *, right: bool, tests: str
) -> Trap:
    return Trap(TypedAnswer(*wanted), reference, answer, right, tests)


_RESULT: tuple[Kind, str] = ("score", "2-1")
_YEAR: tuple[Kind, str] = ("year", "1910")
TRAPS = (
    _trap(_RESULT, "2-1", "1-2", right=False, tests="order: sets of characters are equal"),
    _trap(_RESULT, "2-1", "21", right=False, tests="a dash is not decoration"),
    _trap(_RESULT, "2-1", "2–1", right=True, tests="any dash is a dash"),
    _trap(_RESULT, "2-1", "dois a um", right=True, tests="words for numbers"),
    _trap(
        _RESULT,
        "O Farense ganhou 2-1",
        "O Farense perdeu 2-1",
        right=False,
        tests="one word turns the result round",
    ),
    _trap(
        ("text", "ganhou"),
        "O Farense ganhou",
        "O Farense não ganhou",
        right=False,
        tests="negation",
    ),
    _trap(("integer", "3"), "3 golos", "13 golos", right=False, tests="13 is not 3"),
    _trap(_YEAR, "Foi em 1910", "Não foi em 1910", right=False, tests="negation of a year"),
    _trap(_YEAR, "Foi em 1910", "Foi em 1910 ou 1912", right=False, tests="a hedge"),
    _trap(
        ("text", "Taça de Portugal"),
        "a Taça de Portugal",
        "Taça de Portugal",
        right=True,
        tests="articles: English lists drop a",
    ),
    _trap(
        ("text", "Dragões de Faro"),
        "o Dragões de Faro",
        "Dragões de Faro",
        right=True,
        tests="articles: English lists keep o",
    ),
    _trap(
        ("text", "presidente do clube"),
        "presidente do clube",
        "presidente de o clube",
        right=True,
        tests="contractions",
    ),
    _trap(("place", "São Luís"), "São Luís", "Sao Luis", right=True, tests="diacritics left out"),
    _trap(("text", "Leões"), "Leões", "Lees", right=False, tests="an ASCII tokenizer drops õ"),
    _trap(
        ("person", "António Boronha"),
        "António Boronha",
        "António Barão",
        right=False,
        tests="a namesake",
    ),
    _trap(
        ("abstain", ""),
        "Não tenho essa informação",
        "Não sei, mas talvez 2-1",
        right=False,
        tests="a guess is no abstention",
    ),
)


def calibration_page() -> str:
    """docs/calibration.md: the table of all built-in scorers, in Markdown."""
    return "\n".join((_HEAD, *_table(SCORERS), "", *_signatures(SCORERS), ""))


def semantic_section() -> str:
    """What the optional similarity says of the same pairs.

    Raises:
        InputError: its encoder is not installed.
    """
    return "\n".join((_SEMANTIC, *_table(OPTIONAL), "", *_signatures(OPTIONAL), ""))


def _table(scorers: dict[str, Scorer]) -> Iterator[str]:
    yield f"| tests | reference | answer | right? | {' | '.join(scorers)} |"
    yield f"| --- | --- | --- | --- |{' --- |' * len(scorers)}"
    for trap in TRAPS:
        values = " | ".join(_value(score, trap) for score in scorers.values())
        right = "yes" if trap.right else "no"
        yield f"| {trap.tests} | {trap.reference} | {trap.answer} | {right} | {values} |"


def _value(scorer: Scorer, trap: Trap) -> str:
    value = scorer(trap.answer, _question(trap)).value
    assert value is not None
    return f"{value:.2f}"


def _question(trap: Trap) -> Question:
    return Question("trap", "Diga.", (trap.reference,), trap.wanted, "seen", "calibration")


def _signatures(scorers: dict[str, Scorer]) -> Iterator[str]:
    optional = [name for name in scorers if name in OPTIONAL]
    by_name = {s.scorer: s.signature for s in score_answer("x", _question(TRAPS[0]), optional)}
    yield "Signatures:"
    yield ""
    for name in scorers:
        yield f"* `{by_name[name]}`"


_HEAD = """# Calibration: what each number is worth

Every scorer on answers that are known to mislead scorers. *right?* is what a careful person
says. Only `fact` is made to agree with that; the others measure likeness, and this page shows
how far likeness is from truth. Written by `farense scorers calibrate`; a test keeps it true.
"""
_SEMANTIC = """## Semantic similarity: optional, and not factual

Off by default. It says whether two texts speak of the same thing: a negation, the wrong
winner or another number hardly lower it. `pip install 'farense[semantic]'`, then
`--with semantic`.
"""
