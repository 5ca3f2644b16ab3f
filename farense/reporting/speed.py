"""The figures of ``farense bench``, for a terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from rich.table import Table

from farense.reporting.bilingual import shown_bytes, shown_duration, shown_speed, words

Record = Mapping[str, Any]

# What is measured, in the order it is shown: key, label in English, unit, factor to the unit.
_MEASURES = (
    ("prefill_tokens_per_second", "reading a prompt of {prefill_tokens} tokens", "tokens/s", 1),
    ("first_token_seconds", "question to first token", "ms", 1000),
    ("decode_tokens_per_second", "writing one answer", "tokens/s", 1),
    ("batch_tokens_per_second", "answers together, {workers} x {batch_size}", "tokens/s", 1),
)


def speed_table(record: Record) -> Table:
    """Medians with the slowest and fastest round; fits 80 columns."""
    who = record["adapter"]["path"] if record["adapter"] else record["base"]["name"]
    machine, work = record["machine"], {**record["work"], "workers": record["workers"]}
    table = Table(
        title=f"Speed · {_tail(who)}",
        caption=f"{machine['chip']}, {machine['cores']} cores, {machine['device']}; medians of"
        f" {work['rounds']} rounds",
    )
    table.add_column("what")
    for name in ("median", "rounds"):
        table.add_column(name, justify="right", no_wrap=True)
    for key, label, unit, factor in _MEASURES:
        found = record["measured"][key]
        rounds = [factor * value for value in found["rounds"]]
        span = f"{min(rounds):.1f}–{max(rounds):.1f}"
        table.add_row(label.format(**work), f"{factor * found['median']:.1f} {unit}", span)
    table.add_section()
    table.add_row("loading the model", f"{record['load_seconds']:.1f} s", "")
    for key, label in (("alone", "peak memory, one answer"), ("batch", "peak memory, together")):
        table.add_row(label, f"{record['peak_bytes'][key] / 1e9:.2f} GB", "")
    return table


def _tail(path: str, longest: int = 60) -> str:
    return path if len(path) <= longest else f"…{path[1 - longest :]}"


@dataclass(frozen=True)
class SpeedRow:
    """A line of the page's table: one cell a record, as many as there are columns."""

    label: Markup
    cells: list[Markup]


_ROWS: tuple[tuple[str, Callable[[Record], float], Callable[[float | None], Markup]], ...] = (
    ("speed_prefill", lambda r: _median(r, "prefill_tokens_per_second"), shown_speed),
    ("speed_first", lambda r: _median(r, "first_token_seconds"), shown_duration),
    ("speed_decode", lambda r: _median(r, "decode_tokens_per_second"), shown_speed),
    ("speed_batch", lambda r: _median(r, "batch_tokens_per_second"), shown_speed),
    ("speed_memory", lambda r: float(r["peak_bytes"]["batch"]), shown_bytes),
)


def speed_rows(records: Sequence[Record | None]) -> list[SpeedRow]:
    """The page's table of speeds; a record that does not exist is "not measured"."""
    rows = [
        SpeedRow(words(key), [shown(None if r is None else value(r)) for r in records])
        for key, value, shown in _ROWS
    ]
    return [*rows, SpeedRow(words("speed_machine"), [_machine(record) for record in records])]


def _median(record: Record, key: str) -> float:
    return float(record["measured"][key]["median"])


def _machine(record: Record | None) -> Markup:
    if record is None:
        return words("not_measured")
    machine = record["machine"]
    return Markup("{}, {}, {}").format(machine["chip"], machine["device"], record["created"][:10])
