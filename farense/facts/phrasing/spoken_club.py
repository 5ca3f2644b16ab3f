"""Spoken wordings about who the club is, by the name of the facet."""

from __future__ import annotations

from farense.facts.phrasing.spoken import Spoken

SPOKEN_CLUB = {
    "full-name": Spoken(
        (
            "Olha lá, como é que se diz o nome todo do Farense?",
            "Qual é o nome por extenso do nosso clube?",
            "Nos papéis, o Farense chama-se como?",
            "SCF são as iniciais de quê?",
            "Gostava de saber o nome oficial do clube de Faro.",
            "Qual é o nome compelto do SC Farense?",
        ),
        "Farense, nome completo do clube",
        "Alguém sabe o nome inteiro do Farense?",
    ),
    "founding-date": Spoken(
        (
            "Em que dia e ano nasceu o nosso clube?",
            "E já agora, o Farense foi fundado quando?",
            "O Farense faz anos em que dia?",
            "Não me lembro de quando se fundou o Sporting Clube Farense.",
            "Desde que data existe o Farense?",
            "Qual é a data da fundaçãao do Farense?",
        ),
        "Em que ano foi fundado o Farense?",
        "Quando é que o clube de Faro veio ao mundo?",
    ),
    "founding-place": Spoken(
        (
            "Em que jardim foi fundado o Farense?",
            "Alguém sabe onde nasceu o nosso clube?",
            "O Farense fundou-se em que ponto da cidade?",
            "Queria saber o lugar onde se criou o clube de Faro.",
            "O SC Farense foi fundado onde, afinal?",
            "Em que sitoi foi fundado o Farense?",
        ),
        "Local onde nasceu o Farense",
        "Foi em que lugar de Faro que se fundou o Farense?",
    ),
    "first-name": Spoken(
        (
            "Olha lá, o Farense começou por se chamar como?",
            "Qual era o nome do nosso clube no princípio?",
            "O nome mais antigo do Farense é qual?",
            "Como é que o clube de Faro foi batizado?",
            "Gostava de saber o primeiro nome que tivemos.",
            "Qual foi o primeiro nmoe do SC Farense?",
        ),
        "Como se chamava o Farense quando foi fundado?",
        "O clube de Faro nasceu a chamar-se como?",
    ),
    "second-name": Spoken(
        (
            "A seguir a {first_name}, chamámo-nos como?",
            "O {first_name} mudou de nome para qual?",
            "E depois de {first_name}, o clube passou a ter que nome?",
            "Já não éramos {first_name}: qual foi o nome seguinte?",
            "Alguém sabe o segundo nome que o nosso clube teve?",
            "Qual foi o sgeundo nome do clube de Faro?",
        ),
        "Que nome veio depois de {first_name}?",
        "Que segundo nome usou o Farense?",
    ),
    "first-captain": Spoken(
        (
            "Quem foi o nosso primeiro capitão?",
            "E já agora, quem estreou a braçadeira do Farense?",
            "Não me lembro quem foi o primeiro capitão do Farense.",
            "Ao princípio, quem era o capitão do Farense?",
            "O primeiro capitão da história do clube foi quem?",
            "Quem foi o primiero capitão do Farense?",
        ),
        "Nome do primeiro capitão do Farense",
        "Quem capitaneou o Farense pela primeira vez?",
    ),
    "member-no-1": Spoken(
        (
            "Quem é que foi o nosso sócio número um?",
            "O cartão n.º 1 do Farense era de quem?",
            "O número um dos sócios do Farense foi quem?",
            "Alguém sabe quem foi o primeiro sócio do clube de Faro?",
            "Gostava de saber quem era o sócio 1 do SC Farense.",
            "Quem foi o sóico n.º 1 do Farense?",
        ),
        "Primeiro sócio do Farense, quem foi?",
        "Que nome tinha o sócio número um do Farense?",
    ),
    "first-president": Spoken(
        (
            "Quem foi o nosso primeiro presidente?",
            "E já agora, quem estreou a presidência do Farense?",
            "O primeiro homem a dirigir o Farense foi quem?",
            "Quem inaugurou a presidência do Farense?",
            "Na história do clube, o primeiro presidente foi quem?",
            "Quem foi o primeiro prseidente do SC Farense?",
        ),
        "Nome do primeiro presidente do Farense",
        "A lista dos presidentes do Farense começa por quem?",
    ),
    "colours": Spoken(
        (
            "Quais são as nossas cores?",
            "Olha lá, o Farense joga de que cores?",
            "Que duas cores representam o Farense?",
            "Gostava de saber as cores do Sporting Clube Farense.",
            "Os Leões de Faro vestem de que cores?",
            "Quais são as croes do Farense?",
        ),
        "Quais as cores do clube de Faro?",
        "Quais são as cores oficiais do Farense?",
    ),
    "kit-1924": Spoken(
        (
            "Em 1924 jogávamos vestidos como?",
            "Que camisa, calção e meias usava o Farense em 1924?",
            "Não me lembro como se vestia o Farense em 1924.",
            "No ano de 1924, que equipamento tinha o nosso clube?",
            "Olha lá, como eram as camisas do Farense em 1924?",
            "Qual era o equipmaento do Farense em 1924?",
        ),
        "Equipamento antigo do Farense em 1924",
        "Com que equipamento alinhava o Farense em 1924?",
    ),
    "nickname": Spoken(
        (
            "Que alcunha nos puseram?",
            "Os do Farense são conhecidos como os quê?",
            "E já agora, qual é a nossa alcunha?",
            "Que bicho anda na alcunha do Farense?",
            "Gostava de saber a alcunha do Sporting Clube Farense.",
            "Qual é a aclunha do clube de Faro?",
        ),
        "O Farense tem que alcunha?",
        "Por que nome chamam os adeptos à equipa do Farense?",
    ),
    "stadium": Spoken(
        (
            "Onde é que jogamos em casa?",
            "Olha lá, como se chama o nosso estádio?",
            "A casa do Farense é que estádio?",
            "Em que campo joga o clube de Faro?",
            "Não me lembro em que estádio joga o SC Farense.",
            "Qual é o estáido do Farense?",
        ),
        "Nome do estádio do Farense",
        "O Farense recebe as visitas em que recinto?",
    ),
}
