"""``farense sweep``: every checkpoint of a training on golden questions, one chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farense.cli.options import (
    ADAPTERS_BASE,
    BATCH_SIZE,
    EVALSET,
    MAX_TOKENS,
    MODELS_DIR,
    REPORTS_DIR,
)
from farense.config import RESAMPLING_SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farense.evaluation.sweep import Candidate, Scored, Sweep
    from farense.records import Question


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@EVALSET
@ADAPTERS_BASE
@MAX_TOKENS
@BATCH_SIZE
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that answer together.  [default: one a core on a CPU, one on a GPU]",
)
@click.option("--seed", default=RESAMPLING_SEED, show_default=True, help="Seed of the halves.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@MODELS_DIR
@REPORTS_DIR
def command(
    run: Path,
    evalset: Path,
    base: str | None,
    max_tokens: int,
    batch_size: int,
    workers: int | None,
    seed: int,
    as_json: bool,
    models_dir: Path,
    reports_dir: Path,
) -> None:
    """Choose among the checkpoints of RUN on one half of the facts, report on the other.

    RUN is an adapter's folder, or the hidden one of an interrupted training. The finished
    adapter, of the best validation, is one of the candidates.

    \b
    Example:
        farense sweep models/adapters/smollm2-135m-essentials-1a2b3c4d
    """
    from farense.answering.generation import Decoding
    from farense.answering.subject import answers_of, find_subject
    from farense.cli.progress import progress_bar
    from farense.evaluation.evalset import read_evalset
    from farense.evaluation.run import judge_answers
    from farense.evaluation.set_manifest import trained_pack
    from farense.evaluation.sweep import Scored, Sweep, candidates_of, choose, halves
    from farense.models.backend import prepare_backend

    candidates = candidates_of(run)
    golden = read_evalset(evalset, trained_pack(candidates[0].folder))
    development, report = halves(golden.questions, seed)
    backend, decoding = prepare_backend(), Decoding(max_tokens, batch_size)
    subject = find_subject(candidates[0].folder, False, base, models_dir, run.parent)

    def score(candidate: Candidate, questions: Sequence[Question]) -> Scored:
        who = replace(subject, adapter=candidate.folder.resolve())
        pairs = [(question.id, question.question) for question in questions]
        with progress_bar(f"answering with {candidate.name}", len(pairs)) as bar:
            given = answers_of(
                who, backend, pairs, decoding, reports_dir / ".answers", bar.update, workers=workers
            )
        judged = judge_answers(candidate.name, questions, given.answers)
        return Scored(candidate, judged)

    scored = tuple(score(candidate, development) for candidate in candidates)
    chosen = choose(scored).candidate
    finished = [each for each in candidates if each.folder == run and each != chosen]
    found = Sweep(
        about={
            "run": str(run),
            "base": {"name": subject.base.name, "sha256": subject.base_sha256},
            "evalset": {
                "name": golden.name,
                "sha256": golden.sha256,
                "n": len(golden.questions),
            },
            "decoding": decoding.to_json(),
            "seed": seed,
        },
        development=scored,
        chosen=score(chosen, report),
        finished=score(finished[0], report) if finished else None,
    )
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _print(found)


def _print(found: Sweep) -> None:
    n = len(found.development[0].judged)
    click.echo(f"fact accuracy on the development half ({n} questions)")
    for each in found.development:
        loss = each.candidate.validation_loss
        told = f"  validation loss {loss:.4f}" if loss is not None else ""
        click.echo(f"  {each.candidate.name:<16} {_shown(each)}{told}")
    click.echo(f"on the other half ({len(found.chosen.judged)} questions)")
    click.echo(f"  {found.chosen.candidate.name:<16} {_shown(found.chosen)}  chosen")
    if found.finished:
        click.echo(f"  {found.finished.candidate.name:<16} {_shown(found.finished)}")
    click.echo(found.chosen.candidate.folder)


def _shown(scored: Scored) -> str:
    accuracy = scored.accuracy
    if accuracy is None:
        return "not measured"
    return f"{accuracy.mean:6.1%} ({accuracy.low:.0%}-{accuracy.high:.0%})"
