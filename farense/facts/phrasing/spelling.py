"""How the club, a season and a competition are spelt, mixed by place and never by chance."""

from __future__ import annotations

from collections.abc import Sequence

from farense.text import season_short

# The plain name leads, as it does on the terraces; the article fits every form.
_CLUBS = ("Farense", "SC Farense", "Farense", "clube de Faro", "Farense", "Sporting Clube Farense")
# Where no article stands before the name.
_BARE = ("Farense", "SC Farense", "Farense", "Farense")
# Two digits up to 39 are read as this century.
FIRST_TWO_DIGIT_SEASON = 1940
_ARTICLES = {"Campeonato": ("do", "no"), "Jogos": ("dos", "nos")}


def spell(pattern: str, turn: int, **values: str) -> str:
    """Fill a wording: the club by its turn, the rest from ``values``.

    ``{o}``, ``{do}``, ``{ao}``, ``{no}``, ``{pelo}`` become the club after that article,
    ``{club}`` its bare name; a pattern that opens with one of them gets a capital.
    """
    club = _CLUBS[turn % len(_CLUBS)]
    articles = {word: f"{word} {club}" for word in ("o", "do", "ao", "no", "pelo")}
    text = pattern.format(**articles, club=_BARE[turn % len(_BARE)], **values)
    return text[0].upper() + text[1:]


def spell_all(patterns: tuple[str, ...], turn: int, **values: str) -> tuple[str, ...]:
    """Every pattern filled, each taking the next turn."""
    return tuple(spell(pattern, turn + i, **values) for i, pattern in enumerate(patterns))


def season_spelling(season: str, turn: int) -> str:
    """``1994/95``, ``1994/1995`` or ``94/95`` by turn; never two digits for early seasons."""
    short = season_short(season)
    forms = [short, season]
    if int(season[:4]) >= FIRST_TWO_DIGIT_SEASON:
        forms.append(short[2:])
    return forms[turn % len(forms)]


def spell_season(
    patterns: tuple[str, ...], turn: int, season: str, **values: str
) -> tuple[str, ...]:
    """Every pattern filled, the season ``{s}`` and the club each spelt by the turn."""
    return tuple(
        spell(pattern, turn + i, s=season_spelling(season, turn + i), **values)
        for i, pattern in enumerate(patterns)
    )


def of_competition(competition: str) -> str:
    """``da Primeira Liga``, ``do Campeonato de Portugal``."""
    return f"{_articles(competition)[0]} {competition}"


def in_competition(competition: str) -> str:
    """``na Primeira Liga``, ``no Campeonato de Portugal``."""
    return f"{_articles(competition)[1]} {competition}"


def _articles(competition: str) -> tuple[str, str]:
    return _ARTICLES.get(competition.split()[0], ("da", "na"))


def listed(names: Sequence[str]) -> str:
    """``A``, ``A e B``, ``A, B e C``."""
    return " e ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def season_runs(seasons: Sequence[str]) -> str:
    """``de 1988/89 a 1990/91 e em 1993/94``: seasons in order, neighbours drawn together."""
    runs: list[list[str]] = []
    for season in seasons:
        if runs and int(runs[-1][-1][:4]) + 1 == int(season[:4]):
            runs[-1].append(season)
        else:
            runs.append([season])
    return listed(
        [
            f"de {season_short(run[0])} a {season_short(run[-1])}"
            if len(run) > 1
            else f"em {season_short(run[0])}"
            for run in runs
        ]
    )
