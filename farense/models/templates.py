"""How a question is put to a base, and how its answer ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from farense.models.model_folder import read_record
from farense.models.registry import BASES


@dataclass(frozen=True)
class PromptTemplate:
    """Text around a question.

    ``end`` closes the answer; None means the tokenizer's own end-of-sequence token.
    ``lead`` stands before an answer that follows on the same line.
    """

    name: str
    before: str
    after: str
    end: str | None
    lead: str = ""

    def render(self, question: str) -> str:
        """The prompt the model sees, up to where its answer starts."""
        return f"{self.before}{question}{self.after}"

    def completion_text(self, answer: str) -> str:
        """The text trained on after the prompt, without a tokenizer-given end token."""
        return self.lead + answer + (self.end or "")


TEMPLATES: dict[str, PromptTemplate] = {
    template.name: template
    for template in (
        PromptTemplate(
            "chatml", "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>"
        ),
        PromptTemplate("pergunta", "### Pergunta:\n", "\n\n### Resposta:\n", None),
        # The shortest form a base without chat marks reads as question and answer: each
        # token of a template is paid for in every row of training.
        PromptTemplate("p-r", "P: ", "\nR:", None, lead=" "),
    )
}


def template_for(folder: Path) -> PromptTemplate:
    """The template of a base folder: its registry entry's, else the one its tokenizer knows."""
    name = read_record(folder).get("name")
    if name in BASES:
        return TEMPLATES[BASES[name].template]
    tokenizer = folder / "tokenizer.json"
    knows_chatml = tokenizer.is_file() and "<|im_start|>" in tokenizer.read_text(encoding="utf-8")
    return TEMPLATES["chatml" if knows_chatml else "pergunta"]


def encode_prompt(tokenizer: Any, template: PromptTemplate, question: str) -> list[int]:
    """Token ids of the prompt, led by the bos token where the tokenizer asks for one."""
    ids = list(tokenizer.encode(template.render(question), add_special_tokens=False))
    return [*_leading_bos(tokenizer, ids), *ids]


def encode_example(
    tokenizer: Any, template: PromptTemplate, question: str, answer: str
) -> tuple[list[int], list[int]]:
    """``(prompt_ids, completion_ids)``; the completion ends in the template's end token.

    The two are encoded apart, so that what is trained starts from exactly the ids a
    prompt has when it is answered.
    """
    completion = template.completion_text(answer)
    ids = list(tokenizer.encode(completion, add_special_tokens=False))
    if template.end is None:
        ids.append(tokenizer.eos_token_id)
    return encode_prompt(tokenizer, template, question), ids


def _leading_bos(tokenizer: Any, ids: list[int]) -> list[int]:
    # Asked of the tokenizer itself: its add_bos_token setting does not survive loading.
    bos = tokenizer.bos_token_id
    adds_one = bos is not None and list(tokenizer.encode("a"))[:1] == [bos]
    return [bos] if adds_one and ids[:1] != [bos] else []
