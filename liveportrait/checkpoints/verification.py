"""Is a file what its publisher published?"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from liveportrait.checkpoints.manifest import KnownFile, Manifest, sha256_of
from liveportrait.errors import WeightsError

logger = logging.getLogger(__name__)

Verification: TypeAlias = Literal["off", "tell", "strict"]
"""Do not hash; hash and log what is not as published; refuse what is not as published."""

Status: TypeAlias = Literal["as published", "differs", "unknown", "missing"]
"""`differs` from the published file of its name; `unknown` has no published counterpart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What is known of one file on disk."""

    path: Path
    status: Status
    known: KnownFile | None
    """The published file that it is, or should be."""
    sha256: str | None
    """None where the file is missing."""

    def __str__(self) -> str:
        match self.status:
            case "as published":
                return f"{self.path}: as published"
            case "missing":
                return f"{self.path}: missing"
            case "unknown":
                return (
                    f"{self.path}: no known file (sha256 {self.sha256}); its origin and licence are unknown"
                )
            case "differs":
                wanted = self.known.sha256 if self.known else "?"
                return (
                    f"{self.path}: differs from the published file (expected sha256 {wanted}, found "
                    f"{self.sha256}); it may be damaged or another model"
                )


def check_file(path: Path, manifest: Manifest, *, expected: KnownFile | None = None) -> FileCheck:
    """Compare with the whole manifest; `expected` is what the file claims to be by its place and name."""
    if not path.is_file():
        return FileCheck(path=path, status="missing", known=expected, sha256=None)
    sha256 = sha256_of(path)
    for known in (*manifest.bundled, *manifest.released):
        if known.sha256 == sha256:
            return FileCheck(path=path, status="as published", known=known, sha256=sha256)
    return FileCheck(
        path=path, status="unknown" if expected is None else "differs", known=expected, sha256=sha256
    )


def enforce(checks: tuple[FileCheck, ...], *, verification: Verification) -> None:
    """Log what is not as published, or refuse it."""
    others = [check for check in checks if check.status != "as published"]
    if others and verification == "strict":
        raise WeightsError(
            f"Strict verification refuses: {'; '.join(map(str, others))}. Fetch the files again "
            "(liveportrait weights download), or load them without strict verification."
        )
    for check in others:
        logger.log(logging.INFO if check.status == "unknown" else logging.WARNING, "%s", check)
