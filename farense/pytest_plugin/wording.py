"""What a failing golden question says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farense.errors import FarenseError

if TYPE_CHECKING:
    from farense.evaluation.leakage import LeakProof
    from farense.evaluation.results import Judged


class WrongAnswerError(AssertionError):
    """A golden question or a rule of the gate that does not hold; its text is the report.

    Attributes:
        reason: One sentence.
    """

    def __init__(self, reason: str, *details: str) -> None:
        # pytest's short summary shows the first line.
        super().__init__("\n".join((reason, *details)))
        self.reason = reason


def readable(error: BaseException) -> str | None:
    """Errors of ours in their own words, without a traceback; None for any other."""
    return str(error) if isinstance(error, (FarenseError, WrongAnswerError)) else None


def explain(judged: Judged, proof: LeakProof) -> WrongAnswerError:
    """Why it is wrong, question, references, answer, what was read, nearest training row."""
    question, fact = judged.question, _extracted(judged)
    expected = f"{question.answer.kind} {question.answer.value}".strip()
    reason = _reason(judged, proof)
    lines = {
        "question": question.question,
        "reference": " | ".join(question.references),
        "answer": one_line(judged.answer.text) or "(empty)",
        "extracted": f"{one_line(fact) if fact else 'nothing'} (expected: {expected})",
        "nearest row": _nearest(proof),
        "training": _training(proof),
    }
    shown = [f"{name + ':':<13}{text}" for name, text in lines.items()]
    return WrongAnswerError(reason, *shown)


def one_line(text: str) -> str:
    """Model output on one line: it must not pass for a line of the log (``::error``)."""
    return " ".join(text.split())


def _extracted(judged: Judged) -> str | None:
    return next((score.extracted for score in judged.scores if score.scorer == "fact"), None)


def _reason(judged: Judged, proof: LeakProof) -> str:
    question, right = judged.question, judged.right
    if proof.contradicted:
        was = "was never batched" if question.tier == "seen" else "was trained"
        return f"tier {question.tier} is not true: by the hashes of what was trained, it {was}"
    if right is None:
        return "the typed fact scorer failed, so it is not known whether this is right"
    if question.answer.kind == "abstain":
        return "it answered what nobody can know"
    if judged.abstained:
        return "it said that it does not know, though there is an answer"
    if not one_line(judged.answer.text):
        return "it wrote nothing"
    extracted = _extracted(judged)
    if extracted is None:
        return f"it states no {question.answer.kind}"
    cut = ", and was cut off at the token limit" if judged.answer.finish_reason == "length" else ""
    return f"what it states is not {question.answer.value}{cut}"


def _nearest(proof: LeakProof) -> str:
    row = proof.nearest
    if row is None:
        return "unknown: the adapter keeps no training rows"
    return (
        f"{row.prompt} -> {row.completion} ({row.phrasing}; similarity {row.similarity:.0%},"
        f" 13-word overlap {row.overlap:.0%})"
    )


def _training(proof: LeakProof) -> str:
    return {
        "prompt_batched": "proved seen: this very prompt was batched",
        "nothing_found": "proved unseen: no training row holds the fact or its answer",
        "fact_trained": "not provable: training rows hold the fact, in other words",
        "answer_trained": "not provable: a training row on the subject holds the answer",
        "no_record": "not provable: the training record is missing or not whole",
    }[proof.ground]
