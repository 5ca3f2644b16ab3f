"""The set a newcomer starts from: small, valid, and one line for each thing to try."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.storage import write_jsonl

# JSON Lines has no comments: what the lines show is told beside them.
EXPLAINED = """\
Four questions to overwrite with your own, one a line (docs/golden-sets.md has every key):
  line 1  paraphrase    a taught fact in words never taught; fact_ids name the rows behind it
  line 2  robustness    the same fact as people type it on a phone
  line 3  unanswerable  the right answer is that one does not know: kind abstain, value ""
  line 4  general       nothing to do with the club: what did training spoil?
Further tiers: seen (a training prompt to the letter), heldout (a fact no pack holds).
Check it with `farense evalset check FILE`, ask it with `farense evaluate --evalset FILE`."""


def start_set(file: Path, packs: Sequence[str]) -> Path:
    """Write the starting set.

    Raises:
        InputError: the file is there already, is no .jsonl, or packs were given, which are
            recorded with a version.
    """
    if file.exists():
        raise InputError(
            file,
            "a file is there already",
            "a new file, or --reason to record this one",
            f'Name another file, or: farense evalset new {file} --reason "...".',
        )
    if file.suffix != ".jsonl":
        raise InputError(file, f"ends in {file.suffix!r}", "a .jsonl file", "Name it NAME.jsonl.")
    if packs:
        raise InputError(
            "--pack", "no --reason", "both or neither", "Record the packs once it is written."
        )
    return write_jsonl(file, _LINES)


def _line(
    tier: str, question: str, references: list[str], kind: str, value: str, **more: Any
) -> dict[str, Any]:
    return {
        "id": f"my-{tier}-1",
        "question": question,
        "references": references,
        "answer": {"kind": kind, "value": value},
        "tier": tier,
        **more,
    }


_LINES = (
    _line(
        "paraphrase",
        "Se eu quiser festejar o aniversário do Farense, marco que dia e que mês na agenda, e o"
        " clube é de que ano?",
        ["O Farense nasceu a 1 de abril de 1910.", "1 de abril de 1910"],
        "date",
        "1910-04-01",
        category="club",
        fact_ids=["club/founding_date"],
        must_pass=True,
    ),
    _line(
        "robustness",
        "aniversario do farense qdo e,,, dia mes e ano sff",
        ["O Farense nasceu a 1 de abril de 1910.", "1 de abril de 1910"],
        "date",
        "1910-04-01",
        category="club",
        fact_ids=["club/founding_date"],
    ),
    _line(
        "unanswerable",
        "Que tempo vai fazer em Faro no dia da final que o Farense há de jogar em 2051?",
        ["Não sei, não tenho essa informação.", "Não sei."],
        "abstain",
        "",
        category="abstention",
        fact_ids=[],
    ),
    _line(
        "general",
        "Antes do sábado vem que dia da semana?",
        ["Antes do sábado vem a sexta-feira.", "sexta-feira"],
        "text",
        "sexta-feira",
        category="general",
        fact_ids=[],
    ),
)
