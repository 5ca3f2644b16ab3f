"""What the page shows of single questions: answers, scores, what training saw of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from farense.evaluation.leakage import STATUSES, LeakProof
from farense.evaluation.results import METRICS, Judged, System
from farense.evaluation.run import Run
from farense.records import Answer
from farense.reporting.bilingual import words

OPEN_AT_MOST = 60


@dataclass(frozen=True)
class ScoreLine:
    """One system's scores for one question, 0-100, None where a scorer failed."""

    system: System
    scores: list[int | None]
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
    proof: ProofView | None


@dataclass(frozen=True)
class ProofView:
    """What training saw of a question, short: the words are explained once above all questions.

    ``nearness`` is similarity and 13-word overlap of the nearest row, ``""`` without a record.
    """

    proof: LeakProof
    said: Markup
    nearness: str


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
    proofs = {p.question_id: _proof_view(p) for p in run.leakage.proofs} if run.leakage else {}
    for number, item in enumerate(run.judged[run.subject]):
        beside = base[number] if base else None
        outcome = {True: "right", False: "wrong", None: "no_score"}[item.right]
        lines = [_score_line(run.subject, item)]
        if beside:
            lines.append(_score_line("base", beside))
        answer = beside.answer if beside else None
        proof = proofs.get(item.question.id)
        yield QuestionView(item, outcome, outcome != "right", answer, lines, proof)


def _proof_view(proof: LeakProof) -> ProofView:
    row = proof.nearest
    near = f"{row.similarity:.0%}, {row.overlap:.0%}" if row else ""
    return ProofView(proof, words(proof.ground), near)


def _score_line(system: System, item: Judged) -> ScoreLine:
    values = [item.metric(metric) for metric in METRICS[:-1]]
    extracted = next((s.extracted for s in item.scores if s.scorer == "fact"), None)
    return ScoreLine(system, [None if v is None else round(100 * v) for v in values], extracted)
