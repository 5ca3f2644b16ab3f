"""A run on disk: everything its page and verdict need, without the model.

::

    run.json               versioned record: hashes, settings, aggregates, verdict
    questions.jsonl        the golden questions as they were asked
    answers.jsonl          raw answers of the adapter (of the base when there is none)
    base_answers.jsonl     raw answers of the base beside an adapter
    baseline_answers.jsonl, baseline_again_answers.jsonl    those of the adapter compared with
    majority_answers.jsonl, echo_answers.jsonl    those of the baselines
    scores.jsonl           one row a question, scorer and system
    metrics.jsonl          the training log, where there is one
    leakage.jsonl          what training saw of each question, where an adapter was judged
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.evaluation.comparison import Comparison
from farense.evaluation.evalset import Evalset, read_evalset
from farense.evaluation.evidence import NotApplicable
from farense.evaluation.gap import PhrasingGap
from farense.evaluation.gate import Judgement
from farense.evaluation.leakage import Leakage, LeakProof
from farense.evaluation.provenance import GoldenSet, Provenance
from farense.evaluation.results import SYSTEMS, Judged, System, SystemResults
from farense.evaluation.run import Run, evaluate
from farense.evaluation.thresholds import Thresholds, thresholds_from_json
from farense.folders import whole_folder
from farense.records import Answer, Check, Score, Verdict
from farense.scoring import OPTIONAL
from farense.storage import (
    read_json,
    read_jsonl,
    write_json,
    write_jsonl,
    write_text,
)
from farense.training.log_file import read_rows
from farense.training.metrics import METRICS

SCHEMA = 1


def write_run(run: Run, folder: Path, page: str | None = None) -> Path:
    """Write the run folder whole or not at all; one that is there is replaced.

    Args:
        run: What to write.
        folder: Where.
        page: The rendered report, written along as report.html.

    Raises:
        StorageError: the disk is full or the parent folder not writable.
    """
    with whole_folder(folder) as new:
        _write_files(run, new)
        if page is not None:
            write_text(new / "report.html", page)
    return folder


def read_run(folder: Path) -> Run:
    """Read a run as it was written; nothing is scored or judged anew.

    Raises:
        InputError: a file is missing or broken, or was written by another version.
    """
    record = read_json(folder / "run.json")
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != SCHEMA:
        raise InputError(
            folder / "run.json",
            f"schema {schema!r}",
            f"schema {SCHEMA}",
            "Read it with the version of farense that wrote it, or evaluate again.",
        )
    try:
        return _run(folder, record)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError(
            folder,
            f"a field that is missing or of the wrong type ({error})",
            "a run folder as farense evaluate writes it",
            "Evaluate again.",
        ) from error


def rejudge(
    folder: Path, thresholds: Thresholds | None = None, optional: Sequence[str] = ()
) -> Run:
    """Score a run's raw answers again with today's scorers and judge them, without a model.

    The folder stays as it is; ``write_run`` the result to keep it.

    Args:
        folder: A run folder.
        thresholds: Another gate; that of the run when None.
        optional: Optional scorers besides those the run was scored with.

    Raises:
        InputError: as ``read_run``, or an optional scorer cannot be used.
    """
    run = read_run(folder)
    golden_set = run.golden_set
    evalset = Evalset(golden_set.name, folder, run.questions, golden_set.sha256)
    answers = {system: [item.answer for item in items] for system, items in run.judged.items()}
    also = [name for name in OPTIONAL if name in run.signatures or name in optional]
    gate = thresholds or run.thresholds
    return evaluate(evalset, run.provenance, answers, gate, leakage=run.leakage, optional=also)


def _answers_file(system: System, subject: System) -> str:
    return "answers.jsonl" if system == subject else f"{system}_answers.jsonl"


def _write_files(run: Run, folder: Path) -> None:
    write_jsonl(folder / "questions.jsonl", (q.to_json() for q in run.questions))
    for system, items in run.judged.items():
        name = _answers_file(system, run.subject)
        write_jsonl(folder / name, (item.answer.to_json() for item in items))
    write_jsonl(folder / "scores.jsonl", _score_rows(run))
    if run.provenance.metrics:
        write_jsonl(folder / METRICS, map(dict, run.provenance.metrics))
    if run.leakage:
        write_jsonl(folder / "leakage.jsonl", (proof.to_json() for proof in run.leakage.proofs))
    write_json(folder / "run.json", _record(run))


def _score_rows(run: Run) -> Iterator[dict[str, Any]]:
    for system, items in run.judged.items():
        for item in items:
            for score in item.scores:
                yield {"system": system, "question_id": item.question.id, **score.to_json()}


def _record(run: Run) -> dict[str, Any]:
    gap_felt = run.phrasing_gap
    return {
        "schema": SCHEMA,
        **run.provenance.to_json(),
        "golden_set": asdict(run.golden_set),
        "signatures": run.signatures,
        "systems": {system: results.to_json() for system, results in run.results.items()},
        "phrasing_gap": gap_felt.to_json() if gap_felt else None,
        "comparison": run.comparison.to_json() if run.comparison else None,
        "leakage": run.leakage.summary() if run.leakage else None,
        "thresholds": run.thresholds.to_json(),
        "verdict": run.judgement.verdict.to_json(),
        "not_applicable": [rule.to_json() for rule in run.judgement.not_applicable],
    }


_DERIVED = (
    "schema",
    "golden_set",
    "signatures",
    "systems",
    "phrasing_gap",
    "comparison",
    "leakage",
    "thresholds",
    "verdict",
    "not_applicable",
)


def _run(folder: Path, record: Mapping[str, Any]) -> Run:
    metrics = read_rows(folder / METRICS)
    given = {key: value for key, value in record.items() if key not in _DERIVED}
    # A run written before there were comparisons has none.
    gap_felt, compared = record["phrasing_gap"], record.get("comparison")
    systems: list[System] = [system for system in SYSTEMS if system in record["systems"]]
    if not {"adapter", "base"} & set(systems):
        raise KeyError("systems")
    return Run(
        provenance=Provenance.from_json(given, metrics),
        golden_set=GoldenSet(**record["golden_set"]),
        judged=_read_judged(folder, systems),
        results={s: SystemResults.from_json(record["systems"][s]) for s in systems},
        phrasing_gap=PhrasingGap(**gap_felt) if gap_felt else None,
        thresholds=thresholds_from_json(record["thresholds"], where=f"{folder / 'run.json'}"),
        judgement=Judgement(
            Verdict(
                record["verdict"]["decision"],
                tuple(Check(**check) for check in record["verdict"]["checks"]),
            ),
            tuple(NotApplicable(**rule) for rule in record["not_applicable"]),
        ),
        comparison=Comparison.from_json(compared) if compared else None,
        leakage=_read_leakage(folder, record.get("leakage")),
    )


def _read_leakage(folder: Path, summary: Mapping[str, Any] | None) -> Leakage | None:
    # Runs written before the proof have neither the key nor the file.
    if summary is None:
        return None
    rows = read_jsonl(folder / "leakage.jsonl")
    return Leakage(tuple(LeakProof.from_json(row) for _, row in rows), summary["recorded"])


def _read_judged(folder: Path, systems: list[System]) -> dict[System, tuple[Judged, ...]]:
    questions = read_evalset(folder / "questions.jsonl").questions
    scores: dict[tuple[str, str], list[Score]] = {}
    for _, row in read_jsonl(folder / "scores.jsonl"):
        key = (row.pop("system"), row.pop("question_id"))
        scores.setdefault(key, []).append(Score(**row))
    judged: dict[System, tuple[Judged, ...]] = {}
    for system in systems:
        file = folder / _answers_file(system, systems[0])
        answers = {row["question_id"]: Answer(**row) for _, row in read_jsonl(file)}
        judged[system] = tuple(
            Judged(question, answers[question.id], tuple(scores[system, question.id]))
            for question in questions
        )
    return judged
