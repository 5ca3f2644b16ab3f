"""The imported tokenizer splits text as two other implementations do."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest
from byte_bpe import ByteBpe
from gguf import GGUFReader
from tokenizers import Tokenizer

from farense.errors import ModelFolderError
from farense.models.gguf_tokenizer import write_tokenizer
from farense.testing import tiny_gguf, tiny_model_folder

REAL_GGUF = Path(os.environ.get("FARENSE_TEST_GGUF", "models/smollm2-135m.gguf"))
REAL_FOLDER = Path("models/smollm2-135m")
SENTENCES = (Path(__file__).parent / "data/frases.txt").read_text(encoding="utf-8").splitlines()

needs_real_folder = pytest.mark.skipif(
    not (REAL_FOLDER / "tokenizer.json").is_file(),
    reason="models/smollm2-135m is not here: run `farense models pull smollm2-135m`",
)
needs_llama_cpp = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed"
)
needs_real_gguf = pytest.mark.skipif(
    not REAL_GGUF.is_file(), reason="FARENSE_TEST_GGUF does not name the SmolLM2 GGUF"
)


def independent(gguf: Path) -> ByteBpe:
    """The tests' own byte-level BPE over the vocabulary in a GGUF."""
    fields = GGUFReader(gguf).fields
    return ByteBpe(
        fields["tokenizer.ggml.tokens"].contents(), fields["tokenizer.ggml.merges"].contents()
    )


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def differing(tokenizer: Tokenizer, other: Any) -> list[str]:
    return [s for s in SENTENCES if encode(tokenizer, s) != other(s)]


def test_there_are_200_sentences() -> None:
    """The comparison covers 200 different sentences, with digits and accents among them."""
    assert len(set(SENTENCES)) == 200
    assert sum(any(c.isdigit() for c in s) for s in SENTENCES) > 80
    assert sum(any(c in "ãõçáéíóúâêôà" for c in s) for s in SENTENCES) > 150


def test_tiny_tokens_equal_an_independent_bpe(tmp_path: Path) -> None:
    """On the tiny GGUF, the imported tokenizer.json gives the independent BPE's ids."""
    folder = tiny_model_folder(tmp_path / "model")
    other = independent(tiny_gguf(tmp_path / "tiny.gguf"))
    assert differing(Tokenizer.from_file(str(folder / "tokenizer.json")), other.encode) == []


@needs_real_folder
def test_real_tokens_equal_an_independent_bpe() -> None:
    """On SmolLM2, all 200 sentences have the independent BPE's ids (vocabulary as imported)."""
    model = json.loads((REAL_FOLDER / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    other = ByteBpe(tokens, [" ".join(pair) for pair in model["merges"]])
    tokenizer = Tokenizer.from_file(str(REAL_FOLDER / "tokenizer.json"))
    assert differing(tokenizer, other.encode) == []


@needs_real_folder
@needs_real_gguf
def test_real_tokens_equal_an_independent_bpe_over_the_gguf() -> None:
    """The same, with the vocabulary read from the published GGUF by the gguf package."""
    tokenizer = Tokenizer.from_file(str(REAL_FOLDER / "tokenizer.json"))
    assert differing(tokenizer, independent(REAL_GGUF).encode) == []


@needs_llama_cpp
@needs_real_folder
@needs_real_gguf
def test_real_tokens_equal_llama_cpp() -> None:
    """All 200 sentences have the ids llama.cpp gives them from the same GGUF."""
    from llama_cpp import Llama

    llama = Llama(str(REAL_GGUF), vocab_only=True, verbose=False)
    tokenizer = Tokenizer.from_file(str(REAL_FOLDER / "tokenizer.json"))
    assert differing(tokenizer, lambda s: llama.tokenize(s.encode(), add_bos=False)) == []


def test_text_survives_the_round_trip(tmp_path: Path) -> None:
    """Decoding the ids of every sentence gives it back, byte for byte."""
    folder = tiny_model_folder(tmp_path / "model")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert [s for s in SENTENCES if tokenizer.decode(encode(tokenizer, s)) != s] == []


def test_chat_marks_are_single_tokens(tmp_path: Path) -> None:
    """The ChatML marks are one token each wherever they stand, and digits stand alone."""
    folder = tiny_model_folder(tmp_path / "model")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    got = tokenizer.encode("<|im_start|>10<|im_end|>", add_special_tokens=False).tokens
    assert got == ["<|im_start|>", "1", "0", "<|im_end|>"]


def test_the_chat_template_travels(tmp_path: Path) -> None:
    """mlx-lm's tokenizer renders the GGUF's own chat template."""
    from mlx_lm.utils import load_tokenizer

    tokenizer = load_tokenizer(tiny_model_folder(tmp_path / "model"))
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Olá"}], tokenize=False, add_generation_prompt=True
    )
    assert text == "<|im_start|>user\nOlá<|im_end|>\n<|im_start|>assistant\n"


def test_unknown_tokenizers_are_refused(tmp_path: Path) -> None:
    """A tokenizer this import does not know is an error, not a guess."""
    source = tmp_path / "x.gguf"
    with pytest.raises(ModelFolderError, match="tokenizer model 't5'"):
        write_tokenizer({"tokenizer.ggml.model": "t5"}, tmp_path, source)
    gpt2 = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "falcon"}
    with pytest.raises(ModelFolderError, match="pre-tokenizer 'falcon'"):
        write_tokenizer(gpt2, tmp_path, source)
