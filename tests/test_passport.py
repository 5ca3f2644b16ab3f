"""The passport of a really trained tiny adapter, and promotion by its verdict or by force."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.errors import FarenseError, InputError, PromotionRefusedError, StorageError
from farense.evaluation.passport import PASSPORT, issue_passport, read_passport
from farense.models.adapters import adapter_sha256
from farense.records import Example
from farense.storage import read_json, sha256_file, sha256_json

ROWS = tuple(
    Example(asked, said, (fact,), "club", f"tiny/{number}")
    for number, (fact, asked, said) in enumerate(
        (("club/founding_place", "Onde nasceu?", "Faro"), ("club/leader", "Quem mandou?", "Ana"))
    )
)
GATES = {
    "lenient": "[fact_accuracy]\nseen = 0.5\n",
    "strict": "[fact_accuracy]\nparaphrase = 0.9\n",
}


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A tiny adapter that learnt two answers by heart."""
    root = tmp_path_factory.mktemp("passport")
    write_pack(Pack("essentials", 1, "0" * 64, ROWS, ROWS), root / "built" / "essentials")
    result = invoke(
        "train",
        *("--base", str(tiny_base), "--packs-dir", str(root / "built"), "--workers", "1"),
        *("--adapters-dir", str(root / "adapters"), "--steps", "120", "--batch-size", "2"),
        *("--learning-rate", "0.01", "--rank", "16", "--evaluate-every", "30"),
    )
    assert result.exit_code == 0, result.output
    return Path(result.stdout.splitlines()[-1])


class Place:
    """A working folder with its own copy of the adapter and a golden set of two questions."""

    def __init__(self, root: Path, trained: Path) -> None:
        self.root = root
        self.adapter = root / "models" / "adapters" / trained.name
        shutil.copytree(trained, self.adapter)
        (root / "evalsets").mkdir()
        self.golden("Zebra")
        self.accepted = root / "evalsets" / "accepted.toml"

    def golden(self, other: str) -> None:
        """Two questions: one learnt by heart, one whose answer nobody taught."""
        rows = (("seen-1", "seen", "Onde nasceu?", "Faro"), ("other", "paraphrase", "Cor?", other))
        lines = [
            {
                "id": name,
                "question": asked,
                "references": [said],
                "answer": {"kind": "text", "value": said},
                "tier": tier,
                "category": "club",
            }
            for name, tier, asked, said in rows
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.root / "evalsets" / "small.jsonl").write_text(text, encoding="utf-8")

    def evaluate(self, gates: str = "lenient") -> Result:
        (self.root / "evalsets" / "gates.toml").write_text(GATES[gates], encoding="utf-8")
        return invoke("evaluate", "--adapter", str(self.adapter), "--max-tokens", "4", "--json")

    def promote(self, *more: str) -> Result:
        return invoke("promote", str(self.adapter), *more)

    def passport(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.adapter / PASSPORT)
        return found


@pytest.fixture
def place(tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, trained)


def refused(result: Result) -> str:
    assert isinstance(result.exception, PromotionRefusedError), result.output
    assert result.exception.exit_code == 1
    return str(result.exception)


def test_training_leaves_a_passport(trained: Path, tiny_base: Path) -> None:
    """Base, data, settings, parent, losses, curve and machine, each as training recorded it."""
    passport = read_json(trained / PASSPORT)
    summary = read_json(trained / "training_summary.json")
    events = [json.loads(x) for x in (trained / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert passport["weights_sha256"] == sha256_file(trained / "adapters.safetensors")
    assert passport["base"] == {"name": tiny_base.name, "sha256": summary["base_sha256"]}
    assert passport["data"]["sha256"] == sha256_json([row.to_json() for row in ROWS])
    assert passport["data"]["prompts_batched"] == 2
    assert passport["parent"] is None
    assert passport["settings"]["rank"] == {"value": 16, "origin": "option"}
    assert passport["training"]["train_loss"] == summary["train_loss"]
    assert passport["gap"]["value"] == pytest.approx(
        summary["validation_loss"]["loss"] - summary["train_loss"]["loss"]
    )
    curve = [[e["step"], e["loss"]] for e in events if e["event"] == "train"]
    assert passport["loss_curve"]["train"] == curve
    assert len(passport["loss_curve"]["validation"]) >= 1
    assert passport["machine"] == summary["environment"]
    assert (passport["evaluations"], passport["promotions"]) == ([], [])


def test_an_evaluation_extends_the_passport(place: Place) -> None:
    """Golden set, scores with intervals, speed, machine, signatures and verdict are added."""
    result = place.evaluate()
    assert result.exit_code == 0, result.output
    (entry,) = place.passport()["evaluations"]
    run = Path(json.loads(result.stdout)["run"])
    record = read_json(run / "run.json")
    assert entry["run"] == run.name
    assert entry["golden_set"] == record["golden_set"]
    assert entry["verdict"] == record["verdict"]
    assert entry["signatures"] == record["signatures"]
    assert entry["scores"]["tiers"]["seen"]["fact_accuracy"]["mean"] == 1.0
    assert set(entry["scores"]["overall"]["token_f1"]) == {"mean", "low", "high", "n"}
    assert entry["speed"]["tokens_per_second"] > 0
    assert entry["machine"] == record["environment"]


def test_the_same_evaluation_is_recorded_once(place: Place) -> None:
    """Answers from the cache, same verdict: nothing new is said."""
    place.evaluate()
    place.evaluate()
    assert len(place.passport()["evaluations"]) == 1
    place.evaluate("strict")
    assert [e["verdict"]["decision"] for e in place.passport()["evaluations"]] == [
        "accept",
        "reject",
    ]


def test_an_accepted_adapter_is_promoted(place: Place) -> None:
    """accepted.toml names folder, weights, base, golden set, run, date and verdict."""
    run = Path(json.loads(place.evaluate().stdout)["run"])
    result = place.promote()
    assert result.exit_code == 0, result.output
    table = tomllib.loads(place.accepted.read_text(encoding="utf-8"))
    record = read_json(run / "run.json")
    assert table.pop("date").endswith("Z")
    assert table == {
        "adapter": f"models/adapters/{place.adapter.name}",
        "adapter_sha256": adapter_sha256(place.adapter),
        "base": record["base"]["name"],
        "base_sha256": record["base"]["sha256"],
        "golden_set": "evalsets",
        "golden_set_sha256": record["golden_set"]["sha256"],
        "run": run.name,
        "verdict": "accept",
        "gates_sha256": sha256_json(record["thresholds"]),
    }
    (promotion,) = place.passport()["promotions"]
    assert promotion["verdict"] == "accept"


def test_the_accepted_one_is_the_next_baseline(place: Place) -> None:
    """What promotion wrote is what ``evaluate --baseline accepted`` holds a new one against."""
    place.promote("--force", "--why", "the first")
    arguments = ["--adapter", str(place.adapter), "--max-tokens", "4", "--baseline", "accepted"]
    (place.root / "evalsets" / "gates.toml").write_text(GATES["lenient"], encoding="utf-8")
    result = invoke("evaluate", *arguments, "--json")
    assert isinstance(result.exception, SystemExit) or result.exception is None, result.output
    comparison = json.loads(result.stdout)["comparison"]
    assert comparison["difference"]["value"] == 0.0
    (entry,) = place.passport()["evaluations"]
    assert entry["baseline"]["sha256"] == adapter_sha256(place.adapter)
    assert entry["comparison"] == comparison


def test_without_a_verdict_nothing_is_promoted(place: Place) -> None:
    """Exit 1; the message says which golden set and how to get a verdict."""
    message = refused(place.promote())
    assert "no verdict on the golden set evalsets" in message
    assert "farense evaluate --adapter" in message
    assert not place.accepted.exists()


def test_a_rejected_adapter_is_not_promoted(place: Place) -> None:
    """Exit 1 with the gate's own reasons; the last verdict counts, not an earlier one."""
    place.evaluate()
    result = place.evaluate("strict")
    assert result.exit_code == 1
    message = refused(place.promote())
    assert "the verdict is reject" in message
    checks = read_json(Path(json.loads(result.stdout)["run"]) / "run.json")["verdict"]["checks"]
    assert checks[0]["reason"] in message
    assert not place.accepted.exists()


def test_a_verdict_on_another_golden_set_does_not_count(place: Place) -> None:
    """One changed byte in the questions, and the adapter has to show itself again."""
    place.evaluate()
    place.golden("Verde")
    assert "no verdict" in refused(place.promote())


def test_a_verdict_under_a_gate_of_ones_own_does_not_count(place: Place) -> None:
    """Accepted with a lenient ``--gates`` beside a strict gates.toml; the gate that is named
    is the one that counts, and ``--force`` stays possible."""
    place.evaluate("strict")
    own = place.root / "lenient.toml"
    own.write_text(GATES["lenient"], encoding="utf-8")
    options = ("--adapter", str(place.adapter), "--max-tokens", "4", "--gates", str(own))
    assert invoke("evaluate", *options).exit_code == 0
    message = refused(place.promote())
    assert "under other thresholds" in message
    assert not place.accepted.exists()
    assert place.promote("--gates", str(own)).exit_code == 0
    assert place.promote("--force", "--why", "as it is").exit_code == 0


def test_a_verdict_on_other_weights_does_not_count(place: Place, tiny_base: Path) -> None:
    """Weights that were replaced start with an empty passport."""
    place.evaluate()
    weights = place.adapter / "adapters.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert "no verdict" in refused(place.promote())
    before = place.passport()["weights_sha256"]
    assert read_passport(place.adapter)["replaces"] == before


def test_force_needs_a_reason_and_records_it(place: Place) -> None:
    """``--force --why`` promotes whatever the verdict; file and passport say so."""
    for arguments in (["--force"], ["--force", "--why", " "], ["--why", "x"]):
        assert isinstance(place.promote(*arguments).exception, InputError)
    place.evaluate("strict")
    why = 'Demonstração de 1 de "abril"\nde 1910 ç'
    result = place.promote("--force", "--why", why)
    assert result.exit_code == 0, result.output
    table = tomllib.loads(place.accepted.read_text(encoding="utf-8"))
    assert (table["forced"], table["why"]) == (True, why)
    assert table["verdict"] == "reject"
    assert place.passport()["promotions"][0]["why"] == why


def test_a_promotion_replaces_the_one_before(place: Place) -> None:
    """One adapter is the accepted one; the passport keeps both promotions."""
    place.promote("--force", "--why", "first")
    place.evaluate()
    place.promote()
    table = tomllib.loads(place.accepted.read_text(encoding="utf-8"))
    assert "forced" not in table
    assert [p.get("why") for p in place.passport()["promotions"]] == ["first", None]


def test_a_promotion_is_whole_or_not_at_all(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills when accepted.toml is written: the passport is as it was."""
    place.evaluate()
    before = (place.adapter / PASSPORT).read_bytes()

    def full(path: Path, content: str) -> Path:
        raise StorageError(path, "the disk is full", "room", "Free some.")

    monkeypatch.setattr("farense.evaluation.promotion.write_text", full)
    assert isinstance(place.promote().exception, StorageError)
    assert (place.adapter / PASSPORT).read_bytes() == before
    assert not place.accepted.exists()


def test_an_older_adapter_gets_its_passport_late(place: Place) -> None:
    """One trained before there were passports is evaluated and promoted like any other."""
    (place.adapter / PASSPORT).unlink()
    place.evaluate()
    assert place.promote().exit_code == 0


def test_a_broken_passport_is_named(place: Place) -> None:
    """The verdict stands, with a warning; promotion needs the passport and refuses."""
    (place.adapter / PASSPORT).write_text("{", encoding="utf-8")
    result = place.evaluate()
    assert result.exit_code == 0
    assert "the passport was not extended" in result.stderr
    error = place.promote().exception
    assert isinstance(error, FarenseError)
    assert error.exit_code == 2
    assert PASSPORT in str(error)


def test_a_passport_can_be_issued_again(place: Place) -> None:
    """From the same folder comes the same passport."""
    first = (place.adapter / PASSPORT).read_bytes()
    assert issue_passport(place.adapter).read_bytes() == first


def test_compare_takes_adapters_by_their_runs(place: Place, tiny_base: Path) -> None:
    """An evaluated adapter against its bare base's run: the learnt answer flips."""
    place.evaluate()
    bare = invoke(
        "evaluate", "--no-adapter", "--base", str(tiny_base), "--max-tokens", "4", "--json"
    )
    run = Path(json.loads(bare.stdout)["run"])
    result = invoke("compare", str(run), str(place.adapter), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [flip["id"] for flip in found["flips"]] == ["seen-1"]
    assert found["flips"][0]["right"] == [False, True]
    assert Path(found["page"]).is_file()
