"""Trackers: the real packages offline, and what happens when one is missing or fails."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import evaluation_sample as sample
import pytest
import tiny_adapter
from click.testing import CliRunner, Result

from farense.cli import cli
from farense.datasets.packs import Pack, write_pack
from farense.errors import InputError
from farense.training import trackers
from farense.training.metrics import ValidationRow
from farense.training.trackers import Tracked, Trackers, Values, parse_trackers

EVENTS = [
    sample.train_row(1, 2.5).to_json(),
    {"event": "measure", "rows": 1, "total": 2},
    sample.train_row(2, 2.25).to_json(),
    ValidationRow(2, 2.125, 80, 0.1, best=True, without_gain=0, epoch=0.1).to_json(),
]


def track(name: str, folder: Path) -> None:
    """Send a small log to the real tracker; any warning is a failure."""
    warnings: list[str] = []
    tracked = Tracked("tiny-essentials", {"rank": 8, "scale": 16.0}, folder)
    with Trackers(parse_trackers(name), tracked, warnings.append) as open_trackers:
        for event in EVENTS:
            open_trackers.see(event)
    assert warnings == []


# Deprecations inside these packages are theirs.
@pytest.mark.filterwarnings("default")
def test_tensorboard_reads_what_was_sent(tmp_path: Path) -> None:
    """By TensorBoard's own reader: every number under its name and step."""
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="tensorboard is not installed: `nox -s trackers`",
    )
    track("tensorboard", tmp_path)
    found = reading.EventAccumulator(str(tmp_path / "tensorboard/tiny-essentials"))
    found.Reload()
    losses = [(e.step, e.tensor_proto.float_val[0]) for e in found.Tensors("train/loss")]
    assert losses == [(1, 2.5), (2, 2.25)]
    (validation,) = found.Tensors("validation/loss")
    assert (validation.step, validation.tensor_proto.float_val[0]) == (2, 2.125)
    assert "train/device_peak_bytes" in found.Tags()["tensors"]


@pytest.mark.filterwarnings("default")
def test_a_key_of_the_env_file_reaches_wandb_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """wandb finds it in the environment; nothing that is written holds it."""
    pytest.importorskip("wandb", reason="wandb is not installed: `nox -s trackers`")
    monkeypatch.chdir(tmp_path)
    key = "5ec4e7" + "0" * 34
    Path(".env").write_text(f"WANDB_API_KEY={key}\n")
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    track("wandb", tmp_path)
    assert os.environ["WANDB_API_KEY"] == key
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if b"5ec4e7" in path.read_bytes()]


@pytest.mark.filterwarnings("default")
def test_wandb_writes_an_offline_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file `wandb sync` sends: the losses, their steps and the settings."""
    pytest.importorskip("wandb", reason="wandb is not installed: `nox -s trackers`")
    from wandb.proto import wandb_internal_pb2 as proto

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    track("wandb", tmp_path)
    (path,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    rows: list[tuple[int, str]] = []
    settings: dict[str, str] = {}
    for data in log_records(path.read_bytes()):
        record = proto.Record()
        record.ParseFromString(data)
        items = {"/".join(i.nested_key) or i.key: i.value_json for i in record.history.item}
        if "train/loss" in items:
            rows.append((record.history.step.num, items["train/loss"]))
        settings |= {update.key: update.value_json for update in record.run.config.update}
    assert rows == [(1, "2.5"), (2, "2.25")]
    assert settings["rank"] == "8"


def log_records(content: bytes) -> Iterator[bytes]:
    """Records of a LevelDB log, as its format's description says; 7 bytes of header are W&B's."""
    at, parts = 7, b""
    while at < len(content):
        left_in_block = 32768 - at % 32768
        if left_in_block < 7:
            at += left_in_block
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        parts += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield parts
            parts = b""


@pytest.mark.filterwarnings("default")
def test_mlflow_keeps_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By MLflow's own client: every loss at its step, the settings, and that it finished."""
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: `nox -s trackers`")
    # Its database needs more packages than a training should; a folder does for one.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    track("mlflow", tmp_path)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("farense")
    (run,) = client.search_runs([experiment.experiment_id])
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 2.5), (2, 2.25)]
    assert run.data.metrics["validation/loss"] == 2.125
    assert (run.data.params["rank"], run.info.status) == ("8", "FINISHED")


@pytest.mark.filterwarnings("default")
def test_a_training_is_sent_on(tiny_base: Path, tmp_path: Path) -> None:
    """`farense train --log-to tensorboard`: every step and validation arrive."""
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="tensorboard is not installed: `nox -s trackers`",
    )
    result = train(tiny_base, tmp_path, "tensorboard")
    assert result.exit_code == 0, result.output
    name = Path(result.stdout.splitlines()[-1]).name
    found = reading.EventAccumulator(str(tmp_path / "adapters/tensorboard" / name))
    found.Reload()
    assert [event.step for event in found.Tensors("train/loss")] == [1, 2, 3, 4]
    assert [event.step for event in found.Tensors("validation/loss")] == [2, 4]


def train(base: Path, root: Path, log_to: str) -> Result:
    """Four steps on three rows."""
    rows = tiny_adapter.ROWS
    write_pack(Pack("essentials", 1, "0" * 64, rows, rows), root / "built" / "essentials")
    command = [
        *("train", "--base", str(base), "--packs-dir", str(root / "built"), "--workers", "1"),
        *("--adapters-dir", str(root / "adapters"), "--steps", "4", "--evaluate-every", "2"),
        *("--log-to", log_to),
    ]
    return CliRunner().invoke(cli, command)


def test_a_tracker_that_is_not_there_stops_the_command(tiny_base: Path, tmp_path: Path) -> None:
    """Nothing is trained, and no folder is made."""
    result = train(tiny_base, tmp_path, "tensorbord")
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "adapters").exists()


class Recorder:
    """A tracker that fails at a step, or when it is ended."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.heard: list[tuple[int, float]] = []
        self.succeeded: bool | None = None

    def log(self, values: Values, step: int) -> None:
        if step == self.fails_at:
            raise ConnectionError("the server is gone")
        if "train/loss" in values:
            self.heard.append((step, values["train/loss"]))

    def finish(self, succeeded: bool) -> None:
        self.succeeded = succeeded


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the services by these recorders, whose package is always there."""

    def replace(**recorders: Recorder) -> None:
        known = {name: (lambda _, r=r: r, "json") for name, r in recorders.items()}
        monkeypatch.setattr(trackers, "TRACKERS", known)

    return replace


def test_a_tracker_that_fails_is_left_out_and_told_once(
    tmp_path: Path, offer: Callable[..., None]
) -> None:
    """The training and the other tracker go on; one warning, however many steps follow."""
    good, bad = Recorder(), Recorder(fails_at=2)
    offer(good=good, bad=bad)
    warnings: list[str] = []
    tracked = Tracked("tiny", {}, tmp_path)
    with Trackers(("bad", "good"), tracked, warnings.append) as open_trackers:
        for step in range(1, 6):
            open_trackers.see(sample.train_row(step, 1.0).to_json())
    assert [step for step, _ in good.heard] == [1, 2, 3, 4, 5]
    assert good.succeeded is True
    assert [step for step, _ in bad.heard] == [1]
    (warning,) = warnings
    assert "bad failed to log" in warning
    assert "the server is gone" in warning


def test_a_failed_training_is_told_as_failed(tmp_path: Path, offer: Callable[..., None]) -> None:
    """The error goes through; the tracker hears that it did not end well."""
    recorder = Recorder()
    offer(good=recorder)

    def stopped() -> None:
        with Trackers(("good",), Tracked("tiny", {}, tmp_path), lambda _: None) as open_trackers:
            open_trackers.see(sample.train_row(1, 1.0).to_json())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert recorder.heard == [(1, 1.0)]
    assert recorder.succeeded is False


def test_a_tracker_that_cannot_start_stops_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, and which option; one that had started is ended."""

    def refuse(_: Tracked) -> Recorder:
        raise PermissionError("no API key")

    started = Recorder()
    known = {"first": (lambda _: started, "json"), "wandb": (refuse, "json")}
    monkeypatch.setattr(trackers, "TRACKERS", known)
    with pytest.raises(InputError, match=r"--log-to wandb: it cannot start \(no API key\)"):
        Trackers(("first", "wandb"), Tracked("tiny", {}, tmp_path), lambda _: None)
    assert started.succeeded is False


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded: what to install."""
    monkeypatch.setattr(trackers, "TRACKERS", {"wandb": (lambda _: Recorder(), "no_such_package")})
    with pytest.raises(InputError, match=r"pip install 'farense\[wandb\]'"):
        parse_trackers("wandb")


def test_an_unknown_tracker_is_refused() -> None:
    """The known ones are named."""
    with pytest.raises(InputError, match="'comet'; expected some of wandb, tensorboard, mlflow"):
        parse_trackers("comet")
