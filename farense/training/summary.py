"""What stands beside an adapter's tensors: its config and the summary of its training."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from farense.models.environment import environment
from farense.storage import sha256_json
from farense.training.loss import MeasuredLoss
from farense.training.methods import put_on
from farense.training.plan import TrainingPlan
from farense.training.trainer import Outcome

_SCHEMA = 1


@dataclass(frozen=True)
class Result:
    """What a training came to; ``peak_bytes`` is summed over its processes.

    ``measured_at_once`` is None unless memory ran out while a loss or the trunk was computed.
    """

    outcome: Outcome
    train_loss: MeasuredLoss
    validation_loss: MeasuredLoss
    lora_tensors: int
    peak_bytes: int
    measured_at_once: int | None


def adapter_config(plan: TrainingPlan, model: Any) -> dict[str, Any]:
    """adapter_config.json: mlx-lm's keys, and what it was trained on and how it is asked."""
    return {
        **put_on(model, plan.resolved.settings),
        "model": str(plan.base),
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "prompt_template": plan.template.name,
        **({"system_prompt": plan.template.system} if plan.template.system else {}),
        **({"parent": plan.parent.to_json()} if plan.parent else {}),
    }


def summary(
    plan: TrainingPlan, result: Result, seconds: float, resumed: list[int]
) -> dict[str, Any]:
    outcome = result.outcome
    seen = plan.parent.batched if plan.parent else frozenset[str]()
    return {
        "schema": _SCHEMA,
        "key": plan.key,
        "base": plan.base_name,
        "base_sha256": plan.base_sha256,
        "pack": plan.data.name,
        "pack_sha256": sha256_json([row.to_json() for row in plan.data.train]),
        "data": dict(plan.data.record),
        "prompt_template": plan.template.name,
        "settings": plan.resolved.to_json(),
        "workers": plan.workers,
        "multiplied_in": "bfloat16" if plan.multiplies_in_bfloat16 else "as held",
        "steps": outcome.steps,
        "epochs": outcome.epochs,
        "best_step": outcome.best_step,
        "best_validation_loss": outcome.best_validation_loss,
        "stopped": outcome.stopped,
        "train_loss": dataclasses.asdict(result.train_loss),
        "validation_loss": dataclasses.asdict(result.validation_loss),
        "tokens_per_second": outcome.tokens_per_second,
        "padding_share": outcome.padding_share,
        "seconds": seconds,
        "resumed_after": list(resumed),
        "rows_at_once": outcome.rows_at_once,
        "measured_at_once": result.measured_at_once,
        "peak_bytes": result.peak_bytes,
        "lora_tensors": result.lora_tensors,
        "trainable_parameters": sum(w.size for w in outcome.weights.values()),
        "prompts_batched": sorted(outcome.batched | seen),
        "environment": environment(plan.backend),
    }
