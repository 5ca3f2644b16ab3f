"""The training log for other tools: training_metrics.csv and training_metrics.json."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path

from farense.storage import write_text
from farense.training.log_file import read_metrics
from farense.training.metrics import KINDS, METRICS, VERSION, Metrics

METRICS_CSV = "training_metrics.csv"
METRICS_JSON = "training_metrics.json"


def exported(metrics: Metrics) -> Mapping[str, str]:
    """The text of both files by name.

    The table has one column a field and an empty cell where a row has none; the JSON object
    ``{"version", "train": […], "validation": […]}``.
    """
    return {METRICS_CSV: _table(metrics), METRICS_JSON: _object(metrics)}


def export_metrics(folder: Path) -> None:
    """Write the rows of a folder's metrics.jsonl as both files.

    Raises:
        InputError: metrics.jsonl is damaged.
        StorageError: the disk is full or not writable.
    """
    for name, text in exported(read_metrics(folder / METRICS)).items():
        write_text(folder / name, text)


def _table(metrics: Metrics) -> str:
    columns = ["event", *dict.fromkeys(each.name for kind in KINDS for each in fields(kind))]
    table = io.StringIO()
    writer = csv.DictWriter(table, columns, lineterminator="\n")
    writer.writeheader()
    for row in metrics.rows:
        writer.writerow({"event": row.event, **asdict(row)})
    return table.getvalue()


def _object(metrics: Metrics) -> str:
    content = {
        "version": VERSION,
        "train": [asdict(row) for row in metrics.train],
        "validation": [asdict(row) for row in metrics.validation],
    }
    return json.dumps(content, indent=2) + "\n"
