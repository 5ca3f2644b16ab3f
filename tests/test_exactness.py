"""Greedy answers with every kernel are those of MLX's own operations, or a shown near-tie.

On the tiny model always; on a real base with FARENSE_TEST_BASE=models/smollm2-135m, over all
golden questions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from farense.evaluation.evalset import read_evalset
from farense.models.backend import prepare_backend
from farense.models.kernels.build import SWITCH

BACKEND = prepare_backend()
REAL_BASE = os.environ.get("FARENSE_TEST_BASE")
EVALSETS = Path(__file__).parent.parent / "evalsets"
# Of the largest logit: what float32 sums in another order differ by, and no more.
TIE = 1e-4
TOKENS = 24

# Token ids of every answer, alone or eight at once; then, for answers another run gave, the
# logits where the two part.
_ANSWER = """
import json, sys
from pathlib import Path
from farense.models.backend import prepare_backend
backend = prepare_backend()
import mlx.core as mx
from farense.answering.generation import Decoding, _generate
from farense.models.loading import load_model
from farense.models.rendering import encode_prompt
from farense.models.templates import template_for
base, questions, target, other, at_once, tokens = sys.argv[1:]
loaded = load_model(Path(base), backend, to_answer=True)
template = template_for(Path(base))
texts = json.loads(Path(questions).read_text())
prompts = [encode_prompt(loaded.tokenizer, template, text) for text in texts]
decoding = Decoding(int(tokens), int(at_once))
found = {}
for start in range(0, len(prompts), int(at_once)):
    portion = list(range(start, min(start + int(at_once), len(prompts))))
    found.update((place, ids) for place, ids, _ in _generate(loaded, prompts, portion, decoding))
answers = [found[place] for place in range(len(prompts))]
partings = []
if other:
    given = json.loads(Path(other).read_text())["answers"]
    for prompt, mine, theirs in zip(prompts, answers, given):
        if mine != theirs:
            end = sorted(loaded.tokenizer.eos_token_ids)[0]
            at = next(i for i, (a, b) in enumerate(zip(mine + [end], theirs + [end])) if a != b)
            logits = loaded.model(mx.array([prompt + mine[:at]]))[0, -1].tolist()
            partings.append([logits, (mine + [end])[at], (theirs + [end])[at]])
found = {"kernels": backend.kernels, "few_rows": backend.few_rows}
Path(target).write_text(json.dumps({**found, "answers": answers, "partings": partings}))
"""


def answers(switch: str, arguments: list[str]) -> dict[str, Any]:
    """What a fresh process answers with the kernels on or off."""
    done = subprocess.run(
        [sys.executable, "-c", _ANSWER, *arguments],
        env={**os.environ, SWITCH: switch},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(Path(arguments[2]).read_text(encoding="utf-8"))
    return result


def is_near_tie(logits_V: npt.NDArray[np.float64], first: int, second: int) -> bool:
    """Whether both tokens are the likeliest as far as float32 can tell."""
    allowed = TIE * float(np.abs(logits_V).max())
    return bool(logits_V.max() - min(logits_V[first], logits_V[second]) <= allowed)


def test_what_a_near_tie_is() -> None:
    """Both at the top within a ten-thousandth of the largest; a second best is none."""
    logits = np.array([20.0, 19.9995, 19.0, -5.0])
    assert is_near_tie(logits, 0, 1)
    assert not is_near_tie(logits, 0, 2)
    assert not is_near_tie(logits, 2, 2)


@pytest.mark.skipif(not BACKEND.has_few_rows, reason=f"the kernels are {BACKEND.few_rows} here")
@pytest.mark.parametrize("at_once", [1, 8, 32], ids=["one at a time", "8 at once", "32 at once"])
def test_golden_answers_are_those_without_kernels(
    at_once: int, tiny_base: Path, tmp_path: Path
) -> None:
    """Every golden question on a real base, a few of them on the tiny one."""
    golden = [question.question for question in read_evalset(EVALSETS).questions]
    asked = tmp_path / "questions.json"
    asked.write_text(json.dumps(golden if REAL_BASE else golden[::12]), encoding="utf-8")
    base, common = REAL_BASE or str(tiny_base), [str(at_once), str(TOKENS)]
    fast = answers("on", [base, str(asked), str(tmp_path / "on.json"), "", *common])
    plain = answers(
        "off", [base, str(asked), str(tmp_path / "off.json"), str(tmp_path / "on.json"), *common]
    )
    assert (fast["kernels"], fast["few_rows"]) == ("in use", "in use")
    assert plain["kernels"] == plain["few_rows"] == f"switched off by {SWITCH}"
    assert any(plain["answers"])
    for logits, first, second in plain["partings"]:
        assert is_near_tie(np.array(logits), first, second), (first, second)
    same = sum(a == b for a, b in zip(fast["answers"], plain["answers"], strict=True))
    assert same + len(plain["partings"]) == len(plain["answers"])
