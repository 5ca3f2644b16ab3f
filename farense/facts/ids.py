"""The names facts go by: slugs and the ids that golden sets and packs share.

``matches/<match_id>``, ``standings/<season with a dash>/<competition slug>``,
``presidents/<order>``, ``club/<key>``, ``people/<name slug>``,
``squads/<season with a dash>/<name slug>``.
"""

from __future__ import annotations

import re
import unicodedata


def name_slug(name: str) -> str:
    """Lower-case ASCII words joined by dashes: ``António Boronha`` → ``antonio-boronha``."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    ascii_only = decomposed.encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def competition_slug(competition: str) -> str:
    """The slug of a competition as the tables name it: ``Taça UEFA`` → ``taca-uefa``."""
    return name_slug(competition)


def standing_id(season: str, competition: str) -> str:
    """``("1994/1995", "Primeira Liga")`` → ``standings/1994-1995/primeira-liga``.

    Two phases of one competition in one season share the id.
    """
    return f"standings/{season.replace('/', '-')}/{competition_slug(competition)}"
