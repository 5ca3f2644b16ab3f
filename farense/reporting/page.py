"""One standalone HTML page for a run: no network, no model, same run same bytes."""

from __future__ import annotations

import json
from typing import Any

import jinja2

from farense.evaluation.run import Run
from farense.reporting import bilingual, views
from farense.reporting.comparison_view import comparison_view
from farense.reporting.environment import template_environment
from farense.reporting.loss_chart import curves_of, loss_chart
from farense.reporting.question_views import leak_counts, question_views, short_words
from farense.reporting.speed import speed_rows
from farense.reporting.words import WORDS

_NOT_SHOWN_AS_TRAINING = ("settings", "environment", "gap", "schema")


def render_page(run: Run) -> str:
    """The page's HTML, a pure function of the run's records."""
    return _environment().get_template("report.html.j2").render(_context(run))


def _environment() -> jinja2.Environment:
    return template_environment(
        t=bilingual.words,
        both=bilingual.both,
        percent=bilingual.shown_percent,
        decimal=bilingual.shown_decimal,
        bytes=bilingual.shown_bytes,
        duration=bilingual.shown_duration,
        speed=bilingual.shown_speed,
        pair=bilingual.decimal,
        pair_percent=bilingual.percent,
        signed=bilingual.signed_points,
        plain=_plain,
        W=WORDS,
    )


def _plain(value: Any) -> str:
    """A setting or environment value as text; JSON for what is not a string."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _context(run: Run) -> dict[str, Any]:
    provenance, verdict = run.provenance, run.judgement.verdict
    curves = curves_of(provenance.metrics)
    training = dict(provenance.training or {})
    return {
        "run": run,
        "p": provenance,
        "decision": verdict.decision,
        "met": sum(check.passed is True for check in verdict.checks),
        "rules": views.rule_views(run),
        "systems": views.systems_shown(run),
        "comparison": comparison_view(run),
        "metrics": list(run.results[run.subject].overall.intervals),
        "headline": views.headline_rows(run),
        "false_abstention": views.false_abstention_row(run),
        "tier_rows": views.tier_rows(run),
        "category_rows": views.category_rows(run),
        "tiers": views.tiers_present(run),
        "speeds": speed_rows([provenance.speed, provenance.accepted_speed]),
        "curves": curves,
        "charts": [loss_chart(curves, *size) for size in ((720, 320), (330, 250))]
        if curves
        else [],
        "training": training,
        "training_facts": {
            key: value for key, value in training.items() if key not in _NOT_SHOWN_AS_TRAINING
        },
        "short_words": short_words(),
        "questions": question_views(run),
        "leak_counts": leak_counts(run),
    }
