"""Questions about one season's Taça de Portugal: how far, against whom, out against whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from farense.facts.phrasing.clubs import the_club
from farense.facts.phrasing.dealing import Deal, Pool, dealt_facet
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.matches import match_pack
from farense.facts.phrasing.seasons import season_answer
from farense.facts.phrasing.spelling import season_spelling, spell
from farense.facts.tables import FactTables, Match

CUP = "Taça de Portugal"
REACHED = Pool(
    (
        "Até que eliminatória chegou {o} na Taça de Portugal de {s}?",
        "Em que fase caiu {o} na Taça de Portugal {s}?",
        "Taça de Portugal {s}: até onde foi {o}?",
        "Diz-me em que ronda ficou {o} pelo caminho na Taça de Portugal de {s}.",
        "Na Taça de Portugal de {s}, {o} parou em que ronda?",
    ),
    ("Onde acabou a caminhada {do} na Taça de Portugal de {s}?",),
)
_OUT_AGAINST = Pool(
    (
        "Quem eliminou {o} da Taça de Portugal de {s}?",
        "Taça de Portugal {s}: quem afastou {o}?",
        "Com quem caiu {o} na Taça de Portugal de {s}?",
        "Diz-me que clube tirou {o} da Taça de Portugal em {s}.",
    ),
    ("Que adversário pôs fim à Taça de Portugal {do} em {s}?",),
)
_OPPONENT = Pool(
    (
        "Com quem jogou {o} {in_round} da Taça de Portugal de {s}?",
        "Taça de Portugal {s}, {round}: adversário {do}",
        "Que adversário teve {o} {in_round} da Taça de Portugal em {s}?",
    ),
    ("Quem calhou {ao} {in_round} da Taça de Portugal de {s}?",),
)
_NAMED_ROUNDS = {
    "1/8": "nos oitavos de final",
    "QF": "nos quartos de final",
    "MF": "nas meias-finais",
}


def cup_facets(tables: FactTables) -> Iterator[Facet]:
    """The opponent of each round, and of the last one whether it was the end.

    A tie counts where all its matches are sound. It was the end where its goals say so: a tie
    level on goals was settled in a way the table does not tell. The final of 1989/90 is left
    to the essentials. Seasons 1994/95 and 1995/96 are core.
    """
    found = (match for match in tables.matches if match.competition == CUP)
    by_day = sorted(found, key=lambda match: (match.season, match.date))
    for turn, (_, group) in enumerate(groupby(by_day, key=lambda match: match.season)):
        played = list(group)
        if not all(match.date for match in played):
            continue
        ties = [list(tie) for _, tie in groupby(played, key=lambda match: match.round)]
        for step, tie in enumerate(ties):
            if _sound(tie):
                yield _opponent(tie, turn + step)
        if _sound(ties[-1]) and _lost(ties[-1]):
            yield from _out(ties[-1], turn)


def in_round(name: str) -> str:
    """``1/16`` → ``nos 1/16 de final``, ``4E`` → ``na 4.ª eliminatória``."""
    if name in _NAMED_ROUNDS:
        return _NAMED_ROUNDS[name]
    if name.endswith("E"):
        return f"na {name[:-1]}.ª eliminatória"
    return f"nos {name} de final"


def _sound(tie: Sequence[Match]) -> bool:
    opponents = {match.opponent for match in tie}
    return all(match.golden_fit for match in tie) and len(opponents) == 1


def _lost(tie: Sequence[Match]) -> bool:
    scored = sum(match.farense_goals or 0 for match in tie)
    return scored < sum(match.opponent_goals or 0 for match in tie)


def _opponent(tie: Sequence[Match], turn: int) -> Facet:
    where = in_round(tie[0].round)
    said = f"o adversário {where} foi {the_club(tie[0].opponent)}"
    return _facet("cup-opponent", tie, turn, said, _OPPONENT, trained=2)


def _out(tie: Sequence[Match], turn: int) -> Iterator[Facet]:
    yield _facet("cup-reached", tie, turn, f"caiu {in_round(tie[0].round)}", REACHED, trained=3)
    said = f"quem o eliminou foi {the_club(tie[0].opponent)}"
    yield _facet("cup-out", tie, turn, said, _OUT_AGAINST, trained=3)


def _facet(
    name: str, tie: Sequence[Match], turn: int, answer: str, pool: Pool, *, trained: int
) -> Facet:
    season = tie[0].season
    where = in_round(tie[0].round)

    def said(pattern: str, number: int) -> str:
        spelling = turn + number
        return spell(
            pattern,
            spelling,
            s=season_spelling(season, spelling),
            in_round=where,
            round=where.partition(" ")[2],
        )

    ids = tuple(match.fact_id for match in tie)
    deal = Deal(turn, trained=trained, held_back_every=2)
    complete = season_answer(season, answer)
    return dealt_facet(name, "cups", ids, complete, pool, deal, said, match_pack(tie[0]))
