"""Questions about Farense's line in a league table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from farense.facts.phrasing.facet import Facet, each_once
from farense.facts.phrasing.spelling import in_competition, spell_season
from farense.facts.phrasing.spoken_seasons import held_back_place, spoken_places
from farense.facts.phrasing.varied_dealt import varied_places
from farense.facts.phrasing.voices import voiced_places
from farense.facts.tables import FactTables, Standing
from farense.text import ordinal_pt, season_short

FIRST_TIER = "1"

# All name the top tier, so they can be asked about any season (see abstentions).
FIRST_TIER_POSITION = (
    "Em que lugar ficou {o} na Primeira Liga de {s}?",
    "Diz-me a classificação {do} na I Divisão em {s}.",
    "{club} {s}, lugar na Primeira Liga",
    "Sabes em que lugar da I Divisão acabaram os Leões de Faro em {s}?",
    "Qual foi a posição {do} no primeiro escalão em {s}?",
    "Em {s}, {o} ficou em que lugar da primeira divisão?",
)
# Only clear for a season spent in the top tier.
_FIRST_TIER_SEASON = ("Na época de {s}, {o} terminou em que posição?",)
_FIRST_TIER_POSITION_HELD_BACK = ("Que posição conseguiu {o} no campeonato da I Divisão {s}?",)
_POSITION = (
    "Em que lugar ficou {o} {na} em {s}?",
    "Diz-me a classificação {do} {na} de {s}.",
    "Em {s}, {na}, que posição teve {o}?",
)
_POSITION_HELD_BACK = ("Sabes como ficou classificado {o} {na} em {s}?",)

# column of the table → answer, training wordings, held-back wording
FIGURES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "points": (
        "fez {} pontos",
        (
            "Quantos pontos fez {o} {na} em {s}?",
            "{na} de {s}, {o} somou quantos pontos?",
            "Diz-me os pontos {do} {na} em {s}.",
        ),
        ("Com quantos pontos acabou {o} {na} de {s}?",),
    ),
    "won": (
        "ganhou {} jogos",
        (
            "Quantos jogos ganhou {o} {na} em {s}?",
            "{na} de {s}, {o} teve quantas vitórias?",
            "Diz-me as vitórias {do} {na} em {s}.",
        ),
        ("Quantas vezes venceu {o} {na} de {s}?",),
    ),
    "drawn": (
        "empatou {} jogos",
        (
            "Quantos jogos empatou {o} {na} em {s}?",
            "{na} de {s}, {o} teve quantos empates?",
            "Diz-me os empates {do} {na} em {s}.",
        ),
        ("Quantas vezes empatou {o} {na} de {s}?",),
    ),
    "lost": (
        "perdeu {} jogos",
        (
            "Quantos jogos perdeu {o} {na} em {s}?",
            "{na} de {s}, {o} teve quantas derrotas?",
            "Diz-me as derrotas {do} {na} em {s}.",
        ),
        ("Quantas vezes foi {o} derrotado {na} de {s}?",),
    ),
    "goals_for": (
        "marcou {} golos",
        (
            "Quantos golos marcou {o} {na} em {s}?",
            "{na} de {s}, {o} fez quantos golos?",
            "Diz-me os golos marcados {pelo} {na} em {s}.",
        ),
        ("Com quantos golos marcados acabou {o} {na} de {s}?",),
    ),
    "goals_against": (
        "sofreu {} golos",
        (
            "Quantos golos sofreu {o} {na} em {s}?",
            "{na} de {s}, {o} deixou entrar quantos golos?",
            "Diz-me os golos sofridos {pelo} {na} em {s}.",
        ),
        ("Quantos golos encaixou {o} {na} de {s}?",),
    ),
}


def season_facets(tables: FactTables) -> Iterator[Facet]:
    """Position (essentials) and figures (core) of the top tier; lower leagues in full.

    A line with a note, or one of two lines of the same competition and season, is not
    asked about. Points of lower leagues are left out: some were carried over a phase.
    """
    for turn, standing in enumerate(sound_lines(tables)):
        if standing.tier == FIRST_TIER:
            yield _first_tier_position(standing, turn)
        else:
            yield _position(standing, turn)
        yield from _figures(standing, turn)


def sound_lines(tables: FactTables) -> tuple[Standing, ...]:
    """The league lines that may be asked about: no note, and alone in season and competition."""
    lines = Counter(standing.fact_id for standing in tables.standings)
    return tuple(s for s in tables.standings if s.golden_fit and lines[s.fact_id] == 1)


def season_answer(season: str, said: str) -> str:
    """``Em 1988/89, ficou em 18.º lugar.`` for a season ``1988/1989``.

    However the question spelt the season, the answer repeats it in one way, so that what is
    learnt hangs on this one spelling.
    """
    return f"Em {season_short(season)}, {said}."


def position_answer(standing: Standing) -> str:
    return season_answer(standing.season, f"ficou em {ordinal_pt(standing.position)} lugar")


def place_wordings(season: str, turn: int) -> tuple[str, ...]:
    """What the place in a season of the top tier is asked in, dealt out by turn."""
    return (
        *spell_season((*FIRST_TIER_POSITION, *_FIRST_TIER_SEASON), turn, season),
        *varied_places(season, turn),
        *spoken_places(season, turn),
        *voiced_places(season, turn),
    )


def _first_tier_position(standing: Standing, turn: int) -> Facet:
    season = standing.season
    held_back = (
        *spell_season(_FIRST_TIER_POSITION_HELD_BACK, 0, season),
        held_back_place(season, turn),
    )
    return Facet(
        name="position",
        category="seasons",
        fact_ids=(standing.fact_id,),
        completion=position_answer(standing),
        wordings=each_once(place_wordings(season, turn), held_back),
        held_back=held_back,
        pack="essentials",
    )


def _position(standing: Standing, turn: int) -> Facet:
    league = in_competition(league_name(standing))
    return Facet(
        name="position-lower",
        category="seasons",
        fact_ids=(standing.fact_id,),
        completion=position_answer(standing),
        wordings=spell_season(_POSITION, turn, standing.season, na=league),
        held_back=spell_season(_POSITION_HELD_BACK, 0, standing.season, na=league),
        pack="full",
    )


def _figures(standing: Standing, turn: int) -> Iterator[Facet]:
    first_tier = standing.tier == FIRST_TIER
    league = in_competition(league_name(standing))
    for column, (said, wordings, held_back) in FIGURES.items():
        if column == "points" and not first_tier:
            continue
        yield Facet(
            name=column,
            category="seasons",
            fact_ids=(standing.fact_id,),
            completion=season_answer(standing.season, _counted(said, getattr(standing, column))),
            wordings=spell_season(wordings, turn, standing.season, na=league),
            held_back=spell_season(held_back, 0, standing.season, na=league),
            pack="core" if first_tier else "full",
        )


def _counted(said: str, count: int) -> str:
    """What is said with its number, in the singular for one."""
    text = said.format(count)
    return text if count != 1 else text.removesuffix("s")


def league_name(standing: Standing) -> str:
    """``II Divisão (Zona Sul)``: the competition, and its phase where there is one."""
    return f"{standing.competition} ({standing.phase})" if standing.phase else standing.competition
