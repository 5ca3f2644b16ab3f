"""A tiny adapter that learnt a few answers by heart, and golden sets to hold it against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import farense.answering.subject
import farense.pytest_plugin.measuring
from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.records import Example

# pytester forgets what a run inside it imports; what is loaded here is loaded once.
assert farense.answering.subject
assert farense.pytest_plugin.measuring

FACTS = {
    "club/founding_place": ("Onde nasceu?", "Faro"),
    "club/first_captain": ("Quem mandou?", "Ana"),
    "club/record_defeat": ("Quantos sofreu?", "12"),
}
ROWS = tuple(
    Example(q, a, (fact,), "club", f"tiny/{n}") for n, (fact, (q, a)) in enumerate(FACTS.items())
)


def train(root: Path, base: Path) -> Path:
    """Train the tiny base on three rows until it knows them; returns the adapter's folder."""
    write_pack(Pack("essentials", 1, "0" * 64, ROWS, ROWS), root / "built" / "essentials")
    result = CliRunner().invoke(
        cli,
        [
            "train",
            *("--base", str(base), "--packs-dir", str(root / "built")),
            *("--adapters-dir", str(root / "adapters"), "--workers", "1"),
            *("--steps", "150", "--batch-size", "3", "--learning-rate", "0.01", "--rank", "16"),
            *("--evaluate-every", "30"),
        ],
    )
    assert result.exit_code == 0, result.output
    return Path(result.stdout.splitlines()[-1])


def question(identifier: str, tier: str, text: str, value: str, **more: Any) -> dict[str, Any]:
    """A golden line whose right answer is ``value``, word for word."""
    row = {
        "id": identifier,
        "question": text,
        "references": [value],
        "answer": {"kind": "text", "value": value},
        "tier": tier,
        "category": "club",
    }
    return row | more


# Two it learnt by heart, and two it cannot know.
GOLDEN = (
    question("knows-place", "seen", "Onde nasceu?", "Faro", fact_ids=["club/founding_place"]),
    question("knows-number", "seen", "Quantos sofreu?", "12", fact_ids=["club/record_defeat"]),
    question("misses-place", "paraphrase", "Terra?", "Zebra", fact_ids=["club/founding_place"]),
    question("misses-colour", "heldout", "Que cor tem?", "Verde", category="cores e tons"),
)
# Met by half of the seen questions, and by none of the others.
TOLERANT = """[fact_accuracy]
seen = 0.5
paraphrase = 0.0
[overfitting_gap]
below = 5.0
[must_pass]
at_least = 1.0
[adapter_minus_base]
at_least = 0.0
"""


def write_golden(path: Path, rows: Iterable[dict[str, Any]] = GOLDEN) -> Path:
    """Write golden lines as JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
