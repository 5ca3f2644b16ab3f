"""A phrasing never predicts the answer: measured over the built packs, and shown to be seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest

from farense.datasets.giveaways import (
    MOST_GIVEN_AWAY,
    check_nothing_given_away,
    given_away,
)
from farense.datasets.packs import Pack
from farense.datasets.refused_places import ALL_WORDINGS, TIER_NAMED, place_refusals
from farense.errors import InputError
from farense.facts.phrasing.facet import PackName
from farense.records import Example


@pytest.fixture(scope="module", params=["core", "full"])
def pack(request: pytest.FixtureRequest, built_packs: Callable[[PackName], Pack]) -> Pack:
    return built_packs(request.param)


def rows(*counts: tuple[str, str, int]) -> list[Example]:
    """So many rows of a phrasing with an answer, each about a fact of its own."""
    return [
        Example(
            f"{phrasing} {answer} {n}?", answer, (f"{phrasing}{answer}{n}",), "matches", phrasing
        )
        for phrasing, answer, count in counts
        for n in range(count)
    ]


def test_the_share_is_the_one_worked_out_by_hand() -> None:
    """Equal columns tell 0, one answer a phrasing tells 1, and 3:1 against 1:3 tells
    1 - H(1/4) = 1 - 0.8113 = 0.1887 bits of 1."""
    yes, no = "Sim, ganhou 2-1.", "Não, perdeu 0-1."
    even = rows(("a/1", yes, 4), ("a/1", no, 4), ("a/2", yes, 2), ("a/2", no, 2))
    told = rows(("a/1", yes, 4), ("a/2", no, 4))
    partly = rows(("a/1", yes, 3), ("a/1", no, 1), ("a/2", yes, 1), ("a/2", no, 3))
    assert given_away(even) == {"yes or no": pytest.approx(0)}
    assert given_away(told) == {"yes or no": pytest.approx(1)}
    assert given_away(partly) == {"yes or no": pytest.approx(0.1887, abs=1e-4)}


def test_a_refusal_is_given_away_within_its_kind() -> None:
    """Every second wording of a kind always refused tells; the same share of each does not."""
    known, refused = "O treinador foi Paco Fortes.", "Não sei, não tenho essa informação."
    fair = rows(("k/1", known, 3), ("k/2", known, 3), ("abstain-k/1", refused, 1))
    fair += rows(("abstain-k/2", refused, 1))
    fair = [replace(row, fact_ids=()) if "abstain" in row.phrasing else row for row in fair]
    assert given_away(rows(("k/1", known, 3), ("abstain-k/2", refused, 3))) == {
        "answered or refused": pytest.approx(1)
    }
    assert given_away([*fair, *(replace(r, prompt=f"{r.prompt}!") for r in fair)])[
        "answered or refused"
    ] == pytest.approx(0)


def test_no_phrasing_of_a_pack_gives_its_answer_away(pack: Pack) -> None:
    """Trained and held-back rows: at most 2 % of whether it is yes, a win, at home, refused."""
    for split in (pack.train, pack.validation):
        shares = given_away(split)
        assert {"yes or no", "outcome", "home or away"} <= shares.keys()
        assert max(shares.values()) <= MOST_GIVEN_AWAY


def test_no_wording_gives_away_whether_there_was_a_place(any_pack: Pack) -> None:
    """With the tier named and without, as for all else: at most 2 %."""
    shares = given_away(any_pack.train)
    assert shares[ALL_WORDINGS] <= MOST_GIVEN_AWAY
    assert shares[TIER_NAMED] <= MOST_GIVEN_AWAY


def places(wording: str, seasons: range, *, refused: bool) -> list[Example]:
    """A wording asked of some seasons, spelt and answered as packs do."""
    phrasing = "abstain-not-in-first-tier/1" if refused else "position/7"
    return [Example(wording.format(s=year), "…", (), "seasons", phrasing) for year in seasons]


def test_a_wording_of_places_is_told_by_its_words() -> None:
    """Whatever phrasing, season, club and tier are called: fair tells nothing, apart tells all.

    Two wordings in two groups of 400 have 0 or 1 bit to tell of 1, less 1 / (2 ln 2 · 800) for
    the four, or two, cells that chance would fill.
    """
    first = "Em {s}, o Farense ficou em que lugar da Primeira Liga?"
    alike = "Em {s}, o SC Farense ficou em que lugar da I Divisão?"
    other = "O clube de Faro que lugar fez na primeira divisão de {s}?"
    one, two = range(1000, 1400), range(2000, 2400)
    apart = places(first, one, refused=False) + places(other, two, refused=True)
    assert place_refusals(apart)[TIER_NAMED] == pytest.approx(1, abs=0.001)
    fair = places(first, one, refused=False) + places(alike, two, refused=True)
    fair += places(other, one, refused=False) + places(other, two, refused=True)
    assert place_refusals(fair)[TIER_NAMED] == pytest.approx(0, abs=0.001)
    untold = places("Em {s}, em que lugar ficámos?", one, refused=False)
    assert place_refusals([*fair, *untold])[TIER_NAMED] == pytest.approx(0, abs=0.001)
    assert place_refusals([*fair, *untold])[ALL_WORDINGS] > 0.1


def test_outcomes_are_balanced_within_each_phrasing(pack: Pack) -> None:
    """Each phrasing that asks for the outcome has as many wins as draws and defeats, and each
    that asks whether it was one of them as many yes as no."""
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in (*pack.train, *pack.validation):
        kind = row.phrasing.partition("/")[0]
        if kind.startswith("outcome"):
            said = row.completion.split()[0 if "-" in kind else 2]
            answers[row.phrasing][said] += 1
    assert len(answers) == 9 + 3 + 3 * (4 + 1)
    for phrasing, counts in answers.items():
        names = {"Sim,", "Não,"} if "-" in phrasing else {"ganhou", "empatou", "perdeu"}
        assert set(counts) == names, phrasing
        assert len(set(counts.values())) == 1, phrasing


def test_a_biased_pack_is_refused(pack: Pack) -> None:
    """Taken from one phrasing its wins, or from all of them every "no", the pack is refused."""
    beaten = [
        row
        for row in pack.train
        if not (row.phrasing in ("outcome/1", "outcome/2") and "ganhou" in row.completion)
    ]
    agreed = [
        row
        for row in pack.train
        if not (row.phrasing.startswith("outcome-win/") and row.completion.startswith("Não"))
    ]
    check_nothing_given_away("pack", pack.train)
    with pytest.raises(InputError, match="whether the answer is outcome"):
        check_nothing_given_away("pack", beaten)
    with pytest.raises(InputError, match="whether the answer is yes or no"):
        check_nothing_given_away("pack", agreed)
