"""Every template and every shape of row: which tokens are fed, and which are trained.

The expected rows are written by hand after each format's own description; ⟦ ⟧ stands around
what is trained. They are encoded by the tests' own byte-level BPE, not by the tokenizer.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from byte_bpe import ByteBpe
from hypothesis import given
from hypothesis import strategies as st
from mlx_lm.utils import load_tokenizer

from farense.config import TEMPLATES as NAMES
from farense.datasets.formats.reading import read_dataset
from farense.datasets.training_data import example_of
from farense.errors import InputError
from farense.models.rendering import encode_prompt, encode_row
from farense.models.templates import TEMPLATES, find_template
from farense.records import Example, Message
from farense.testing import _MERGES, _SPECIAL, byte_tokens
from farense.training.batches import collate, tokenise

BPE = ByteBpe(byte_tokens(), _MERGES)
PAIRS: list[dict[str, Any]] = [
    {"prompt": "Quem?", "completion": "Ana."},
    {"question": "Quem?", "answer": "Ana."},
    {"pergunta": "Quem?", "resposta": "Ana."},
    {"instruction": "Quem?", "input": "", "output": "Ana."},
    {"messages": [{"role": "user", "content": "Quem?"}, {"role": "assistant", "content": "Ana."}]},
]
CHAT = {
    "messages": [
        {"role": "system", "content": "Sê breve."},
        {"role": "user", "content": "Quem?"},
        {"role": "assistant", "content": "Ana."},
        {"role": "user", "content": "Onde?"},
        {"role": "assistant", "content": "Em Faro."},
    ]
}
GIVEN = {"instruction": "Quem?", "input": "Em 1910.", "output": "Ana."}
IM_PAIR = "<|im_start|>user\nQuem?<|im_end|>\n<|im_start|>assistant\n⟦Ana.<|im_end|>⟧"
IM_CHAT = f"<|im_start|>system\nSê breve.<|im_end|>\n{IM_PAIR}"
IM_CHAT += "\n<|im_start|>user\nOnde?<|im_end|>\n<|im_start|>assistant\n⟦Em Faro.<|im_end|>⟧"
IM_GIVEN = IM_PAIR.replace("Quem?", "Quem?\n\nEm 1910.")
WRITE = "Write a response that appropriately completes the request.\n\n"
ALPACA = "Below is an instruction that describes a task. " + WRITE
ALPACA_INPUT = "Below is an instruction that describes a task, paired with an input that provides"
ALPACA_INPUT += f" further context. {WRITE}"
ALPACA_PAIR = "### Instruction:\nQuem?\n\n### Response:\n⟦Ana.<|im_end|>⟧"

# The tiny tokenizer ends a text with <|im_end|> and, where a template asks, begins it with
# <|im_start|>: these stand for the </s> and <s> of Llama 2 and Mistral.
EXPECTED = {
    "chatml": (IM_PAIR, IM_CHAT, IM_GIVEN),
    # The tiny base's own chat template is ChatML with a line end after each turn.
    "model": (IM_PAIR, IM_CHAT, IM_GIVEN),
    "pergunta": (
        "### Pergunta:\nQuem?\n\n### Resposta:\n⟦Ana.<|im_end|>⟧",
        "Sê breve.\n\n### Pergunta:\nQuem?\n\n### Resposta:\n⟦Ana.<|im_end|>⟧"
        "\n\n### Pergunta:\nOnde?\n\n### Resposta:\n⟦Em Faro.<|im_end|>⟧",
        "### Pergunta:\nQuem?\n\nEm 1910.\n\n### Resposta:\n⟦Ana.<|im_end|>⟧",
    ),
    "p-r": (
        "P: Quem?\nR:⟦ Ana.<|im_end|>⟧",
        "Sê breve.\n\nP: Quem?\nR:⟦ Ana.<|im_end|>⟧\nP: Onde?\nR:⟦ Em Faro.<|im_end|>⟧",
        "P: Quem?\n\nEm 1910.\nR:⟦ Ana.<|im_end|>⟧",
    ),
    "alpaca": (
        ALPACA + ALPACA_PAIR,
        f"Sê breve.\n\n{ALPACA_PAIR}\n\n### Instruction:\nOnde?\n\n### Response:\n"
        "⟦Em Faro.<|im_end|>⟧",
        f"{ALPACA_INPUT}### Instruction:\nQuem?\n\n### Input:\nEm 1910.\n\n### Response:\n"
        "⟦Ana.<|im_end|>⟧",
    ),
    "llama2": (
        "<|im_start|>[INST] Quem? [/INST]⟦ Ana. <|im_end|>⟧",
        "<|im_start|>[INST] <<SYS>>\nSê breve.\n<</SYS>>\n\nQuem? [/INST]⟦ Ana. <|im_end|>⟧"
        "<|im_start|>[INST] Onde? [/INST]⟦ Em Faro. <|im_end|>⟧",
        "<|im_start|>[INST] Quem?\n\nEm 1910. [/INST]⟦ Ana. <|im_end|>⟧",
    ),
    "mistral": (
        "[INST] Quem? [/INST]⟦ Ana.<|im_end|>⟧",
        "[INST] Sê breve.\n\nQuem? [/INST]⟦ Ana.<|im_end|>⟧"
        "[INST] Onde? [/INST]⟦ Em Faro.<|im_end|>⟧",
        "[INST] Quem?\n\nEm 1910. [/INST]⟦ Ana.<|im_end|>⟧",
    ),
    # This tokenizer has no token <|end|>: an answer ends as its other texts do.
    "phi": (
        "<|user|>\nQuem?<|end|>\n<|assistant|>\n⟦Ana.<|im_end|>⟧",
        "<|system|>\nSê breve.<|end|>\n<|user|>\nQuem?<|end|>\n<|assistant|>\n⟦Ana.<|im_end|>⟧"
        "\n<|user|>\nOnde?<|end|>\n<|assistant|>\n⟦Em Faro.<|im_end|>⟧",
        "<|user|>\nQuem?\n\nEm 1910.<|end|>\n<|assistant|>\n⟦Ana.<|im_end|>⟧",
    ),
}


@pytest.fixture(scope="module")
def tokenizer(tiny_base: Path) -> Any:
    return load_tokenizer(tiny_base)


def by_hand(marked: str) -> list[tuple[int, bool]]:
    """Token and whether it is trained, of a text with ⟦ ⟧ around what is."""
    found: list[tuple[int, bool]] = []
    for place, part in enumerate(re.split("[⟦⟧]", marked)):
        for piece in re.split(f"({'|'.join(map(re.escape, _SPECIAL))})", part):
            ids = [BPE.ids[piece]] if piece in _SPECIAL else BPE.encode(piece)
            found += [(token, place % 2 == 1) for token in ids]
    return found


def encoded(tokenizer: Any, template: str, example: Example, loss_on: str = "all") -> Any:
    """The same of what is really fed."""
    row = encode_row(tokenizer, TEMPLATES[template], example, loss_on)
    flags = [False] * len(row.prompt_ids) + list(row.trained)
    return list(zip(row.prompt_ids + row.completion_ids, flags, strict=True))


def rows_of(folder: Path, *rows: dict[str, Any]) -> list[Example]:
    """The examples that a JSON Lines file of these rows gives."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return [example_of(item) for item in read_dataset(path, strict=True).items]


def test_every_template_that_can_be_named_is_checked_here() -> None:
    """The option's choices, the templates and this table are one list."""
    assert set(NAMES) - {"auto"} == set(TEMPLATES) == set(EXPECTED)


@pytest.mark.parametrize("template", EXPECTED)
def test_tokens_and_mask_of_every_shape(tokenizer: Any, tmp_path: Path, template: str) -> None:
    """Question-answer pairs in every spelling, a conversation with a system message, an input."""
    pair, chat, given_input = EXPECTED[template]
    *pairs, conversation, instruction = rows_of(tmp_path, *PAIRS, CHAT, GIVEN)
    for example in pairs:
        assert encoded(tokenizer, template, example) == by_hand(pair)
    assert encoded(tokenizer, template, conversation) == by_hand(chat)
    assert encoded(tokenizer, template, instruction) == by_hand(given_input)
    first, last = chat.rsplit("⟦", 1)
    only_last = [(token, False) for token, _ in by_hand(first)] + by_hand(f"⟦{last}")
    assert encoded(tokenizer, template, conversation, "last") == only_last
    assert encode_prompt(tokenizer, TEMPLATES[template], "Quem?") == [
        token for token, trained in by_hand(pair) if not trained
    ]


def test_of_a_plain_text_everything_is_trained(tokenizer: Any, tmp_path: Path) -> None:
    """The first token is fed and predicted by nothing; all others and the end are targets."""
    (example,) = rows_of(tmp_path, {"text": "O Farense joga em Faro."})
    expected = by_hand("⟦O Farense joga em Faro.<|im_end|>⟧")
    expected[0] = (expected[0][0], False)
    for template in TEMPLATES:
        assert encoded(tokenizer, template, example) == expected


def test_a_system_message_of_all_rows_is_asked_along(tokenizer: Any) -> None:
    """Bound to the template, it stands before every question, and gives way to a row's own."""
    bound = TEMPLATES["chatml"].with_system("Sê breve.")
    asked = "<|im_start|>system\nSê breve.<|im_end|>\n<|im_start|>user\nQuem?<|im_end|>\n"
    expected = [token for token, _ in by_hand(f"{asked}<|im_start|>assistant\n")]
    assert encode_prompt(tokenizer, bound, "Quem?") == expected
    own = TEMPLATES["model"].with_system("Sê breve.")
    assert encode_prompt(tokenizer, own, "Quem?") == expected


def test_a_conversation_that_begins_with_the_assistant_is_refused(tokenizer: Any) -> None:
    """There is nothing before its first answer to predict it from."""
    messages = (Message("assistant", "Olá!"), Message("user", "Quem?"), Message("assistant", "A"))
    example = Example("Quem?", "A", (), "", "", messages=messages)
    with pytest.raises(InputError, match="the assistant speaks first"):
        encode_row(tokenizer, TEMPLATES["chatml"], example)


def test_a_chat_template_that_changes_history_is_refused(tokenizer: Any) -> None:
    """Some drop earlier answers' thoughts: then no mask over one row can be right."""

    class Forgetful:
        eos_token_id, bos_token_id = 2, None

        def apply_chat_template(self, told: list[dict[str, str]], **options: Any) -> str:
            return "|".join(turn["content"] for turn in told[-2:])

        def encode(self, text: str, **_: Any) -> list[int]:
            return [ord(letter) for letter in text]

    turns = [Message("user", "a"), Message("assistant", "b"), Message("user", "c")]
    example = Example("c", "d", (), "", "", messages=(*turns, Message("assistant", "d")))
    with pytest.raises(InputError, match="changes earlier turns"):
        encode_row(Forgetful(), TEMPLATES["model"], example)


def test_a_base_without_chat_template_has_no_template_model(tmp_path: Path) -> None:
    """The message names the others."""
    with pytest.raises(InputError, match=r"no chat template.*Choose one of chatml"):
        find_template("model", tmp_path)


WORDS = st.text("aãbç ?.1", min_size=1, max_size=8).map(lambda text: f"x{text}x")
TURNS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4)


@given(turns=TURNS, name=st.sampled_from(sorted(TEMPLATES)), system=st.booleans())
def test_the_trained_tokens_are_the_answers(
    tokenizer: Any, turns: list[tuple[str, str]], name: str, system: bool
) -> None:
    """Whatever is said: decoded, the trained tokens are the answers, each with its end."""
    messages = [Message("system", "Sê breve.")] if system else []
    for asked, answered in turns:
        messages += [Message("user", asked), Message("assistant", answered)]
    example = Example(*turns[-1], (), "", "", messages=tuple(messages))
    (row,) = tokenise([example], tokenizer, TEMPLATES[name], 10_000)
    told = tokenizer.decode([token for _, token in row.targets])
    assert [answer.strip() for answer in told.split("<|im_end|>")] == [
        *(answered for _, answered in turns),
        "",
    ]
    # As fed: each target stands right after the position that has to predict it.
    batch = collate([row])
    fed = [*batch.tokens_B_T[0].tolist(), row.completion_ids[-1]]
    positions, targets = batch.positions_N.tolist(), batch.targets_N.tolist()
    assert [fed[position + 1] for position in positions] == targets
    assert len(targets) < len(fed)
