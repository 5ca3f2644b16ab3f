"""The five shapes of a row, each way between its columns and an ``Item``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from farense.datasets.formats.items import Item
from farense.records import ROLES, Message

Shape = Literal["prompt-completion", "question-answer", "chat", "instruction", "text"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
# Question and answer columns; what farense writes comes first.
_PAIRS = {
    "prompt-completion": (("prompt", "completion"), ("prompt", "response")),
    "question-answer": (("question", "answer"), ("pergunta", "resposta")),
}
_BLANK_LINE = "\n\n"


class ShapeError(ValueError):
    """A row that has no known shape; ``kind`` is that of the report."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


def item_of(row: Mapping[str, Any], where: str) -> Item:
    """Read a row of whichever shape its columns show.

    Raises:
        ShapeError: no shape has these columns, a value has the wrong type, or a text is empty.
    """
    if "messages" in row:
        return _chat_item(row, where)
    for pairs in _PAIRS.values():
        for pair in pairs:
            if all(name in row for name in pair):
                return _pair_item(row, where, pair)
    if "instruction" in row and "output" in row:
        return _instruction_item(row, where)
    if "text" in row:
        return Item(where, text=_filled(row, "text"), extra=_others(row, ("text",)))
    columns = ", ".join(map(str, row)) or "none"
    raise ShapeError("unknown_shape", f"columns {columns}; expected one of {', '.join(SHAPES)}")


def row_of(item: Item, shape: Shape) -> dict[str, Any]:
    """Write an item as a row of ``shape``.

    Raises:
        ShapeError: the shape cannot hold it: a plain text as a conversation, several turns or
            a system message as a pair.
    """
    return {**item.extra, **_WRITERS[shape](item)}


def _pair_item(row: Mapping[str, Any], where: str, pair: tuple[str, str]) -> Item:
    asked, answered = (_filled(row, name) for name in pair)
    messages = (Message("user", asked), Message("assistant", answered))
    return Item(where, messages, extra=_others(row, pair))


def _instruction_item(row: Mapping[str, Any], where: str) -> Item:
    instruction, output = _filled(row, "instruction"), _filled(row, "output")
    given = row.get("input") or ""
    if not isinstance(given, str):
        raise ShapeError("wrong_type", f"input is a {type(given).__name__}; expected text")
    asked = f"{instruction}{_BLANK_LINE}{given}" if given.strip() else instruction
    return Item(
        where,
        (Message("user", asked), Message("assistant", output)),
        input=given if given.strip() else "",
        extra=_others(row, ("instruction", "input", "output")),
    )


def _chat_item(row: Mapping[str, Any], where: str) -> Item:
    told = row["messages"]
    if not isinstance(told, list) or not all(isinstance(m, Mapping) for m in told):
        raise ShapeError("wrong_type", "messages is no list of objects")
    messages = []
    for message in told:
        if message.get("role") not in ROLES:
            raise ShapeError("wrong_type", f"role {message.get('role')!r}; expected {ROLES}")
        unknown = sorted(set(message) - {"role", "content"})
        if unknown:
            raise ShapeError("unknown_shape", f"a message with {', '.join(unknown)}")
        messages.append(Message(message["role"], _filled(message, "content")))
    spoken = [m.role for m in messages if m.role != "system"]
    if not spoken or spoken[-1] != "assistant" or "user" not in spoken:
        raise ShapeError("empty", "a conversation without question or final answer")
    return Item(where, tuple(messages), extra=_others(row, ("messages",)))


def _filled(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ShapeError("empty", f"{name} is empty")
    if not isinstance(value, str):
        raise ShapeError("wrong_type", f"{name} is a {type(value).__name__}; expected text")
    return value


def _others(row: Mapping[str, Any], used: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in used}


def _as_pair(item: Item, names: tuple[str, str]) -> dict[str, Any]:
    roles = [message.role for message in item.messages]
    if roles != ["user", "assistant"]:
        found = ", ".join(roles) or "plain text"
        raise ShapeError("unwritable", f"{found} cannot be written as one question and answer")
    return dict(zip(names, (m.content for m in item.messages), strict=True))


def _as_chat(item: Item) -> dict[str, Any]:
    if not item.messages:
        raise ShapeError("unwritable", "plain text cannot be written as a conversation")
    return {"messages": [{"role": m.role, "content": m.content} for m in item.messages]}


def _as_instruction(item: Item) -> dict[str, Any]:
    pair = _as_pair(item, ("instruction", "output"))
    if item.input:
        pair["instruction"] = pair["instruction"].removesuffix(_BLANK_LINE + item.input)
    return {"instruction": pair["instruction"], "input": item.input, "output": pair["output"]}


def _as_text(item: Item) -> dict[str, Any]:
    return {"text": item.text or "\n".join(message.content for message in item.messages)}


_WRITERS: dict[Shape, Callable[[Item], dict[str, Any]]] = {
    "prompt-completion": lambda item: _as_pair(item, ("prompt", "completion")),
    "question-answer": lambda item: _as_pair(item, ("question", "answer")),
    "chat": _as_chat,
    "instruction": _as_instruction,
    "text": _as_text,
}
