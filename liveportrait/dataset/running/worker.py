"""One worker: its shards of every stage, until they are done, it is asked to stop, or too much fails."""

from dataclasses import dataclass
from typing import Literal

from liveportrait.dataset.running.plan_reading import num_identities
from liveportrait.dataset.running.shard_worker import Job, OnImages, ShardEnd, ShardOutcome, ShardWorker
from liveportrait.dataset.running.sharding import Shard, WorkerPlace, shards_of
from liveportrait.dataset.running.stages import stages_of
from liveportrait.stopping import StopSignal

WorkerEnd = Literal["done", "stopped", "too many failures", "blocked", "lost"]
"""`blocked`: others are at work on shards, or what they need does not exist yet; running again goes on.
`lost`: the process was killed, more often than it was replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOutcome:
    """What one worker did in this session."""

    end: WorkerEnd
    num_ok: int = 0
    num_rejected: int = 0
    num_failed: int = 0


class Tally:
    """Adds up what shards came to."""

    def __init__(self, *, max_failure_rate: float) -> None:
        self._max_failure_rate = max_failure_rate
        self._sum = ShardOutcome(end="done")
        self._ends: set[ShardEnd] = set()

    def add(self, outcome: ShardOutcome) -> None:
        self._ends.add(outcome.end)
        self._sum = ShardOutcome(
            end="done",
            num_ok=self._sum.num_ok + outcome.num_ok,
            num_rejected=self._sum.num_rejected + outcome.num_rejected,
            num_failed=self._sum.num_failed + outcome.num_failed,
        )

    @property
    def fails_too_often(self) -> bool:
        return self._sum.fails_more_than(self._max_failure_rate)

    def total(self) -> WorkerOutcome:
        """All of it; how it ended follows from the shards."""
        return WorkerOutcome(
            end="too many failures" if self.fails_too_often else _end_of(self._ends),
            num_ok=self._sum.num_ok,
            num_rejected=self._sum.num_rejected,
            num_failed=self._sum.num_failed,
        )


def run_worker(
    job: Job, place: WorkerPlace, stop: StopSignal, *, name: str, on_images: OnImages = lambda _: None
) -> WorkerOutcome:
    """All that falls to a worker in its place; stage by stage, as a shard needs only itself."""
    worker = ShardWorker(job, worker=name)
    tally = Tally(max_failure_rate=job.execution.max_failure_rate)
    try:
        for stage, shard in work_of(job, place):
            if stop.is_set or tally.fails_too_often:
                break
            tally.add(worker.work(stage, shard, stop, on_images=on_images))
    finally:
        worker.close()
    if stop.is_set:
        tally.add(ShardOutcome(end="stopped"))
    return tally.total()


def work_of(job: Job, place: WorkerPlace) -> list[tuple[str, Shard]]:
    """A worker's shards, all of one stage before the next."""
    shards = shards_of(num_identities(job.folder), shard_identities=job.recipe.shard_identities)
    return [(stage, shard) for stage in stages_of(job.recipe) for shard in place.shares(shards)]


def _end_of(ends: set[ShardEnd]) -> WorkerEnd:
    if "stopped" in ends:
        return "stopped"
    return "blocked" if ends & {"waiting", "busy"} else "done"
