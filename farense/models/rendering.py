"""Conversations as tokens, and which of the tokens are an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from farense.errors import InputError
from farense.models.templates import PromptTemplate
from farense.records import Example, Message


@dataclass(frozen=True)
class Encoded:
    """A row as tokens.

    Attributes:
        prompt_ids: Up to where the first answer starts; at least one token.
        completion_ids: All that follows.
        trained: For each of ``completion_ids`` whether it is an answer's, or its end's.
    """

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    trained: tuple[bool, ...]


@dataclass(frozen=True)
class _Segment:
    """A piece of text, encoded by itself; ``bos`` puts the bos token before it."""

    text: str
    answer: bool = False
    bos: bool = False


def encode_prompt(tokenizer: Any, template: PromptTemplate, question: str) -> list[int]:
    """Token ids of the prompt, led by the bos token where the tokenizer asks for one."""
    asked = _with_system(template, (Message("user", question),))
    if template.own:
        first = _Segment(_own_text(tokenizer, asked, asking=True))
    else:
        # The answer is a place to stop at; nothing of it is encoded.
        first = next(_segments(template, (*asked, Message("assistant", "")), ""))
    return _led_by_bos(tokenizer, _question_ids(tokenizer, first))


def encode_row(
    tokenizer: Any, template: PromptTemplate, example: Example, loss_on: str = "all"
) -> Encoded:
    """A row's tokens, and which of them are trained.

    Prompt and answers are encoded apart, so that what is trained starts from exactly the ids a
    prompt has when it is answered. Of a conversation all answers are trained, or the last one;
    of a plain text everything is.

    Raises:
        InputError: a conversation that the template cannot hold.
    """
    if not example.conversation:
        return _encode_text(tokenizer, example.completion)
    messages = _with_system(template, _joined(example.conversation))
    if template.own:
        segments = _own_segments(tokenizer, messages)
    else:
        segments = list(_segments(template, messages, example.input))
    prompt = _led_by_bos(tokenizer, _question_ids(tokenizer, segments[0]))
    ids: list[int] = []
    trained: list[bool] = []
    for place, segment in enumerate(segments[1:], start=1):
        is_last = place == len(segments) - 1
        counts = segment.answer and (loss_on == "all" or is_last)
        if segment.answer:
            answer, rest = _answer_ids(tokenizer, template, segment, is_last)
        else:
            answer, rest = [], _question_ids(tokenizer, segment)
        ids += [*answer, *rest]
        trained += [counts] * len(answer) + [False] * len(rest)
    return Encoded(tuple(prompt), tuple(ids), tuple(trained))


def _encode_text(tokenizer: Any, text: str) -> Encoded:
    """Everything is trained but the first token, which nothing stands before."""
    ids = [*_led_by_bos(tokenizer, _ids(tokenizer, text)), tokenizer.eos_token_id]
    return Encoded((ids[0],), tuple(ids[1:]), (True,) * (len(ids) - 1))


def _segments(
    template: PromptTemplate, messages: Sequence[Message], given: str
) -> Iterator[_Segment]:
    """The texts of a conversation, in turns what is asked and what is answered."""
    inside = ""
    has_system = messages[0].role == "system"
    with_input = given and template.input_before
    opening = template.opening_with_input if with_input else template.opening
    text = "" if has_system else opening
    answered = False
    for message in messages:
        if message.role == "system":
            told = f"{template.system_before}{message.content}{template.system_after}"
            inside, text = (told, text) if template.system_inside else ("", text + told)
        elif message.role == "user":
            asked = _asked(template, message.content, "" if answered else given)
            text += f"{template.before}{inside}{asked}{template.after}"
            inside = ""
        else:
            yield _Segment(text, bos=template.bos_each)
            yield _Segment(f"{template.lead}{message.content}{template.tail}", answer=True)
            text, answered = template.between, True


def _asked(template: PromptTemplate, question: str, given: str) -> str:
    """A question whose input stands apart, where the template has a place for it."""
    if not given or not template.input_before:
        return question
    return f"{question.removesuffix(given).rstrip()}{template.input_before}{given}"


def _own_segments(tokenizer: Any, messages: Sequence[Message]) -> list[_Segment]:
    """What the tokenizer's chat template makes of a conversation, cut where answers start."""
    segments, done = [], ""
    for place, message in enumerate(messages):
        if message.role != "assistant":
            continue
        asked = _own_text(tokenizer, messages[:place], asking=True)
        told = _own_text(tokenizer, messages[: place + 1], asking=False)
        if not (asked.startswith(done) and told.startswith(asked)):
            raise InputError(
                "--template",
                "model, whose chat template changes earlier turns as a conversation goes on",
                "a template that only adds to them",
                "Choose another --template, or give each row one question and one answer.",
            )
        segments += [_Segment(asked[len(done) :]), _Segment(told[len(asked) :], answer=True)]
        done = told
    return segments


def _own_text(tokenizer: Any, messages: Sequence[Message], *, asking: bool) -> str:
    from jinja2 import TemplateError

    told = [{"role": message.role, "content": message.content} for message in messages]
    try:
        text = tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=asking)
    except (TemplateError, ValueError, TypeError) as error:
        raise InputError(
            "--template",
            f"model, whose chat template refuses a conversation ({error})",
            "turns it knows",
            "Choose another --template, or change the row.",
        ) from error
    return str(text)


def _with_system(template: PromptTemplate, messages: Sequence[Message]) -> tuple[Message, ...]:
    if template.system and messages[0].role != "system":
        return (Message("system", template.system), *messages)
    return tuple(messages)


def _joined(messages: Sequence[Message]) -> list[Message]:
    """Turns of one side that follow each other as one, with a blank line between them.

    Raises:
        InputError: the assistant speaks first.
    """
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            content = f"{turns[-1].content}\n\n{message.content}"
            turns[-1] = Message(message.role, content)
        else:
            turns.append(message)
    if next(m.role for m in turns if m.role != "system") == "assistant":
        raise InputError(
            f"conversation ({turns[0].content[:40]!r})",
            "the assistant speaks first",
            "a question before each answer",
            "Drop the first turn, or put the question before it.",
        )
    return turns


def _question_ids(tokenizer: Any, segment: _Segment) -> list[int]:
    ids = _ids(tokenizer, segment.text)
    leads = segment.bos and tokenizer.bos_token_id is not None
    return [tokenizer.bos_token_id, *ids] if leads else ids


def _answer_ids(
    tokenizer: Any, template: PromptTemplate, segment: _Segment, is_last: bool
) -> tuple[list[int], list[int]]:
    """An answer's tokens with the one that ends it, and those that follow before a question."""
    stops = _stops(tokenizer)
    if not template.own:
        end = _ids(tokenizer, template.end) if template.end else []
        if len(end) == 1 and end[0] in stops:
            return _ids(tokenizer, f"{segment.text}{template.end}"), []
        return [*_ids(tokenizer, segment.text), tokenizer.eos_token_id], []
    ids = _ids(tokenizer, segment.text)
    place = next((place for place, token in enumerate(ids) if token in stops), None)
    if place is None:
        return ([*ids, tokenizer.eos_token_id] if is_last else ids), []
    # What follows the end token is never generated: it only leads up to the next question.
    return ids[: place + 1], [] if is_last else ids[place + 1 :]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def _stops(tokenizer: Any) -> set[int]:
    return set(getattr(tokenizer, "eos_token_ids", None) or {tokenizer.eos_token_id})


def _led_by_bos(tokenizer: Any, ids: list[int]) -> list[int]:
    # Asked of the tokenizer itself: its add_bos_token setting does not survive loading.
    bos = tokenizer.bos_token_id
    adds_one = bos is not None and list(tokenizer.encode("a"))[:1] == [bos]
    return [bos, *ids] if adds_one and ids[:1] != [bos] else ids
