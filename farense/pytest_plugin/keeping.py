"""A pytest run that judged a whole gate, kept as ``farense evaluate`` keeps a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from farense.config import RESAMPLING_SEED
from farense.errors import FarenseError
from farense.evaluation.thresholds import read_thresholds
from farense.pytest_plugin.options import FLAGS

if TYPE_CHECKING:
    from farense.evaluation.results import Judged, System
    from farense.evaluation.run import Run
    from farense.pytest_plugin.state import State


def is_whole(state: State) -> bool:
    """Whether every rule of one gate was run, over every question of this run."""
    asked = len(state.examination.evalset.questions)
    return (
        len(state.gate_files) == 1
        and len(state.checks) > 0
        and state.rules_run == state.rules_collected
        and len(state.examination.has_answered("adapter")) == asked
        and set(state.golden_of(state.gate_files[0])) == set(state.golden_files)
    )


def keep_run(state: State) -> Path:
    """Write the run folder with its page, extend the passport, return the folder.

    A passport that cannot be extended is named among ``state.problems``.

    Raises:
        FarenseError: the folder cannot be written, or a file of the adapter is broken.
    """
    from farense.evaluation.passport import record_evaluation
    from farense.evaluation.run_folder import write_run
    from farense.reporting.page import render_page

    run = _run(state)
    folder = write_run(run, state.options.reports_dir / run.provenance.name, render_page(run))
    try:
        record_evaluation(run, folder)
    except FarenseError as error:
        state.problems.append(f"the passport was not extended: {error}")
    return folder


def _run(state: State) -> Run:
    from farense.evaluation.provenance import GoldenSet
    from farense.evaluation.recording import provenance_of
    from farense.evaluation.run import conclude

    examined = state.examination
    evalset, subject = examined.evalset, examined.subject("adapter")
    provenance = provenance_of(
        subject,
        examined.backend,
        examined.answered,
        examined.decoding,
        evalset,
        RESAMPLING_SEED,
        _settings(state),
        state.options.accepted_for(evalset.path),
        examined.subject("baseline") if state.options.baseline else None,
    )
    return conclude(
        provenance.without_prompt_hashes(),
        GoldenSet(evalset.name, evalset.sha256, len(evalset.questions)),
        _systems(state),
        read_thresholds(state.gate_files[0]),
        examined.leakage,
    )


def _systems(state: State) -> dict[System, tuple[Judged, ...]]:
    """Who answered every question, and the two that know nothing."""
    from farense.evaluation.baselines import ignorant_answers, trained_rows
    from farense.evaluation.results import Judged
    from farense.scoring import score_answer

    examined = state.examination
    questions = examined.evalset.questions
    if examined.has_answered("base"):
        # A rule may have asked it for some tiers only; the page compares all.
        examined.judged("base", [question.id for question in questions])
    there = {who: examined.has_answered(who) for who in examined.everybody}
    systems: dict[System, tuple[Judged, ...]] = {
        who: tuple(judged) for who, judged in there.items() if len(judged) == len(questions)
    }
    for name, answers in ignorant_answers(questions, trained_rows(examined.folder)).items():
        systems[name] = tuple(
            Judged(question, answer, score_answer(answer.text, question))
            for question, answer in zip(questions, answers, strict=True)
        )
    return systems


def _settings(state: State) -> dict[str, dict[str, Any]]:
    """Every option of the plugin with its value and where that came from."""
    given = {str(arg).partition("=")[0] for arg in state.config.invocation_params.args}
    return {
        flag.lstrip("-").replace("-", "_"): {
            "value": state.config.getoption(flag),
            "origin": "option" if flag in given else "default",
        }
        for flag in FLAGS
    }
