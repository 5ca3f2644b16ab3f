"""How the club, a season and a competition are spelt, mixed by place and never by chance."""

from __future__ import annotations

from farense.text import season_short

# The plain name leads, as it does on the terraces; the article fits every form.
_CLUBS = ("Farense", "SC Farense", "Farense", "clube de Faro", "Farense", "Sporting Clube Farense")
# Where no article stands before the name.
_BARE = ("Farense", "SC Farense", "Farense", "Farense")
# "23/24" could be either century before this season.
_FIRST_TWO_DIGIT_SEASON = 1930
_MASCULINE = ("Campeonato",)


def spell(pattern: str, turn: int, **values: str) -> str:
    """Fill a wording: the club by its turn, the rest from ``values``.

    ``{o}``, ``{do}``, ``{ao}``, ``{no}`` become the club with that article, ``{club}`` its
    bare name; a pattern that opens with one of them gets a capital.
    """
    club = _CLUBS[turn % len(_CLUBS)]
    articles = {word: f"{word} {club}" for word in ("o", "do", "ao", "no")}
    text = pattern.format(**articles, club=_BARE[turn % len(_BARE)], **values)
    return text[0].upper() + text[1:]


def spell_all(patterns: tuple[str, ...], turn: int, **values: str) -> tuple[str, ...]:
    """Every pattern filled, each taking the next turn."""
    return tuple(spell(pattern, turn + i, **values) for i, pattern in enumerate(patterns))


def season_spelling(season: str, turn: int) -> str:
    """``1994/95``, ``1994/1995`` or ``94/95`` by turn; never two digits for early seasons."""
    short = season_short(season)
    forms = [short, season]
    if int(season[:4]) >= _FIRST_TWO_DIGIT_SEASON:
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
    return f"{'do' if competition.startswith(_MASCULINE) else 'da'} {competition}"


def in_competition(competition: str) -> str:
    """``na Primeira Liga``, ``no Campeonato de Portugal``."""
    return f"{'no' if competition.startswith(_MASCULINE) else 'na'} {competition}"
