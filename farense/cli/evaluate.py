"""``farense evaluate``: golden questions answered, scored, gated and reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from farense.cli.options import ADAPTERS_DIR, MODELS_DIR, REPORTS_DIR
from farense.config import ANSWER_TOKENS, ANSWERS_AT_ONCE

if TYPE_CHECKING:
    from farense.answering.generation import Answered, Decoding
    from farense.answering.subject import Subject
    from farense.evaluation.evalset import Evalset
    from farense.evaluation.leakage import Leakage
    from farense.evaluation.results import System
    from farense.evaluation.run import Provenance
    from farense.models.backend import Backend
    from farense.records import Answer


@click.command()
@click.option(
    "--evalset",
    type=click.Path(path_type=Path),
    default=Path("evalsets"),
    show_default=True,
    help="A golden set (.jsonl) or a folder of them.",
)
@click.option(
    "--adapter",
    type=click.Path(path_type=Path, file_okay=False),
    help="Adapter folder.  [default: the newest trained one]",
)
@click.option("--no-adapter", is_flag=True, help="Judge the bare base instead.")
@click.option("--base", help="Base name or folder.  [default: the one the adapter names]")
@click.option(
    "--gates",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Thresholds of the gate.  [default: gates.toml beside the golden set or in evalsets]",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(1, 4096),
    default=ANSWER_TOKENS,
    show_default=True,
    help="Longest answer, in tokens.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 512),
    default=ANSWERS_AT_ONCE,
    show_default=True,
    help="Questions answered at once.",
)
@click.option("--seed", default=1910, show_default=True, help="Seed of the resampling.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
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
    gates: Path | None,
    max_tokens: int,
    batch_size: int,
    seed: int,
    as_json: bool,
    models_dir: Path,
    adapters_dir: Path,
    reports_dir: Path,
) -> None:
    """Answer golden questions, score every answer, judge, and write the report.

    Exits 0 when the gate accepts, 1 when it rejects, 2 when it could not judge.

    \b
    Example:
        farense evaluate --evalset evalsets/essentials.jsonl
    """
    from rich.console import Console

    from farense.cli.progress import working
    from farense.evaluation.evalset import read_evalset
    from farense.evaluation.run import evaluate, summary_json
    from farense.evaluation.run_folder import write_run
    from farense.evaluation.thresholds import read_thresholds
    from farense.models.backend import prepare_backend
    from farense.reporting.page import render_page
    from farense.reporting.terminal import print_run

    questions = read_evalset(evalset)
    thresholds = read_thresholds(gates or _gates_beside(evalset))
    backend = prepare_backend()
    for warning in backend.warnings:
        _warn(warning)

    from farense.answering.generation import Decoding
    from farense.answering.subject import find_subject

    subject = find_subject(adapter, no_adapter, base, models_dir, adapters_dir)
    decoding = Decoding(max_tokens, batch_size)
    cache = reports_dir / ".answers"
    answered = _answer(subject, backend, questions, decoding, cache)
    answers: dict[System, Sequence[Answer]] = {
        "adapter" if subject.adapter else "base": answered.answers
    }
    if subject.adapter:
        answers["base"] = _answer(subject.bare, backend, questions, decoding, cache).answers
    answers |= _baselines(subject, questions)
    provenance = _provenance(subject, backend, answered, decoding, questions, seed, context)
    with working("scoring, judging and rendering"):
        leakage = _leakage(subject, questions)
        run = evaluate(questions, provenance, answers, thresholds, leakage)
        folder = write_run(run, reports_dir / provenance.name, render_page(run))
    if as_json:
        click.echo(json.dumps(summary_json(run, folder), ensure_ascii=False))
    else:
        print_run(run, Console())
        click.echo(folder / "report.html")
    context.exit(run.judgement.verdict.exit_code)


def _gates_beside(evalset: Path) -> Path:
    folder = evalset if evalset.is_dir() else evalset.parent
    own = folder / "gates.toml"
    return own if own.is_file() else Path("evalsets/gates.toml")


def _answer(
    subject: Subject, backend: Backend, evalset: Evalset, decoding: Decoding, cache: Path
) -> Answered:
    from farense.answering.subject import answers_of
    from farense.cli.progress import progress_bar

    pairs = [(question.id, question.question) for question in evalset.questions]
    who = "adapter" if subject.adapter else "base"
    with progress_bar(f"answering with the {who}", len(pairs)) as bar:
        return answers_of(subject, backend, pairs, decoding, cache, bar.update, _warn)


def _warn(text: str) -> None:
    click.echo(f"warning: {text}", err=True)


def _baselines(subject: Subject, evalset: Evalset) -> dict[System, Sequence[Answer]]:
    from farense.datasets.packs import TRAIN, read_rows
    from farense.evaluation.baselines import echo_answers, majority_answers

    answers: dict[System, Sequence[Answer]] = {"echo": echo_answers(evalset.questions)}
    trained = subject.adapter / TRAIN if subject.adapter else None
    if trained is not None and trained.is_file():
        answers["majority"] = majority_answers(evalset.questions, read_rows(trained))
    return answers


def _leakage(subject: Subject, evalset: Evalset) -> Leakage | None:
    from farense.evaluation.leakage import prove_leakage, read_training_record

    if subject.adapter is None:
        return None
    return prove_leakage(evalset.questions, read_training_record(subject.adapter))


def _provenance(
    subject: Subject,
    backend: Backend,
    answered: Answered,
    decoding: Decoding,
    evalset: Evalset,
    seed: int,
    context: click.Context,
) -> Provenance:
    from farense.evaluation.gap import gap_of
    from farense.evaluation.run import AdapterId, AnsweringCost, BaseId, Provenance
    from farense.models.environment import environment, library_versions

    training, metrics = _training(subject.adapter)
    sha256 = subject.adapter_sha256
    return Provenance(
        name=f"{subject.name}-{evalset.name}-{evalset.sha256[:8]}",
        seed=seed,
        base=BaseId(subject.base.name, subject.base_sha256),
        adapter=AdapterId(str(subject.adapter), sha256) if sha256 else None,
        decoding=decoding.to_json(),
        prompt_template=subject.template.name,
        versions=library_versions(),
        settings=_settings(context),
        environment=environment(backend),
        gap=gap_of(training),
        training=training,
        metrics=metrics,
        answering=AnsweringCost(
            answered.seconds,
            sum(answer.completion_tokens for answer in answered.answers),
            answered.peak_bytes,
        ),
    )


def _settings(context: click.Context) -> dict[str, dict[str, Any]]:
    """Every option of this command with its value and where that came from."""
    origins = {name: context.get_parameter_source(name) for name in context.params}
    return {
        name: {
            "value": str(value) if isinstance(value, Path) else value,
            "origin": "option"
            if origins[name] is click.core.ParameterSource.COMMANDLINE
            else "default",
        }
        for name, value in context.params.items()
    }


def _training(adapter: Path | None) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    from farense.models.adapters import SUMMARY
    from farense.storage import read_json, read_jsonl

    if adapter is None or not (adapter / SUMMARY).is_file():
        return None, []
    metrics = adapter / "metrics.jsonl"
    rows = [row for _, row in read_jsonl(metrics)] if metrics.is_file() else []
    return read_json(adapter / SUMMARY), rows
