"""What the page shows of single questions: answers, scores, what training saw of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from markupsafe import Markup

from farense.evaluation.leakage import STATUSES, Ground, LeakProof
from farense.evaluation.results import Judged, metrics_of
from farense.evaluation.run import Run
from farense.records import TIERS, Answer
from farense.reporting.bilingual import words
from farense.reporting.words import SHORT_METRICS, WORDS

OPEN_AT_MOST = 60
_SHORT = (
    *("reference", "adapter", "base", "trained", "right", "wrong", "no_score", "read_as_short"),
    *TIERS,
    *get_args(Ground),
)


@dataclass(frozen=True)
class ScoreLine:
    """One system's scores for one question, 0-100, None where a scorer failed.

    ``scores`` holds that of the fact alone; ``others`` the rest by their short names.
    """

    scores: list[int | None]
    others: list[tuple[str, int | None]]
    extracted: str | None


@dataclass(frozen=True)
class QuestionView:
    """One question with everything said about it.

    ``outcome`` is right, wrong or no_score; ``proof`` is None where no leakage was proved.
    """

    judged: Judged
    outcome: str
    open: bool
    base_answer: Answer | None
    lines: list[ScoreLine]
    proof: LeakProof | None

    @property
    def nearness(self) -> str:
        """Similarity and 13-word overlap of the nearest training row; "" without one."""
        row = self.proof.nearest if self.proof else None
        return f"{row.similarity:.0%}, {row.overlap:.0%}" if row else ""


def leak_counts(run: Run) -> Markup | None:
    """One sentence on what training saw of the set; None where no leakage was proved."""
    if run.leakage is None:
        return None
    counts = run.leakage.summary()["counts"]
    numbers = {status: str(counts[status]) for status in STATUSES}
    return words("leak_counts", **numbers, contradicted=str(len(run.leakage.contradicted)))


def question_views(run: Run) -> list[QuestionView]:
    """All questions, those the subject got wrong first and open (at most OPEN_AT_MOST)."""
    order = {"wrong": 0, "no_score": 1, "right": 2}
    views = sorted(_unsorted_views(run), key=lambda view: order[view.outcome])
    return [replace(v, open=v.open and i < OPEN_AT_MOST) for i, v in enumerate(views)]


def _unsorted_views(run: Run) -> Iterator[QuestionView]:
    base = run.judged.get("base", ()) if run.subject == "adapter" else ()
    proofs = {p.question_id: p for p in run.leakage.proofs} if run.leakage else {}
    for number, item in enumerate(run.judged[run.subject]):
        beside = base[number] if base else None
        outcome = {True: "right", False: "wrong", None: "no_score"}[item.right]
        lines = [_score_line(item)]
        if beside:
            lines.append(_score_line(beside))
        answer = beside.answer if beside else None
        proof = proofs.get(item.question.id)
        yield QuestionView(item, outcome, outcome != "right", answer, lines, proof)


def short_words() -> Markup:
    """CSS that writes, in the language chosen, the words every question repeats."""
    rules = []
    for key in _SHORT:
        for side, start in ((0, ""), (1, ":root:has(#lang-en:checked) ")):
            text = WORDS[key][side].replace("\\", "\\\\").replace('"', '\\"')
            rules.append(f'{start}.w-{key}::before {{ content: "{text}" }}')
    return Markup("\n".join(rules))  # noqa: S704 - our own words, none of a user's


def _score_line(item: Judged) -> ScoreLine:
    others = [
        (SHORT_METRICS[name][0] if name in SHORT_METRICS else name, _whole(item.metric(name)))
        for name in metrics_of([item])
        if name not in ("fact_accuracy", "abstention")
    ]
    extracted = next((s.extracted for s in item.scores if s.scorer == "fact"), None)
    return ScoreLine([_whole(item.metric("fact_accuracy"))], others, extracted)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(100 * value)
