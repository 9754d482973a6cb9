"""Prompts that are not all there yet: a line each, after a line that says who writes."""

import json
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.json_lines import from_json_line, to_json_line
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.media.pending_file import write_error


class BegunPrompts:
    """Open for one process at a time. What a killed one left half-written is cut off."""

    def __init__(self, path: Path, *, writer: str) -> None:
        self._path, self._writer = path, writer
        self._lock = FileLock(path.with_suffix(".lock"), timeout=0)
        self.by_identity: dict[str, Prompt] = {}

    def __enter__(self) -> "BegunPrompts":
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            self._file = self._path.open("a+b", buffering=0)
        except Timeout as error:
            raise DatasetError(f"{self._path}: another process is writing these prompts.") from error
        except OSError as error:
            raise write_error(self._path, error) from error
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._lock.release()

    def add(self, prompt: Prompt) -> None:
        """Put it down."""
        self._add_line(to_json_line(prompt))
        self.by_identity[prompt.identity_id] = prompt

    def remove(self) -> None:
        """All is in the table."""
        self._path.unlink()

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        self._file.truncate(len(whole))
        head, *lines = whole.decode("ascii", errors="replace").splitlines() or [""]
        if not head:
            self._add_line(json.dumps({"writer": self._writer}))
            return
        self._check(head)
        prompts = (from_json_line(Prompt, line) for line in lines)
        self.by_identity = {prompt.identity_id: prompt for prompt in prompts}

    def _check(self, head: str) -> None:
        if head != json.dumps({"writer": self._writer}):
            raise DatasetError(
                f"{self._path} was begun by {head[:200]}, and {self._writer} is to write now. Go on with "
                "that one, or remove the file to begin anew."
            )

    def _add_line(self, line: str) -> None:
        size = self._path.stat().st_size
        content = line.encode("ascii") + b"\n"
        try:
            if self._file.write(content) < len(content):
                raise OSError("the disk is full")
        except OSError as error:
            self._file.truncate(size)
            raise write_error(self._path, error) from error
