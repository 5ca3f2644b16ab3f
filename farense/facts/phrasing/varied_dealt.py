"""Rarer words and shapes about presidents and league places, dealt out by turn."""

from __future__ import annotations

from farense.facts.phrasing.spoken import some_of
from farense.facts.phrasing.spoken_seasons import spoken_place

_COUNT = 8

# Names as in spoken_presidents.
VARIED_WHO = (
    "Entre {start} e {end}, o homem forte {do} era quem?",
    "Quem foi o timoneiro {do} de {start} até {end}?",
    "Em {late}, quem estava ao leme {do}?",
    "Estávamos em {early}. Quem era o líder {do}?",
    "Que dirigente esteve à cabeça {do} de {start} até {end}?",
    "O mandato {years} {no} coube a quem?",
    "Pegou {no} em {start} e saiu em {end}: quem foi?",
    "Sou novo nisto: quem presidia {ao} em {late}?",
    "Quem se sentava na nossa cadeira presidencial em {early}?",
    "O chefe máximo {do} em {late} chamava-se…?",
    "Identifica o presidente {do} no mandato {years}.",
    "Os sócios tiveram que presidente de {start} até {end}?",
)
VARIED_WHO_NOW = (
    "O homem forte {do} nos dias de hoje é quem?",
    "Quem está ao leme {do} atualmente?",
    "Que dirigente temos agora na presidência?",
    "Sou novo nisto: quem é o líder {do}?",
    "Quem se senta hoje na cadeira de presidente {do}?",
    "Nomeia o presidente em funções {no}.",
    "O timoneiro {do} desde {start} chama-se…?",
    "Atualmente, que nome tem o chefe máximo {do}?",
)
VARIED_WHEN = (
    "{short} esteve ao leme {do} em que anos?",
    "Em que anos é que o {short} foi o homem forte {do}?",
    "Quais foram os anos de mandato de {full}?",
    "{short} ocupou a cadeira de presidente em que período?",
    "Em que altura tivemos {short} como líder?",
    "Sou novo nisto: {short} foi presidente em que altura?",
    "Indica os anos em que {short} chefiou {o}.",
    "Com {short} como timoneiro, que anos foram?",
    "O dirigente {short} governou {o} entre que anos?",
    "{full} presidiu ao clube. Em que anos?",
    "Foi em que anos que o {titled} conduziu o clube?",
    "A passagem de {short} pela presidência foi quando?",
)
VARIED_SINCE = (
    "{short} está ao leme {do} a partir de quando?",
    "Em que ano se sentou {short} na cadeira de presidente?",
    "O homem forte {do}, {short}, entrou em que ano?",
    "Quando é que {full} tomou conta {do}?",
    "Sou novo nisto: {short} é presidente desde quando?",
    "O mandato de {short} {no} arrancou em que ano?",
    "Indica o ano em que {short} se tornou líder {do}.",
    "Que ano marcou a chegada de {short} à liderança?",
)
# Not all name the top tier: for a season spent in it.
VARIED_PLACES = (
    "{s}: em que degrau da tabela parou {o}?",
    "No ponto final da I Divisão {s}, que posto era o nosso?",
    "Com que classificação encerrou {o} a temporada {s}?",
    "Feitas as contas a {s}, {o} acabou em que posto?",
    "A campanha de {s} deixou {o} em que lugar?",
    "Que posto ocupou {o} na I Divisão em {s}?",
    "Indica o lugar {do} no campeonato nacional {s}.",
    "Sou novo nisto: {o} terminou {s} em que lugar?",
    "Na tabela classificativa de {s}, onde aparece {o}?",
    "Disputámos a Primeira Liga em {s}. Ficámos em que posto?",
    "Em {s} a nossa equipa quedou-se por que lugar?",
    "{o}, temporada {s}: classificação final?",
)


def varied(pool: tuple[str, ...], turn: int) -> tuple[str, ...]:
    """Eight patterns of ``pool`` for this turn."""
    return some_of(pool, _COUNT, turn)


def varied_places(season: str, turn: int) -> tuple[str, ...]:
    """Eight training wordings for a season of the top tier."""
    return tuple(
        spoken_place(p, season, turn + i) for i, p in enumerate(varied(VARIED_PLACES, turn))
    )
