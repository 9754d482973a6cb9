"""On a Ray cluster: actors that keep their models from shard to shard, and are replaced when they die."""

import logging
from collections import deque
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.running.plan_reading import num_identities
from liveportrait.dataset.running.resources import cores_each
from liveportrait.dataset.running.shard_worker import Job, ShardOutcome, ShardWorker
from liveportrait.dataset.running.sharding import Shard, shards_of
from liveportrait.dataset.running.stages import stages_of
from liveportrait.dataset.running.worker import Tally, WorkerOutcome
from liveportrait.errors import LivePortraitError, SettingError
from liveportrait.media.progress import Progress
from liveportrait.stopping import StopSignal

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster:
    """An `Executor` of `Execution.num_workers` actors; whoever is idle takes the next shard.

    All machines must see the dataset's folder under the same path.
    """

    address: str | None = None
    """Of a running cluster, or `auto`; None starts one on this machine, unless this process has one."""
    gpus_per_worker: float = 0.0
    most_replacements: int = 10
    """Of actors that died, in the whole run."""

    def run(self, job: Job, stop: StopSignal, *, progress: Progress) -> list[WorkerOutcome]:
        ray = _ray()
        begun_here = not ray.is_initialized()
        if begun_here:
            ray.init(address=self.address, include_dashboard=False, log_to_driver=False)
        try:
            return [_Foreman(ray, _shared_out(ray, job), self, progress).run(stop)]
        finally:
            if begun_here:
                ray.shutdown()


def _shared_out(ray: Any, job: Job) -> Job:
    """The job with the threads of each actor: those asked for, or as many as the cluster's machines hold."""
    execution = job.execution
    cores = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    num_threads = execution.num_threads or cores_each(cores, num_workers=execution.num_workers)
    return replace(job, execution=replace(execution, num_threads=num_threads))


class _Foreman:
    """Hands shards to actors, and new actors to shards whose actor died."""

    def __init__(self, ray: Any, job: Job, cluster: RayCluster, progress: Progress) -> None:
        self._ray, self._job, self._cluster, self._progress = ray, job, cluster, progress
        self._tally = Tally(max_failure_rate=job.execution.max_failure_rate)
        self._num_begun = self._num_images = 0
        self._idle: list[Any] = []
        self._tasks: dict[Any, tuple[Any, Shard]] = {}
        """What is under way: an actor and its shard."""
        self._asked_to_stop = False

    def run(self, stop: StopSignal) -> WorkerOutcome:
        """All stages; afterwards no actor is left."""
        try:
            return self._run(stop)
        finally:
            self._dismiss()

    def _run(self, stop: StopSignal) -> WorkerOutcome:
        job = self._job
        shards = shards_of(num_identities(job.folder), shard_identities=job.recipe.shard_identities)
        self._idle = [self._begin_actor() for _ in range(min(job.execution.num_workers, len(shards)))]
        for stage in stages_of(job.recipe):
            if not self._asked_to_stop:
                self._run_stage(stage, deque(shards), stop)
        if self._asked_to_stop and not self._tally.fails_too_often:
            self._tally.add(ShardOutcome(end="stopped"))
        return self._tally.total()

    def _run_stage(self, stage: str, waiting: deque[Shard], stop: StopSignal) -> None:
        while self._tasks or (waiting and not self._asked_to_stop):
            if (stop.is_set or self._tally.fails_too_often) and not self._asked_to_stop:
                self._ask_to_stop()
            while waiting and self._idle and not self._asked_to_stop:
                self._hand_out(stage, waiting.popleft())
            if not self._tasks:
                return
            finished, _ = self._ray.wait(list(self._tasks), timeout=POLL_SECONDS)
            for task in finished:
                self._take_back(task, waiting)

    def _hand_out(self, stage: str, shard: Shard) -> None:
        actor = self._idle.pop()
        self._tasks[actor.work.remote(stage, shard)] = (actor, shard)

    def _take_back(self, task: Any, waiting: deque[Shard]) -> None:
        actor, shard = self._tasks.pop(task)
        try:
            said = self._ray.get(task)
        except self._ray.exceptions.RayActorError as error:
            logger.warning("the actor of shard %d died and is replaced: %s", shard.number, error)
            waiting.appendleft(shard)
            self._idle.append(self._begin_actor())
            return
        if isinstance(said, str):
            raise DatasetError(said)
        self._idle.append(actor)
        self._tally.add(said)
        self._num_images += said.num_ok + said.num_rejected + said.num_failed
        self._progress(self._num_images, None)

    def _begin_actor(self) -> Any:
        if self._num_begun == self._job.execution.num_workers + self._cluster.most_replacements:
            raise DatasetError(
                f"{self._cluster.most_replacements} actors died, so no more are begun. What is finished is "
                "kept; see Ray's logs for why (often memory), then run again."
            )
        self._num_begun += 1
        kind = self._ray.remote(ShardActor).options(
            num_cpus=self._job.execution.num_threads,
            num_gpus=self._cluster.gpus_per_worker,
            max_concurrency=2,  # it hears that it shall stop while it works
        )
        return kind.remote(self._job, f"ray:{self._num_begun - 1}")

    def _ask_to_stop(self) -> None:
        self._asked_to_stop = True
        for actor, _ in self._tasks.values():
            actor.stop.remote()

    def _dismiss(self) -> None:
        """Give the cores back now: an error that somebody keeps, as logs do, keeps actors by its frames."""
        for actor in [*self._idle, *(actor for actor, _ in self._tasks.values())]:
            self._ray.kill(actor)


class ShardActor:
    """A worker in a process of its own, on whatever machine."""

    def __init__(self, job: Job, worker: str) -> None:
        self._worker = ShardWorker(job, worker=worker)
        self._stop = _Flag()

    def work(self, stage: str, shard: Shard) -> ShardOutcome | str:
        """What was done; or in words why nothing can be."""
        try:
            return self._worker.work(stage, shard, self._stop)
        except LivePortraitError as error:
            return str(error)

    def stop(self) -> None:
        """Finish the item at hand."""
        self._stop.is_set = True


@dataclass(slots=True)
class _Flag:
    is_set: bool = False


def _ray() -> Any:
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; the executor ray needs `pip install liveportrait[ray]`") from error
