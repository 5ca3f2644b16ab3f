"""Questions about the totals of a league season: matches, record, goals, at home and away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from farense.facts.gaps import complete_sections, section_of
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.seasons import FIRST_TIER, league_name, season_answer, sound_lines
from farense.facts.phrasing.spelling import in_competition, season_spelling, spell
from farense.facts.tables import FactTables, Match, Standing

_PLAYED = Pool(
    (
        "Quantos jogos fez {o} {na} em {s}?",
        "{na} de {s}, {o} disputou quantos jogos?",
        "Diz-me quantas jornadas jogou {o} {na} em {s}.",
    ),
    ("Quantas partidas teve {o} {na} de {s}?",),
)
_RECORD = Pool(
    (
        "Quantas vitórias, empates e derrotas teve {o} {na} em {s}?",
        "Balanço {do} {na} de {s}: vitórias, empates, derrotas",
        "Diz-me as vitórias, os empates e as derrotas {do} {na} em {s}.",
    ),
    ("Como se dividem os jogos {do} {na} de {s} em vitórias, empates e derrotas?",),
)
_GOALS = Pool(
    (
        "Quantos golos marcou e sofreu {o} {na} em {s}?",
        "{na} de {s}, que saldo de golos teve {o}?",
        "Diz-me os golos marcados e sofridos {pelo} {na} em {s}.",
    ),
    ("Qual foi o registo de golos {do} {na} de {s}, marcados e sofridos?",),
)
_VENUE = Pool(
    (
        "Quantas vitórias, empates e derrotas teve {o} {where} {na} em {s}?",
        "{na} de {s}, qual foi o balanço {do} {where}?",
        "Diz-me como correram {ao} os jogos {where} {na} de {s}: vitórias, empates, derrotas.",
    ),
    ("Que registo de vitórias, empates e derrotas fez {o} {where} {na} de {s}?",),
)
_WHERE = {"home": "em casa", "away": "fora"}


def total_facets(tables: FactTables) -> Iterator[Facet]:
    """What the league line states; and home and away, added up where the matches are complete.

    Complete means that the recorded matches add up to the line in wins, draws, defeats and
    goals. The top tier is core, the rest full; what is added up is full.
    """
    complete = complete_sections(tables.matches, tables.standings)
    for turn, line in enumerate(sound_lines(tables)):
        yield _stated(line, turn, "total-played", f"fez {line.played} jogos", _PLAYED)
        won, drawn, lost = line.won, line.drawn, line.lost
        yield _stated(line, turn, "total-record", f"teve {record(won, drawn, lost)}", _RECORD)
        goals = f"marcou {line.goals_for} e sofreu {line.goals_against} golos"
        yield _stated(line, turn, "total-goals", goals, _GOALS)
        if section_of(line) in complete:
            yield from _by_venue(tables, line, turn)


def record(won: int, drawn: int, lost: int) -> str:
    """``7 vitórias, 1 empate e 9 derrotas``."""
    counts = ((won, "vitória"), (drawn, "empate"), (lost, "derrota"))
    first, second, third = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    return f"{first}, {second} e {third}"


def outcomes_of(matches: Sequence[Match]) -> tuple[int, int, int]:
    """Won, drawn, lost."""
    won, drawn, lost = (
        sum(match.outcome == outcome for match in matches) for outcome in ("win", "draw", "loss")
    )
    return won, drawn, lost


def _stated(line: Standing, turn: int, name: str, answer: str, pool: Pool) -> Facet:
    return _facet(name, line, (line.fact_id,), answer, pool, turn, trained=2)


def _by_venue(tables: FactTables, line: Standing, turn: int) -> Iterator[Facet]:
    matches = [match for match in tables.matches if section_of(match) == section_of(line)]
    sides = {venue: [m for m in matches if m.venue == venue] for venue in _WHERE}
    # A match whose venue is not known, or doubtful, leaves both sides open.
    if sum(map(len, sides.values())) < len(matches) or any(match.notes for match in matches):
        return
    ids = (line.fact_id, *(match.fact_id for match in matches))
    for step, (venue, where) in enumerate(_WHERE.items()):
        answer = f"{where}, teve {record(*outcomes_of(sides[venue]))}"
        yield _facet(
            "total-by-venue", line, ids, answer, _VENUE, turn + step, trained=2, where=where
        )


def _facet(
    name: str,
    line: Standing,
    ids: tuple[str, ...],
    answer: str,
    pool: Pool,
    turn: int,
    *,
    trained: int,
    where: str = "",
) -> Facet:
    league = in_competition(league_name(line))

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        spelt = season_spelling(line.season, spelling)
        return spell(pattern, spelling, s=spelt, na=league, where=where)

    core = line.tier == FIRST_TIER and name != "total-by-venue"
    return dealt_facet(
        name,
        "totals",
        ids,
        season_answer(line.season, answer),
        pool,
        Deal(turn, trained, held_back_every=2),
        said,
        "core" if core else "full",
    )
