"""One adapter under examination: its answers, their scores, and what was measured beside them.

Everything is worked out when it is first asked for, and once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from farense.config import RESAMPLING_SEED, SECOND_ORDER_SEED
from farense.errors import InputError

if TYPE_CHECKING:
    from farense.answering.generation import Answered, Decoding
    from farense.answering.subject import Subject
    from farense.evaluation.comparison import Comparison
    from farense.evaluation.evalset import Evalset
    from farense.evaluation.leakage import Leakage, LeakProof
    from farense.evaluation.results import Judged
    from farense.models.backend import Backend
    from farense.pytest_plugin.options import Options
    from farense.records import Gap, Question

# baseline_again is the baseline, asked the same in another order.
Who = Literal["adapter", "base", "baseline", "baseline_again"]
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Speed:
    """What answering cost: wall seconds, generated tokens, largest resident memory in bytes."""

    seconds: float
    completion_tokens: int
    peak_bytes: int

    @property
    def tokens_per_second(self) -> float | None:
        """Generated tokens over all wall seconds, prompts included; None when not measured."""
        return self.completion_tokens / self.seconds if self.seconds > 0 else None


class Examination:
    """The adapter of ``options`` and a golden set.

    Args:
        options: Whose adapter is judged, against what.
        evalset: All questions that may be asked.
        report: Called with who answers, how many answers are there, and of how many.
        warn: Called with what loading a model had to say.
    """

    def __init__(
        self, options: Options, evalset: Evalset, report: Report, warn: Callable[[str], None]
    ) -> None:
        self.options = options
        self.evalset = evalset
        self._report = report
        self._warn = warn
        self._judged: dict[Who, dict[str, Judged]] = {who: {} for who in get_args(Who)}
        self._answered: list[Answered] = []
        self._comparisons: dict[tuple[str, ...], Comparison | None] = {}

    @property
    def folder(self) -> Path:
        """The adapter's folder.

        Raises:
            InputError: no adapter was given.
        """
        if self.options.adapter is None:
            raise InputError(
                "--adapter",
                "not given",
                "the folder of the adapter that is to answer",
                "Run `pytest … --adapter models/adapters/NAME`.",
            )
        return self.options.adapter

    def check(self) -> None:
        """Refuse an adapter folder that is not whole, before anything is answered.

        Raises:
            ModelFolderError: it is not.
        """
        from farense.models.adapters import read_adapter_config

        read_adapter_config(self.folder)

    @cached_property
    def training(self) -> Mapping[str, Any] | None:
        """The adapter's training_summary.json; None when there is none."""
        from farense.models.adapters import read_summary

        return read_summary(self.folder)

    @cached_property
    def gap(self) -> Gap | None:
        """The overfitting gap; None when it was not measured."""
        from farense.evaluation.gap import gap_of

        return gap_of(self.training)

    @cached_property
    def leakage(self) -> Leakage:
        """What training saw of every question."""
        from farense.evaluation.leakage import prove_leakage, read_training_record

        return prove_leakage(self.evalset.questions, read_training_record(self.folder))

    @cached_property
    def proofs(self) -> Mapping[str, LeakProof]:
        """The proofs by question id."""
        return {proof.question_id: proof for proof in self.leakage.proofs}

    def judged(self, who: Who, ids: Iterable[str]) -> list[Judged]:
        """Scored answers to the questions with these ids, in the order of the set.

        Those that are missing are answered now, all together.

        Raises:
            FarenseError: the model cannot be loaded on this machine, with this base, …
        """
        places, there = self._places, self._judged[who]
        asked = sorted(set(ids), key=lambda name: places[name])
        missing = [name for name in asked if name not in there]
        if missing:
            self._answer(who, [self.evalset.questions[places[name]] for name in missing])
        return [there[name] for name in asked]

    def comparison(self, ids: Iterable[str]) -> Comparison | None:
        """The adapter against its baseline, asked twice, on these questions.

        None when the fact scorer failed on one of the answers.

        Raises:
            FarenseError: as ``judged``.
        """
        from farense.evaluation.comparison import compare

        key = tuple(ids)
        if key not in self._comparisons:
            adapter, baseline, again = (
                self.judged(who, key) for who in ("adapter", "baseline", "baseline_again")
            )
            self._comparisons[key] = compare(adapter, baseline, again, seed=RESAMPLING_SEED)
        return self._comparisons[key]

    def has_answered(self, who: Who) -> list[Judged]:
        """The scored answers that are there already."""
        there = self._judged[who]
        return [there[q.id] for q in self.evalset.questions if q.id in there]

    @property
    def everybody(self) -> tuple[Who, ...]:
        """Who may have answered."""
        return tuple(self._judged)

    @property
    def answered(self) -> Answered:
        """All the adapter's answers so far, and what they cost."""
        from farense.answering.generation import Answered

        answers = tuple(answer for part in self._answered for answer in part.answers)
        cost = self.speed
        return Answered(answers, cost.seconds, cost.tokens_per_second or 0.0, cost.peak_bytes)

    @cached_property
    def decoding(self) -> Decoding:
        """How everybody answers."""
        from farense.answering.generation import Decoding

        return Decoding(self.options.max_tokens, self.options.batch_size)

    @property
    def speed(self) -> Speed:
        """What the adapter's answers cost so far; kept ones count what they cost when new."""
        parts = self._answered
        return Speed(
            sum(part.seconds for part in parts),
            sum(answer.completion_tokens for part in parts for answer in part.answers),
            max((part.peak_bytes for part in parts), default=0),
        )

    def subject(self, who: Who) -> Subject:
        """Base and adapter by their hashes.

        Raises:
            InputError: no adapter or baseline was given, or accepted.toml cannot be used.
            ModelFolderError, BaseMismatchError: as ``find_subject``.
        """
        if who in ("baseline", "baseline_again"):
            return self._baseline
        return self._subject.bare if who == "base" else self._subject

    @cached_property
    def _subject(self) -> Subject:
        _ = self.backend
        from farense.answering.subject import find_subject

        models = self.options.models_dir
        return find_subject(self.folder, False, self.options.base, models, models / "adapters")

    @cached_property
    def _baseline(self) -> Subject:
        from farense.evaluation.baseline_adapter import NONE, find_baseline

        options, models = self.options, self.options.models_dir
        accepted = options.accepted_for(self.evalset.path)
        name = options.baseline or NONE
        found = find_baseline(name, self._subject, accepted, models, models / "adapters")
        if found is None:
            raise InputError(
                "--baseline", "not given", "an adapter to compare with", "Add --baseline accepted."
            )
        return found

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {question.id: place for place, question in enumerate(self.evalset.questions)}

    @cached_property
    def backend(self) -> Backend:
        """What is computed on; its warnings are shown once."""
        from farense.models.backend import prepare_backend

        backend = prepare_backend()
        for warning in backend.warnings:
            self._warn(warning)
        return backend

    def _answer(self, who: Who, questions: list[Question]) -> None:
        from farense.evaluation.results import Judged
        from farense.scoring import score_answer

        answered = self._answers(who, questions)
        if who == "adapter":
            self._answered.append(answered)
        texts = {answer.question_id: answer for answer in answered.answers}
        for question in self.evalset.questions:
            if question.id in texts:
                answer = texts[question.id]
                scores = score_answer(answer.text, question)
                self._judged[who][question.id] = Judged(question, answer, scores)

    def _answers(self, who: Who, questions: list[Question]) -> Answered:
        subject, backend, decoding = self.subject(who), self.backend, self.decoding
        from farense.answering.subject import answers_of, kept_answers

        cache = self.options.reports_dir / ".answers"
        # Questions in one batch can sway each other's rounding: answers of the whole set that
        # are there already are the ones to judge, also where only a few are asked for.
        every = [(q.id, q.question) for q in self.evalset.questions]
        order = SECOND_ORDER_SEED if who == "baseline_again" else None
        kept = kept_answers(subject, backend, every, decoding, cache, order)
        if kept is not None:
            return kept
        pairs = [(q.id, q.question) for q in questions]

        def on_answered(done: int) -> None:
            self._report(who, done, len(pairs))

        on_answered(0)
        return answers_of(subject, backend, pairs, decoding, cache, on_answered, self._warn, order)
