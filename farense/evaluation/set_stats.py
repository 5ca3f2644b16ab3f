"""How many golden questions of each tier and category a path holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.evaluation.evalset import Placed, golden_files, placed_questions
from farense.evaluation.set_manifest import counts_of, read_manifest
from farense.records import TIERS, Question


@dataclass(frozen=True)
class SetStats:
    """Counts over some golden files; ``table`` is category → tier → questions."""

    sets: dict[str, dict[str, Any]]
    table: dict[str, dict[str, int]]
    total: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"sets": self.sets, "table": self.table, "total": self.total}


def stats_of(path: Path, pack: str | None = None) -> SetStats:
    """Count the questions of a golden file or a folder of them.

    Args:
        path: A file or a folder.
        pack: Of a folder, only the sets for this pack.

    Raises:
        EvalsetError: a set is broken.
        InputError: the manifest is.
    """
    files = golden_files(path, pack)
    recorded = read_manifest(path if path.is_dir() else path.parent)
    placed: list[Placed] = list(placed_questions(files))
    sets = {}
    for file in files:
        mine = [q for where, q in placed if where.rpartition(":")[0] == str(file)]
        record = recorded.get(file.stem)
        sets[file.stem] = {
            "version": record.version if record else None,
            "packs": list(record.packs) if record else [],
            **counts_of(mine),
        }
    questions = [question for _, question in placed]
    return SetStats(sets, _table(questions), counts_of(questions))


def _table(questions: Sequence[Question]) -> dict[str, dict[str, int]]:
    counted = Counter((question.category, question.tier) for question in questions)
    categories = sorted({question.category for question in questions})
    return {name: {tier: counted[name, tier] for tier in TIERS} for name in categories}
