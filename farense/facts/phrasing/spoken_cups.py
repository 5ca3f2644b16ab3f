"""Spoken wordings about the cup final, its replay and Europe, by the name of the facet."""

from __future__ import annotations

from farense.facts.phrasing.spoken import Spoken

SPOKEN_CUPS = {
    "final-opponent": Spoken(
        (
            "Quem nos tirou a Taça em 1990?",
            "E já agora, perdemos a final da Taça com quem?",
            "Na final do Jamor, apanhámos quem pela frente?",
            "A Taça de Portugal de {cup_season} fugiu-nos para quem?",
            "Que clube levou a Taça na final com o Farense?",
            "Quem foi o adevrsário do Farense na final da Taça?",
        ),
        "Final da Taça de 1990, Farense contra quem?",
        "Com que equipa discutimos a final da Taça de Portugal?",
    ),
    "final-season": Spoken(
        (
            "Em que época fomos à final do Jamor?",
            "Olha lá, quando é que chegámos à final da Taça?",
            "De que temporada é a nossa final da Taça?",
            "Alguém sabe a época em que fomos finalistas da Taça?",
            "A final da Taça com o {cup_opponent} é de que época?",
            "Em que época foi o Farnese finalista da Taça?",
        ),
        "Farense finalista da Taça de Portugal, quando?",
        "Em que época alcançou o Farense a final da Taça?",
    ),
    "final-score": Spoken(
        (
            "Quanto ficou a nossa final da Taça com o {cup_opponent}?",
            "Empatámos a final da Taça por quanto?",
            "A final da Taça de {cup_date} ficou quanto?",
            "Gostava de saber como ficou a final da Taça de 1990.",
            "O primeiro jogo da final com o {cup_opponent} deu quanto?",
            "Qual foi o resutlado da final da Taça do Farense?",
        ),
        "Resultado da final da Taça de 1990 do Farense",
        "A final da Taça de {cup_season} terminou empatada a quanto?",
    ),
    "final-date": Spoken(
        (
            "Em que data jogámos a final da Taça?",
            "Quando se jogou a final da Taça com o {cup_opponent}?",
            "A final da Taça de {cup_season} calhou em que dia?",
            "Não me lembro do dia da final da Taça do Farense.",
            "O primeiro jogo da final da Taça foi em que dia?",
            "Em que dai foi a final da Taça do Farense?",
        ),
        "Data da final da Taça de Portugal de 1990",
        "Que dia era quando o Farense jogou a final da Taça?",
    ),
    "replay-score": Spoken(
        (
            "Perdemos a finalíssima por quanto?",
            "Olha lá, quanto ficou a finalíssima com o {cup_opponent}?",
            "No desempate da final com o {cup_opponent}, ficou quanto?",
            "A finalíssima da Taça de {cup_season} terminou como?",
            "Com que resultado perdeu o Farense a finalíssima?",
            "Resultado da finalísisma da Taça, alguém sabe?",
        ),
        "Finalíssima da Taça 1990, quanto ficou?",
        "Por quanto nos bateram na finalíssima da Taça?",
    ),
    "replay-date": Spoken(
        (
            "Quando é que jogámos a finalíssima?",
            "E já agora, a finalíssima da Taça foi em que dia?",
            "A finalíssima com o {cup_opponent} calhou em que data?",
            "O desempate da final com o {cup_opponent} foi em que dia?",
            "Gostava de saber o dia da finalíssima da Taça.",
            "Em que dia se jogou a finalísima da Taça?",
        ),
        "Data da finalíssima da Taça de 1990",
        "Que dia era quando se jogou a finalíssima da Taça?",
    ),
    "europe-opponent": Spoken(
        (
            "Quem nos eliminou da Europa?",
            "Na nossa ida à Europa, calhou-nos quem?",
            "Olha lá, com quem jogámos a Taça UEFA?",
            "Que clube francês despachou o Farense da UEFA?",
            "Em {europe_season}, o Farense caiu na UEFA contra quem?",
            "Quem foi o advresário do Farense na UEFA?",
        ),
        "Farense na Taça UEFA contra quem?",
        "Quem deixou o Farense fora da Taça UEFA?",
    ),
    "europe-season": Spoken(
        (
            "Em que época fomos à Europa?",
            "Alguém sabe quando jogámos a Taça UEFA?",
            "O jogo com o {europe_opponent} na UEFA é de que época?",
            "A nossa aventura europeia foi em que temporada?",
            "Não me lembro em que época fomos à UEFA.",
            "Em que épcoa esteve o Farense na Taça UEFA?",
        ),
        "Quando foi o Farense à Taça UEFA?",
        "Em que época andou o Farense pelas provas europeias?",
    ),
    "europe-competition": Spoken(
        (
            "Que taça europeia jogámos?",
            "Foi em que prova que defrontámos o {europe_opponent}?",
            "E já agora, que competição da UEFA disputou o Farense?",
            "O 5.º lugar deu-nos acesso a que prova europeia?",
            "Lá fora, o Farense entrou em que competição?",
            "Em que cmopetição europeia jogou o Farense?",
        ),
        "Prova europeia em que jogou o Farense",
        "O Farense estreou-se na Europa em que taça?",
    ),
    "europe-home": Spoken(
        (
            "Perdemos por quanto em casa com o {europe_opponent}?",
            "Em Faro, quanto ficou o jogo com o {europe_opponent}?",
            "Olha lá, a primeira mão com o {europe_opponent} ficou quanto?",
            "Na Taça UEFA, o jogo de Faro terminou como?",
            "Gostava de saber o resultado da 1.ª mão da Taça UEFA.",
            "Resutlado em casa com o {europe_opponent}, na UEFA?",
        ),
        "Farense {europe_opponent} em casa, quanto ficou?",
        "Que resultado deu o jogo com o {europe_opponent} em Faro?",
    ),
    "europe-away": Spoken(
        (
            "Em França, perdemos por quanto com o {europe_opponent}?",
            "A segunda mão com o {europe_opponent} ficou quanto?",
            "E já agora, no terreno do {europe_opponent} ficou quanto?",
            "Na Taça UEFA, o jogo fora de casa terminou como?",
            "Não me lembro do resultado da 2.ª mão da Taça UEFA.",
            "Qual foi o reultado fora com o {europe_opponent}?",
        ),
        "Farense no campo do {europe_opponent}, quanto ficou?",
        "Que resultado deu o jogo com o {europe_opponent} em França?",
    ),
}
