"""PyTorch's turn: ``python with_torch.py WORK bfloat16|float32``, with transformers and PEFT."""

from __future__ import annotations

import functools
import sys
import time
from pathlib import Path
from typing import Any

import torch
from protocol import Work, read_work, serve, took

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class Torch:
    """What the process computes."""

    def __init__(self, work: Work, dtype: str) -> None:
        torch.set_num_threads(work.threads)
        self.work, self.dtype = work, getattr(torch, dtype)

    def _load(self) -> Any:
        from transformers import LlamaForCausalLM

        return LlamaForCausalLM.from_pretrained(self.work.hf, dtype=self.dtype)

    @functools.cached_property
    def model(self) -> Any:
        """The base, to read and write with."""
        return self._load().eval()

    @functools.cached_property
    def trained(self) -> tuple[Any, Any, list[Any]]:
        """The base with LoRA of rank 8 on all seven projections, its optimiser and tensors."""
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(r=8, lora_alpha=128, target_modules=PROJECTIONS)
        model = get_peft_model(self._load(), config).train()
        tensors = [tensor for tensor in model.parameters() if tensor.requires_grad]
        return model, torch.optim.AdamW(tensors, lr=1e-4), tensors

    def prefill(self) -> dict[str, Any]:
        """The prompt, until the likeliest next token is known."""
        model = self.model
        start = time.perf_counter()
        with torch.inference_mode():
            ids = torch.tensor([self.work.prefill])
            logits_V = model(ids, use_cache=True, logits_to_keep=1).logits[0, -1]
        return took(start, len(self.work.prefill), next=int(logits_V.argmax()))

    def decode(self) -> dict[str, Any]:
        """One answer, after its first token, in the loop that costs least Python."""
        with torch.inference_mode():
            ids = torch.tensor([self.work.prompt])
            found = self.model(ids, use_cache=True, logits_to_keep=1)
            start = time.perf_counter()
            for _ in range(self.work.answer_tokens - 1):
                ids = found.logits[:, -1].argmax(-1, keepdim=True)
                found = self.model(ids, past_key_values=found.past_key_values, use_cache=True)
            found.logits[:, -1].argmax(-1)
        return took(start, self.work.answer_tokens - 1)

    def answer(self, batch: int) -> dict[str, Any]:
        """``batch`` answers at once, prompts included."""
        model, ids = self.model, torch.tensor([self.work.prompt] * batch)
        new = self.work.answer_tokens
        start = time.perf_counter()
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=new,
            min_new_tokens=new,
            do_sample=False,
            pad_token_id=self.work.stop[0],
        )
        return took(start, batch * new)

    def training(self) -> dict[str, Any]:
        """One optimiser step on all rows; the vocabulary only where a token is learnt."""
        model, optimiser, tensors = self.trained
        ids = torch.tensor([prompt + completion for prompt, completion in self.work.rows])
        learnt = len(self.work.rows[0][1])
        start = time.perf_counter()
        logits = model(ids, use_cache=False, logits_to_keep=learnt + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), ids[:, -learnt:].flatten()
        )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tensors, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return took(start, ids.numel(), loss=float(loss))


if __name__ == "__main__":
    peer = Torch(read_work(Path(sys.argv[1])), sys.argv[2])
    serve({name: getattr(peer, name) for name in ("prefill", "decode", "answer", "training")})
