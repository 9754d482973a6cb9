"""Are the images on the disk those that were recorded? Those that are not are made again, and no others."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.checking import check_plan
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.running.ledger import BusyError, Ledger, Reopened
from liveportrait.dataset.running.plan_reading import num_identities, num_planned
from liveportrait.dataset.running.sharding import shards_of
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.media.progress import Progress, silent

_NUM_READERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was found."""

    num_checked: int
    reopened: tuple[Reopened, ...]
    num_busy_shards: int
    """Not looked at, as somebody is at work on them."""


def verify(folder: DatasetFolder, *, shard_identities: int, progress: Progress = silent) -> VerifyReport:
    """Hash every recorded image, and reopen the rows of those that are missing or others.

    Raises:
        DatasetError: when the plan is not the one that was written.
    """
    check_plan(folder)
    shards = shards_of(num_identities(folder), shard_identities=shard_identities)
    places = [(stage, shard.number) for stage in num_planned(folder) for shard in shards]
    num_checked, num_busy, reopened = 0, 0, list[Reopened]()
    for done, (stage, shard) in enumerate(places, start=1):
        if folder.ledger(stage, shard).exists():
            try:
                with Ledger(folder.ledger(stage, shard)) as ledger:
                    records = [finished.record for finished in ledger.state.finished.values()]
                    bad = _bad(records, ImageStore(folder))
                    if bad:
                        folder.completion(stage, shard).unlink(missing_ok=True)
                        ledger.add(bad)
                    num_checked += sum(record.stored is not None for record in records)
                    reopened += bad
            except BusyError:
                num_busy += 1
        progress(done, len(places))
    return VerifyReport(num_checked=num_checked, reopened=tuple(reopened), num_busy_shards=num_busy)


def _bad(records: list[ImageRecord], store: ImageStore) -> list[Reopened]:
    with ThreadPoolExecutor(_NUM_READERS) as readers:
        reasons = list(readers.map(lambda record: _fault(record, store), records))
    return [
        Reopened(image_id=record.planned.image_id, reason=reason)
        for record, reason in zip(records, reasons, strict=True)
        if reason is not None
    ]


def _fault(record: ImageRecord, store: ImageStore) -> str | None:
    if record.stored is None:
        return None
    try:
        store.content(record.stored)
    except DatasetError as error:
        return str(error)
    return None
