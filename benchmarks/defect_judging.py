"""One copy held against the good adapter by the product's own gate, and against the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from farense.answering.generation import Decoding
from farense.answering.subject import Subject, answers_of, find_subject
from farense.config import RESAMPLING_SEED, SECOND_ORDER_SEED
from farense.evaluation.evalset import Evalset
from farense.evaluation.leakage import prove_leakage, read_training_record
from farense.evaluation.provenance import GoldenSet
from farense.evaluation.recording import provenance_of
from farense.evaluation.results import Judged, System, has_answer
from farense.evaluation.run import Run, conclude
from farense.evaluation.thresholds import Thresholds
from farense.models.backend import Backend
from farense.records import Check, Decision, Question
from farense.scoring import score_answer, score_typed_fact

# Numbers of the adapter's folder, not shares of a sample: they are what they are.
_CERTAIN = ("overfitting_gap", "leakage")


@dataclass(frozen=True)
class Found:
    """What came of one copy.

    Attributes:
        change, low, high: Measured difference to the good adapter with its 95 % interval,
            shares in [-1, 1].
        detectable: The smallest loss this golden set shows in 4 of 5 cases, by its comparison.
        true_change: The difference over everything that could have been asked; None where
            only the golden set was.
        beyond: Absolute rules whose true number misses the bound by more than the golden
            set's interval is wide, and those that need no sample.
        decision: Of the gate.
        reasons: The rules that failed, each with its sentence.
    """

    name: str
    done: str
    harmless: bool
    change: float
    low: float
    high: float
    detectable: float
    true_change: float | None
    beyond: tuple[str, ...]
    decision: Decision
    reasons: tuple[tuple[str, str], ...]

    @property
    def must_be_rejected(self) -> bool:
        """A true loss of at least what the set can show, or a rule that is surely broken."""
        loss = -(self.change if self.true_change is None else self.true_change)
        return not self.harmless and (loss >= self.detectable or bool(self.beyond))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Found:
        lists = {
            "beyond": tuple(row["beyond"]),
            "reasons": tuple((name, said) for name, said in row["reasons"]),
        }
        return cls(**{**row, **lists})


class Bench:
    """The good adapter's answers, once, and the gate.

    Args:
        good: Its folder.
        base: The base's.
        backend: Of this process.
        evalset: What the gate asks.
        population: Everything that could be asked; empty where that is too dear.
        thresholds: The gate. Absolute rules that the good adapter itself misses are left
            out: its copies cannot be blamed for them.
        cache: Where answers are kept.
        workers: Answering processes.
    """

    def __init__(
        self,
        good: Path,
        base: Path,
        backend: Backend,
        evalset: Evalset,
        population: Sequence[Question],
        thresholds: Thresholds,
        cache: Path,
        workers: int | None,
        max_tokens: int,
    ) -> None:
        self._base, self._backend, self._evalset = base, backend, evalset
        self._population, self._cache, self._workers = population, cache, workers
        self._decoding = Decoding(max_tokens, 64)
        subject = self._subject(good)
        self._baseline: dict[System, tuple[Judged, ...]] = {
            "baseline": self._judged(subject, None),
            "baseline_again": self._judged(subject, SECOND_ORDER_SEED),
            "base": self._judged(subject.bare, None),
        }
        self._good = subject
        self._truth = self._true_shares(subject)
        alone = self._run(subject, self._baseline["baseline"], thresholds, compared=False)
        missed = {c.name for c in alone.judgement.verdict.checks if c.passed is not True}
        self.left_out = tuple(sorted(missed))
        self._thresholds = _without(thresholds, missed)

    def judge(self, folder: Path, name: str, done: str, harmless: bool, order: int | None) -> Found:
        """Ask the copy, hold it against the good adapter, and against the truth."""
        subject = self._subject(folder)
        run = self._run(subject, self._judged(subject, order), self._thresholds, compared=True)
        assert run.comparison is not None
        difference, checks = run.comparison.difference, run.judgement.verdict.checks
        shares = self._true_shares(subject)
        return Found(
            name=name,
            done=done,
            harmless=harmless,
            change=difference.value,
            low=difference.low,
            high=difference.high,
            detectable=run.comparison.detectable,
            true_change=self._true_change(shares) if shares else None,
            beyond=tuple(c.name for c in checks if _is_beyond(c, run, shares)),
            decision=run.judgement.verdict.decision,
            reasons=tuple((c.name, c.reason) for c in checks if c.passed is False),
        )

    def _subject(self, adapter: Path) -> Subject:
        return find_subject(adapter, False, str(self._base), self._base.parent, adapter.parent)

    def _judged(self, subject: Subject, order: int | None) -> tuple[Judged, ...]:
        questions = self._evalset.questions
        answered = self._answered(subject, questions, order)
        return tuple(
            Judged(question, answer, score_answer(answer.text, question))
            for question, answer in zip(questions, answered.answers, strict=True)
        )

    def _answered(self, subject: Subject, questions: Sequence[Question], order: int | None) -> Any:
        pairs = [(question.id, question.question) for question in questions]
        return answers_of(
            subject,
            self._backend,
            pairs,
            self._decoding,
            self._cache,
            order_seed=order,
            workers=self._workers,
        )

    def _run(
        self, subject: Subject, judged: tuple[Judged, ...], gate: Thresholds, *, compared: bool
    ) -> Run:
        answered = self._answered(subject, self._evalset.questions, None)
        assert subject.adapter is not None
        provenance = provenance_of(
            subject,
            self._backend,
            answered,
            self._decoding,
            self._evalset,
            RESAMPLING_SEED,
            {},
            self._cache / "no-accepted.toml",
            self._good if compared else None,
        )
        systems: dict[System, tuple[Judged, ...]] = {"adapter": judged}
        systems |= self._baseline if compared else {"base": self._baseline["base"]}
        questions = self._evalset.questions
        golden_set = GoldenSet(self._evalset.name, self._evalset.sha256, len(questions))
        leakage = prove_leakage(questions, read_training_record(subject.adapter))
        return conclude(provenance.without_prompt_hashes(), golden_set, systems, gate, leakage)

    def _true_shares(self, subject: Subject) -> dict[str, float]:
        """Shares right by tier over the population, and the two shares of refusals."""
        if not self._population:
            return {}
        answered = self._answered(subject, self._population, None)
        shares: dict[str, list[float]] = {}
        for question, answer in zip(self._population, answered.answers, strict=True):
            right = score_typed_fact(answer.text, question).value
            shares.setdefault(question.tier, []).append(right or 0.0)
            if has_answer(question):
                declined = Judged(question, answer, ()).abstained
                shares.setdefault("declined", []).append(float(declined))
        return {name: sum(found) / len(found) for name, found in shares.items()}

    def _true_change(self, shares: Mapping[str, float]) -> float:
        """The change over all tiers, weighted as the golden set holds them."""
        questions = self._evalset.questions
        return sum(shares[q.tier] - self._truth[q.tier] for q in questions) / len(questions)


def _without(gate: Thresholds, missed: set[str]) -> Thresholds:
    """The gate without the bounds of these rules."""
    keys = {
        "abstention/unanswerable": "unanswerable_at_least",
        "abstention/elsewhere": "elsewhere_at_most",
    }
    gone = {(name.partition("/")[0], keys.get(name, name.partition("/")[2])) for name in missed}
    bounds = {
        section: {k: v for k, v in rules.items() if not {(section, k), (section, "")} & gone}
        for section, rules in gate.bounds.items()
    }
    return Thresholds({section: rules for section, rules in bounds.items() if rules})


def _is_beyond(check: Check, run: Run, shares: Mapping[str, float]) -> bool:
    """Whether the truth breaks an absolute rule so clearly that the sample must show it."""
    if check.name in _CERTAIN:
        return check.passed is False
    section, _, tier = check.name.partition("/")
    results = run.results["adapter"]
    if section == "fact_accuracy" and tier in results.tiers:
        truth = shares.get(tier)
        interval = results.tiers[tier].intervals["fact_accuracy"]  # type: ignore[index]
    elif check.name == "abstention/unanswerable":
        truth, interval = shares.get(tier), results.tiers["unanswerable"].intervals["abstention"]
    elif check.name == "abstention/elsewhere":
        truth, interval = shares.get("declined"), results.false_abstention
    else:
        return False
    if truth is None or interval is None:
        return False
    missed_by = check.bound - truth if check.direction == "at_least" else truth - check.bound
    return missed_by > (interval.high - interval.low) / 2
