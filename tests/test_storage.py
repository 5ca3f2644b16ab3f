"""Files read with care, places tried before long work, folders put in place one at a time."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farense.errors import InputError, StorageError
from farense.folders import require_writable, taking_turns, whole_folder
from farense.models.claiming import claimed
from farense.storage import (
    read_json,
    read_jsonl,
    storage_errors,
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\x00" * 40, "not JSON"),
        ("é".encode("latin-1"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"1" * 5000, "not JSON"),
        (None, "cannot be read"),
    ],
    ids=["empty", "zeros", "latin-1", "nested without end", "endless number", "a folder"],
)
def test_a_file_that_is_no_json_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    """Whatever stands there, the error names the file and says what was expected."""
    path = tmp_path / "x.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_json(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("line", ["[" * 100_000, "1" * 5000, "{", "7"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    """The line's number is in the error, also where Python's own parser gives up."""
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n' + line + "\n")
    with pytest.raises(InputError) as caught:
        list(read_jsonl(tmp_path / "x.jsonl"))
    assert caught.value.where == f"{tmp_path}/x.jsonl:2"


def test_a_file_where_a_folder_has_to_be_is_said(tmp_path: Path) -> None:
    """It is a StorageError that names the file in the way, and the file is kept."""
    (tmp_path / "reports").write_text("mine")
    for folder in (tmp_path / "reports", tmp_path / "reports/runs"):
        with pytest.raises(StorageError, match=r"cannot be written \(.*reports") as caught:
            require_writable(folder)
        assert "Move what stands in its way" in caught.value.remedy
    assert (tmp_path / "reports").read_text() == "mine"


def test_trying_a_place_leaves_nothing_in_it(tmp_path: Path) -> None:
    """Neither the folder that would be made nor a file in the one that is there."""
    require_writable(tmp_path / "a/b")
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_network_are_no_storage_errors(tmp_path: Path) -> None:
    """ConnectionError is an OSError too; whoever tries again has to see it."""
    with pytest.raises(ConnectionResetError), storage_errors(tmp_path):
        raise ConnectionResetError(104, "Connection reset by peer")


def test_many_put_the_same_folder_in_place(tmp_path: Path) -> None:
    """Eight at once: every one succeeds, one whole folder stands there, and nothing beside it."""
    start = threading.Barrier(8)

    def write(number: int) -> Path:
        start.wait()
        with whole_folder(tmp_path / "run") as new:
            (new / "a").write_text(str(number))
            (new / "b").write_text(str(number))
        return tmp_path / "run"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(8))) == {tmp_path / "run"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run/a").read_text() == (tmp_path / "run/b").read_text()


def test_turns_come_one_after_the_other(tmp_path: Path) -> None:
    """Who waits for a turn gets it when the other ends, not before."""
    order: list[str] = []
    with taking_turns(tmp_path):
        other = threading.Thread(target=lambda: _note_in_turn(tmp_path, order))
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def _note_in_turn(folder: Path, order: list[str]) -> None:
    with taking_turns(folder):
        order.append("second")


def test_a_claim_keeps_others_out_and_leaves_nothing(tmp_path: Path) -> None:
    """A second claim is refused while the first lasts, and free afterwards."""
    lock = tmp_path / "models/.pull.lock"
    with (
        claimed(lock),
        pytest.raises(StorageError, match="another process is at work"),
        claimed(lock),
    ):
        pytest.fail("two had the claim")
    with claimed(lock):
        assert lock.is_file()
    assert list(lock.parent.iterdir()) == []


def test_a_killed_process_claims_nothing(tmp_path: Path) -> None:
    """Its lock file is left, and the next process takes the claim over."""
    lock = tmp_path / ".pull.lock"
    context = multiprocessing.get_context("fork")
    taken = context.Event()
    process = context.Process(target=_claim_for_ever, args=(lock, taken))
    process.start()
    assert taken.wait(20)
    process.kill()
    process.join()
    assert lock.is_file()
    with claimed(lock):
        pass
    assert not lock.exists()


def _claim_for_ever(lock: Path, taken: object) -> None:
    with claimed(lock):
        taken.set()  # type: ignore[attr-defined]
        threading.Event().wait()
