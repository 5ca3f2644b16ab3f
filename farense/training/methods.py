"""What of a model is trained: LoRA or DoRA layers, or its last blocks themselves."""

from __future__ import annotations

from typing import Any

from mlx.utils import tree_flatten

from farense.config import TrainingSettings
from farense.errors import TrainingError
from farense.models.loading import unpack_to_float32
from farense.training.lora import LEAVES, attach_lora, lora_parameters, trainable, trained_layers


def make_trainable(model: Any, settings: TrainingSettings) -> None:
    """Freeze ``model`` but for what ``settings.method`` trains, in place.

    ``lora`` and ``dora`` add layers; on a 4-bit base LoRA is what is called QLoRA. ``full``
    trains every tensor of the last blocks as float32, unpacked where the base is quantised;
    embeddings, last norm and head stay as they are.

    Raises:
        InputError: a target module that the blocks do not have.
        TrainingError: something else is trainable.
    """
    if settings.method == "full":
        model.freeze()
        for block in model.layers[-trained_layers(model, settings) :]:
            unpack_to_float32(block).unfreeze()
    else:
        attach_lora(model, settings)
    check_trainable(model, settings)


def put_on(model: Any, settings: TrainingSettings) -> dict[str, Any]:
    """mlx-lm's keys of adapter_config.json, which say how the tensors go on the base.

    Args:
        model: The base, before ``make_trainable``.
        settings: Of the training.

    Raises:
        InputError: a target module that the blocks do not have.
    """
    full = settings.method == "full"
    return {
        "fine_tune_type": settings.method,
        "num_layers": trained_layers(model, settings),
        "lora_parameters": {} if full else lora_parameters(model, settings),
    }


def check_trainable(model: Any, settings: TrainingSettings) -> None:
    """Refuse a model in which anything but what the method trains would change.

    Raises:
        TrainingError: nothing is trainable, or a tensor of the base is.
    """
    names = trainable(model)
    if not names:
        raise TrainingError(
            "model",
            "no tensor is trainable",
            "LoRA layers on the projections, or whole blocks",
            "Report this: there is nothing to train.",
        )
    strangers = [name for name in names if name not in _meant(model, settings, names)]
    if strangers:
        raise TrainingError(
            "model",
            f"{len(strangers)} base tensors are trainable, such as {strangers[0]}",
            "a frozen base",
            "Report this: the base must not change.",
        )


def _meant(model: Any, settings: TrainingSettings, names: Any) -> set[str]:
    if settings.method != "full":
        return {name for name in names if name.rsplit(".", 1)[-1] in LEAVES}
    blocks = model.layers[-trained_layers(model, settings) :]
    inside = {id(tensor) for block in blocks for _, tensor in tree_flatten(block.parameters())}
    return {name for name, tensor in names.items() if id(tensor) in inside}
