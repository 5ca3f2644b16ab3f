"""The text around questions and answers: what a base was taught, or what it can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from farense.errors import InputError
from farense.models.model_folder import read_record
from farense.models.registry import BASES
from farense.storage import read_json


@dataclass(frozen=True)
class PromptTemplate:
    """Text around the turns of a conversation.

    Attributes:
        name: Recorded with the adapter.
        before, after: Around a question; ``after`` leads up to its answer.
        end: Closes an answer; None means the tokenizer's own end-of-sequence token.
        lead, tail: Around an answer.
        between: After a closed answer, before the next question.
        bos_each: Each question begins with the bos token.
        system_before, system_after: Around a system message.
        system_inside: It stands in the question that follows, after ``before``.
        opening, opening_with_input: At the very start where there is no system message; the
            second where the first question has an input.
        input_before: Before the input of a question; empty where it is one text with it.
        own: The tokenizer's own chat template is used, and none of these texts.
        system: The system message of every conversation that has none of its own.
    """

    name: str
    before: str = ""
    after: str = ""
    end: str | None = None
    lead: str = ""
    tail: str = ""
    between: str = ""
    bos_each: bool = False
    system_before: str = ""
    system_after: str = "\n\n"
    system_inside: bool = False
    opening: str = ""
    opening_with_input: str = ""
    input_before: str = ""
    own: bool = False
    system: str = ""

    def with_system(self, system: str) -> PromptTemplate:
        """The same with a system message for every conversation that has none."""
        return replace(self, system=system)


TEMPLATES: dict[str, PromptTemplate] = {
    template.name: template
    for template in (
        PromptTemplate(
            "chatml",
            before="<|im_start|>user\n",
            after="<|im_end|>\n<|im_start|>assistant\n",
            end="<|im_end|>",
            between="\n",
            system_before="<|im_start|>system\n",
            system_after="<|im_end|>\n",
        ),
        PromptTemplate(
            "pergunta", before="### Pergunta:\n", after="\n\n### Resposta:\n", between="\n\n"
        ),
        # The shortest form a base without chat marks reads as question and answer: each
        # token of a template is paid for in every row of training.
        PromptTemplate("p-r", before="P: ", after="\nR:", lead=" ", between="\n"),
        PromptTemplate(
            "alpaca",
            before="### Instruction:\n",
            after="\n\n### Response:\n",
            between="\n\n",
            opening="Below is an instruction that describes a task. Write a response that"
            " appropriately completes the request.\n\n",
            opening_with_input="Below is an instruction that describes a task, paired with an"
            " input that provides further context. Write a response that appropriately"
            " completes the request.\n\n",
            input_before="\n\n### Input:\n",
        ),
        PromptTemplate(
            "llama2",
            before="[INST] ",
            after=" [/INST]",
            lead=" ",
            tail=" ",
            bos_each=True,
            system_before="<<SYS>>\n",
            system_after="\n<</SYS>>\n\n",
            system_inside=True,
        ),
        PromptTemplate("mistral", before="[INST] ", after=" [/INST]", lead=" ", system_inside=True),
        PromptTemplate(
            "phi",
            before="<|user|>\n",
            after="<|end|>\n<|assistant|>\n",
            end="<|end|>",
            between="\n",
            system_before="<|system|>\n",
            system_after="<|end|>\n",
        ),
        PromptTemplate("model", own=True),
    )
}


def find_template(name: str, folder: Path) -> PromptTemplate:
    """The template of this name for the base in ``folder``; ``auto`` for the base's own.

    Raises:
        InputError: ``model``, and the base has no chat template.
    """
    if name == "auto":
        return template_for(folder)
    if TEMPLATES[name].own and not _has_chat_template(folder):
        raise InputError(
            "--template",
            f"{name}, but {folder} has no chat template",
            "chat_template in tokenizer_config.json, or chat_template.jinja",
            f"Choose one of {', '.join(t for t in TEMPLATES if t != name)}.",
        )
    return TEMPLATES[name]


def template_for(folder: Path) -> PromptTemplate:
    """The template of a base folder.

    Its registry entry's; else ChatML where the tokenizer knows it; else the base's own chat
    template; else plain headings.
    """
    name = read_record(folder).get("name")
    if name in BASES:
        return TEMPLATES[BASES[name].template]
    tokenizer = folder / "tokenizer.json"
    if tokenizer.is_file() and b"<|im_start|>" in tokenizer.read_bytes():
        return TEMPLATES["chatml"]
    return TEMPLATES["model" if _has_chat_template(folder) else "pergunta"]


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    path = folder / "tokenizer_config.json"
    config: Any = read_json(path) if path.is_file() else {}
    return isinstance(config, dict) and bool(config.get("chat_template"))
