"""Wordings about the players the key facts name: top scorer, Hassan Nader, first foreigner."""

from __future__ import annotations

from farense.facts.phrasing.key_facts import Asked

PLAYERS = (
    Asked(
        "top-scorer-1994-95",
        "top_scorer_national_1994_95",
        "O melhor marcador do campeonato de 1994/95 foi {top_scorer}.",
        (
            "Quem foi o melhor marcador do campeonato em 1994/95?",
            "Em 94/95, quem marcou mais golos na I Divisão?",
            "Diz-me o melhor marcador da Primeira Liga 1994/95.",
            "Melhor marcador do campeonato 1994/1995",
            "Que jogador do Farense foi o goleador de 94/95?",
            "Sabes quem foi o rei dos marcadores em 1994/95?",
        ),
        "Qual foi o goleador da Primeira Liga em 1994/95?",
    ),
    Asked(
        "hassan-games",
        "hassan_nader_totals",
        "Hassan Nader fez {hassan_games} jogos.",
        (
            "Quantos jogos fez Hassan Nader pelo Farense?",
            "Hassan Nader jogou quantas vezes pelo Farense?",
            "Diz-me os jogos de Hassan no clube de Faro.",
            "Hassan Nader, total de jogos no Farense",
            "Com a camisola do Farense, Hassan fez quantos jogos?",
            "Sabes quantos jogos tem o Hassan pelos Leões de Faro?",
        ),
        "Em quantos jogos alinhou Hassan Nader no Farense?",
    ),
    Asked(
        "hassan-goals",
        "hassan_nader_totals",
        "Hassan Nader marcou {hassan_goals} golos.",
        (
            "Quantos golos marcou Hassan Nader pelo Farense?",
            "Hassan Nader fez quantos golos no Farense?",
            "Diz-me os golos de Hassan no clube de Faro.",
            "Hassan Nader, total de golos no Farense",
            "Com a camisola do Farense, Hassan fez quantos golos?",
            "Sabes quantos golos tem o Hassan pelos Leões de Faro?",
        ),
        "Que número de golos fez Hassan Nader pelo Farense?",
    ),
    Asked(
        "first-foreigner",
        "first_foreign_player",
        "O nome do primeiro estrangeiro é {foreigner}.",
        (
            "Quem foi o primeiro jogador estrangeiro do Farense?",
            "O primeiro estrangeiro do Farense foi quem?",
            "Diz-me o primeiro estrangeiro do clube de Faro.",
            "Primeiro jogador estrangeiro do SC Farense",
            "Como se chamava o primeiro estrangeiro do Farense?",
            "Sabes quem foi o primeiro estrangeiro dos Leões de Faro?",
        ),
        "Que jogador estrangeiro chegou primeiro ao Farense?",
    ),
    Asked(
        "first-foreigner-country",
        "first_foreign_player",
        "O país do primeiro estrangeiro é a {foreigner_country}.",
        (
            "De que país era o primeiro estrangeiro do Farense?",
            "{foreigner} era de que país?",
            "Diz-me o país de {foreigner}.",
            "{foreigner}, país de origem",
            "De onde veio o primeiro estrangeiro do clube de Faro?",
            "Sabes de que país vinha {foreigner}?",
        ),
        "Qual era o país de {foreigner}?",
    ),
    Asked(
        "first-foreigner-season",
        "first_foreign_player",
        "A época do primeiro estrangeiro foi {foreigner_season}.",
        (
            "Em que época jogou {foreigner} no Farense?",
            "Quando teve o Farense o primeiro estrangeiro?",
            "Diz-me a época de {foreigner} no Farense.",
            "{foreigner}, época no SC Farense",
            "O primeiro estrangeiro do Farense jogou em que época?",
            "Sabes em que época {foreigner} esteve em Faro?",
        ),
        "De que época é o primeiro estrangeiro do Farense?",
    ),
)
