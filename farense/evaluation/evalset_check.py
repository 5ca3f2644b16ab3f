"""Golden sets held against their manifest, the fact tables and everything a pack teaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from farense.datasets.packs import Pack
from farense.errors import EvalsetError
from farense.evaluation.evalset import Placed, golden_files, placed_questions
from farense.evaluation.set_manifest import MANIFEST, SetRecord, counts_of, read_manifest
from farense.evaluation.stated_answers import records_by_id, stating_columns
from farense.evaluation.taught_wordings import TWIN_RATIO, TaughtWordings, Twin
from farense.facts.gaps import KnownGap
from farense.facts.golden import why_unfit
from farense.facts.phrasing.facet import PackName
from farense.facts.tables import FactTables
from farense.records import Example, Question
from farense.storage import sha256_file
from farense.text import fold

_TAUGHT_TIERS = ("paraphrase", "robustness")
Report = Callable[[EvalsetError], None]


@dataclass(frozen=True)
class EvalsetCheck:
    """What ``check_evalsets`` found: how many questions it read, and every error in order."""

    files: tuple[Path, ...]
    questions: int
    errors: tuple[EvalsetError, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "files": [str(file) for file in self.files],
            "questions": self.questions,
            "errors": [
                {"where": e.where, "found": e.found, "expected": e.expected, "remedy": e.remedy}
                for e in self.errors
            ],
        }


def check_evalsets(
    path: Path, tables: FactTables, gaps: Sequence[KnownGap], packs: Mapping[PackName, Pack]
) -> EvalsetCheck:
    """Check a golden file or a folder of them.

    Each line must keep the schema, with an id and a wording of its own; each answer must stand
    in rows of the tables that are fit for it; no wording outside ``seen`` may be like a taught
    one; each tier must be true of the packs the set is for; and the manifest beside the sets
    must know them as they are.

    Args:
        path: A file or a folder.
        tables: The fact tables.
        gaps: What of them is known to be missing.
        packs: Everything that is taught.
    """
    errors: list[EvalsetError] = []
    files = golden_files(path)
    recorded = read_manifest(path if path.is_dir() else path.parent)
    placed = list(placed_questions(files, errors.append))
    errors.extend(_repeated_wordings(placed))
    taught = _Taught(packs)
    facts = _Facts(tables, gaps)
    for (where, question), twin in zip(placed, taught.twins(placed), strict=True):
        record = recorded.get(_file_of(where).stem)
        errors.extend(facts.errors(where, question))
        errors.extend(_twin_errors(where, question, twin))
        errors.extend(taught.tier_errors(where, question, record))
    if recorded:
        held = {file: [q for where, q in placed if _file_of(where) == file] for file in files}
        errors.extend(_manifest_errors(held, recorded, whole=path.is_dir()))
    return EvalsetCheck(files, len(placed), tuple(errors))


def _file_of(where: str) -> Path:
    return Path(where.rpartition(":")[0])


def _repeated_wordings(placed: Iterable[Placed]) -> Iterator[EvalsetError]:
    first_at: dict[str, str] = {}
    for where, question in placed:
        first = first_at.setdefault(fold(question.question), where)
        if first != where:
            yield EvalsetError(
                where,
                f"the wording of {question.id} was already used at {first}",
                "each wording once, accents and case aside",
                "Ask it in other words, or delete one of the two.",
            )


class _Facts:
    """The tables, indexed once for all questions."""

    def __init__(self, tables: FactTables, gaps: Sequence[KnownGap]) -> None:
        self._records = records_by_id(tables)
        self._gaps = gaps

    def errors(self, where: str, question: Question) -> Iterator[EvalsetError]:
        """What keeps a question from resting on the rows it names."""
        if question.tier == "unanswerable" or not question.fact_ids:
            return
        stated = False
        for fact_id in question.fact_ids:
            records = self._records.get(fact_id, [])
            reasons = [self._unfit(question, record) for record in records]
            stated |= any(stating_columns(question.answer, record) for record in records)
            if None not in reasons:
                yield EvalsetError(
                    where,
                    f"{question.id} rests on {fact_id}"
                    f" ({reasons[0] if reasons else 'no such fact in the tables'})",
                    "a row without a note and outside known_gaps.csv",
                    "Ask something else, or mend the fact id.",
                )
                stated = True  # one complaint is enough
        if not stated:
            yield EvalsetError(
                where,
                f"the answer {question.answer.value!r} of {question.id} stands in none of the"
                f" rows {', '.join(question.fact_ids)}",
                "an answer that the tables state",
                "Mend the answer or the fact ids.",
            )

    def _unfit(self, question: Question, record: Any) -> str | None:
        """Why the line, or every column of it that states the answer, is no golden material."""
        reason = why_unfit(record, self._gaps)
        columns = stating_columns(question.answer, record)
        if reason is None and columns:
            reasons = [why_unfit(record, self._gaps, column) for column in columns]
            return None if None in reasons else reasons[0]
        return reason


def _twin_errors(where: str, question: Question, twin: Twin | None) -> Iterator[EvalsetError]:
    if question.tier == "seen" or twin is None:
        return
    like = "thirteen words in a row of" if twin.ratio is None else f"{twin.ratio:.1f} % like"
    yield EvalsetError(
        where,
        f"the wording of {question.id} is {like} the taught {twin.phrasing}",
        f"less than {TWIN_RATIO} %, and no thirteen words in common",
        "Word the golden question anew, or drop the taught wording.",
    )


class _Taught:
    """Everything the packs teach, indexed once for all questions."""

    def __init__(self, packs: Mapping[PackName, Pack]) -> None:
        self._packs = packs
        self._by_fact = {name: _rows_by_fact(pack.train) for name, pack in packs.items()}

    @cached_property
    def _prompts(self) -> dict[PackName, set[str]]:
        return {name: {row.prompt for row in pack.train} for name, pack in self._packs.items()}

    def twins(self, placed: Sequence[Placed]) -> Iterator[Twin | None]:
        """The twin of each question among all rows, those for validation too."""
        # The larger pack first, so that few wordings are met for the first time later on.
        largest_first = sorted(self._packs.values(), key=lambda pack: -len(pack.train))
        rows = (row for pack in largest_first for row in (*pack.train, *pack.validation))
        return TaughtWordings(rows).twins([question.question for _, question in placed])

    def tier_errors(
        self, where: str, question: Question, record: SetRecord | None
    ) -> Iterator[EvalsetError]:
        """Where the tier is not true of a pack the set is for."""
        if record is None and question.tier == "seen":
            if not any(question.question in prompts for prompts in self._prompts.values()):
                yield self._untrue(where, question, "no pack trains its wording")
            return
        for name in (name for name in self._packs if record and name in record.packs):
            said = self._denial(question, name)
            if said:
                yield self._untrue(where, question, f"the pack {name} {said}")

    def _denial(self, question: Question, pack: PackName) -> str | None:
        rows = self._by_fact[pack]
        if question.tier == "seen" and question.question not in self._prompts[pack]:
            return "does not train its wording"
        if question.tier in _TAUGHT_TIERS:
            untaught = [fact for fact in question.fact_ids if fact not in rows]
            return f"teaches nothing of {untaught[0]}" if untaught else None
        if question.tier == "heldout":
            taught = [fact for fact in question.fact_ids if fact in rows]
            return f"teaches {taught[0]}" if taught else None
        return None

    @staticmethod
    def _untrue(where: str, question: Question, said: str) -> EvalsetError:
        return EvalsetError(
            where,
            f"{question.id} is of tier {question.tier}, but {said}",
            "a tier that is true of every pack the set is for",
            "Change the tier, the question, or the packs of the set in manifest.toml.",
        )


def _rows_by_fact(rows: Iterable[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for row in rows:
        for fact in row.fact_ids:
            found.setdefault(fact, []).append(row)
    return found


def _manifest_errors(
    held: Mapping[Path, Sequence[Question]], recorded: Mapping[str, SetRecord], whole: bool
) -> Iterator[EvalsetError]:
    for file, questions in held.items():
        record = recorded.get(file.stem)
        if record is None or record != replace(
            record, sha256=sha256_file(file), **counts_of(questions)
        ):
            found = "not in" if record is None else f"not version {record.version} of"
            yield EvalsetError(
                file,
                f"the set is {found} {MANIFEST}",
                "the hash and the counts recorded there",
                f'Undo the change, or record it: farense evalset new {file} --reason "...".',
            )
    names = {file.stem for file in held}
    for name in recorded if whole else ():
        if name not in names:
            yield EvalsetError(
                next(iter(held)).parent / MANIFEST,
                f"a set {name} that is not there",
                f"{name}.jsonl beside it",
                "Put the file back, or delete the entry.",
            )
