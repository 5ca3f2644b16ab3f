"""gates.toml: read as it stands, refused where it cannot mean what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_sample import GATES

from farense.errors import InputError
from farense.evaluation.thresholds import read_thresholds


def test_the_project_asks_what_it_promises() -> None:
    """The shipped bounds are those the project committed to."""
    assert read_thresholds(GATES).to_json() == {
        "fact_accuracy": {"seen": 0.95, "paraphrase": 0.90},
        "base_fact_accuracy": {"below": 0.15},
        "overfitting_gap": {"below": 0.15},
        "abstention": {"unanswerable_at_least": 0.70, "elsewhere_at_most": 0.05},
        "must_pass": {"at_least": 1.0},
        "adapter_minus_base": {"at_least": 0.0},
        "comparison": {
            "margin": 0.05,
            "categories_lost_at_most": 0.0,
            "must_pass_lost_at_most": 0.0,
            "noise_at_most": 0.02,
        },
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fact_acuracy]\nseen = 0.9", r"unknown section 'fact_acuracy'.*mean 'fact_accuracy'\?"),
        ("[fact_accuracy]\nparaphrased = 0.9", r"unknown key 'paraphrased'.*mean 'paraphrase'\?"),
        ("[must_pass]\nzzz = 1", r"unknown key 'zzz'.*Take 'zzz' out"),
        ("[fact_accuracy]\nseen = true", r"\[fact_accuracy\] seen: True; expected a number"),
        ('[fact_accuracy]\nseen = "0.9"', r"'0.9'; expected a number from 0 to 1"),
        ("[fact_accuracy]\nseen = 95", r"95; expected a number from 0 to 1"),
        ("[fact_accuracy]\nseen = nan", r"nan; expected a number"),
        ("must_pass = 1.0", r"expected a section \[must_pass\]"),
        ("[fact_accuracy\nseen = 1", r"not TOML.*line 1"),
    ],
)
def test_a_bad_gate_is_refused_with_a_remedy(tmp_path: Path, text: str, message: str) -> None:
    """Unknown names, wrong types, percentages and broken TOML each say what to write."""
    file = tmp_path / "gates.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_thresholds(file)
    assert str(file) in str(caught.value)


def test_a_missing_gate_is_refused(tmp_path: Path) -> None:
    """No file is not the same as no rules."""
    with pytest.raises(InputError, match="no such file"):
        read_thresholds(tmp_path / "gates.toml")
