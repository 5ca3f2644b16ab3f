"""The tiny base of the planted defects: llama layout, trained whole until it knows its world."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from defect_world import World

from farense.models.backend import Backend
from farense.records import Example
from farense.storage import write_bytes, write_json
from farense.testing import Shape, tiny_model_folder, word_merges

HIDDEN, LAYERS, FEED_FORWARD = 64, 2, 192
STEPS, BATCH, RATE = 240, 48, 4e-3


def trained_base(folder: Path, world: World, backend: Backend, steps: int = STEPS) -> Path:
    """Write a base that answers the old half of ``world``; one that is there is taken.

    About a million parameters, a token a word, weights in float32.
    """
    if (folder / "model.safetensors").is_file():
        return folder
    work = folder.with_name(f".{folder.name}")
    shutil.rmtree(work, ignore_errors=True)
    shape = Shape(HIDDEN, LAYERS, 4, 4, FEED_FORWARD, word_merges(world.words()))
    tiny_model_folder(work, seed=1910, shape=shape)
    _train_whole(work, world.pretraining, backend, steps)
    work.rename(folder)
    return folder


def _train_whole(folder: Path, rows: Sequence[Example], backend: Backend, steps: int) -> None:
    import numpy as np
    from mlx.utils import tree_flatten
    from safetensors.numpy import save

    from farense.config import TrainingSettings
    from farense.models.loading import load_model
    from farense.models.model_folder import read_record, record_base
    from farense.models.templates import template_for
    from farense.storage import read_json
    from farense.training.batches import Batch, epoch, tokenise
    from farense.training.loss import choose_logits
    from farense.training.schedule import learning_rate
    from farense.training.stepping import Stepper

    loaded = load_model(folder, backend)
    loaded.model.unfreeze()
    settings = TrainingSettings(learning_rate=RATE, steps=steps, batch_size=BATCH)
    stepper = Stepper(loaded.model, choose_logits(loaded.model), settings)
    tokenised = tokenise(rows, loaded.tokenizer, template_for(folder), 256)
    random, waiting = np.random.default_rng(0), list[Batch]()

    for step in range(1, steps + 1):
        waiting = waiting or list(epoch(tokenised, BATCH, random))
        done = stepper.step([waiting.pop()], learning_rate(step, settings))
        if step % 50 == 0:
            print(f"base: step {step}, loss {done.loss:.3f}, {done.seconds:.2f} s", flush=True)
    weights = {name: np.array(value) for name, value in tree_flatten(loaded.model.parameters())}
    write_bytes(folder / "model.safetensors", save(weights, {"format": "mlx"}))
    config = read_json(folder / "config.json")
    config.pop("quantization")
    write_json(folder / "config.json", config)
    record_base(folder, read_record(folder))
