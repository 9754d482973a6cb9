"""One row per thing that went wrong; the run goes on."""

import hashlib
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailurePlace:
    """What was being done, and to what."""

    stage: str
    identity_id: str | None = None
    """None where it fell before there was one, as for an unreadable document."""
    image_id: str | None = None
    slot: int | None = None
    attempt: int = 0
    subject: str | None = None
    """The file that was to be read or written, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """What failed, where and why."""

    place: FailurePlace = field(metadata={"inline": ""})
    error_class: str
    message: str
    traceback_digest: str
    """Equal for equal faults: 16 hex digits of the error's class and the places it passed through."""
    worker: str
    time_utc: datetime


def failure_row(error: BaseException, place: FailurePlace, *, worker: str) -> FailureRow:
    """The row of an error that was caught just now."""
    return FailureRow(
        place=place,
        error_class=type(error).__name__,
        message=printable(str(error)) or type(error).__name__,
        traceback_digest=traceback_digest(error),
        worker=worker,
        time_utc=datetime.now(UTC),
    )


def printable(text: str) -> str:
    """Text that every table can hold: what is no UTF-8, as in a name of a file, becomes `\\udcNN`."""
    return text.encode(errors="backslashreplace").decode()


def traceback_digest(error: BaseException) -> str:
    """Of functions and lines, not of messages and folders: it names the fault, not the case."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.name}:{frame.lineno}" for frame in frames]
    text = "\n".join([type(error).__qualname__, *places])
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
