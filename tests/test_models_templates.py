"""Prompt templates: exact text, exact token ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlx_lm.utils import load_tokenizer

from farense.models.templates import TEMPLATES, encode_example, encode_prompt, template_for
from farense.testing import tiny_model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model_folder(tmp_path / "tiny")


def test_chatml_is_what_the_model_was_taught() -> None:
    """ChatML as the SmolLM2 and Qwen cards write it, without a system message."""
    template = TEMPLATES["chatml"]
    assert template.render("Olá?") == ("<|im_start|>user\nOlá?<|im_end|>\n<|im_start|>assistant\n")
    assert template.completion_text("Olá!") == "Olá!<|im_end|>"


def test_pergunta_is_plain_text() -> None:
    """Bases without chat marks get Portuguese headings."""
    template = TEMPLATES["pergunta"]
    assert template.render("Quem?") == "### Pergunta:\nQuem?\n\n### Resposta:\n"
    assert template.completion_text("Ele.") == "Ele."


def test_p_r_is_question_and_answer_on_two_lines() -> None:
    """The answer follows "R:" after a space, as in Portuguese interviews."""
    template = TEMPLATES["p-r"]
    assert template.render("Quem?") == "P: Quem?\nR:"
    assert template.completion_text("Ele.") == " Ele."


def test_completions_end_in_the_end_token(folder: Path) -> None:
    """Every template closes the answer with a token generation stops at."""
    tokenizer = load_tokenizer(folder)
    for template in TEMPLATES.values():
        prompt, completion = encode_example(tokenizer, template, "Quem?", "O Farense.")
        assert completion[-1] in tokenizer.eos_token_ids
        assert tokenizer.decode(prompt) == template.render("Quem?")
        assert tokenizer.decode(completion[:-1]).strip() == "O Farense."


def test_prompts_are_equal_in_training_and_answering(folder: Path) -> None:
    """What is trained on starts with the very ids a prompt has when it is answered."""
    tokenizer = load_tokenizer(folder)
    template = TEMPLATES["chatml"]
    trained, _ = encode_example(tokenizer, template, "Quem?", "Ele.")
    assert trained == encode_prompt(tokenizer, template, "Quem?")


def test_a_bos_token_leads_where_it_is_asked_for() -> None:
    """A tokenizer that adds a bos token in use has it in training too, once."""

    class Tokenizer:
        bos_token_id, eos_token_id = 1, 2

        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            lead = [1] if add_special_tokens else []
            return lead + [10 + len(word) for word in text.split()]

    prompt, completion = encode_example(Tokenizer(), TEMPLATES["pergunta"], "Quem foi?", "Ele")
    assert prompt[:2] == [1, 13]
    assert completion == [13, 2]


def test_the_template_follows_the_base(folder: Path) -> None:
    """A registry base has its entry's template; a foreign one is judged by its tokenizer."""
    assert template_for(folder).name == "chatml"
    record = folder / "farense_base.json"
    record.write_text(json.dumps({"name": "mistral-7b"}))
    assert template_for(folder).name == "pergunta"
    record.unlink()
    (folder / "tokenizer.json").write_text("{}")
    assert template_for(folder).name == "pergunta"
