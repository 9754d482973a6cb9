"""What was done of a shard in a stage: lines that are only ever added, each whole or not there.

A line says that an image was made or failed for good (with the person's vector where one was
found), that an attempt failed, or that an image is to be made again. Later lines count more
than earlier ones. A line is written after the image's file, and is on the disk before the next image
begins; so a worker may be killed anywhere.
"""

import base64
import json
import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.measuring.protocol import PersonVector
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.json_lines import from_json_line, to_json_line
from liveportrait.dataset.schema.rows import from_record, to_record
from liveportrait.media.pending_file import write_error

logger = logging.getLogger(__name__)


class BusyError(DatasetError):
    """Somebody else is at work on the shard."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    """An image that was made, or that will not be."""

    record: ImageRecord
    person: PersonVector | None = None
    failures: tuple[FailureRow, ...] = ()
    """Of the attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """An image that is to be made again."""

    image_id: str
    reason: str


@dataclass(slots=True)
class LedgerState:
    """What a ledger amounts to."""

    finished: dict[str, Finished] = field(default_factory=dict)
    """The last word on each image, by its id."""
    failures: list[FailureRow] = field(default_factory=list)
    """All failed attempts, in the order of their time."""
    num_unreadable: int = 0
    """Lines that are none; what they were about will be done again."""

    def is_open(self, image_id: str, *, retry_failed: bool) -> bool:
        """Whether the image is still to be made."""
        done = self.finished.get(image_id)
        return done is None or (retry_failed and done.record.status == "failed")


def read_ledger(path: Path) -> LedgerState:
    """What is known; nothing where there is no ledger yet."""
    state = LedgerState()
    if not path.exists():
        return state
    for line in _whole_lines(path):
        try:
            _apply(state, json.loads(line))
        except (ValueError, TypeError, KeyError, DatasetError) as error:
            state.num_unreadable += 1
            logger.warning("%s: a line is unreadable and counts as not written: %s", path, error)
    return state


class Ledger:
    """A ledger that is open for writing; nobody else can open it meanwhile, on this machine or another
    that shares the disk (where that disk knows locks)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_suffix(".lock"), timeout=0)

    def __enter__(self) -> "Ledger":
        with ExitStack() as opened:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                opened.enter_context(self._lock)
                self._file = opened.enter_context(self._path.open("ab", buffering=0))
                self._file.truncate(_length_of_whole_lines(self._path))
            except Timeout as error:
                raise BusyError(f"{self._path}: another worker is writing it.") from error
            except OSError as error:
                raise write_error(self._path, error) from error
            self.state = read_ledger(self._path)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def add(self, entries: Sequence[Finished | Reopened]) -> None:
        """Write them down; when this returns they are on the disk.

        Raises:
            MediaError: when they cannot be written; then none of them is.
        """
        documents = [_document(entry) for entry in entries]
        content = "".join(json.dumps(document, allow_nan=False) + "\n" for document in documents)
        size = self._path.stat().st_size
        try:
            self._write(content.encode("ascii"))
        except OSError as error:
            self._file.truncate(size)
            raise write_error(self._path, error) from error
        for document in documents:
            _apply(self.state, document)

    def _write(self, content: bytes) -> None:
        """All of it, onto the disk; a disk that fills up takes a part before it says so."""
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())


def _document(entry: Finished | Reopened) -> dict[str, Any]:
    if isinstance(entry, Reopened):
        return {"reopened": entry.image_id, "reason": entry.reason}
    document: dict[str, Any] = {"image": to_record(entry.record)}
    if entry.person is not None:
        document["person"] = base64.b64encode(entry.person.astype("<f4").tobytes()).decode()
    if entry.failures:
        document["failures"] = [json.loads(to_json_line(failure)) for failure in entry.failures]
    return document


def _apply(state: LedgerState, document: dict[str, Any]) -> None:
    if "reopened" in document:
        state.finished.pop(document["reopened"], None)
        return
    record = from_record(ImageRecord, document["image"])
    failures = tuple(from_json_line(FailureRow, json.dumps(row)) for row in document.get("failures", ()))
    person = np.frombuffer(base64.b64decode(document.get("person", "")), "<f4")
    state.finished[record.planned.image_id] = Finished(
        record=record, person=person if len(person) else None, failures=failures
    )
    state.failures.extend(failures)


def _whole_lines(path: Path) -> list[bytes]:
    return path.read_bytes()[: _length_of_whole_lines(path)].splitlines()


def _length_of_whole_lines(path: Path) -> int:
    """Without what a killed writer left after the last end of a line."""
    return path.read_bytes().rfind(b"\n") + 1
