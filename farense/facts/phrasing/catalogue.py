"""Every facet there is, over all subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from farense.facts.phrasing.abstentions import abstention_facets
from farense.facts.phrasing.bests import best_facets
from farense.facts.phrasing.club import club_facets
from farense.facts.phrasing.coaches import coach_facets
from farense.facts.phrasing.cup_runs import cup_facets
from farense.facts.phrasing.days import day_facets
from farense.facts.phrasing.facet import Facet, PackName, within
from farense.facts.phrasing.honours import honour_facets
from farense.facts.phrasing.matches import match_facets
from farense.facts.phrasing.near_refusals import near_refusal_facets
from farense.facts.phrasing.outcomes import outcome_facets
from farense.facts.phrasing.people import people_facets
from farense.facts.phrasing.presidents import president_facets
from farense.facts.phrasing.rivals import rival_facets
from farense.facts.phrasing.seasons import season_facets
from farense.facts.phrasing.squads import squad_facets
from farense.facts.phrasing.totals import total_facets
from farense.facts.tables import FactTables

# Each subject with the smallest pack it has anything in; matches and people are many.
_SUBJECTS: tuple[tuple[Callable[[FactTables], Iterator[Facet]], PackName], ...] = (
    (club_facets, "essentials"),
    (honour_facets, "essentials"),
    (president_facets, "essentials"),
    (season_facets, "essentials"),
    (match_facets, "core"),
    (outcome_facets, "core"),
    (day_facets, "core"),
    (total_facets, "core"),
    (rival_facets, "core"),
    (cup_facets, "core"),
    (best_facets, "core"),
    (coach_facets, "core"),
    (people_facets, "core"),
    (squad_facets, "core"),
    (abstention_facets, "essentials"),
    (near_refusal_facets, "core"),
)


def facets(tables: FactTables, pack: PackName) -> tuple[Facet, ...]:
    """The facets of a pack, in the order of their subjects and tables."""
    return tuple(
        facet
        for subject, smallest in _SUBJECTS
        if within(smallest, pack)
        for facet in subject(tables)
        if within(facet.pack, pack)
    )
