"""How far a run is, from its ledgers: no image is looked at."""

from collections import Counter
from dataclasses import dataclass

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.completions import completion_of, read_mark
from liveportrait.dataset.running.ledger import read_ledger
from liveportrait.dataset.running.plan_reading import num_identities, num_planned
from liveportrait.dataset.running.sharding import shards_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStatus:
    """One stage, in numbers of images and shards."""

    stage: str
    num_planned: int
    num_ok: int
    num_rejected: int
    num_failed: int
    num_shards: int
    num_shards_done: int
    errors: dict[str, int]
    """How many failed attempts each class of error had; of shards that are not marked as done and of those
    with failures."""

    @property
    def num_open(self) -> int:
        return self.num_planned - self.num_ok - self.num_rejected - self.num_failed


def status_of(folder: DatasetFolder, *, shard_identities: int) -> list[StageStatus]:
    """All stages that the plan has images for, in the order they run in."""
    shards = shards_of(num_identities(folder), shard_identities=shard_identities)
    numbers = [shard.number for shard in shards]
    return [_stage(folder, stage, count, numbers) for stage, count in num_planned(folder).items()]


def _stage(folder: DatasetFolder, stage: str, count: int, shards: list[int]) -> StageStatus:
    totals, errors = Counter[str](), Counter[str]()
    for shard in shards:
        completion = read_mark(folder.completion(stage, shard))
        totals["done"] += completion is not None
        if completion is None or completion.num_failed:
            state = read_ledger(folder.ledger(stage, shard))
            completion = completion_of(state)
            errors.update(failure.error_class for failure in state.failures)
        totals["ok"] += completion.num_ok
        totals["rejected"] += completion.num_rejected
        totals["failed"] += completion.num_failed
    return StageStatus(
        stage=stage,
        num_planned=count,
        num_ok=totals["ok"],
        num_rejected=totals["rejected"],
        num_failed=totals["failed"],
        num_shards=len(shards),
        num_shards_done=totals["done"],
        errors=dict(errors.most_common()),
    )
