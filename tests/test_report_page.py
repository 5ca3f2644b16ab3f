"""The page: whole, offline, escaped, honest about what is missing, equal to the byte."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import evaluation_sample as sample
import pytest

from farense.evaluation.evalset import Evalset
from farense.evaluation.gap import gap
from farense.evaluation.leakage import TrainingRecord, prove_leakage
from farense.evaluation.results import System
from farense.evaluation.run import Run, conclude, evaluate
from farense.evaluation.run_folder import read_run, write_run
from farense.records import Answer, Question, Score, TypedAnswer
from farense.reporting.page import render_page
from farense.reporting.words import WORDS

ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)> {{ 7 * 7 }} &amp;'
VOID = {"meta", "input", "rect", "line", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Reads a page as a browser would: tags, attributes and the text people see."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def questions(self) -> list[dict[str, str | None]]:
        """The attributes of every question, in the order of the page."""
        return [a for tag, a in self.tags if tag == "details" and "data-tier" in a]


@pytest.fixture(scope="module")
def run() -> Run:
    return sample.run_with({"paraphrase-1": ATTACK})


@pytest.fixture(scope="module")
def html(run: Run) -> str:
    return render_page(run)


def test_every_question_reference_and_answer_is_on_the_page(run: Run, html: str) -> None:
    """All text of all questions and of adapter and base can be read, unchanged."""
    text = Page(html).text
    for system in ("adapter", "base"):
        for item in run.judged[system]:
            assert item.question.question in text
            assert item.answer.text in text
            assert all(reference in text for reference in item.question.references)


def test_what_a_model_writes_is_text_never_markup(html: str) -> None:
    """An answer full of HTML is shown as it was written; one script, ours, and no image."""
    page = Page(html)
    assert ATTACK in page.text
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 1
    assert "img" not in tags


def test_the_page_is_well_formed(html: str) -> None:
    """Every element that is opened is closed, in order (the parser asserts it)."""
    assert Page(html).open == []


def test_the_page_needs_no_network(html: str) -> None:
    """No address, no linked file, no import: everything is in the file."""
    for _, attributes in Page(html).tags:
        assert not {"src", "href", "srcset", "action"} & set(attributes)
    assert not re.search(r"https?://|//[a-z]|@import|url\(|fetch\(", html)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, run: Run, html: str) -> None:
    """Rendered again, or from the run folder, the page does not differ in a byte."""
    folder = write_run(run, tmp_path / "run", html)
    assert html == render_page(run) == render_page(read_run(folder))
    assert (folder / "report.html").read_text(encoding="utf-8") == html


def test_failures_come_first_and_open(html: str) -> None:
    """The one wrong answer leads the list and is open; the right ones are closed."""
    first, *others = Page(html).questions()
    assert (first["data-outcome"], "open" in first) == ("wrong", True)
    assert {"right"} == {other["data-outcome"] for other in others}
    assert not any("open" in other for other in others)


def test_missing_numbers_are_said_to_be_missing() -> None:
    """Gap, curves, costs and baselines that do not exist are named so, and never 0."""
    answers = dict(sample.all_answers())
    del answers["majority"]
    provenance = sample.provenance(gap=None, training=None, metrics=(), answering=None)
    run = evaluate(sample.evalset(), provenance, answers, sample.thresholds())
    html = render_page(run)
    # The gap and its rule, the curves, six costs; the absent baseline in four tiers, over
    # all questions, and for those wrongly declined; six speeds of two adapters.
    assert Page(html).text.count("não medido") == 2 + 1 + 6 + (4 + 1 + 1) + 6 * 2
    assert "not measured" in html
    assert '<svg class="chart"' not in html


def test_the_share_of_padding_stands_beside_the_speed(html: str) -> None:
    """In both languages; an adapter whose summary does not say has none, not 0."""
    page = Page(html).text
    assert "3,1\u00a0% do que se calculou foi enchimento" in page
    assert "3.1\u00a0% of what was computed was padding" in page
    other = sample.provenance(training={"tokens_per_second": 148.2})
    run = evaluate(sample.evalset(), other, sample.all_answers(), sample.thresholds())
    assert "enchimento" not in render_page(run)


def test_a_failed_score_leaves_its_numbers_missing(run: Run) -> None:
    """A scorer that fails on one question takes the headline number away, not the question."""
    judged = dict(run.judged)
    first, *others = judged["adapter"]
    scores = tuple(
        replace(s, value=None, status="failed") if s.scorer == "fact" else s for s in first.scores
    )
    judged["adapter"] = (replace(first, scores=scores), *others)
    broken = conclude(run.provenance, run.golden_set, judged, run.thresholds)
    page = Page(render_page(broken))
    assert "How many of the questions worded as in training the adapter gets right was not" in (
        page.text
    )
    assert [q["data-outcome"] for q in page.questions()].count("no_score") == 1


def test_both_languages_are_in_the_page_and_portuguese_is_first(html: str) -> None:
    """Every Portuguese span is followed by its English one; the switch starts on PT."""
    sides = re.findall(r"<span lang=(pt|en)>", html)
    assert len(sides) > 100
    assert sides == ["pt", "en"] * (len(sides) // 2)
    assert '<html lang="pt">' in html
    assert re.search(r'id="lang-pt"[^>]* checked', html)


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_sides_of_a_string_take_the_same_values(key: str) -> None:
    """No language misses a value the other shows, and none is empty."""
    portuguese, english = (set(re.findall(r"{(\w+)}", side)) for side in WORDS[key])
    assert portuguese == english
    assert all(side.strip() for side in WORDS[key])


@pytest.mark.parametrize("loss", [0.01, 0.06, 0.2, 0.9])
def test_the_gap_stands_beside_its_label(loss: float) -> None:
    """Each label of the gap can be shown, with the number in both notations."""
    found = gap(0.0, 9, loss, 9)
    html = render_page(sample.run_with({}, gap=found))
    assert f">{found.label}</span>" in html
    assert f"0,{round(loss * 1000):03d}" in html
    assert f"0.{round(loss * 1000):03d}" in html


def test_provenance_names_hashes_settings_and_signatures(run: Run, html: str) -> None:
    """Whoever doubts a number finds what it was made of."""
    text = Page(html).text
    provenance = run.provenance
    assert provenance.adapter is not None
    for hash_ in (run.golden_set.sha256, provenance.base.sha256, provenance.adapter.sha256):
        assert hash_ in text
    for needed in ("learning_rate", "0.0008", "default", "0.32.4", provenance.prompt_template):
        assert needed in text
    assert all(signature in text for signature in run.signatures.values())


def test_tables_name_their_rows_and_columns(html: str) -> None:
    """Every header cell has a scope, every form control a label around it."""
    tags = Page(html).tags
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    for tag, attributes in tags:
        if tag in ("input", "select"):
            assert re.search(rf'<label>[^\n]*id="{attributes["id"]}"', html)


def test_1500_questions_stay_under_two_megabytes() -> None:
    """A large golden set still makes a page that mails and opens quickly."""
    number = 1500
    questions = tuple(
        Question(
            f"q-{k:04d}",
            f"Em que lugar ficou o Farense na Primeira Liga de 1994/95, pergunta {k}?",
            ("O Farense ficou em 5.º lugar na Primeira Liga de 1994/95.",),
            TypedAnswer("ordinal", "5"),
            "paraphrase",
            f"categoria {k % 12}",
        )
        for k in range(number)
    )
    few = evaluate(
        Evalset("one", Path("one"), questions[:1], "0" * 64),
        sample.provenance(),
        both_answers(questions[:1]),
        sample.thresholds(),
    )
    judged = {
        system: tuple(
            replace(few.judged[system][0], question=question, answer=answer)
            for question, answer in zip(questions, both_answers(questions)[system], strict=True)
        )
        for system in few.judged
    }
    leakage = prove_leakage(questions, TrainingRecord(sample.training_rows(), frozenset(), True))
    many = conclude(few.provenance, few.golden_set, judged, few.thresholds, leakage)
    page = render_page(many)
    assert len(Page(page).questions()) == number
    assert len(page.encode()) < 2_000_000


def both_answers(questions: tuple[Question, ...]) -> dict[System, tuple[Answer, ...]]:
    wrong = "O Farense ficou em 7.º lugar na Primeira Liga daquela época de que falas."
    return {
        "adapter": tuple(sample.answer(q, wrong) for q in questions),
        "base": tuple(sample.answer(q, wrong * 2) for q in questions),
    }


def test_the_means_of_a_scorer_of_ones_own_are_on_the_page(run: Run) -> None:
    """Columns by tier and by category under its own name, and beside each answer."""
    own = Score("brevity", 0.25, "scored", None, "brevity|v:1")
    judged = {
        system: tuple(replace(item, scores=(*item.scores, own)) for item in items)
        for system, items in run.judged.items()
    }
    scored = conclude(run.provenance, run.golden_set, judged, run.thresholds)
    html = render_page(scored)
    assert html.count('<th scope="col" class="num">brevity</th>') == 2
    assert html.count("brevity 25") == 2 * len(run.questions)
    assert "brevity" not in render_page(run)
