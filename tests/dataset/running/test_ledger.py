"""Ledgers: whole lines or none, one writer at a time."""

import os
import resource
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.running.ledger import (
    BusyError,
    Finished,
    Ledger,
    LedgerState,
    Reopened,
    read_ledger,
)
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.errors import MediaError
from tests.dataset.rows import FAILED, FAILURE, MADE, PLANNED

PERSON = np.array([0.6, 0.8], np.float32)


def record(name: str, template: ImageRecord = MADE) -> ImageRecord:
    return replace(template, planned=replace(PLANNED, image_id=name))


def test_what_is_added_is_read(tmp_path: Path) -> None:
    path = tmp_path / "00000.jsonl"
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("a"), person=PERSON)])
        ledger.add([Finished(record=record("b", FAILED), failures=(FAILURE,))])
        written = ledger.state
    read = read_ledger(path)
    for state in (written, read):
        assert state.finished["a"].record == record("a")
        assert state.finished["a"].person is not None
        assert np.array_equal(state.finished["a"].person, PERSON)
        assert state.finished["b"].person is None
        assert state.failures == [FAILURE]


def test_the_last_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "00000.jsonl"
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("a", FAILED)), Finished(record=record("b"))])
        assert ledger.state.is_open("a", retry_failed=True)
        assert not ledger.state.is_open("a", retry_failed=False)
        ledger.add([Finished(record=record("a")), Reopened(image_id="b", reason="lost")])
    state = read_ledger(path)
    assert state.finished["a"].record.status == "ok"
    assert state.is_open("b", retry_failed=False)


@given(cut=st.integers(min_value=0, max_value=5000))
def test_a_writer_that_was_killed_leaves_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "00000.jsonl"
    with Ledger(path) as ledger:
        for name in "abcd":
            ledger.add([Finished(record=record(name), person=PERSON)])
    content = path.read_bytes()
    path.write_bytes(content[: cut % len(content)])
    num_whole = path.read_bytes().count(b"\n")
    assert list(read_ledger(path).finished) == list("abcd")[:num_whole]
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("e"))])
    assert list(read_ledger(path).finished) == [*list("abcd")[:num_whole], "e"]


@given(content=st.binary(max_size=200))
def test_strangers_bytes_are_no_lines(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("ledger") / "00000.jsonl"
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("a"))])
    with path.open("ab") as file:
        file.write(content + b"\n")
    state = read_ledger(path)
    assert set(state.finished) == {"a"}
    assert state.num_unreadable == len((content + b"\n").splitlines())


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "00000.jsonl"
    with Ledger(path), pytest.raises(BusyError, match="another worker"), Ledger(path):
        pass
    with Ledger(path):
        pass


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX's")
def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    """A limit on the file's size takes a part of the line before it says so, as a full disk does."""
    path = tmp_path / "00000.jsonl"
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("a"))])
        size = path.stat().st_size
        before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
        try:
            with pytest.raises(MediaError, match="no space"):
                ledger.add([Finished(record=record("b"))])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert path.stat().st_size == size
        ledger.add([Finished(record=record("c"))])
    assert set(read_ledger(path).finished) == {"a", "c"}


def test_a_ledger_that_cannot_be_opened_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is free again while the object that failed is still there: its worker tries once more."""

    def unreadable(path: Path) -> LedgerState:
        raise DatasetError("no")

    path = tmp_path / "00000.jsonl"
    failed = Ledger(path)
    with monkeypatch.context() as patched:
        patched.setattr("liveportrait.dataset.running.ledger.read_ledger", unreadable)
        with pytest.raises(DatasetError, match="no"):
            failed.__enter__()
    with Ledger(path) as ledger:
        ledger.add([Finished(record=record("a"))])
    path.unlink()
    path.mkdir()
    failed = Ledger(path)
    with pytest.raises(MediaError):
        failed.__enter__()
    path.rmdir()
    with Ledger(path) as ledger:
        assert not ledger.state.finished
