"""SHA256SUMS, as `sha256sum -c` reads it."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from liveportrait.media.pending_file import write_bytes

FILE_NAME = "SHA256SUMS"

WORK = frozenset({"ledger", "completions", "run.json"})
"""State of a run: no part of what is published."""


def write_checksums(root: Path, *, known: Mapping[str, str] | None = None) -> int:
    """Write the file and return how many lines it has.

    `known` are digests by path of files that were hashed when they were written: a dataset has
    terabytes of images. Hidden files and the state of the run are left out.
    """
    known = known or {}
    lines = []
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        lines.append(f"{known.get(name) or digest_of_file(path)}  {name}\n")
    write_bytes(root / FILE_NAME, "".join(lines).encode())
    return len(lines)


def _files(root: Path) -> Iterator[Path]:
    """In one order everywhere."""
    for path in sorted(root.iterdir(), key=lambda each: each.name):
        if path.name.startswith(".") or path.name in WORK or path.name == FILE_NAME:
            continue
        if path.is_dir():
            yield from sorted(
                (each for each in path.rglob("*") if each.is_file() and not each.name.startswith(".")),
                key=lambda each: each.relative_to(root).as_posix(),
            )
        elif path.is_file():
            yield path


def digest_of_file(path: Path) -> str:
    """Of its bytes, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
