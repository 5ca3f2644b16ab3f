"""More questions to be refused, as supporters really type them."""

from __future__ import annotations

# family → (trained, held back), as in abstentions
SPOKEN_REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "never-played": (
        (
            "Olha lá, quanto ficámos com o Bayern de Munique?",
            "Perdemos por quanto com a Juventus?",
            "Quem nos eliminou da Liga dos Campeões?",
            "Em que época jogámos contra o Manchester United?",
            "Gostava de saber quanto ficou o Farense-Chelsea.",
            "farense paris saint-germain resultado",
            "Como terminou o nosso jogo com o Borusia Dortmund?",
        ),
        ("E já agora, quanto ficou o jogo com o Inter de Milão?",),
    ),
    "never-here": (
        (
            "Em que época foi Zinedine Zidane jogador do Farense?",
            "O Neymar fez quantos golos com a nossa camisola?",
            "Quando é que André Villas-Boas presidiu ao Farense?",
            "Alguém sabe quando Bruno de Carvalho mandou no Farense?",
            "Não me lembro quantos jogos fez o Mbappé no Farense.",
            "ronaldinho gaucho quantos jogos no farense",
            "Em que anos foi Vale e Azevedo persidente do Farense?",
        ),
        ("Quando é que o Haaland jogou pelos Leões de Faro?",),
    ),
    "future": (
        (
            "Em que lugar vamos ficar na época 2029-30?",
            "E já agora, quem vai ser o nosso presidente em 2035?",
            "Quando é que vamos voltar à final da Taça?",
            "Alguém sabe quantos pontos vamos fazer para o ano?",
            "Quem nos vai eliminar da próxima Taça de Portugal?",
            "farense em que lugar vai acabar em 2027/28",
            "Quando é que o Farense vai ser campeão nacoinal?",
        ),
        ("Que lugar fará o Farense na Primeira Liga de 2033/34?",),
    ),
    "private": (
        (
            "Olha lá, quanto é que ganhava o Hassan em 94/95?",
            "Gostava de saber a morada de Hassan Nader.",
            "O nosso presidente vota em que partido?",
            "Quantos filhos tem o capitão do Farense?",
            "Alguém sabe o peso do presidente do Farense?",
            "email pessoal do presidente do farense",
            "Qual é o slaário do treinador do Farense?",
        ),
        ("Quanto paga de renda o capitão do Farense?",),
    ),
    "trivia": (
        (
            "Olha lá, a que horas fecha o bar do São Luís?",
            "Quantas cadeiras partidas há no Estádio de São Luís?",
            "Que marca de champô usam no balneário do Farense?",
            "Não me lembro da matrícula do autocarro do Farense.",
            "Quantos cachecóis vendeu o Farense no mês passado?",
            "quantos pasteis se comeram na final da taça",
            "Quem costurou os euqipamentos do Farense em 1924?",
        ),
        ("Quantas pombas vivem no Estádio de São Luís?",),
    ),
}
