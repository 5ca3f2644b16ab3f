"""A dataset's health card: one standalone HTML page, and the same as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from farense.datasets.auditing.audit import Audit
from farense.datasets.auditing.findings import FAULTS
from farense.reporting.audit_words import AUDIT_WORDS, FAULT_WORDS, FIX_WORDS
from farense.reporting.bilingual import both, whole
from farense.reporting.environment import template_environment


def render_audit(found: Audit) -> str:
    """The page's HTML, a pure function of the audit."""
    environment = template_environment(
        t=_words,
        number=lambda count: both(*whole(count)),
        fault_words=lambda kind: both(*FAULT_WORDS[kind]),
        fix_words=lambda fix: both(*FIX_WORDS[fix]),
    )
    met = {fault.kind for fault in found.faults}
    return environment.get_template("audit.html.j2").render(
        found=found,
        kept=found.readable - len(found.dropped),
        absent=[kind for kind in FAULTS if kind not in met],
        W=AUDIT_WORDS,
    )


def audit_lines(found: Audit) -> Iterator[str]:
    """The card as text, a line each: the counts, then each fault with its examples."""
    kept = found.readable - len(found.dropped)
    yield f"{found.name}: {found.rows} rows, {found.readable} readable, {kept} left after cleaning"
    for fault in found.faults:
        what, fix = FAULT_WORDS[fault.kind][1], FIX_WORDS[fault.fix][1]
        detail = f" ({fault.detail[:200]})" if fault.detail else ""
        yield f"{fault.kind}: {fault.count} of {fault.of}: {what}{detail}. Fix: {fix}."
        for example in fault.examples:
            yield f"    {example.where}: {example.shown}"
    yield f"{len(found.faults)} of {len(FAULTS)} kinds of fault found"


def _words(key: str, **values: Any) -> Markup:
    pt, en = AUDIT_WORDS[key]
    return both(pt.format(**values), en.format(**values))
