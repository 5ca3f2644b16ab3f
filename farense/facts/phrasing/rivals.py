"""Questions about Farense against one club, over seasons whose matches are complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from farense.facts.gaps import complete_sections, section_of
from farense.facts.phrasing.clubs import the_club
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.spelling import in_competition, spell
from farense.facts.phrasing.totals import outcomes_of, record
from farense.facts.tables import FactTables, Match
from farense.text import season_short

_RECORD = Pool(
    (
        "Quantos jogos ganhou, empatou e perdeu {o} com {club_} {na}, {between}?",
        "{na}, {between}, que balanço tem {o} com {club_}?",
        "Farense-{other} {na}, {between}: vitórias, empates e derrotas",
        "Diz-me o balanço {do} com {club_} {na}, {between}.",
    ),
    ("Que registo tem {o} contra {club_} {na}, {between}?",),
)
_GOALS = Pool(
    (
        "Quantos golos marcou e sofreu {o} com {club_} {na}, {between}?",
        "{na}, {between}, quantos golos houve nos jogos {do} com {club_}?",
        "Farense-{other} {na}, {between}: golos marcados e sofridos",
        "Diz-me os golos {do} nos jogos com {club_} {na}, {between}.",
    ),
    ("Contra {club_}, {na}, {between}, que golos fez e sofreu {o}?",),
)
# Fewer meetings are no record, and one season is asked match by match.
_ENOUGH = 4
_GREAT = frozenset({"SL Benfica", "FC Porto", "Sporting CP"})


@dataclass(frozen=True)
class _Run:
    """Consecutive seasons of one competition whose matches add up to their league lines."""

    competition: str
    first: str
    last: str
    matches: tuple[Match, ...]

    @property
    def between(self) -> str:
        return f"entre {season_short(self.first)} e {season_short(self.last)}"


def rival_facets(tables: FactTables) -> Iterator[Facet]:
    """Wins, draws, defeats and goals against each club met often enough in such a run.

    Question and answer say over what: the competition and the seasons. As many meetings must
    be at home as away, and none may carry a note. Benfica, Porto and Sporting are core.
    """
    turn = 0
    for run in _runs(tables):
        by_club: defaultdict[str, list[Match]] = defaultdict(list)
        for match in run.matches:
            by_club[match.opponent].append(match)
        for club, met in by_club.items():
            if _telling(met):
                yield from _against(run, club, met, turn)
                turn += 1


def _runs(tables: FactTables) -> Iterator[_Run]:
    complete = complete_sections(tables.matches, tables.standings)
    seasons: defaultdict[str, list[str]] = defaultdict(list)
    for line in tables.standings:
        # A phase of a season is not the season.
        if section_of(line) in complete and not line.phase:
            seasons[line.competition].append(line.season)
    for competition, known in seasons.items():
        start = 0
        for at in range(1, len(known) + 1):
            if at == len(known) or int(known[at][:4]) != int(known[at - 1][:4]) + 1:
                yield _run(tables, competition, known[start:at])
                start = at


def _run(tables: FactTables, competition: str, seasons: Sequence[str]) -> _Run:
    matches = tuple(
        match
        for match in tables.matches
        if match.competition == competition and not match.phase and match.season in seasons
    )
    return _Run(competition, seasons[0], seasons[-1], matches)


def _telling(met: Sequence[Match]) -> bool:
    home, away = (sum(match.venue == venue for match in met) for venue in ("home", "away"))
    sound = not any(match.notes for match in met)
    return len(met) >= _ENOUGH and home == away == len(met) / 2 and sound


def _against(run: _Run, club: str, met: Sequence[Match], turn: int) -> Iterator[Facet]:
    won, drawn, lost = outcomes_of(met)
    scored = sum(match.farense_goals or 0 for match in met)
    conceded = sum(match.opponent_goals or 0 for match in met)
    said = f"teve {record(won, drawn, lost)} com {the_club(club)}"
    yield _facet("rival-record", run, club, met, said, _RECORD, turn)
    goals = "golo" if scored == 1 else "golos"
    said = f"marcou {scored} {goals} e sofreu {conceded} com {the_club(club)}"
    yield _facet("rival-goals", run, club, met, said, _GOALS, turn)


def _facet(
    name: str, run: _Run, club: str, met: Sequence[Match], answer: str, pool: Pool, turn: int
) -> Facet:
    league = in_competition(run.competition)

    def said(pattern: str, number: int) -> str:
        values = {"na": league, "between": run.between, "other": club, "club_": the_club(club)}
        return spell(pattern, turn + number, **values)

    pack: PackName = "core" if club in _GREAT else "full"
    stated = f"{league[0].upper()}{league[1:]}, {run.between}, o Farense {answer}."
    ids = tuple(match.fact_id for match in met)
    deal = Deal(turn, trained=3, held_back_every=2)
    return dealt_facet(name, "rivals", ids, stated, pool, deal, said, pack)
