"""Settings: which source counts, what is refused and where, and what no record may hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_adapter import ROWS

from farense.cli import cli
from farense.config import TrainingSettings
from farense.config.presets import PRESETS, recommended
from farense.config.resolving import Resolved, gather, resolve
from farense.config.sources import dotenv_source, secret, yaml_source
from farense.datasets.packs import Pack, write_pack
from farense.errors import InputError
from farense.models.backend import gpu_bytes


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test in a folder of its own, without tokens or settings of the machine."""
    for name in ("HF_TOKEN", "WANDB_API_KEY", "FARENSE_PRESET", "FARENSE_RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def settle(options: dict[str, object], yaml: str | None = None) -> Resolved:
    """Settings from these flags and the text of a YAML file."""
    config = None
    if yaml is not None:
        config = Path("settings.yaml")
        config.write_text(yaml, encoding="utf-8")
    return resolve(gather(options, config))


def test_the_highest_source_that_gives_a_setting_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five settings, each given by one source fewer: flag, environment, .env, file, preset."""
    below = "patience: 41\nclip_norm: 41\nlayers: 41\nrank: 41\npreset: v2\n"
    Path(".env").write_text("FARENSE_PATIENCE=31\nFARENSE_CLIP_NORM=31\nexport FARENSE_LAYERS=31\n")
    monkeypatch.setenv("FARENSE_PATIENCE", "21")
    monkeypatch.setenv("FARENSE_CLIP_NORM", "21")
    resolved = settle({"patience": 11}, below)
    found = {name: (entry["value"], entry["origin"]) for name, entry in resolved.to_json().items()}
    assert found["patience"] == (11, "option")
    assert found["clip_norm"] == (21.0, "environment")
    assert found["layers"] == (31, ".env:3")
    assert found["rank"] == (41, "settings.yaml:4")
    assert found["dropout"] == (0.08, "preset v2")
    assert found["seed"] == (1910, "default")


def test_yaml_numbers_in_any_spelling() -> None:
    """YAML 1.1 takes 5e-4 for text; a reader of the file does not."""
    settings = settle({}, "learning-rate: 5e-4\nsteps: 1_000\nscale: 2\n").settings
    assert (settings.learning_rate, settings.steps, settings.scale) == (5e-4, 1000, 2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rank: 4\nlerning_rate: 1\n", r"settings.yaml:2: unknown.*mean learning_rate\?"),
        ("rank: 4\n\nrank: 5\n", r"settings.yaml:3: rank again \(first on line 1\)"),
        ("learning-rate: 1e-3\nlearning_rate: 1e-3\n", "yaml:2: learning_rate again"),
        ("zzz: 4\n", "unknown setting 'zzz'.*The settings are method, rank"),
        ("hf_token: x\n", "HF_TOKEN in the environment"),
        ("rank: [1\n", "settings.yaml:2: not YAML"),
        ("- rank\n", "no settings"),
        ("rank: four\n", "yaml:1 rank: 'four'; expected a whole number"),
        ("rank: 4.5\n", "yaml:1 rank: 4.5; expected a whole number"),
        ("rank: true\n", "yaml:1 rank: True; expected a whole number"),
        ("rank: 0\n", "yaml:1 rank: 0; expected a value of at least 1"),
        ("rank:\n  a: 1\n", "holds a table"),
        ("rank: !!python/object:x.y {}\n", "holds a table|cannot be read"),
        ("scale: .nan\n", "expected a number"),
        ("optimizer: adamz\n", "one of adamw, adam"),
        ("preset: v3\n", "'v3'; expected one of v1, v2"),
        ("steps: 5\nepochs: 2\n", "epochs as well"),
    ],
)
def test_a_wrong_yaml_file_is_refused_at_its_line(text: str, message: str) -> None:
    """Line, key, what is wrong and what is near; nothing is guessed."""
    with pytest.raises(InputError, match=message):
        settle({}, text)


def test_an_empty_yaml_file_sets_nothing() -> None:
    """Comments alone are no mistake."""
    assert settle({}, "# nothing yet\n").settings == TrainingSettings()


def test_a_latin_1_file_names_the_line(tmp_path: Path) -> None:
    """A byte that is not UTF-8, in the file's second line."""
    (tmp_path / "settings.yaml").write_bytes("rank: 4\n# época\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"settings.yaml:2: not UTF-8 \(byte 0xe9\)"):
        yaml_source(tmp_path / "settings.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A=1\nFARENSE_RANK='4\n", r"\.env:2: no assignment"),
        (b"FARENSE_RANK=4\nFARENSE_RANK=5\n", r"\.env:2: FARENSE_RANK again"),
        (b"FARENSE_LERNING_RATE=4\n", "mean FARENSE_LEARNING_RATE"),
        (b"NOME=Jo\xe3o\n", r"\.env:1: not UTF-8"),
    ],
)
def test_a_broken_env_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """Line and remedy."""
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(InputError, match=message):
        dotenv_source(tmp_path / ".env")


def test_a_broken_env_file_stops_only_commands_that_read_it(tmp_path: Path) -> None:
    """Training reads settings from it; listing bases does not."""
    (tmp_path / ".env").write_bytes(b"NOME=Jo\xe3o\n")
    assert CliRunner().invoke(cli, ["models", "list"]).exit_code == 0
    trained = CliRunner().invoke(cli, ["train"])
    assert isinstance(trained.exception, InputError)


def test_a_slip_in_a_variable_is_told_and_another_tools_variable_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """FARENSE_STEP is nearly FARENSE_STEPS; FARENSE_TEST_GGUF and FARENSE_KERNELS are not ours."""
    monkeypatch.setenv("FARENSE_KERNELS", "off")
    monkeypatch.setenv("FARENSE_RANK", "")
    assert settle({}).settings == TrainingSettings()
    monkeypatch.setenv("FARENSE_STEP", "5")
    with pytest.raises(InputError, match=r"FARENSE_STEP.*mean FARENSE_STEPS"):
        settle({})


def test_alpha_becomes_a_scale() -> None:
    """By hand: alpha 24 at rank 6 is a scale of 4; its own source is the scale's origin."""
    resolved = settle({"rank": 6}, "alpha: 24\n")
    assert resolved.settings.scale == 4.0
    assert resolved.origins["scale"] == "settings.yaml:1"
    assert settle({"scale": 2.0}, "alpha: 24\n").settings.scale == 2.0
    assert settle({"alpha": 16.0, "scale": 2.0}).settings.scale == 2.0
    with pytest.raises(InputError, match="--alpha: alpha 16 at rank 8 is a scale of 2, but --sc"):
        settle({"alpha": 16.0, "scale": 4.0})
    with pytest.raises(InputError, match="above 0"):
        settle({"alpha": -1.0})


def test_epochs_count_steps() -> None:
    """By hand: 10 rows in batches of 4 are 3, two a step 2 steps; one and a half passes are 3."""
    resolved = settle({"epochs": 1.5, "batch_size": 4, "accumulation": 2}, "steps: 99\n")
    counted = resolved.for_rows(10)
    assert (counted.settings.steps, counted.origins["steps"]) == (3, "option")
    assert counted.settings.warmup_steps == 0
    long, own = settle({"epochs": 100.0}), settle({"epochs": 1.0, "warmup_steps": 9})
    assert [long.for_rows(n).settings.warmup_steps for n in (8, 80)] == [10, 30]
    assert own.for_rows(8).settings.warmup_steps == 9
    assert settle({"steps": 7}, "epochs: 2\n").for_rows(10).settings.steps == 7


def test_presets_are_the_issues() -> None:
    """v1, v2 and the four by memory, written down by hand from the issue."""
    batches = {"batch_size": 4, "accumulation": 2}
    assert dict(PRESETS["v1"]) == batches | {"rank": 8, "dropout": 0, "learning_rate": 5e-4}
    batches = {"batch_size": 2, "accumulation": 4}
    stopping = {"patience": 5, "min_delta": 0.001}
    assert dict(PRESETS["v2"]) == batches | stopping | {
        "rank": 6,
        "dropout": 0.08,
        "learning_rate": 2e-4,
    }
    for memory, name, expected in (
        (16, "aggressive", (4, 2, 512)),
        (15.99, "balanced", (2, 2, 512)),
        (8, "balanced", (2, 2, 512)),
        (7.9, "conservative", (1, 4, 256)),
        (6, "conservative", (1, 4, 256)),
        (5.9, "minimal", (1, 8, 128)),
        (0, "minimal", (1, 8, 128)),
    ):
        found, why = recommended(int(memory * 1e9))
        assert found == name, memory
        assert f"{memory:.1f} GB" in why
        assert tuple(PRESETS[name].values()) == expected
    assert all(settle({"preset": name}).settings for name in PRESETS)


@pytest.mark.parametrize(
    ("info", "name"),
    [
        # As MLX describes a 16 GB and a 24 GB Mac, a 12 GB card and nothing at all.
        (
            {"memory_size": 17179869184, "max_recommended_working_set_size": 11453251584},
            "balanced",
        ),
        (
            {"memory_size": 25769803776, "max_recommended_working_set_size": 17179885568},
            "aggressive",
        ),
        ({"total_memory": 12_500_000_000, "free_memory": 900}, "balanced"),
        ({"total_memory": 6_200_000_000}, "conservative"),
        ({"architecture": "applegpu_g13s", "max_recommended_working_set_size": 0}, "aggressive"),
    ],
)
def test_the_memory_of_a_gpu_counts_where_there_is_one(
    info: dict[str, str | int], name: str
) -> None:
    """In a machine of 64 GB: what the GPU may use, and the machine's where MLX does not say."""
    found, why = recommended(64 * 10**9, gpu_bytes(info))
    assert found == name
    assert ("for the GPU is" in why) is (gpu_bytes(info) is not None)


def test_doctor_recommends_one_word_and_says_why() -> None:
    """Standard output is the name alone, for a script; the reason is beside it."""
    result = CliRunner().invoke(cli, ["doctor", "--recommend"])
    assert result.exit_code == 0
    assert result.stdout.strip() in PRESETS
    assert "GB of memory is" in result.stderr
    assert f"--preset {result.stdout.strip()}" in result.stderr


def test_a_secret_comes_from_environment_or_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment goes first; neither is None."""
    assert secret("HF_TOKEN") is None
    (tmp_path / ".env").write_text("HF_TOKEN=hf_file\n")
    assert secret("HF_TOKEN") == "hf_file"
    monkeypatch.setenv("HF_TOKEN", "hf_environment")
    assert secret("HF_TOKEN") == "hf_environment"


def test_no_run_record_holds_a_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_base: Path
) -> None:
    """Trained with tokens in environment and .env: no file of the adapter has either."""
    (tmp_path / ".env").write_text("WANDB_API_KEY=wandb_5ecret\nFARENSE_SCHEDULE=linear\n")
    monkeypatch.setenv("HF_TOKEN", "hf_5ecret")
    write_pack(Pack("essentials", 1, "0" * 64, ROWS, ROWS), tmp_path / "built" / "essentials")
    Path("s.yaml").write_text("epochs: 2\noptimizer: lion\n")
    places = ["--base", str(tiny_base), "--packs-dir", "built", "--adapters-dir", "adapters"]
    result = CliRunner().invoke(cli, ["train", *places, "--workers", "1", "--config", "s.yaml"])
    assert result.exit_code == 0, result.output
    folder = Path(result.stdout.splitlines()[-1])
    for file in (path for path in folder.rglob("*") if path.is_file()):
        assert b"5ecret" not in file.read_bytes(), file
    settings = json.loads((folder / "passport.json").read_text())["settings"]
    assert settings["optimizer"] == {"value": "lion", "origin": "s.yaml:2"}
    assert settings["schedule"] == {"value": "linear", "origin": ".env:2"}
    assert settings["steps"] == {"value": 2, "origin": "s.yaml:1"}
