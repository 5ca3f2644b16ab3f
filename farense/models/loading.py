"""A model folder loaded to compute with: unpacked on a CPU, 4-bit on a GPU, adapter on top."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_map, tree_unflatten
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model as load_mlx_model
from mlx_lm.utils import load_tokenizer

from farense.errors import ModelFolderError
from farense.models.adapters import WEIGHTS, check_adapter
from farense.models.backend import Backend, choose_storage
from farense.models.kernels.build import FEW_ROWS, load_kernels
from farense.models.kernels.few_rows import compute_answers_with, packed_weights
from farense.models.model_folder import base_sha256, check_model_folder, float32_bytes


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to train or answer, and what it is.

    ``model`` is an mlx-lm module called as ``model(tokens_B_T) -> logits_B_T_V``;
    ``tokenizer`` mlx-lm's wrapper; ``dtype`` says how the weights are held;
    ``warnings`` are sentences for the user.
    """

    model: Any
    tokenizer: Any
    folder: Path
    base_sha256: str
    dtype: str
    adapter: Path | None
    warnings: tuple[str, ...]


def load_model(
    folder: Path,
    backend: Backend,
    adapter: Path | None = None,
    dtype: str = "auto",
    *,
    to_answer: bool = False,
) -> LoadedModel:
    """Load a base, and an adapter on it when one is given.

    Args:
        folder: A whole mlx-lm model folder.
        backend: From ``prepare_backend()``; decides whether weights are unpacked.
        adapter: A folder with adapters.safetensors and adapter_config.json.
        dtype: ``float32``, ``bfloat16`` or ``float16`` for all that is not quantised; ``auto``
            leaves it as it is stored, or as unpacking gives it.
        to_answer: Where weights are unpacked, keep the packed ones beside them for the
            kernels that answers are computed with; they have no gradient.

    Raises:
        ModelFolderError: the base or adapter folder is not whole, or not what it says.
        BaseMismatchError: the adapter was trained on another base.
    """
    sha256 = base_sha256(check_model_folder(folder))
    if adapter is not None:
        check_adapter(adapter, folder, sha256)
    storage = choose_storage(backend, float32_bytes(folder))
    model, config = _open(folder)
    to_answer = to_answer and backend.has_few_rows and not storage.keep_quantised
    kernels = load_kernels(FEW_ROWS)[0] if to_answer else None
    packed = packed_weights(model, kernels) if kernels else {}
    if not storage.keep_quantised:
        unpack_to_float32(model)
    if dtype != "auto":
        model.set_dtype(getattr(mx, dtype))
    if adapter is not None:
        _put_on(model, adapter)
        # A layer that was trained whole is no longer what its packed weight says.
        whole = _whole_in(adapter)
        packed = {name: kept for name, kept in packed.items() if name not in whole}
    if kernels:
        compute_answers_with(model, packed, kernels)
    model.eval()
    mx.eval(model.parameters())
    return LoadedModel(
        model=model,
        tokenizer=_tokenizer(folder, config),
        folder=folder,
        base_sha256=sha256,
        dtype=_described(config, storage.keep_quantised, dtype),
        adapter=adapter,
        warnings=tuple(filter(None, (storage.warning, _slow(backend, dtype)))),
    )


def unpack_to_float32(model: nn.Module) -> nn.Module:
    """Replace quantised layers of a model or block by plain ones, in place, as float32.

    The values are exactly ``scale * q + bias`` in float32 arithmetic; nothing is rounded
    to the scales' own type on the way.
    """
    plain = [
        (name, _plain_layer(module))
        for name, module in model.named_modules()
        if isinstance(module, nn.QuantizedLinear | nn.QuantizedEmbedding)
    ]
    model.update_modules(tree_unflatten(plain))
    model.update(tree_map(_as_float32, model.parameters()))
    return model


def _plain_layer(layer: Any) -> nn.Module:
    rows, columns = _float32_matrix(layer).shape
    if isinstance(layer, nn.QuantizedEmbedding):
        embedding = nn.Embedding(1, 1)
        embedding.weight = _float32_matrix(layer)
        embedding.num_embeddings, embedding.dims = rows, columns
        return embedding
    linear = nn.Linear(1, 1, bias="bias" in layer)
    linear.weight = _float32_matrix(layer)
    if "bias" in layer:
        linear.bias = _as_float32(layer.bias)
    return linear


def _float32_matrix(layer: Any) -> mx.array:
    affine = layer.mode == "affine"
    return mx.dequantize(
        layer.weight,
        layer.scales.astype(mx.float32) if affine else layer.scales,
        layer.biases.astype(mx.float32) if affine else None,
        group_size=layer.group_size,
        bits=layer.bits,
        mode=layer.mode,
        dtype=mx.float32,
    )


def _as_float32(array: mx.array) -> mx.array:
    return array.astype(mx.float32) if mx.issubdtype(array.dtype, mx.floating) else array


def _open(folder: Path) -> tuple[Any, dict[str, Any]]:
    try:
        model, config = load_mlx_model(folder, lazy=True)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelFolderError(
            folder,
            f"mlx-lm cannot load it ({error})",
            "a model mlx-lm supports",
            "Check config.json and the weights, or fetch the model anew.",
        ) from error
    return model, config


def _tokenizer(folder: Path, config: dict[str, Any]) -> Any:
    try:
        return load_tokenizer(folder, eos_token_ids=config.get("eos_token_id"))
    # The tokenizers library raises bare Exception for a file it cannot read.
    except Exception as error:
        raise ModelFolderError(
            folder,
            f"its tokenizer cannot be loaded ({str(error)[:200]})",
            "a tokenizer transformers can read",
            "Fetch the model anew.",
        ) from error


def _put_on(model: nn.Module, adapter: Path) -> None:
    try:
        _unpack_replaced(model, adapter)
        load_adapters(model, str(adapter))
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelFolderError(
            adapter,
            f"its tensors do not fit the base ({error})",
            "an adapter of this base",
            "Train it again.",
        ) from error


def _unpack_replaced(model: nn.Module, adapter: Path) -> None:
    """Make plain the quantised layers whose weights the adapter holds whole."""
    whole = _whole_in(adapter)
    plain = [
        (name, _plain_layer(module))
        for name, module in model.named_modules()
        if isinstance(module, nn.QuantizedLinear) and name in whole
    ]
    model.update_modules(tree_unflatten(plain))


def _whole_in(adapter: Path) -> set[str]:
    """Names of the layers whose weights the adapter holds whole."""
    tensors: Any = mx.load(str(adapter / WEIGHTS))
    return {name.removesuffix(".weight") for name in tensors if name.endswith(".weight")}


def _slow(backend: Backend, dtype: str) -> str | None:
    if backend.device != "cpu" or dtype not in ("bfloat16", "float16"):
        return None
    return f"A CPU multiplies {dtype} about 40 times slower than float32 (5 against 200 GFLOP/s)."


def _described(config: dict[str, Any], quantised: bool, dtype: str) -> str:
    held = "float32" if dtype == "auto" else dtype
    settings = config.get("quantization")
    if not settings:
        return "as stored" if quantised and dtype == "auto" else held
    stored = f"{settings['bits']}-bit group {settings['group_size']}"
    if not quantised:
        return f"{held} unpacked from {stored}"
    return stored if dtype == "auto" else f"{stored}, computed in {dtype}"
