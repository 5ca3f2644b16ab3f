"""Spoken wordings about the players the key facts name, by the name of the facet."""

from __future__ import annotations

from farense.facts.phrasing.spoken import Spoken

SPOKEN_PLAYERS = {
    "top-scorer-1994-95": Spoken(
        (
            "Quem levou a Bola de Prata em 1994-95?",
            "Que avançado nosso foi o melhor marcador em 94-95?",
            "No ano do 5.º lugar, quem marcou mais golos no campeonato?",
            "A lista dos marcadores de 94/95 acabou com quem à frente?",
            "Alguém sabe quem foi o goleador do campeonato 94-95?",
            "Quem foi o melhor marcadro da I Divisão em 94/95?",
        ),
        "Goleador da Primeira Liga 94/95",
        "Na I Divisão de 1994-95, quem fez mais golos?",
    ),
    "hassan-games": Spoken(
        (
            "Olha lá, o Hassan jogou quantas vezes por nós?",
            "Quantos jogos leva o Hassan na história do Farense?",
            "Hassan vestiu a nossa camisola em quantos jogos?",
            "Gostava de saber quantos jogos fez o Hassan no Farense.",
            "Ao todo, quantos jogos tem Hassan Nader no Farense?",
            "Quantos jogos fez Hasan Nader no Farense?",
        ),
        "Hassan Nader, quantos jogos no Farense?",
        "O Hassan entrou em campo quantas vezes pelo Farense?",
    ),
    "hassan-goals": Spoken(
        (
            "E já agora, quantos golos meteu o Hassan por nós?",
            "Hassan Nader acabou com quantos golos no Farense?",
            "O Hassan festejou quantos golos pelo nosso clube?",
            "Não me lembro quantos golos marcou o Hassan no Farense.",
            "Golos de Hassan pelo SC Farense, quantos foram?",
            "Quantos gloos marcou Hassan Nader no Farense?",
        ),
        "Hassan Nader, quantos golos pelo Farense?",
        "Hassan faturou quantas vezes pelo Farense?",
    ),
    "first-foreigner": Spoken(
        (
            "Quem foi o nosso primeiro estrangeiro?",
            "Olha lá, que estrangeiro jogou primeiro no Farense?",
            "A lista de estrangeiros do Farense começa em quem?",
            "Alguém sabe o nome do primeiro estrangeiro do clube?",
            "Em {foreigner_season} tivemos o primeiro estrangeiro: quem?",
            "Quem foi o primeiro jogador estrangeiro do Farnese?",
        ),
        "O primeiro estrangeiro do Farense, como se chamava?",
        "Quem inaugurou a lista de estrangeiros do Farense?",
    ),
    "first-foreigner-country": Spoken(
        (
            "O nosso primeiro estrangeiro vinha de onde?",
            "De que nacionalidade era {foreigner}?",
            "Que país nos deu o primeiro estrangeiro?",
            "Gostava de saber o país de onde veio {foreigner}.",
            "E já agora, {foreigner} era de onde?",
            "De que apís era {foreigner}?",
        ),
        "Nacionalidade do primeiro estrangeiro do Farense",
        "Que nacionalidade tinha {foreigner}?",
    ),
    "first-foreigner-season": Spoken(
        (
            "Quando é que {foreigner} jogou por nós?",
            "O nosso primeiro estrangeiro é de que época?",
            "Em que temporada alinhou {foreigner} pelo Farense?",
            "Não me lembro em que época cá jogou {foreigner}.",
            "{foreigner} representou o clube de Faro em que época?",
            "Em que éopca jogou {foreigner}?",
        ),
        "Primeiro estrangeiro do Farense, em que época foi?",
        "{foreigner} vestiu a camisola do Farense em que época?",
    ),
}
