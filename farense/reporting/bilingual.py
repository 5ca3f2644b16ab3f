"""Text and numbers in both languages at once; the page shows the one that is chosen."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup, escape

from farense.records import Interval
from farense.reporting.words import WORDS

_UNITS = ("B", "kB", "MB", "GB", "TB")


def both(portuguese: str, english: str) -> Markup:
    """One text in both languages; equal texts are written once. Plain strings are escaped."""
    pt, en = escape(portuguese), escape(english)
    if pt == en:
        return pt
    # Without quotes: a page of 1,000 questions holds ten thousand of these.
    return Markup("<span lang=pt>{}</span><span lang=en>{}</span>").format(pt, en)


def words(key: str, **values: Any) -> Markup:
    """An interface string; a value given as ``(portuguese, english)`` follows the language."""
    pt, en = WORDS[key]
    if not values:
        return both(pt, en)
    sides = [{k: v[i] if isinstance(v, tuple) else v for k, v in values.items()} for i in (0, 1)]
    return both(pt.format(**sides[0]), en.format(**sides[1]))


def decimal(value: float, digits: int = 3, *, sign: bool = False) -> tuple[str, str]:
    """``0.125`` as ("0,125", "0.125"), with thin thousands spaces."""
    english = f"{value:{'+' if sign else ''}_.{digits}f}".replace("_", "\u202f").replace("-", "−")
    return english.replace(".", ","), english


def percent(share: float) -> tuple[str, str]:
    """``0.977`` as ("97,7 %", "97.7 %"); a whole percentage has no decimals."""
    text = f"{100 * share:.1f}".removesuffix(".0").replace("-", "−") + "\u00a0%"
    return text.replace(".", ","), text


def interval_span(interval: Interval) -> str:
    """``93–100``: the bounds in percent, rounded outwards so that rounding never narrows."""
    # The epsilon keeps 0.29 * 100 = 28.999… from becoming 28.
    low, high = math.floor(100 * interval.low + 1e-9), math.ceil(100 * interval.high - 1e-9)
    return f"{low}–{high}"


def nats(loss: float) -> tuple[str, str]:
    """A loss in nats per token, in Portuguese and English."""
    # A bound such as 0.15 keeps the digits it was given.
    digits = max(2, len(f"{loss:.3f}".rstrip("0").partition(".")[2]))
    pt, en = decimal(loss, digits)
    return f"{pt} nats por token", f"{en} nats per token"


def signed_points(difference: float) -> tuple[str, str]:
    """A difference of shares, 0.041, as percentage points with their sign, ``+4.1``."""
    rounded = round(100 * difference, 1)
    return decimal(rounded, 1, sign=True) if rounded else ("0", "0")


def points(difference: float) -> tuple[str, str]:
    """``signed_points`` with the unit."""
    pt, en = signed_points(difference)
    return f"{pt} pontos", f"{en} points"


def whole(count: float) -> tuple[str, str]:
    """A count without decimals."""
    return decimal(count, 0)


def speed(tokens_per_second: float) -> tuple[str, str]:
    """A speed with its unit, to a tenth below ten."""
    pt, en = decimal(tokens_per_second, 1 if tokens_per_second < 10 else 0)
    return f"{pt} tokens/s", f"{en} tokens/s"


def shown_percent(share: float | None) -> Markup:
    return words("not_measured") if share is None else both(*percent(share))


def shown_decimal(value: float | None, digits: int = 3) -> Markup:
    return words("not_measured") if value is None else both(*decimal(value, digits))


def shown_bytes(count: float | None) -> Markup:
    """``1536000`` as ``1.5 MB`` (powers of 1000)."""
    if count is None:
        return words("not_measured")
    power = 0
    while count >= 1000 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    pt, en = decimal(count, 0 if power == 0 else 1)
    return both(f"{pt} {_UNITS[power]}", f"{en} {_UNITS[power]}")


def shown_duration(seconds: float | None) -> Markup:
    """``1084`` as ``18 min 4 s``."""
    if seconds is None:
        return words("not_measured")
    if seconds < 60:
        pt, en = decimal(seconds, 1)
        return both(f"{pt} s", f"{en} s")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return escape(f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s")


def shown_speed(tokens_per_second: float | None) -> Markup:
    """A speed in both languages, or that it was not measured."""
    if tokens_per_second is None:
        return words("not_measured")
    return words("tokens_per_second", value=decimal(tokens_per_second, 0))
