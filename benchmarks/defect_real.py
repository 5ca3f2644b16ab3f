"""The workshop of a real adapter: what it learnt is changed by a short further training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import defect_weights as change
from defect_tiny import read_tensors, write_copy

from farense.config import TrainingSettings
from farense.datasets.packs import TRAIN, read_rows
from farense.evaluation.clusters import Clusters
from farense.evaluation.evalset import Evalset, read_evalset
from farense.evaluation.set_manifest import DEFAULT_PACK
from farense.models.adapters import CONFIG
from farense.models.backend import Backend
from farense.records import Example
from farense.storage import read_json, sha256_json

# Of a further training: enough to unlearn, few enough to do it twenty times over.
STEPS, BATCH, RATE, LAYERS = 30, 8, 4e-4, 4
ROWS = STEPS * BATCH


def real_evalset(folder: Path, questions: int) -> Evalset:
    """The golden sets in ``folder``, or ``questions`` of them: whole clusters, every n-th.

    Must-pass questions are all among them.
    """
    whole = read_evalset(folder, DEFAULT_PACK)
    if not questions or questions >= len(whole.questions):
        return whole
    clusters = Clusters.of_questions(whole.questions)
    every = len(whole.questions) / questions
    kept = {int(place * every) for place in range(clusters.count)}
    chosen = tuple(
        question
        for question, cluster in zip(whole.questions, clusters.index_N, strict=True)
        if question.must_pass or int(cluster) in kept
    )
    digest = sha256_json([question.id for question in chosen])
    return Evalset(f"{whole.name}, {len(chosen)} of {len(whole.questions)}", folder, chosen, digest)


class RealWorkshop:
    """As ``defect_copies.Workshop``; the good adapter is never changed."""

    from_nothing = False

    def __init__(self, good: Path, base: Path, backend: Backend) -> None:
        self._good, self._base, self._backend = good.resolve(), base.resolve(), backend
        config = read_json(self._base / "config.json")
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]
        self.first_layer = self.layers - read_json(self._good / CONFIG)["num_layers"]
        self.rows: tuple[Example, ...] = read_rows(self._good / TRAIN)

    def tensors(self) -> change.Tensors:
        return read_tensors(self._good)

    def other(self) -> change.Tensors:
        """Of the same spread and unrelated: what another seed's A and B are to each other."""
        return change.unrelated(self.tensors(), 77)

    def write(self, folder: Path, tensors: change.Tensors, **config: Any) -> None:
        write_copy(self._good, folder, tensors, **config)

    def train(
        self,
        folder: Path,
        rows: tuple[Example, ...],
        *,
        rate_share: float = 1.0,
        **settings: Any,
    ) -> None:
        """Go on training the good adapter's last layers on a sample of ``rows``.

        Args:
            folder: The copy.
            rows: What is taught now.
            rate_share: Of the usual learning rate.
            settings: Others, by their names in ``TrainingSettings``.
        """
        rate = RATE * rate_share
        usual = {"batch_size": BATCH, "learning_rate": rate, "warmup_steps": 3, "steps": STEPS}
        given = TrainingSettings(**{**usual, **settings})
        write_copy(self._good, folder, self._continued(rows, given))

    def _continued(self, rows: tuple[Example, ...], settings: TrainingSettings) -> change.Tensors:
        import numpy as np
        from mlx.utils import tree_flatten

        from farense.models.loading import load_model
        from farense.models.templates import TEMPLATES
        from farense.training.batches import epoch, tokenise
        from farense.training.loss import choose_logits
        from farense.training.schedule import learning_rate
        from farense.training.stepping import Stepper

        loaded = load_model(self._base, self._backend, self._good)
        model, random = loaded.model, np.random.default_rng(settings.seed)
        model.freeze()
        for layer in model.layers[-LAYERS:]:
            layer.apply_to_modules(
                lambda _, module: module.unfreeze(
                    keys=["lora_a", "lora_b"], recurse=False, strict=False
                )
            )
        chosen = [rows[i] for i in random.permutation(len(rows))[:ROWS]]
        template = TEMPLATES[read_json(self._good / CONFIG)["prompt_template"]]
        tokenised = tokenise(chosen, loaded.tokenizer, template, settings.max_tokens)
        stepper = Stepper(model, choose_logits(model), settings)
        batches = [b for _ in range(settings.steps) for b in epoch(tokenised, BATCH, random)]
        for step, batch in enumerate(batches[: settings.steps], start=1):
            stepper.step([batch], learning_rate(step, settings))
        trained = {n: np.array(t) for n, t in tree_flatten(model.trainable_parameters())}
        return self.tensors() | trained
