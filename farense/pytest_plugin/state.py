"""What one pytest run knows: its options, its golden files, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farense.errors import EvalsetError
from farense.evaluation.evalset import Evalset, golden_files, read_evalset
from farense.evaluation.gate_files import GATES_FILE
from farense.evaluation.set_manifest import trained_pack
from farense.pytest_plugin.examination import Examination
from farense.pytest_plugin.options import Options, absolute, read_options
from farense.pytest_plugin.progress import Progress
from farense.storage import sha256_json

if TYPE_CHECKING:
    from farense.evaluation.evidence import NotApplicable
    from farense.evaluation.results import Judged
    from farense.records import Check


@dataclass
class Wrong:
    """A golden question that failed; ``grave`` ones no share of right answers excuses.

    ``place`` is its file and line, from 1.
    """

    node_id: str
    place: tuple[Path, int]
    judged: Judged
    reason: str
    grave: bool


@dataclass
class State:
    """Everything of this plugin that lives as long as the pytest run."""

    config: pytest.Config
    options: Options
    golden_files: list[Path] = field(default_factory=list)
    gate_files: list[Path] = field(default_factory=list)
    rules_chosen: int = 0
    rules_collected: int = 0
    rules_run: int = 0
    questions_run: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    checks: list[tuple[tuple[Path, int], Check | NotApplicable]] = field(default_factory=list)
    others_failed: bool = False
    unjudged: bool = False
    run_folder: Path | None = None
    problems: list[str] = field(default_factory=list)
    categories: set[str] = field(default_factory=set)
    _read: dict[Path, Evalset] = field(default_factory=dict)

    def evalset(self, path: Path) -> Evalset:
        """A golden file, read once.

        Raises:
            EvalsetError: it is broken.
        """
        if path not in self._read:
            self._read[path] = read_evalset(path, self.pack)
        return self._read[path]

    @cached_property
    def pack(self) -> str:
        """The pack the adapter learnt: of a folder, only the sets for it are asked."""
        return trained_pack(self.options.adapter)

    def asks(self, path: Path) -> bool:
        """Whether a file is a golden set that its folder asks an adapter of this pack."""
        return path in golden_files(path.parent, self.pack) and looks_golden(path)

    def golden_of(self, gates: Path) -> list[Path]:
        """The golden files a gate judges: those of this run, else those beside it."""
        own = [path for path in self.golden_files if self.options.gates_for(path) == gates]
        return own or [path for path in golden_files(gates.parent, self.pack) if looks_golden(path)]

    @cached_property
    def examination(self) -> Examination:
        """The adapter and every golden question of this run.

        Raises:
            EvalsetError: a golden file is broken, or two use the same id.
        """
        progress = Progress(self.config)
        return Examination(self.options, self._whole_set(), progress.answered, progress.warn)

    def _whole_set(self) -> Evalset:
        files = list(self.golden_files)
        if not files:
            files = [path for gates in self.gate_files for path in self.golden_of(gates)]
        if not files:
            return self.evalset(self.options.evalset)
        sets = [self.evalset(path) for path in dict.fromkeys(files)]
        alone = len(sets) == 1 and not self._is_whole_folder(sets[0].path)
        return sets[0] if alone else _joined(sets)

    def _is_whole_folder(self, only: Path) -> bool:
        """Whether a folder was asked for that holds this one golden file and no other.

        Then the set is the folder's, by name and hash, as the commands read it.
        """
        named = {absolute(self.options.start / argument) for argument in self.config.args}
        others = [path for path in golden_files(only.parent, self.pack) if path != only]
        return only not in named and not others


KEY = pytest.StashKey[State]()


def state_of(config: pytest.Config) -> State:
    """The run's state."""
    if KEY not in config.stash:
        config.stash[KEY] = State(config, read_options(config))
    return config.stash[KEY]


def _joined(sets: list[Evalset]) -> Evalset:
    first_in: dict[str, Path] = {}
    for golden in sets:
        for question in golden.questions:
            first = first_in.setdefault(question.id, golden.path)
            if first != golden.path:
                raise EvalsetError(
                    golden.path,
                    f"id {question.id!r} was already used in {first}",
                    "ids unique over all golden files of the run",
                    "Change one of the two, or judge the files one at a time.",
                )
    folder = sets[0].path.parent
    digest = sha256_json({golden.path.name: golden.sha256 for golden in sets})
    questions = tuple(question for golden in sets for question in golden.questions)
    return Evalset(folder.name, folder, questions, digest)


def looks_golden(path: Path) -> bool:
    """Whether the first line of a .jsonl file is, or was meant to be, a golden question.

    Other JSON Lines (training rows, raw answers, another project's data) are not ours to
    judge; a golden line that is broken must not slip by as if it were.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            first = next((line for line in lines if line.strip()), "")
    except (OSError, UnicodeDecodeError):
        return False
    if not first:
        return (path.parent / GATES_FILE).is_file()
    return all(f'"{key}"' in first for key in ("question", "references", "tier"))


def is_under_arguments(session: pytest.Session, path: Path) -> bool:
    """Whether the user named ``path`` or a folder it lies in."""
    named: Callable[[Path], bool] = session.isinitpath
    return any(named(place) for place in (path, *path.parents))
