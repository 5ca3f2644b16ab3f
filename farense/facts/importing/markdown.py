"""Result tables in Markdown: one section a season and competition.

::

    ### I Divisão 1974/75

    | Jornada | Data | Jogo | Resultado |
    |:-------:|:----:|:-----|:---------:|
    | J1 | 1974-09-08 | U. Tomar 0 - **3 SC Farense** | ✅ |
    | J2 | 1974-09-15 | **SC Farense 0** - 4 Benfica | ❌ |
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from farense.facts.importing.lines import Line, ResultLine, Unread
from farense.text import fold

_HEADING = re.compile(r"^#+\s*(.+?)\s*#*$")
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")
_RESULT = re.compile(
    r"^(?P<home>\S.*?)\s+(?P<home_goals>\d{1,2})\s*[-–]\s*(?P<away_goals>\d{1,2})\s+(?P<away>\S.*)$"
)
_SCORE = re.compile(r"\d\s*[-–]\s*\d{1,2}\s+\S")
_NOTE = re.compile(r"\s*\(([^()]*(?:\d|g\.? ?p|a\.? ?p|pr(?:ol|orr))[^()]*)\)\s*$", re.IGNORECASE)
_COLUMNS = {
    "round": ("jornada", "ronda", "fase", "eliminatória", "j"),
    "date": ("data", "dia"),
    "game": ("jogo", "partida", "encontro"),
    "mark": ("resultado", "res", "r"),
}
_FOLDED = {fold(word): name for name, words in _COLUMNS.items() for word in words}
_MARKS = {
    **dict.fromkeys(("✅", "V", "v"), "win"),
    **dict.fromkeys(("➖", "E", "e"), "draw"),
    **dict.fromkeys(("❌", "D", "d"), "loss"),
}


def read_markdown(text: str, name: str) -> Iterator[Line]:
    """Every table line under a heading, and every other line that states a score.

    ``**SC Farense 4** - 1 Vitória`` counts with and without a list mark; prose without a score
    is passed over, a bad table line is not.
    """
    section, columns = "", None
    for number, line in enumerate(text.split("\n"), start=1):
        where, bare = f"{name}:{number}", line.strip()
        heading = _HEADING.match(bare)
        if heading:
            section, columns = heading[1], None
        elif bare.startswith("|"):
            cells = _cells(bare)
            if columns is None:
                columns = _columns(cells)
            elif columns and not _RULE.match(bare):
                yield _line(where, section, bare, dict(zip(columns, cells, strict=False)))
        elif bare:
            columns = None
            game = re.sub(r"^[-*+] ", "", bare)
            if _SCORE.search(game.replace("*", "")):
                yield _line(where, section, bare, {"game": game})
        else:
            columns = None


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _columns(cells: list[str]) -> list[str]:
    """What each column holds; an empty list for a table of something else."""
    names = [_FOLDED.get(fold(cell), "") for cell in cells]
    return names if "game" in names else []


def _line(where: str, section: str, text: str, cells: dict[str, str]) -> Line:
    game = cells.get("game", "").replace("**", "").replace("__", "").strip()
    note = _NOTE.search(game)
    game = _NOTE.sub("", game)
    if len(_SCORE.findall(game)) > 1:
        return Unread(where, text, "two matches merged in one row")
    found = _RESULT.match(game)
    if not found:
        return Unread(where, text, "no result of two clubs")
    round_ = cells.get("round", "")
    date = cells.get("date", "")
    return ResultLine(
        where=where,
        section=section,
        home=found["home"].strip(),
        away=found["away"].strip(),
        home_goals=int(found["home_goals"]),
        away_goals=int(found["away_goals"]),
        date="" if date in ("-", "–", "?") else date,
        round="" if round_ in ("-", "–", "?") else round_,
        mark=_MARKS.get(cells.get("mark", ""), ""),
        note=note[1] if note else "",
    )
