"""Questions about records: over all seasons of the top tier, and within one complete season."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from farense.facts.gaps import complete_sections, section_of
from farense.facts.phrasing.clubs import the_club
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.seasons import FIRST_TIER, league_name, season_answer, sound_lines
from farense.facts.phrasing.spelling import in_competition, season_spelling, spell
from farense.facts.tables import FactTables, Match, Standing
from farense.text import season_short

# column → its most, its fewest, and what is counted; None where nobody would ask.
_COLUMNS = {
    "goals_for": ("mais golos marcados", "menos golos marcados", "golos marcados"),
    "goals_against": ("mais golos sofridos", "menos golos sofridos", "golos sofridos"),
    "won": ("mais vitórias", "menos vitórias", "vitórias"),
    "drawn": ("mais empates", "menos empates", "empates"),
    "lost": ("mais derrotas", "menos derrotas", "derrotas"),
}
_SEASON = Pool(
    (
        "Em que época da Primeira Liga teve {o} {what}?",
        "Primeira Liga: época {do} com {what}",
        "Diz-me a época de Primeira Liga em que {o} teve {what}.",
        "Qual foi a época {do} na I Divisão com {what}?",
    ),
    ("Das épocas {do} na Primeira Liga, qual tem {what}?",),
)
_MARGIN = Pool(
    (
        "Qual foi {what} {do} {na} em {s}?",
        "{na} de {s}, {what} {do} foi qual?",
        "Diz-me {what} {do} {na} de {s}.",
    ),
    ("Com que resultado teve {o} {what} {na} de {s}?",),
)


def best_facets(tables: FactTables) -> Iterator[Facet]:
    """Seasons with the most and fewest of each count (core); widest win and defeat (full).

    A record that two seasons or two matches share is not asked. The first kind is taken over
    all lines of the top tier and says how many; the second only where the matches of a season
    add up to its league line.
    """
    yield from _seasons([line for line in sound_lines(tables) if line.tier == FIRST_TIER])
    complete = complete_sections(tables.matches, tables.standings)
    for turn, line in enumerate(sound_lines(tables)):
        if section_of(line) in complete:
            yield from _margins(tables, line, turn)


def _seasons(lines: Sequence[Standing]) -> Iterator[Facet]:
    turn = 0
    for column, (most, fewest, counted) in _COLUMNS.items():
        values = [getattr(line, column) for line in lines]
        for extreme, what in ((max(values), most), (min(values), fewest)):
            if values.count(extreme) == 1:
                line = lines[values.index(extreme)]
                answer = (
                    f"Em {len(lines)} épocas de Primeira Liga, a que tem {what} é"
                    f" {season_short(line.season)}, com {extreme} {counted}."
                )
                ids = tuple(line.fact_id for line in lines)
                yield _season(turn, what, ids, answer)
                turn += 1


def _season(turn: int, what: str, ids: tuple[str, ...], answer: str) -> Facet:
    def said(pattern: str, number: int) -> str:
        return spell(pattern, turn + number, what=what)

    deal = Deal(turn, trained=4)
    return dealt_facet("record-season", "records", ids, answer, _SEASON, deal, said, "core")


def _margins(tables: FactTables, line: Standing, turn: int) -> Iterator[Facet]:
    matches = [match for match in tables.matches if section_of(match) == section_of(line)]
    if any(match.notes for match in matches):
        return
    ids = (line.fact_id, *(match.fact_id for match in matches))
    for step, (outcome, what) in enumerate(
        (("win", "a maior vitória"), ("loss", "a maior derrota"))
    ):
        widest = _widest([match for match in matches if match.outcome == outcome])
        if widest:
            said = f"{what} foi {widest.score}, com {the_club(widest.opponent)}"
            yield _margin(line, turn + step, what, ids, season_answer(line.season, said))


def _widest(matches: Sequence[Match]) -> Match | None:
    """The match with the widest margin, if there is only one."""
    margins = [abs((m.farense_goals or 0) - (m.opponent_goals or 0)) for m in matches]
    if not margins or margins.count(max(margins)) > 1:
        return None
    return matches[margins.index(max(margins))]


def _margin(line: Standing, turn: int, what: str, ids: tuple[str, ...], answer: str) -> Facet:
    league = in_competition(league_name(line))

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        spelt = season_spelling(line.season, spelling)
        return spell(pattern, spelling, what=what, na=league, s=spelt)

    deal = Deal(turn, trained=2, held_back_every=2)
    return dealt_facet("record-margin", "records", ids, answer, _MARGIN, deal, said, "full")
