"""Matches that cannot both have been played never stand side by side, imported or written in."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farense.facts.clashes import ONE_DAY, ONE_PAIRING, ONE_ROUND, Played, clash_of
from farense.facts.importing.building import Imported, Known, import_lines, read_known
from farense.facts.importing.documents import import_documents
from farense.facts.importing.lines import OWN_NAME, ResultLine
from farense.facts.importing.rounds import round_label
from farense.facts.rows import Match

FACTS = Path(__file__).parents[1] / "data" / "facts"
KNOWN = read_known(FACTS)
SOUND = [m for m in KNOWN.matches if m.score and m.venue in ("home", "away") and not m.notes]
# Taça da Liga: groups and phases, in which several clubs are met.
GROUPS = ("B", "C", "1F", "2F")


def line_of(match: Match) -> ResultLine:
    """The row as a document would tell it."""
    goals = (match.farense_goals or 0, match.opponent_goals or 0)
    sides = [(OWN_NAME, goals[0]), (match.opponent, goals[1])]
    (home, home_goals), (away, away_goals) = sides if match.venue == "home" else sides[::-1]
    return ResultLine(
        where="page.md:7",
        section=" ".join(filter(None, (match.competition, match.phase, match.season))),
        home=home,
        away=away,
        home_goals=home_goals,
        away_goals=away_goals,
        date=match.date,
        round=match.round,
    )


def imported(*matches: Match, known: Known = KNOWN) -> Imported:
    return import_lines([line_of(match) for match in matches], known)


def test_the_rule_fits_what_was_really_played() -> None:
    """Of 2,372 rows six clash, each with a note that another match has its date."""
    played = Played(KNOWN.matches)
    assert {m.match_id for m in KNOWN.matches if played.clashes(m)} == {
        "1923-jogos-particulares-e-locais-luso-de-beja-h",
        "1923-jogos-particulares-e-locais-carcavelinhos-fc-h",
        "1935-1936-ii-divisao-zona-d-1a-fase-grupo-2-j1-juventude-de-evora-a",
        "1935-1936-ii-divisao-zona-d-1a-fase-grupo-2-j3-sport-lisboa-e-beja-a",
        "1966-1967-iii-divisao-fase-final-qf-sesimbra-a",
        "1966-1967-iii-divisao-fase-final-qf-sesimbra-a-2",
    }


def test_the_table_imported_once_more_adds_nothing() -> None:
    """Each row of matches.csv is known already or reported; none is new."""
    again = import_documents([FACTS / "matches.csv"], KNOWN)
    assert again.matches == ()
    assert again.lines == len(KNOWN.matches)
    # The six above, the 19 rows without venue or score, and dates noted as doubtful.
    assert len(again.known) >= len(KNOWN.matches) - 40
    assert {m.source.rsplit(":", 1)[0] for m in again.known} == {str(FACTS / "matches.csv")}


@settings(max_examples=300, deadline=None)
@given(
    match=st.sampled_from(SOUND),
    club=st.sampled_from(sorted(set(KNOWN.clubs.values()) - {OWN_NAME})),
    dated=st.booleans(),
)
def test_another_opponent_in_a_played_round_is_a_conflict(
    match: Match, club: str, dated: bool
) -> None:
    """Season, competition and round of a known match with another club: reported, not taken."""
    told = replace(match, opponent=club, date=match.date if dated else "")
    tellable = bool(told.date) or (match.round != "" and match.round not in GROUPS)
    if club == match.opponent or not tellable:
        return
    done = imported(told)
    assert (done.matches, done.known) == ((), ())
    (conflict,) = done.conflicts
    if conflict.kind == "date outside season":  # as a few dates of the tables are
        assert (conflict.source, conflict.value_a) == ("page.md:7", match.season)
        return
    assert conflict.source.startswith("page.md:7 | ")
    assert conflict.value_a.startswith(club)


@settings(max_examples=100, deadline=None)
@given(match=st.sampled_from([m for m in SOUND if m.round.startswith("J")]))
def test_a_league_match_in_another_round_or_at_the_other_ground_is_a_conflict(
    match: Match,
) -> None:
    """A league has one match a matchday, and each pairing once at either ground."""
    elsewhere = replace(match, date="", venue="away" if match.venue == "home" else "home")
    for told in (replace(match, date="", round="J99"), elsewhere):
        done = imported(told)
        assert (done.matches, len(done.conflicts)) == ((), 1)


@settings(max_examples=100, deadline=None)
@given(match=st.sampled_from(SOUND), dated=st.booleans(), rounded=st.booleans())
def test_a_known_match_is_known_with_less_told(match: Match, dated: bool, rounded: bool) -> None:
    """Without its date, or without its round where it has a date, it is still that match."""
    told = replace(match, date=match.date if dated else "")
    if match.date and dated and not rounded:
        told = replace(told, round="")
    if not (told.date or told.round):
        return
    assert [m.opponent for m in imported(told).known] == [match.opponent]


def small(**changed: str) -> Match:
    """The first leg against Lyon, a round of a cup, with some cells changed."""
    lyon = next(m for m in KNOWN.matches if m.match_id == "1995-1996-taca-uefa-1r-lyon-h")
    return replace(lyon, match_id="another", **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ONE_DAY),
        ({"date": "1995-09-26", "venue": "away"}, ""),  # the second leg
        ({"date": "", "venue": "away"}, ""),
        ({"date": ""}, ONE_PAIRING),
        ({"date": "1995-10-03"}, ONE_PAIRING),
        ({"date": "1995-10-03", "round": "2R"}, ""),  # met again in a later round
        ({"date": "1995-09-26", "opponent": "Leça FC"}, ONE_ROUND),
        ({"date": "1995-09-26", "opponent": "Leça FC", "round": "2R"}, ""),
        ({"date": "1995-09-26", "opponent": "Leça FC", "season": "1996/1997"}, ""),
        ({"date": "", "round": "", "venue": ""}, ONE_PAIRING),  # nothing tells them apart
    ],
)
def test_two_legs_stand_beside_each_other(changed: dict[str, str], why: str) -> None:
    """A tie has two legs at two grounds and one opponent; each case was decided by hand."""
    assert clash_of(small(), small(**changed)) == why


def test_groups_and_friendlies_repeat() -> None:
    """Several clubs are met in one group; friendlies against one club are told by their dates."""
    group = {"competition": "Taça da Liga", "round": "C", "date": ""}
    assert clash_of(small(**group), small(**group, opponent="CD Tondela")) == ""
    friendly = {"competition": "Jogos particulares e locais", "round": "", "tier": "local"}
    assert clash_of(small(**friendly), small(**friendly, date="1995-12-08")) == ""
    assert clash_of(small(**friendly), small(**friendly, date="")) == ONE_PAIRING


def test_documents_that_tell_two_opponents_of_one_round_give_neither() -> None:
    """Within documents too, both lines are reported at their places."""
    first = small(season="2031/2032", date="", competition="Liga Exemplo", phase="", round="J5")
    done = imported(first, replace(first, opponent="Leça FC"))
    assert done.matches == ()
    assert [c.kind for c in done.conflicts] == [ONE_ROUND, ONE_ROUND]
    assert done.lines == len(done.left_out) == 2


def test_an_unknown_opponent_is_reported_with_the_nearest_known(tmp_path: Path) -> None:
    """A misspelt club never enters; a new one does once the user has put it into the table."""
    misspelt = small(season="2031/2032", date="", opponent="Portimonesne")
    (conflict,) = imported(misspelt).conflicts
    assert (conflict.kind, conflict.source) == ("unknown opponent", "page.md:7")
    assert (conflict.value_a, conflict.value_b) == (
        "Portimonesne",
        "nearest known: Portimonense SC",
    )
    folder = Path(shutil.copytree(FACTS, tmp_path / "facts"))
    with (folder / "club_names.csv").open("a", encoding="utf-8") as stream:
        stream.write("Clube Novo,Clube Novo\n")
    new = small(season="2031/2032", date="", opponent="Clube Novo")
    assert imported(new).matches == ()
    assert [m.opponent for m in imported(new, known=read_known(folder)).matches] == ["Clube Novo"]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("Jornada 5", "J5"),
        ("5.ª jornada", "J5"),
        ("J05", "J5"),
        ("5", "J5"),
        ("4.ª eliminatória", "4E"),
        ("Quartos-de-final", "QF"),
        ("Meias-finais (1.ª mão)", "MF"),
        ("1/8 de final", "1/8"),
        ("Oitavos de final", "1/8"),
        ("16 avos de final", "1/16"),
        ("Final", "F"),
        ("Liguilha", "Liguilha"),
    ],
)
def test_a_round_has_one_label_however_it_is_written(written: str, label: str) -> None:
    """So that *5.ª jornada* meets J5 in the tables; an unknown round stays as it is."""
    assert round_label(written, league=True) == label


def test_the_labels_of_the_tables_stay_as_they_are() -> None:
    """Each round of matches.csv is its own label; a bare number in a cup is not a matchday."""
    rounds = {match.round for match in KNOWN.matches}
    assert {r for r in rounds if round_label(r, league=False) != r} == set()
    assert round_label("5", league=False) == "5"
