"""Every facet there is, over all subjects."""

from __future__ import annotations

from farense.facts.phrasing.abstentions import abstention_facets
from farense.facts.phrasing.club import club_facets
from farense.facts.phrasing.facet import Facet, PackName
from farense.facts.phrasing.honours import honour_facets
from farense.facts.phrasing.matches import match_facets
from farense.facts.phrasing.people import people_facets
from farense.facts.phrasing.presidents import president_facets
from farense.facts.phrasing.seasons import season_facets
from farense.facts.tables import FactTables

_SUBJECTS = (
    club_facets,
    honour_facets,
    president_facets,
    season_facets,
    match_facets,
    people_facets,
    abstention_facets,
)


def facets(tables: FactTables, pack: PackName) -> tuple[Facet, ...]:
    """The facets of a pack, in the order of their subjects and tables."""
    return tuple(
        facet for subject in _SUBJECTS for facet in subject(tables) if facet.belongs_to(pack)
    )
