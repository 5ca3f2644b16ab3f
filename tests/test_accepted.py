"""accepted.toml: read, checked against the folder, and refused where it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from farense.errors import InputError
from farense.evaluation.accepted import Accepted, check_accepted, read_accepted

SHA = "ad" * 32


def test_the_accepted_adapter_is_read(tmp_path: Path) -> None:
    """Folder and hash; what else promotion records is passed over."""
    file = tmp_path / "accepted.toml"
    file.write_text(
        f'adapter = "models/adapters/x"\nadapter_sha256 = "{SHA}"\nwhy = "better"\n', "utf-8"
    )
    assert read_accepted(file) == Accepted(Path("models/adapters/x"), SHA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"no such file; expected the accepted adapter.*--baseline ADAPTER_FOLDER"),
        ("adapter = ", r"not TOML"),
        ('adapter_sha256 = "ad"', r"adapter is None; expected a string"),
        ('adapter = "x"', r"adapter_sha256 is None"),
        ('adapter = 3\nadapter_sha256 = "ad"', r"adapter is 3"),
    ],
)
def test_a_bad_record_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    """Missing, broken or half of it: each says what to do."""
    file = tmp_path / "accepted.toml"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        read_accepted(file)


def test_an_adapter_that_changed_since_is_refused() -> None:
    """The same folder with other weights is not what was accepted."""
    accepted = Accepted(Path("models/adapters/x"), SHA)
    check_accepted(accepted, SHA, Path("accepted.toml"))
    with pytest.raises(InputError, match=r"weights bbbbbbbbbbbb; expected weights adadadadadad"):
        check_accepted(accepted, "b" * 64, Path("accepted.toml"))
