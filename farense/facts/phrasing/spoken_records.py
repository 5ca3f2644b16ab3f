"""Spoken wordings about best season, title, biggest win and defeat, by facet name."""

from __future__ import annotations

from farense.facts.phrasing.spoken import Spoken

SPOKEN_RECORDS = {
    "best-position": Spoken(
        (
            "Qual foi o nosso melhor lugar de sempre na I Divisão?",
            "O mais alto que ficámos na Primeira Liga foi em que lugar?",
            "Olha lá, até que lugar subimos na I Divisão?",
            "A nossa melhor época na I Divisão valeu que lugar?",
            "No ano que nos levou à Europa, ficámos em que lugar?",
            "Qual foi a melhor clasificação de sempre do Farense?",
        ),
        "Melhor lugar do Farense na Primeira Liga",
        "Que lugar é o melhor de sempre do Farense na Primeira Liga?",
    ),
    "best-season": Spoken(
        (
            "Em que época conseguimos o melhor lugar de sempre?",
            "Quando é que ficámos em {best_position} na I Divisão?",
            "E já agora, a nossa melhor época de sempre foi qual?",
            "Alguém sabe em que época fizemos o {best_position} lugar?",
            "A época do {best_position} lugar do Farense é qual?",
            "Qual foi a melhro época do Farense na I Divisão?",
        ),
        "Melhor época de sempre do Farense na Primeira Liga",
        "Em que temporada chegou o Farense ao {best_position} lugar?",
    ),
    "first-tier-count": Spoken(
        (
            "Quantas épocas andámos na I Divisão?",
            "Ao todo, quantas épocas temos na Primeira Liga?",
            "Gostava de saber quantas vezes jogámos a I Divisão.",
            "O nosso clube soma quantas presenças na Primeira Liga?",
            "Olha lá, já vamos em quantas épocas de I Divisão?",
            "Quantas épcas tem o Farense na Primeira Liga?",
        ),
        "Número de épocas do Farense na Primeira Liga",
        "O Farense tem quantas participações na I Divisão?",
    ),
    "champion-season": Spoken(
        (
            "Em que época fomos campeões nacionais pela 1.ª vez?",
            "Quando é que ganhámos o primeiro título nacional?",
            "A final ganha ao {champion_opponent} é de que época?",
            "Não me lembro da época do 1.º título nacional do Farense.",
            "E já agora, o nosso primeiro título nacional veio quando?",
            "Quando ganhou o Farense o primeiro tíutlo nacional?",
        ),
        "Época do primeiro título nacional do Farense",
        "Em que época levantou o Farense o 1.º troféu nacional?",
    ),
    "champion-opponent": Spoken(
        (
            "A quem ganhámos a final da II Divisão?",
            "Na final da II Divisão de {champion_season}, batemos quem?",
            "O nosso primeiro título nacional foi ganho a que clube?",
            "Que equipa do Porto perdeu connosco a final da II Divisão?",
            "Olha lá, despachámos quem na final da II Divisão?",
            "Quem foi o adversáiro na final da II Divisão?",
        ),
        "Final da segunda divisão {champion_season}, Farense contra quem?",
        "Que clube batemos para ser campeões da II Divisão?",
    ),
    "champion-score": Spoken(
        (
            "Por quanto ganhámos a final da II Divisão?",
            "Quanto ficou a nossa final com o {champion_opponent}?",
            "Alguém sabe o resultado da final que deu o 1.º título?",
            "Em {champion_season}, a final com o {champion_opponent} terminou como?",
            "Gostava de saber quanto ficou a final da II Divisão.",
            "Resultado da fianl da II Divisão com o {champion_opponent}?",
        ),
        "Farense {champion_opponent}, final da segunda divisão, quanto ficou?",
        "Batemos o {champion_opponent} por quanto na final?",
    ),
    "win-score": Spoken(
        (
            "Qual foi a maior tareia que demos?",
            "A nossa maior goleada de sempre ficou em quanto?",
            "Olha lá, quanto foi a maior goleada do Farense?",
            "O triunfo mais gordo do Farense foi por quanto?",
            "Na maior goleada, ao {win_opponent}, quanto ficou?",
            "Qual foi a miaor goleada de sempre do Farense?",
        ),
        "Maior goleada de sempre do Farense, quanto ficou?",
        "Qual foi a vitória mais expressiva do Farense?",
    ),
    "win-opponent": Spoken(
        (
            "A quem demos a maior tareia de sempre?",
            "Quem levou {win_score} do Farense?",
            "E já agora, a nossa maior goleada foi contra quem?",
            "Que clube algarvio sofreu a nossa maior goleada?",
            "Não me lembro a quem ganhámos por {win_score}.",
            "Contra quem foi a maoir goleada do Farense?",
        ),
        "Maior vitória do Farense contra que equipa?",
        "Que equipa despachámos por {win_score}?",
    ),
    "win-season": Spoken(
        (
            "Quando é que demos a maior goleada da nossa história?",
            "O {win_score} ao {win_opponent} foi em que época?",
            "Em que época goleámos por {win_score}?",
            "Alguém sabe a época da nossa maior goleada?",
            "A tareia de {win_score} é de que temporada?",
            "De que épcoa é a maior vitória do Farense?",
        ),
        "Maior goleada do Farense, em que época foi?",
        "Em que temporada conseguimos a maior goleada?",
    ),
    "win-competition": Spoken(
        (
            "Em que prova demos a nossa maior goleada?",
            "O {win_score} ao {win_opponent} valeu para que prova?",
            "Olha lá, a nossa maior goleada foi em que competição?",
            "Gostava de saber em que prova ganhámos por {win_score}.",
            "A tareia de {win_score} foi em que campeonato?",
            "Em que compteição foi a nossa maior vitória?",
        ),
        "Prova da maior goleada do Farense",
        "O jogo dos {win_score} contava para que competição?",
    ),
    "defeat-score": Spoken(
        (
            "Qual foi a maior tareia que levámos?",
            "A nossa pior derrota de sempre foi por quanto?",
            "O desaire mais pesado do Farense foi por quanto?",
            "Na pior derrota, com {defeat_opponent}, quanto ficou?",
            "Não me lembro do resultado da nossa maior derrota.",
            "Qual foi a pior derotta do Farense?",
        ),
        "Maior derrota de sempre do Farense, quanto ficou?",
        "Qual foi a goleada mais dura que o Farense sofreu?",
    ),
    "defeat-opponent": Spoken(
        (
            "Quem nos deu a maior tareia de sempre?",
            "Com quem sofremos a pior derrota?",
            "Olha lá, quem nos meteu 13 golos?",
            "A nossa derrota mais pesada foi com que clube?",
            "Que equipa alentejana deu 13 ao Farense?",
            "Quem deu ao Farense a miaor derrota de sempre?",
        ),
        "Pior derrota do Farense contra quem?",
        "Que clube nos despachou com 13 golos?",
    ),
    "defeat-season": Spoken(
        (
            "Quando é que levámos 13 golos num jogo?",
            "O {defeat_score} com {defeat_opponent} foi em que época?",
            "Alguém sabe a época da nossa pior derrota?",
            "Em que temporada levámos a maior tareia?",
            "Gostava de saber em que época perdemos por {defeat_score}.",
            "De que éopca é a maior derrota do Farense?",
        ),
        "Pior derrota do Farense, em que época foi?",
        "A derrota mais dura da nossa história é de que época?",
    ),
    "defeat-competition": Spoken(
        (
            "Em que prova levámos a maior tareia?",
            "O {defeat_score} com {defeat_opponent} foi para que prova?",
            "E já agora, a nossa pior derrota foi em que competição?",
            "Que competição viu a maior derrota do Farense?",
            "Perdemos por {defeat_score} em que prova?",
            "Em que prvoa foi a pior derrota do Farense?",
        ),
        "Prova da maior derrota do Farense",
        "O jogo dos 13 golos sofridos contava para que prova?",
    ),
}
