"""Questions about who the club is: names, founding, colours, stadium, first and known people."""

from __future__ import annotations

from collections.abc import Iterator

from farense.facts.phrasing.club_players import PLAYERS
from farense.facts.phrasing.facet import Facet
from farense.facts.phrasing.key_facts import Asked, key_values
from farense.facts.phrasing.spoken_club import SPOKEN_CLUB
from farense.facts.phrasing.spoken_players import SPOKEN_PLAYERS
from farense.facts.phrasing.varied_club import VARIED_CLUB
from farense.facts.phrasing.varied_players import VARIED_PLAYERS
from farense.facts.phrasing.wide_club import WIDE_CLUB
from farense.facts.phrasing.wide_players import WIDE_PLAYERS
from farense.facts.tables import FactTables

_ASKED = (
    Asked(
        "full-name",
        "full_name",
        "O nome completo é {full_name}.",
        (
            "Qual é o nome completo do Farense?",
            "Como se chama oficialmente o clube de Faro?",
            "Diz-me o nome oficial do Farense.",
            "Farense, nome por extenso",
            "Sabes o nome completo dos Leões de Faro?",
            "O nome oficial do Farense é qual?",
        ),
        "Como se escreve por inteiro o nome do Farense?",
    ),
    Asked(
        "founding-date",
        "founding_date",
        "A data de fundação é {founding_date}.",
        (
            "Quando foi fundado o Farense?",
            "Em que dia nasceu o Sporting Clube Farense?",
            "Diz-me a data de fundação do Farense.",
            "Farense, data da fundação",
            "O clube de Faro foi criado em que data?",
            "Sabes quando nasceram os Leões de Faro?",
        ),
        "De que data é a fundação do SC Farense?",
    ),
    Asked(
        "founding-place",
        "founding_place",
        "O local de fundação é o {founding_spot}, em {founding_city}.",
        (
            "Onde foi fundado o Farense?",
            "Em que sítio nasceu o Sporting Clube Farense?",
            "Diz-me o local de fundação do Farense.",
            "Farense, local da fundação",
            "O clube de Faro foi criado onde?",
            "Sabes onde nasceram os Leões de Faro?",
        ),
        "Em que local da cidade se fundou o Farense?",
    ),
    Asked(
        "first-name",
        "first_name",
        "O primeiro nome foi {first_name}.",
        (
            "Qual foi o primeiro nome do Farense?",
            "Como se chamava o Farense no início?",
            "Diz-me o nome original do clube de Faro.",
            "Primeiro nome do SC Farense",
            "O Farense nasceu com que nome?",
            "Sabes como se chamavam os Leões de Faro ao princípio?",
        ),
        "Que nome tinha o Farense quando foi criado?",
    ),
    Asked(
        "second-name",
        "second_name",
        "O segundo nome foi {second_name}.",
        (
            "Qual foi o segundo nome do Farense?",
            "Depois de {first_name}, que nome teve o clube?",
            "Diz-me o segundo nome do clube de Faro.",
            "Segundo nome do SC Farense",
            "O Farense deixou de ser {first_name} e passou a quê?",
            "Sabes que nome veio a seguir a {first_name}?",
        ),
        "Como passou a chamar-se o {first_name}?",
    ),
    Asked(
        "first-captain",
        "first_captain",
        "O primeiro capitão foi {first_captain}.",
        (
            "Quem foi o primeiro capitão do Farense?",
            "O primeiro a capitanear o Farense foi quem?",
            "Diz-me o primeiro capitão do clube de Faro.",
            "Primeiro capitão do SC Farense",
            "Sabes quem usou primeiro a braçadeira do Farense?",
            "Como se chamava o primeiro capitão de equipa do Farense?",
        ),
        "Quem capitaneou a primeira equipa do Farense?",
    ),
    Asked(
        "member-no-1",
        "member_no_1",
        "O sócio n.º 1 foi {member_no_1}.",
        (
            "Quem foi o sócio n.º 1 do Farense?",
            "O primeiro sócio do Farense foi quem?",
            "Diz-me o nome do sócio número um do Farense.",
            "Sócio número 1 do SC Farense",
            "Quem tinha o cartão de sócio n.º 1 do clube de Faro?",
            "Sabes quem era o sócio número 1 dos Leões de Faro?",
        ),
        "A quem pertencia o n.º 1 de sócio do Farense?",
    ),
    Asked(
        "first-president",
        "first_president",
        "O primeiro presidente foi {first_president_name}.",
        (
            "Quem foi o primeiro presidente do Farense?",
            "O Farense começou com que presidente?",
            "Diz-me o primeiro presidente do clube de Faro.",
            "Primeiro presidente do SC Farense",
            "Como se chamava o primeiro presidente do Farense?",
            "Sabes quem foi o primeiro a presidir aos Leões de Faro?",
        ),
        "Quem presidiu ao Farense em primeiro lugar?",
    ),
    Asked(
        "colours",
        "colours",
        "As cores são {colours}.",
        (
            "Quais são as cores do Farense?",
            "De que cores veste o clube de Faro?",
            "Diz-me as cores do Farense.",
            "Cores do SC Farense",
            "As cores dos Leões de Faro são quais?",
            "Sabes com que cores joga o Farense?",
        ),
        "Que cores usa o Farense?",
    ),
    Asked(
        "kit-1924",
        "kit_1924",
        "O equipamento de 1924 era {kit_1924}.",
        (
            "Como era o equipamento do Farense em 1924?",
            "O que vestia o Farense em 1924?",
            "Diz-me o equipamento do clube de Faro em 1924.",
            "Equipamento do SC Farense, 1924",
            "Em 1924, o Farense jogava com que equipamento?",
            "Sabes como era o equipamento de 1924 dos Leões de Faro?",
        ),
        "Como se equipava o Farense em 1924?",
    ),
    Asked(
        "nickname",
        "nickname",
        "A alcunha é {nickname}.",
        (
            "Qual é a alcunha do Farense?",
            "Por que alcunha é conhecido o clube de Faro?",
            "Diz-me a alcunha do Farense.",
            "Alcunha do SC Farense",
            "Os adeptos chamam que alcunha ao Farense?",
            "Sabes a alcunha da equipa do Farense?",
        ),
        "Que alcunha tem o Farense?",
    ),
    Asked(
        "stadium",
        "stadium",
        "O estádio é o {stadium_name}.",
        (
            "Em que estádio joga o Farense?",
            "Qual é o estádio do clube de Faro?",
            "Diz-me o nome do estádio do Farense.",
            "Estádio do SC Farense",
            "O Farense recebe os adversários em que estádio?",
            "Sabes onde jogam em casa os Leões de Faro?",
        ),
        "Como se chama o estádio do Farense?",
    ),
)


def club_facets(tables: FactTables) -> Iterator[Facet]:
    """One facet for each question about the club and its known players; all essentials."""
    values = key_values(tables)
    spoken = SPOKEN_CLUB | SPOKEN_PLAYERS
    varied = VARIED_CLUB | VARIED_PLAYERS
    wide = WIDE_CLUB | WIDE_PLAYERS
    for asked in (*_ASKED, *PLAYERS):
        yield asked.facet(values, spoken[asked.name], (*varied[asked.name], *wide[asked.name]))
