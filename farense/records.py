"""The nouns everyone shares: frozen records that travel between the rooms.

Nothing here reads a file or imports a room; ``to_json`` methods return plain
JSON-ready dictionaries whose keys are the field names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

Tier = Literal["seen", "paraphrase", "heldout", "unanswerable", "robustness", "general"]
Kind = Literal[
    "score",
    "date",
    "year",
    "season",
    "ordinal",
    "integer",
    "person",
    "club",
    "place",
    "text",
    "abstain",
]
Role = Literal["system", "user", "assistant"]
ScoreStatus = Literal["scored", "no_answer", "failed"]
FinishReason = Literal["stop", "length"]
Decision = Literal["accept", "reject", "not_enough_data", "could_not_judge"]

TIERS: tuple[Tier, ...] = get_args(Tier)
KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says."""

    role: Role
    content: str


@dataclass(frozen=True)
class Example:
    """One training or validation row: what is asked and what should be answered.

    ``phrasing`` names the wording pattern (``position/3``), so that a leak or a
    held-back wording can be traced; ``fact_ids`` name the table rows behind it.

    A row that is more than one question and one answer has its whole conversation in
    ``messages``; ``prompt`` and ``completion`` are then its last exchange. ``input`` is the part
    at the prompt's end that an instruction row has apart. A plain text is a completion without
    a prompt.
    """

    prompt: str
    completion: str
    fact_ids: tuple[str, ...]
    category: str
    phrasing: str
    input: str = ""
    messages: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        for name in ("input", "messages"):
            if not row[name]:
                del row[name]
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Example:
        """The row written by ``to_json``.

        Raises:
            TypeError, KeyError: it is none.
        """
        messages = tuple(Message(**message) for message in row.get("messages", ()))
        return cls(**{**row, "fact_ids": tuple(row["fact_ids"]), "messages": messages})

    @property
    def conversation(self) -> tuple[Message, ...]:
        """All that is said; empty for a plain text."""
        if self.messages or not self.prompt:
            return self.messages
        return (Message("user", self.prompt), Message("assistant", self.completion))

    @property
    def asked(self) -> str:
        """What the hash of a batched row is of: its prompt; all turns, or the text, without one.

        Two conversations that end in the same question are two rows; so their hash is over
        every turn but the last answer.
        """
        if not self.messages:
            return self.prompt or self.completion
        told = [f"{message.role}: {message.content}" for message in self.messages[:-1]]
        return "\n".join(told)

    def exchanges(self) -> tuple[Example, ...]:
        """Each answer of a conversation with the question before it, as a row of its own."""
        if not self.messages:
            return (self,)
        found, question = [], ""
        for message in self.messages:
            if message.role == "user":
                question = message.content
            elif message.role == "assistant":
                alone = replace(self, prompt=question, completion=message.content, messages=())
                found.append(alone)
        return tuple(found)


@dataclass(frozen=True)
class TypedAnswer:
    """What the right answer is, as data: its kind and canonical value.

    Canonical values: score ``"2-1"`` (in the order the references state it), date
    ``"1910-04-01"``, year ``"1910"``, season ``"1989/1990"``, ordinal and integer
    ``"5"``, person/club/place/text the name itself, abstain ``""``.
    """

    kind: Kind
    value: str


@dataclass(frozen=True)
class Question:
    """One golden question (schema: docs/golden-sets.md)."""

    id: str
    question: str
    references: tuple[str, ...]
    answer: TypedAnswer
    tier: Tier
    category: str
    fact_ids: tuple[str, ...] = ()
    must_pass: bool = False
    as_of: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """What a model really wrote for one question, and what it cost.

    ``seconds`` is the wall time from the start of the batch the question was
    answered in to its last token.
    """

    question_id: str
    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    finish_reason: FinishReason

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Score:
    """One scorer's judgement of one answer.

    ``value`` is in [0, 1]; it is None only when ``status`` is ``failed``.
    ``no_answer`` means the text holds nothing of the kind asked for, and counts 0.
    ``extracted`` is what the scorer read out of the answer; ``signature`` names the
    scorer, its settings and version (``fact|v:4``).
    """

    scorer: str
    value: float | None
    status: ScoreStatus
    extracted: str | None
    signature: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Gap:
    """The overfitting gap: validation loss minus training loss, in nats per token.

    Both are means over the *whole* split in eval mode, completion tokens only,
    token-weighted; ``label`` is the Portuguese word for the size of ``value``.
    """

    train_loss: float
    validation_loss: float
    train_rows: int
    validation_rows: int
    value: float
    label: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % confidence interval, all in [0, 1]; ``n`` questions."""

    mean: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """One rule of the gate: what was measured, what was asked, and whether it holds.

    ``measured`` is None when the number does not exist; then ``passed`` is None too
    and the gate cannot accept. ``passed`` is None beside a number when the data are too
    few to decide.
    """

    name: str
    measured: float | None
    bound: float
    direction: Literal["at_least", "at_most"]
    passed: bool | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """The gate's decision over all its checks, with reasons a person can read."""

    decision: Decision
    checks: tuple[Check, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 accept, 1 reject, 2 not enough data or could not judge."""
        return {"accept": 0, "reject": 1}.get(self.decision, 2)

    def to_json(self) -> dict[str, Any]:
        return {"decision": self.decision, "checks": [c.to_json() for c in self.checks]}
