"""Prompt templates: which one a base has, and where an answer ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlx_lm.utils import load_tokenizer

from farense.models.rendering import encode_prompt, encode_row
from farense.models.templates import TEMPLATES, find_template, template_for
from farense.records import Example
from farense.testing import tiny_model_folder

ROW = Example("Quem?", "O Farense.", (), "", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model_folder(tmp_path / "tiny")


def test_answers_end_in_a_token_that_stops_generation(folder: Path) -> None:
    """Whatever the template: what follows the prompt is the answer and its end, once."""
    tokenizer = load_tokenizer(folder)
    for template in TEMPLATES.values():
        row = encode_row(tokenizer, template, ROW)
        assert all(row.trained)
        assert list(row.prompt_ids) == encode_prompt(tokenizer, template, "Quem?")
        assert row.completion_ids[-1] in tokenizer.eos_token_ids
        assert tokenizer.decode(list(row.completion_ids[:-1])).strip() == "O Farense."


def test_a_bos_token_leads_where_it_is_asked_for() -> None:
    """A tokenizer that adds a bos token in use has it in training too, once."""

    class Tokenizer:
        bos_token_id, eos_token_id = 1, 2

        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            lead = [1] if add_special_tokens else []
            return lead + [10 + len(word) for word in text.split()]

    row = encode_row(Tokenizer(), TEMPLATES["pergunta"], Example("Quem foi?", "Ele", (), "", ""))
    assert row.prompt_ids[:2] == (1, 13)
    assert row.completion_ids == (13, 2)


def test_the_template_follows_the_base(folder: Path) -> None:
    """A registry base has its entry's; another ChatML if it knows it, else its own, else none."""
    assert template_for(folder).name == "chatml"
    record = folder / "farense_base.json"
    record.write_text(json.dumps({"name": "mistral-7b"}))
    assert template_for(folder).name == "pergunta"
    record.unlink()
    (folder / "tokenizer.json").write_text("{}")
    assert template_for(folder).name == "model"
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)
    assert template_for(folder).name == "pergunta"
    assert find_template("auto", folder).name == "pergunta"
    assert find_template("phi", folder).name == "phi"
