"""``farense evaluate``: golden questions answered, scored, gated and reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import (
    ADAPTERS_BASE,
    ADAPTERS_DIR,
    BATCH_SIZE,
    MAX_TOKENS,
    MODELS_DIR,
    REPORTS_DIR,
    WITH,
    settings_of,
)
from farense.config import RESAMPLING_SEED, SECOND_ORDER_SEED
from farense.evaluation.baseline_adapter import ACCEPTED, NONE, find_baseline
from farense.evaluation.gate_files import ACCEPTED_FILE, GATES_FILE, beside

if TYPE_CHECKING:
    from farense.answering.generation import Answered, Decoding
    from farense.answering.subject import Subject
    from farense.evaluation.evalset import Evalset
    from farense.evaluation.leakage import Leakage
    from farense.evaluation.results import System
    from farense.evaluation.run import Run
    from farense.evaluation.thresholds import Thresholds
    from farense.models.backend import Backend
    from farense.records import Answer
    from farense.training.team import Team


@click.command()
@click.option(
    "--evalset",
    type=click.Path(path_type=Path),
    default=Path("evalsets"),
    show_default=True,
    help="A golden set (.jsonl), or a folder of them: those for the adapter's pack.",
)
@click.option(
    "--adapter",
    type=click.Path(path_type=Path, file_okay=False),
    help="Adapter folder.  [default: the newest trained one]",
)
@click.option("--no-adapter", is_flag=True, help="Judge the bare base instead.")
@ADAPTERS_BASE
@click.option(
    "--baseline",
    default=NONE,
    show_default=True,
    metavar=f"[{ACCEPTED}|ADAPTER_FOLDER|{NONE}]",
    help="Adapter to compare with; accepted: that of accepted.toml.",
)
@click.option(
    "--gates",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Thresholds of the gate.  [default: gates.toml beside the golden set or in evalsets]",
)
@MAX_TOKENS
@BATCH_SIZE
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that answer together, with the same answers as one."
    "  [default: one a core on a CPU, one on a GPU]",
)
@click.option("--seed", default=RESAMPLING_SEED, show_default=True, help="Seed of the resampling.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@WITH
@MODELS_DIR
@ADAPTERS_DIR
@REPORTS_DIR
@click.pass_context
def command(
    context: click.Context,
    evalset: Path,
    adapter: Path | None,
    no_adapter: bool,
    base: str | None,
    baseline: str,
    gates: Path | None,
    max_tokens: int,
    batch_size: int,
    workers: int | None,
    seed: int,
    as_json: bool,
    optional: tuple[str, ...],
    models_dir: Path,
    adapters_dir: Path,
    reports_dir: Path,
) -> None:
    """Answer golden questions, score every answer, judge, and write the report.

    Exits 0 when the gate accepts, 1 when it rejects, 2 when it could not judge or the
    questions are too few to tell the adapter from its baseline. Started by mlx.launch, its
    ranks share the questions.

    \b
    Example:
        farense evaluate --evalset evalsets/essentials.jsonl
    """
    from rich.console import Console

    from farense.cli.progress import working
    from farense.evaluation.recording import provenance_of
    from farense.evaluation.run import evaluate, summary_json
    from farense.evaluation.run_folder import write_run
    from farense.reporting.page import render_page
    from farense.reporting.terminal import print_run
    from farense.training.launch import all_or_none, join_launch, leads

    team = join_launch(workers)
    accepted = beside(evalset, ACCEPTED_FILE)

    def prepare() -> tuple[Evalset, Thresholds, Backend, Subject, Subject | None]:
        from farense.evaluation.evalset import read_evalset
        from farense.evaluation.set_manifest import trained_pack
        from farense.evaluation.thresholds import read_thresholds
        from farense.folders import require_writable
        from farense.models.backend import prepare_backend
        from farense.scoring import scorers

        scorers(optional)  # a scorer that cannot be used is named before a model is loaded
        read_evalset(evalset)  # and so is a golden line that is broken
        thresholds = read_thresholds(gates or beside(evalset, GATES_FILE))
        require_writable(reports_dir)  # said before answers are waited for
        backend = prepare_backend()

        from farense.answering.subject import find_subject

        subject = find_subject(adapter, no_adapter, base, models_dir, adapters_dir)
        questions = read_evalset(evalset, trained_pack(subject.adapter))
        compared = find_baseline(baseline, subject, accepted, models_dir, adapters_dir)
        return questions, thresholds, backend, subject, compared

    questions, thresholds, backend, subject, compared = all_or_none(team, prepare)
    for warning in backend.warnings if leads(team) else ():
        _warn(warning)

    from farense.answering.generation import Decoding

    decoding = Decoding(max_tokens, batch_size)
    answer = partial(
        _answer,
        backend=backend,
        evalset=questions,
        decoding=decoding,
        cache=reports_dir / ".answers",
        workers=workers,
        team=team,
    )
    answered, answers = _all_answers(subject, compared, questions, answer)
    if not leads(team):
        return
    settings = settings_of(context)
    provenance = provenance_of(
        subject, backend, answered, decoding, questions, seed, settings, accepted, compared
    )
    with working("scoring, judging and rendering"):
        leakage = _leakage(subject, questions)
        run = evaluate(
            questions, provenance, answers, thresholds, leakage=leakage, optional=optional
        )
        folder = write_run(run, reports_dir / provenance.name, render_page(run))
    _extend_passport(run, folder)
    if as_json:
        click.echo(json.dumps(summary_json(run, folder), ensure_ascii=False))
    else:
        print_run(run, Console())
        click.echo(folder / "report.html")
    context.exit(run.judgement.verdict.exit_code)


def _extend_passport(run: Run, folder: Path) -> None:
    """Record the run in the adapter's passport; a verdict stands without it too."""
    from farense.errors import FarenseError
    from farense.evaluation.passport import record_evaluation

    try:
        record_evaluation(run, folder)
    except FarenseError as error:
        _warn(f"the passport was not extended: {error}")


def _all_answers(
    subject: Subject,
    compared: Subject | None,
    evalset: Evalset,
    answer: Callable[..., Answered],
) -> tuple[Answered, dict[System, Sequence[Answer]]]:
    """The judged system's answers with their cost, and everybody's by system."""
    from farense.evaluation.baselines import ignorant_answers, trained_rows

    judged: System = "adapter" if subject.adapter else "base"
    answered = answer(subject, judged)
    answers: dict[System, Sequence[Answer]] = {judged: answered.answers}
    if subject.adapter:
        answers["base"] = answer(subject.bare, "base").answers
    if compared:
        answers["baseline"] = answer(compared, "baseline").answers
        again = answer(compared, "baseline, in another order", order_seed=SECOND_ORDER_SEED)
        answers["baseline_again"] = again.answers
    trained = trained_rows(subject.adapter) if subject.adapter else ()
    answers.update(ignorant_answers(evalset.questions, trained))
    return answered, answers


def _answer(
    subject: Subject,
    who: str,
    *,
    backend: Backend,
    evalset: Evalset,
    decoding: Decoding,
    cache: Path,
    workers: int | None,
    team: Team | None,
    order_seed: int | None = None,
) -> Answered:
    from farense.answering.subject import answers_of
    from farense.cli.progress import progress_bar

    pairs = [(question.id, question.question) for question in evalset.questions]
    ask = partial(
        answers_of, subject, backend, pairs, decoding, cache, order_seed=order_seed, team=team
    )
    if team is not None and not team.leads:
        return ask()
    with progress_bar(f"answering with the {who}", len(pairs)) as bar:
        return ask(on_answered=bar.update, on_warning=_warn, workers=workers)


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


def _leakage(subject: Subject, evalset: Evalset) -> Leakage | None:
    from farense.evaluation.leakage import prove_leakage, read_training_record

    if subject.adapter is None:
        return None
    return prove_leakage(evalset.questions, read_training_record(subject.adapter))
