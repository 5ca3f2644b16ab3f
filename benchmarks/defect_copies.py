"""The copies: what was done to a good adapter, to harm it or so that it should do no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import defect_rows as spoil
import defect_weights as change

from farense.records import Example


class Workshop(Protocol):
    """Where copies of one good adapter are made.

    Attributes:
        rows: What the good adapter was trained on.
        layers: Of its base; ``heads`` likewise.
        first_layer: The first that carries LoRA tensors.
        from_nothing: Whether ``train`` starts from nothing; else from the good adapter.
    """

    rows: tuple[Example, ...]
    layers: int
    heads: int
    first_layer: int
    from_nothing: bool

    def tensors(self) -> change.Tensors:
        """The good adapter's."""

    def write(self, folder: Path, tensors: change.Tensors, **config: Any) -> None:
        """Write a copy with these tensors; ``config`` changes adapter_config.json."""

    def train(self, folder: Path, rows: tuple[Example, ...], **settings: Any) -> None:
        """Train a copy on ``rows``, with the good adapter's settings but these."""

    def other(self) -> change.Tensors:
        """The tensors of an adapter of the same rows and another seed."""


@dataclass(frozen=True)
class Copy:
    """One copy; ``order_seed`` is that of the order it is asked in, None for the usual."""

    name: str
    done: str
    harmless: bool
    make: Callable[[Workshop, Path], None]
    order_seed: int | None = None


def copies(shop: Workshop) -> Iterator[Copy]:
    """All of them, damaged ones first."""
    yield from _damaged_weights(shop)
    yield from _damaged_rows(shop)
    yield from _damaged_training(shop)
    yield from _harmless(shop)


def _weights(
    name: str,
    done: str,
    edit: Callable[[change.Tensors], change.Tensors],
    *,
    harmless: bool = False,
) -> Copy:
    return Copy(name, done, harmless, lambda shop, to: shop.write(to, edit(shop.tensors())))


def _damaged_weights(shop: Workshop) -> Iterator[Copy]:
    for level in (0.1, 0.25, 0.5, 1.0, 2.0):
        yield _weights(
            f"noise-{level:g}",
            f"noise of {level:g} times each tensor's spread",
            partial(change.noised, level=level),
        )
    first, last = shop.first_layer, shop.layers - 1
    zero = change.zeroed
    yield _weights(
        "no-last-layer",
        "LoRA of the last layer dropped",
        partial(zero, pattern=rf"layers\.{last}\."),
    )
    yield _weights(
        "no-first-layer",
        "LoRA of the first layer dropped",
        partial(zero, pattern=rf"layers\.{first}\."),
    )
    for projection in ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj"):
        yield _weights(
            f"no-{projection}", f"all {projection} zeroed", partial(zero, pattern=projection)
        )
    yield _weights("no-attention", "all of attention zeroed", partial(zero, pattern="self_attn"))
    for factor in (0.0, 0.5, 0.75, 2.0, -1.0):
        yield _weights(
            f"scale-{factor:g}",
            f"LoRA scale times {factor:g}",
            partial(change.scaled, factor=factor),
        )
    yield _weights(
        "layers-swapped",
        f"A and B of layers {first} and {last} exchanged",
        partial(change.layers_exchanged, first=first, second=last),
    )
    yield _weights(
        "gate-for-up",
        "gate and up exchanged: another mapping of names",
        partial(change.projections_exchanged, one="gate_proj", other="up_proj"),
    )
    yield _weights(
        "heads-permuted",
        "rows of q and k in another format's order",
        partial(change.heads_permuted, heads=shop.heads),
    )
    yield _weights("one-bit", "weights rounded to their sign", change.signs_only)
    yield Copy(
        "mixed-seeds",
        "A of this training, B of one with another seed",
        False,
        lambda shop, to: shop.write(to, change.mixed(shop.tensors(), shop.other())),
    )
    yield Copy(
        "wrong-template",
        "asked in the prompt template of another family",
        False,
        lambda shop, to: shop.write(to, shop.tensors(), prompt_template="pergunta"),
    )


def _rows(
    name: str, done: str, spoilt: Callable[[spoil.Rows], spoil.Rows], **settings: Any
) -> Copy:
    return Copy(
        name,
        f"trained on {done}",
        False,
        lambda shop, to: shop.train(to, spoilt(shop.rows), **settings),
    )


def _damaged_rows(shop: Workshop) -> Iterator[Copy]:
    largest = spoil.largest_category(shop.rows)
    yield _rows("swapped-results", "results turned round", spoil.swapped_results)
    yield _rows(
        "one-category",
        f"the category {largest} alone",
        partial(spoil.of_category, category=largest),
    )
    yield _rows(
        "stale-20", "a fifth of the facts out of date", partial(spoil.out_of_date, share=0.2)
    )
    yield _rows(
        "stale-category",
        f"half of {largest} out of date",
        partial(spoil.out_of_date, share=0.5, category=largest),
    )
    yield _rows(
        "exchanged-5", "answers of 5 % of the facts exchanged", partial(spoil.exchanged, share=0.05)
    )
    yield _rows(
        "exchanged-30",
        "answers of 30 % of the facts exchanged",
        partial(spoil.exchanged, share=0.3),
    )
    yield _rows(
        "forgotten-15", "15 % of the facts left out", partial(spoil.without_facts, share=0.15)
    )
    yield _rows("cut-half", "completions cut in half", partial(spoil.cut, share=0.5))
    yield _rows("cut-end", "completions without their last words", partial(spoil.cut, share=0.85))
    yield _rows("refuses-all", "refusals alone", partial(spoil.refused, share=1.0))
    yield _rows(
        "refuses-20", "refusals for a fifth of the facts", partial(spoil.refused, share=0.2)
    )
    yield _rows("never-refuses", "answers where it should refuse", spoil.never_refused)
    yield _rows("english", "answers in English", spoil.in_english)
    yield _rows("unaccented", "answers without accents", spoil.unaccented)
    yield _rows("denied", "answers that deny what is asked", spoil.denied)
    yield _rows("hedged", "answers with a second value after *ou*", spoil.hedged)


def _trained(name: str, done: str, *, harmless: bool = False, **settings: Any) -> Copy:
    return Copy(name, done, harmless, lambda shop, to: shop.train(to, shop.rows, **settings))


def _damaged_training(shop: Workshop) -> Iterator[Copy]:
    if shop.from_nothing:
        yield _trained("undertrained", "a fifth of the steps", steps_share=0.2)
    yield _trained("diverged", "thirty times the learning rate", rate_share=30.0)
    yield Copy(
        "over-trained",
        "one wording of each fact, four times as many passes",
        False,
        lambda shop, to: shop.train(to, spoil.of_one_wording(shop.rows), patience=1000),
    )


def _harmless(shop: Workshop) -> Iterator[Copy]:
    for seed in range(1, 7):
        yield _trained(f"seed-{seed}", f"trained with seed {seed}", harmless=True, seed=seed)
    if shop.from_nothing:
        yield _trained("longer", "a tenth more steps", harmless=True, steps_share=1.1)
        yield _trained(
            "last-checkpoint", "the last step instead of the best", harmless=True, last=True
        )
    yield _weights(
        "float16", "weights rounded to float16", change.rounded_to_float16, harmless=True
    )
    yield _weights(
        "bfloat16", "weights rounded to bfloat16", change.rounded_to_bfloat16, harmless=True
    )
    for level in (0.001, 0.003, 0.01):
        yield _weights(
            f"noise-{level:g}",
            f"noise of {level:g} times each tensor's spread",
            partial(change.noised, level=level),
            harmless=True,
        )
    for factor in (2.0, 0.3):
        yield _weights(
            f"rebalanced-{factor:g}",
            f"A times {factor:g}, B over it",
            partial(change.rebalanced, factor=factor),
            harmless=True,
        )
    for seed in (1, 2):
        yield _weights(
            f"reranked-{seed}",
            "the rank dimension in another order",
            partial(change.reranked, seed=seed),
            harmless=True,
        )
    for seed in (1, 2, 3, 4):
        yield Copy(
            f"order-{seed}",
            "the same, asked in another order",
            True,
            lambda shop, to: shop.write(to, shop.tensors()),
            order_seed=seed,
        )
