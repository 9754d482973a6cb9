"""Telling published files from others."""

import hashlib
import logging
from pathlib import Path

import pytest

from liveportrait.checkpoints.manifest import KnownFile, Licence, Manifest
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE, provenance_of
from liveportrait.checkpoints.verification import FileCheck, check_file, enforce
from liveportrait.errors import WeightsError

MIT = Licence(spdx="MIT", commercial_use=True)


def known_file(content: bytes, *, path: str = "folder/file.pth") -> KnownFile:
    return KnownFile(path=path, sha256=hashlib.sha256(content).hexdigest(), licence=MIT, origin="a test")


KNOWN = known_file(b"published")
MANIFEST = Manifest(bundled=(), released=(KNOWN,), repository="a/b", revision="0" * 40)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.pth"


def test_a_published_file_is_known_under_any_name(file: Path) -> None:
    file.write_bytes(b"published")
    check = check_file(file, MANIFEST)
    assert (check.status, check.known) == ("as published", KNOWN)


def test_another_file_of_a_published_name_differs(file: Path) -> None:
    file.write_bytes(b"tampered")
    check = check_file(file, MANIFEST, expected=KNOWN)
    assert check.status == "differs"
    assert KNOWN.sha256 in str(check)
    assert hashlib.sha256(b"tampered").hexdigest() in str(check)


def test_a_file_of_the_users_own_is_unknown(file: Path) -> None:
    file.write_bytes(b"my own")
    check = check_file(file, MANIFEST)
    assert check.status == "unknown"
    assert "licence are unknown" in str(check)


def test_a_missing_file_is_missing(file: Path) -> None:
    check = check_file(file, MANIFEST, expected=KNOWN)
    assert (check.status, check.sha256) == ("missing", None)


def checks_of(file: Path, content: bytes, expected: KnownFile | None) -> tuple[FileCheck, ...]:
    file.write_bytes(content)
    return (check_file(file, MANIFEST, expected=expected),)


def test_strict_refuses_what_is_not_as_published(file: Path) -> None:
    enforce(checks_of(file, b"published", KNOWN), verification="strict")
    for expected in (KNOWN, None):
        with pytest.raises(WeightsError, match="Strict verification refuses: .*file.pth"):
            enforce(checks_of(file, b"other", expected), verification="strict")


def test_telling_warns_of_a_difference_and_mentions_the_unknown(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        enforce(checks_of(file, b"other", KNOWN), verification="tell")
        enforce(checks_of(file, b"other", None), verification="tell")
        enforce(checks_of(file, b"published", KNOWN), verification="tell")
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_licence_is_claimed_only_where_all_is_as_published(file: Path) -> None:
    published = checks_of(file, b"published", KNOWN)
    assert provenance_of(published).licence == MIT
    assert KNOWN.sha256 in provenance_of(published).origin
    mixed = provenance_of((*published, *checks_of(file, b"other", KNOWN)))
    assert mixed.licence == UNKNOWN_LICENCE
