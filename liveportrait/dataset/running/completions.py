"""Marks that a shard is done in a stage: looked at instead of its ledger, which is long."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.running.ledger import LedgerState
from liveportrait.media.pending_file import write_bytes, write_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a finished shard amounts to."""

    num_ok: int
    num_rejected: int
    num_failed: int
    digest: str
    """16 hex digits of its images' ids, states and bytes: the same for every run of the same plan."""


def completion_of(state: LedgerState) -> Completion:
    """What the mark would say."""
    records = [state.finished[image_id].record for image_id in sorted(state.finished)]
    counts = Counter(record.status for record in records)
    lines = [
        f"{record.planned.image_id} {record.status} {record.stored.sha256 if record.stored else '-'}"
        for record in records
    ]
    return Completion(
        num_ok=counts["ok"],
        num_rejected=counts["rejected"],
        num_failed=counts["failed"],
        digest=hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest(),
    )


def mark(path: Path, completion: Completion) -> None:
    """Say that the shard is done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(path, error) from error
    write_bytes(path, (json.dumps(asdict(completion)) + "\n").encode())


def read_mark(path: Path) -> Completion | None:
    """What stands there; None where the shard is not done."""
    try:
        return Completion(**json.loads(path.read_text("ascii")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path}: expected the mark of a finished shard ({error}); remove it.") from error
