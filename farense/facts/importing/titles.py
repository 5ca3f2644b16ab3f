"""Section titles: which season, competition and phase ``II Divisão ZS 57/58`` means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from farense.facts.rows import Match
from farense.text import find_seasons, fold

_SEASON = re.compile(
    r"(?<![\d/-])((?:1[89]|20)\d\d[/-](?:1[89]|20)?\d\d|\d\d/\d\d|(?:1[89]|20)\d\d)(?![\d/-])"
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")


@dataclass(frozen=True)
class Title:
    """A title read: ``season`` is empty where the title names none, or a span of years."""

    season: str
    competition: str
    phase: str
    tier: str


class Titles:
    """The titles the fact tables know; others are taken as the competition's own name."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._known: defaultdict[str, dict[str, tuple[str, str, str]]] = defaultdict(dict)
        for match in matches:
            meant = (match.competition, match.phase, match.tier)
            for title in (match.competition_raw, f"{match.competition} {match.phase}"):
                self._known[fold(_without_season(title))].setdefault(match.season, meant)

    def read(self, title: str) -> Title:
        """The season and competition of a title.

        Where one title had several meanings, the one of the nearest season counts.
        """
        season, bare = title_season(title), _without_season(title)
        by_season = self._known.get(fold(bare))
        if not by_season:
            return Title(season, bare, "", "")
        year = int((season or max(by_season))[:4])
        nearest = min(by_season, key=lambda known: (abs(int(known[:4]) - year), known))
        return Title(season, *by_season[nearest])


def title_season(title: str) -> str:
    """``1974/1975`` of *I Divisão 1974/75*, ``1920`` of *Jogos Locais 1920*, else empty."""
    seasons = find_seasons(title)
    if seasons:
        return seasons[-1]
    years = _YEAR.findall(title)
    return years[0] if len(years) == 1 else ""


def _without_season(title: str) -> str:
    return " ".join(_SEASON.sub(" ", title).split()).strip(" -–:")


def season_of_date(date: str) -> str:
    """The season of an ISO date, turning over in July; one year before 1930.

    ``1975-06-30`` is of 1974/1975, ``1975-07-01`` of 1975/1976. The championships that run
    over two years began in the nineteen-thirties.
    """
    year = int(date[:4])
    first = year if date[5:7] >= "07" else year - 1
    return f"{first}/{first + 1}" if first >= 1930 else str(year)
