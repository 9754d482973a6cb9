"""From ledgers to tables: the same ledgers give the same bytes, whoever wrote them in whatever order."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

import liveportrait
from liveportrait.dataset.embeddings import Embeddings, Recogniser, save_embeddings
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.measuring.protocol import PersonVector
from liveportrait.dataset.running.guard import read_facts
from liveportrait.dataset.running.ledger import LedgerState, read_ledger
from liveportrait.dataset.running.plan_reading import num_identities
from liveportrait.dataset.running.sharding import Shard, shards_of
from liveportrait.dataset.running.stages import stage_of
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import IdentityRecord, PlannedIdentity
from liveportrait.dataset.schema.images import ImageRecord, ImageStatus, PlannedImage
from liveportrait.dataset.schema.tables import SCHEMA_VERSION, read_range, read_rows, write_rows
from liveportrait.media.pending_file import write_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the tables hold."""

    num_identities: int
    num_ok: int
    num_rejected: int
    num_failed: int
    num_failures: int
    """Rows of failures: attempts, and documents that got no place in the plan."""


@dataclass(slots=True)
class _Gathered:
    """What the pass over the ledgers leaves in memory: numbers, faults and vectors, no images' rows."""

    of_identity: dict[str, Counter[ImageStatus]] = field(default_factory=dict)
    failures: list[FailureRow] = field(default_factory=list)
    image_ids: list[str] = field(default_factory=list)
    identity_ids: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    vectors: list[PersonVector] = field(default_factory=list)


def collect(
    folder: DatasetFolder, *, stages: list[str], shard_identities: int, recogniser: Recogniser | None
) -> Collected:
    """Write the tables of all that is finished, in place of earlier ones, and the vectors of all faces."""
    with FileLock(folder.run_lock):
        _sweep(folder)
        gathered = _Gathered()
        shards = shards_of(num_identities(folder), shard_identities=shard_identities)
        records = _records(folder, shards, stages, gathered)
        write_rows(records, folder.images, row_type=ImageRecord)
        planned = read_rows(folder.planned_identities, PlannedIdentity)
        identities = (_identity(one, gathered) for one in planned)
        num = write_rows(identities, folder.identities, row_type=IdentityRecord)
        failures = [*_plan_failures(folder), *gathered.failures]
        write_rows(failures, folder.failures, row_type=FailureRow)
        if recogniser is not None and gathered.vectors:
            _save_vectors(folder, gathered, recogniser)
        totals = sum(gathered.of_identity.values(), Counter[ImageStatus]())
        collected = Collected(
            num_identities=num,
            num_ok=totals["ok"],
            num_rejected=totals["rejected"],
            num_failed=totals["failed"],
            num_failures=len(failures),
        )
        _write_facts(folder, collected)
    return collected


def _sweep(folder: DatasetFolder) -> None:
    """Remove what killed writers left outside of the images' folders; nobody else
    writes there when all shards are done and the lock is held."""
    places = (folder.root, folder.tar_shard("any", 0).parent, *folder.root.glob("completions/*"))
    for place in places:
        for left in place.glob(".liveportrait-*.part"):
            left.unlink(missing_ok=True)


def _records(
    folder: DatasetFolder, shards: list[Shard], stages: list[str], gathered: _Gathered
) -> Iterator[ImageRecord]:
    """The images that are finished, in the plan's order; everything else is noted on the way."""
    for shard in shards:
        states = {stage: read_ledger(folder.ledger(stage, shard.number)) for stage in stages}
        planned = read_range(
            folder.planned_images,
            PlannedImage,
            column="identity_index",
            start=shard.start,
            stop=shard.stop,
        )
        for one in planned:
            finished = states.get(stage_of(one), LedgerState()).finished.get(one.image_id)
            if finished is None:
                continue
            _note(finished.record, finished.person, gathered)
            yield finished.record
        order = {one.image_id: number for number, one in enumerate(planned)}
        faults = [failure for state in states.values() for failure in state.failures]
        faults.sort(key=lambda fault: (order.get(fault.place.image_id or "", -1), fault.place.attempt))
        gathered.failures.extend(faults)


def _note(record: ImageRecord, person: PersonVector | None, gathered: _Gathered) -> None:
    planned = record.planned
    gathered.of_identity.setdefault(planned.identity_id, Counter())[record.status] += 1
    if record.stored is None:
        return
    gathered.image_ids.append(planned.image_id)
    gathered.identity_ids.append(planned.identity_id)
    gathered.roles.append(planned.role)
    gathered.vectors.append(np.full(1, np.nan, np.float32) if person is None else person)


def _identity(planned: PlannedIdentity, gathered: _Gathered) -> IdentityRecord:
    counts = gathered.of_identity.get(planned.identity_id, Counter())
    is_complete = counts["ok"] > 0 and not counts["rejected"] and not counts["failed"]
    return IdentityRecord(
        planned=planned,
        status="complete" if is_complete else "incomplete",
        num_ok=counts["ok"],
        num_rejected=counts["rejected"],
        num_failed=counts["failed"],
    )


def _plan_failures(folder: DatasetFolder) -> list[FailureRow]:
    return list(read_rows(folder.plan_failures, FailureRow)) if folder.plan_failures.exists() else []


def _save_vectors(folder: DatasetFolder, gathered: _Gathered, recogniser: Recogniser) -> None:
    width = max(len(vector) for vector in gathered.vectors)
    vectors = np.full((len(gathered.vectors), width), np.nan, np.float32)
    for row, vector in zip(vectors, gathered.vectors, strict=True):
        row[:] = vector
    embeddings = Embeddings(
        recogniser=recogniser,
        image_ids=tuple(gathered.image_ids),
        identity_ids=tuple(gathered.identity_ids),
        roles=tuple(gathered.roles),
        vectors=vectors,
    )
    save_embeddings(embeddings, folder.root)


def _write_facts(folder: DatasetFolder, collected: Collected) -> None:
    """What is published of plan and run."""
    run = read_facts(folder)
    facts = {
        "schema_version": SCHEMA_VERSION,
        "software": f"liveportrait {liveportrait.__version__}",
        "plan": json.loads(folder.plan_facts.read_text("utf-8")),
        "recipe": {name: _without_place(value) for name, value in run.get("recipe", {}).items()},
        "digest": run.get("digest"),
        "models": run.get("models", {}),
        "counts": asdict(collected),
    }
    write_bytes(folder.dataset_facts, (json.dumps(facts, indent=1) + "\n").encode())


def _without_place(value: Any) -> Any:
    """A file of weights by its name: where it lies on this machine concerns no reader."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
