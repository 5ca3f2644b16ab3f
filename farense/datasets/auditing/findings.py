"""A fault of a dataset: how often, where, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Fix = Literal["repaired", "drop", "keep_first", "by_hand"]
FaultKind = Literal[
    # of the file as a whole
    "bom",
    "crlf",
    "not_utf8",
    # rows that cannot be read
    "not_json",
    "not_csv",
    "not_an_object",
    "unknown_shape",
    "wrong_type",
    "wrong_cells",
    "key_twice",
    "empty",
    "damaged",
    # text repaired on reading
    "mojibake",
    "invisible",
    "nfc",
    # rows that teach something wrong, or nothing
    "too_long",
    "junk",
    "duplicate",
    "near_duplicate",
    "contradiction",
    "no_season",
    "impossible_season",
    "giveaway",
    # the dataset as a whole
    "one_sided",
    "valid_is_tail",
    "split_leak",
    "random_split_leaks",
]
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
_DROP_FIRST: tuple[FaultKind, ...] = (
    *("not_json", "not_csv", "not_an_object", "unknown_shape", "wrong_type", "wrong_cells"),
    *("key_twice", "empty", "damaged", "too_long", "junk", "contradiction", "no_season"),
    *("impossible_season", "giveaway"),
)
FIXES: dict[FaultKind, Fix] = {
    **dict.fromkeys(("bom", "crlf", "not_utf8", "mojibake", "invisible", "nfc"), "repaired"),
    **dict.fromkeys(_DROP_FIRST, "drop"),
    **dict.fromkeys(("duplicate", "near_duplicate"), "keep_first"),
    **dict.fromkeys(("one_sided", "valid_is_tail", "split_leak", "random_split_leaks"), "by_hand"),
}
EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """One place where a fault was met, and what stands there."""

    where: str
    shown: str


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        count: Rows concerned; files for the first three kinds.
        of: Rows among which they were looked for.
        examples: The first few.
        rows: Positions, among the readable rows, that the fix would drop.
        detail: A figure that says more, such as ``97 % away``.
    """

    kind: FaultKind
    count: int
    of: int
    examples: tuple[Example, ...] = ()
    rows: frozenset[int] = frozenset()
    detail: str = ""

    @property
    def fix(self) -> Fix:
        return FIXES[self.kind]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "count": self.count,
            "of": self.of,
            "fix": self.fix,
            "detail": self.detail,
            "examples": [{"where": e.where, "shown": e.shown} for e in self.examples],
        }


def first_examples(places: Iterable[tuple[str, str]]) -> tuple[Example, ...]:
    """The first places, each shown in a line of at most 200 characters."""
    return tuple(
        Example(where, " ".join(shown.split())[:200]) for where, shown in list(places)[:EXAMPLES]
    )


def fault_of_rows(
    kind: FaultKind,
    items: Sequence[Any],
    rows: Sequence[int],
    *,
    dropped: Iterable[int] | None = None,
    detail: str = "",
) -> Fault:
    """A fault met in rows, given by their positions."""
    return Fault(
        kind=kind,
        count=len(rows),
        of=len(items),
        examples=first_examples(
            (items[i].where, f"{items[i].prompt} → {items[i].completion}") for i in rows
        ),
        rows=frozenset(rows if dropped is None else dropped),
        detail=detail,
    )
