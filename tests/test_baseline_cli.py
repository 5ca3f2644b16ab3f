"""``farense evaluate --baseline`` end to end on a tiny real model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from test_main_job import REPOSITORY, Workplace

from farense.errors import InputError
from farense.storage import sha256_file
from farense.testing import tiny_adapter_folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Workplace:
    made = Workplace(tmp_path_factory.mktemp("baseline"), tiny_base)
    (made.root / "sets").mkdir()
    lines = (REPOSITORY / "evalsets/essentials.jsonl").read_text(encoding="utf-8").splitlines()
    text = "\n".join(lines[:: len(lines) // 12])
    (made.root / "sets/small.jsonl").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def adapters(place: Workplace, tiny_base: Path) -> tuple[Path, Path]:
    """Two that differ in their seed."""
    folder = place.root / "adapters"
    one, two = (tiny_adapter_folder(folder / f"a{seed}", tiny_base, seed=seed) for seed in (1, 2))
    return one, two


def evaluate(place: Workplace, adapter: Path, *more: str) -> Result:
    return place.evaluate(place.root / "sets/small.jsonl", "--adapter", str(adapter), *more)


def test_two_adapters_are_compared(place: Workplace, adapters: tuple[Path, Path]) -> None:
    """The run records the baseline and both its answerings, and rebuilds without a model."""
    result = evaluate(place, adapters[0], "--baseline", str(adapters[1]), "--json")
    assert result.exit_code == 1, result.output  # a random model fails the other rules
    summary: dict[str, Any] = json.loads(result.stdout)
    run = Path(summary["run"])
    assert run.name.endswith(f"-vs-{sha256_file(adapters[1] / 'adapters.safetensors')[:8]}")
    assert summary["comparison"]["n"] == summary["n"]
    assert summary["comparison"]["noise"] is not None
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["baseline"]["sha256"] == sha256_file(adapters[1] / "adapters.safetensors")
    assert record["comparison"] == summary["comparison"]
    assert {check["name"] for check in record["verdict"]["checks"]} >= {
        "comparison/margin",
        "comparison/categories",
        "comparison/noise",
    }
    assert (run / "baseline_again_answers.jsonl").is_file()
    before = (run / "run.json").read_bytes()
    assert place.run("report", str(run)).exit_code == 1
    assert (run / "run.json").read_bytes() == before


def test_the_second_answering_is_really_another(
    place: Workplace, adapters: tuple[Path, Path]
) -> None:
    """It is kept apart from the first, and the questions were put in another order: seconds
    to each answer differ."""
    result = evaluate(place, adapters[0], "--baseline", str(adapters[1]), "--json")
    run = Path(json.loads(result.stdout)["run"])
    first, second = (
        [json.loads(line) for line in (run / f"{name}_answers.jsonl").read_text().splitlines()]
        for name in ("baseline", "baseline_again")
    )
    assert [row["question_id"] for row in first] == [row["question_id"] for row in second]
    assert [row["seconds"] for row in first] != [row["seconds"] for row in second]


def test_an_adapter_against_itself_is_equal(place: Workplace, adapters: tuple[Path, Path]) -> None:
    """The same weights under the same decoding give no question better or worse."""
    result = evaluate(place, adapters[0], "--baseline", str(adapters[0]), "--json")
    compared = json.loads(result.stdout)["comparison"]
    assert (compared["better"], compared["worse"]) == (0, 0)
    assert compared["p_mcnemar"] == 1.0


def test_accepted_reads_the_record_beside_the_set(
    place: Workplace, adapters: tuple[Path, Path]
) -> None:
    """accepted.toml names folder and weights; other weights in that folder are refused."""
    record = place.root / "sets/accepted.toml"
    sha256 = sha256_file(adapters[1] / "adapters.safetensors")
    record.write_text(f'adapter = "{adapters[1]}"\nadapter_sha256 = "{sha256}"\n', "utf-8")
    result = evaluate(place, adapters[0], "--baseline", "accepted", "--json")
    run = json.loads((Path(json.loads(result.stdout)["run"]) / "run.json").read_text())
    assert run["baseline"]["sha256"] == sha256
    record.write_text(f'adapter = "{adapters[1]}"\nadapter_sha256 = "{"0" * 64}"\n', "utf-8")
    refused = evaluate(place, adapters[0], "--baseline", "accepted")
    record.unlink()
    assert isinstance(refused.exception, InputError)
    assert "expected weights 000000000000" in str(refused.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--baseline", "accepted"), r"accepted.toml: no such file; expected the accepted"),
        (("--baseline", "no/such/folder"), r"no such folder; expected an adapter folder"),
    ],
)
def test_a_baseline_that_is_not_there_is_refused(
    place: Workplace, adapters: tuple[Path, Path], arguments: tuple[str, ...], message: str
) -> None:
    """Nothing is answered or written."""
    reports = place.root / "untouched"
    result = evaluate(place, adapters[0], *arguments, "--reports-dir", str(reports))
    with pytest.raises(Exception, match=message):
        raise result.exception or AssertionError("it was accepted")
    assert not reports.exists()


def test_a_bare_base_is_not_compared(place: Workplace, adapters: tuple[Path, Path]) -> None:
    """Adapters are compared with adapters."""
    result = place.evaluate(
        place.root / "sets/small.jsonl",
        *("--no-adapter", "--base", str(place.base), "--baseline", str(adapters[0])),
    )
    assert isinstance(result.exception, InputError)
    assert "--baseline" in str(result.exception)


def test_none_is_as_if_it_were_not_said(place: Workplace, adapters: tuple[Path, Path]) -> None:
    """The default: no comparison, and the same summary."""
    without = evaluate(place, adapters[0], "--json")
    said = evaluate(place, adapters[0], "--baseline", "none", "--json")
    assert said.stdout == without.stdout
    assert "comparison" not in json.loads(said.stdout)
