"""Result tables in CSV and JSON, by the names of their columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from farense.facts.importing.lines import OWN_NAME, Line, ResultLine, Unread
from farense.text import fold

# The first name of each is the one farense itself writes.
_NAMES = {
    "home": ("home", "home_team", "casa", "equipa_casa", "equipa da casa", "visitado"),
    "away": ("away", "away_team", "fora", "equipa_fora", "equipa de fora", "visitante"),
    "home_goals": ("home_goals", "home_score", "golos_casa", "golos casa"),
    "away_goals": ("away_goals", "away_score", "golos_fora", "golos fora"),
    "season": ("season", "época", "epoca", "temporada"),
    "competition": ("competition", "competição", "competicao", "prova"),
    "date": ("date", "data", "dia"),
    "round": ("round", "jornada", "ronda", "eliminatória"),
    "mark": ("outcome", "resultado", "result", "mark"),
    "note": ("notes", "note", "nota", "notas", "observações"),
    "phase": ("phase", "fase"),
    "venue": ("venue", "local"),
    "opponent": ("opponent", "adversário", "adversario"),
    "farense_goals": ("farense_goals", "golos_farense", "golos marcados"),
    "opponent_goals": ("opponent_goals", "golos_adversario", "golos sofridos"),
}
_KNOWN = {fold(name): field for field, names in _NAMES.items() for name in names}
_MARKS = {
    **dict.fromkeys(("win", "v", "vitória", "vitoria"), "win"),
    **dict.fromkeys(("draw", "e", "empate"), "draw"),
    **dict.fromkeys(("loss", "d", "derrota"), "loss"),
}
_VENUES = {
    **dict.fromkeys(("home", "casa", "c"), "home"),
    **dict.fromkeys(("away", "fora", "f"), "away"),
}


def read_csv(text: str, name: str) -> Iterator[Line]:
    """Every data line of a CSV file; the separator is a comma, semicolon or tab."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    header = next(reader, [])
    for cells in reader:
        if not any(cells):
            continue
        where = f"{name}:{reader.line_num}"
        if len(cells) != len(header):
            yield Unread(where, separator.join(cells), f"{len(cells)} cells, not {len(header)}")
        else:
            yield _line(where, dict(zip(header, cells, strict=True)))


def read_json(text: str, name: str) -> Iterator[Line]:
    """Every object of a JSON list, or of the ``matches`` of one object or of a list of them.

    An object around ``matches`` gives them its season and competition.

    Raises:
        ValueError: not JSON.
    """
    yield from _objects(json.loads(text), name, {})


def _objects(value: Any, where: str, around: Mapping[str, Any]) -> Iterator[Line]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _objects(item, f"{where}[{number}]", around)
    elif isinstance(value, dict) and isinstance(value.get("matches"), list):
        inner = {**around, **{k: v for k, v in value.items() if k != "matches"}}
        yield from _objects(value["matches"], f"{where}.matches", inner)
    elif isinstance(value, dict):
        yield _line(where, {**around, **value})
    else:
        yield Unread(where, json.dumps(value, ensure_ascii=False), "no object")


def _line(where: str, row: Mapping[str, Any]) -> Line:
    told = {_KNOWN.get(fold(key), key): _text(value) for key, value in row.items()}
    try:
        sides = _sides(told)
    except (KeyError, ValueError) as error:
        shown = json.dumps(row, ensure_ascii=False, default=str)
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        return Unread(where, shown, reason)
    section = (told.get(part, "") for part in ("competition", "phase", "season"))
    mark = told.get("mark", "")
    return ResultLine(
        where=where,
        section=" ".join(part for part in section if part),
        date=told.get("date", ""),
        round=told.get("round", ""),
        mark=_MARKS.get(mark.casefold(), ""),
        note=told.get("note", ""),
        **sides,
    )


def _sides(told: Mapping[str, str]) -> dict[str, Any]:
    """Home and away with their goals, from either way to write a result."""
    if "opponent" not in told:
        names = ("home", "away")
        sides: dict[str, Any] = {side: _filled(told, side) for side in names}
        return sides | {f"{s}_goals": _goals(told, f"{s}_goals") for s in names}
    own, other = _goals(told, "farense_goals"), _goals(told, "opponent_goals")
    venue = _VENUES.get(told.get("venue", "").casefold())
    if venue is None:
        raise ValueError(f"venue {told.get('venue', '')!r} is neither home nor away")
    opponent = _filled(told, "opponent")
    if venue == "home":
        return _shown(OWN_NAME, own, opponent, other)
    return _shown(opponent, other, OWN_NAME, own)


def _shown(home: str, home_goals: int, away: str, away_goals: int) -> dict[str, Any]:
    return {"home": home, "home_goals": home_goals, "away": away, "away_goals": away_goals}


def _filled(told: Mapping[str, str], name: str) -> str:
    if not told[name]:
        raise ValueError(f"{name} is empty")
    return told[name]


def _goals(told: Mapping[str, str], name: str) -> int:
    value = told[name]
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name} is {value!r}")
    return int(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
