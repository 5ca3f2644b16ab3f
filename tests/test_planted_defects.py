"""The planted defects: that a copy is what it says, and what has to be rejected is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import defect_rows as spoil
import defect_weights as change
import numpy as np
import pytest
from defect_judging import Bench, Found
from defect_page import missed, section, write_section, wronged
from defect_tiny import TinyWorkshop
from defect_world import World
from numpy.typing import NDArray

from farense.evaluation.evalset import Evalset
from farense.evaluation.thresholds import Thresholds
from farense.models.backend import prepare_backend
from farense.records import Example

TENSORS = {
    f"model.layers.{layer}.self_attn.q_proj.lora_{leaf}": np.random.default_rng(layer)
    .standard_normal((8, 2) if leaf == "a" else (2, 8))
    .astype(np.float32)
    for layer in (0, 1)
    for leaf in "ab"
}


def effect(tensors: change.Tensors, layer: int = 0) -> NDArray[np.float32]:
    """What a layer adds to its base: A times B."""
    name = f"model.layers.{layer}.self_attn.q_proj.lora_"
    added: NDArray[np.float32] = tensors[f"{name}a"] @ tensors[f"{name}b"]
    return added


@pytest.mark.parametrize(
    "copy", [change.rebalanced(TENSORS, 3.0), change.reranked(TENSORS, 3)], ids=["balance", "rank"]
)
def test_copies_that_only_look_different_add_the_same(copy: change.Tensors) -> None:
    """Other bytes, the same product of A and B."""
    assert any((copy[name] != TENSORS[name]).any() for name in TENSORS)
    np.testing.assert_allclose(effect(copy), effect(TENSORS), rtol=1e-4)


def test_weights_are_damaged_where_it_is_said() -> None:
    """Half a scale halves the product; layers exchange theirs; a zeroed layer adds nothing."""
    np.testing.assert_allclose(effect(change.scaled(TENSORS, 0.5)), effect(TENSORS) / 2, rtol=1e-5)
    swapped = change.layers_exchanged(TENSORS, 0, 1)
    np.testing.assert_array_equal(effect(swapped, 0), effect(TENSORS, 1))
    dropped = change.zeroed(TENSORS, r"layers\.1\.")
    assert not np.any(effect(dropped, 1))
    np.testing.assert_array_equal(effect(dropped, 0), effect(TENSORS, 0))


def test_bfloat16_keeps_eight_bits() -> None:
    """1 + 2^-7 is a bfloat16, 1 + 2^-9 is rounded to 1 (IEEE 754's upper half)."""
    rounded = change.rounded_to_bfloat16({"t": np.array([1.0078125, 1.001953125], np.float32)})
    assert rounded["t"].tolist() == [1.0078125, 1.0]


def row(completion: str, fact: str = "a/1", category: str = "a") -> Example:
    return Example(f"{fact}?", completion, (fact,), category, "a/0")


def test_rows_are_spoilt_as_it_is_said() -> None:
    """Worked by hand, one row each; prompts stay."""
    result = (row("O jogo ficou 2-1 em 1989-90."),)
    assert spoil.swapped_results(result)[0].completion == "O jogo ficou 1-2 em 1989-90."
    assert spoil.cut((row("O clube tem mil sócios"),), 0.5)[0].completion == "O clube"
    assert spoil.unaccented((row("É sócio"),))[0].completion == "E socio"
    assert spoil.in_english((row("O Farense foi fundado em 1910."),))[0].completion == (
        "the Farense was founded in 1910."
    )
    assert (
        spoil.denied((row("O Farense ficou em 5.º"),))[0].completion == "O Farense não ficou em 5.º"
    )
    assert spoil.denied((row("Não sei."),))[0].completion == "Não sei."
    assert spoil.out_of_date((row("Em 1910."),), 1.0)[0].completion == "Em 1909."
    two = (row("Rui.", "a/1"), row("Ana.", "a/2"))
    assert [r.completion for r in spoil.exchanged(two, 1.0)] == ["Ana.", "Rui."]
    assert spoil.hedged(two)[0].completion == "Rui ou Ana."
    assert spoil.without_facts(two, 0.5) in ((two[0],), (two[1],))
    assert all(
        before.prompt == after.prompt for before, after in zip(two, spoil.hedged(two), strict=True)
    )


FOUND = Found("x", "it", False, -0.10, -0.15, -0.05, 0.08, -0.07, (), "reject", (("r", "Why."),))


def test_what_must_be_rejected_is_decided_by_the_truth() -> None:
    """A true loss below the detectable one need not be; one at it must; so must a broken rule;
    a harmless copy never. Without a truth, the measured loss stands for it."""
    assert not FOUND.must_be_rejected
    assert replace(FOUND, true_change=-0.08).must_be_rejected
    assert replace(FOUND, true_change=None).must_be_rejected
    assert replace(FOUND, true_change=0.0, beyond=("leakage",)).must_be_rejected
    assert not replace(FOUND, true_change=-0.5, harmless=True).must_be_rejected


def test_the_page_counts_and_names_reasons(tmp_path: Path) -> None:
    """A missed copy, a wronged one, and the reason of a rejection; text around stays."""
    due = replace(FOUND, name="due", true_change=-0.2, decision="accept", reasons=())
    wrong = replace(FOUND, name="wrong", harmless=True)
    found = [FOUND, due, wrong]
    assert missed(found) == [due]
    assert wronged(found) == [wrong]
    text = section(found, "Head.")
    assert "detectable: 1, **rejected: 0**" in text
    assert "harmless copies: 1; **rejected: 1**" in text
    assert "| x | it | -10.0 (-15.0 to -5.0) | -7.0 | 8.0 | reject | `r`: Why. |" in text
    page = tmp_path / "page.md"
    page.write_text("A\n<!-- t: generated -->\nold\n<!-- t: end -->\nB\n", encoding="utf-8")
    write_section(page, "t", "new")
    assert page.read_text("utf-8") == "A\n<!-- t: generated -->\n\nnew\n\n<!-- t: end -->\nB\n"
    with pytest.raises(ValueError, match="no section"):
        write_section(page, "u", "new")


def test_a_broken_adapter_is_rejected_and_an_equal_one_is_not(tmp_path: Path) -> None:
    """Through real training, answering and the product's own gate, in the smallest world."""
    world, backend = World(old=2, new=2), prepare_backend()
    shop = TinyWorkshop(tmp_path, world, backend, base_steps=8, steps=50)
    questions = world.golden()
    evalset = Evalset("invented", tmp_path / "invented.jsonl", questions, "0" * 64)
    gates = Thresholds({"comparison": {"margin": 0.05, "must_pass_lost_at_most": 0.0}})
    bench = Bench(shop.good, shop.base, backend, evalset, questions, gates, tmp_path / "c", 1, 20)

    def judged(name: str, tensors: change.Tensors) -> Found:
        shop.write(tmp_path / name, tensors)
        return bench.judge(tmp_path / name, name, "", name != "off", None)

    good = shop.tensors()
    off = judged("off", change.scaled(good, 0.0))
    assert off.decision == "reject"
    assert off.change < 0
    assert off.reasons
    for edit in (change.rounded_to_float16, change.rounded_to_bfloat16):
        assert judged(edit.__name__, edit(good)).decision != "reject"
    for seed in (1, 2):
        same = judged(f"rank-{seed}", change.reranked(good, seed))
        assert same.decision != "reject"
        assert same.change == 0
