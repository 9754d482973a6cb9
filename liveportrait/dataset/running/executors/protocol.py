"""What runs a job, as the run knows it."""

from typing import Protocol, runtime_checkable

from liveportrait.dataset.running.shard_worker import Job
from liveportrait.dataset.running.worker import WorkerOutcome
from liveportrait.media.progress import Progress
from liveportrait.stopping import StopSignal


@runtime_checkable
class Executor(Protocol):
    """Gets all shards of all stages done, or as far as it goes."""

    def run(self, job: Job, stop: StopSignal, *, progress: Progress) -> list[WorkerOutcome]:
        """One outcome for each worker. `progress` counts images that are finished now.

        Raises:
            LivePortraitError: when nothing can be made, or no worker can be had.
        """
        ...
