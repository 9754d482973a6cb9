"""Does shards, one after the other; the models of a stage stay loaded from one to the next."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.completions import completion_of, mark, read_mark
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.crew import StageCrew
from liveportrait.dataset.running.ledger import BusyError, Finished, Ledger
from liveportrait.dataset.running.packing import pack
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.running.stage_crews import open_crew
from liveportrait.dataset.running.stages import in_stage
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import PlannedImage
from liveportrait.dataset.schema.tables import read_range
from liveportrait.stopping import StopSignal

logger = logging.getLogger(__name__)

ShardEnd = Literal["done", "stopped", "waiting", "busy"]
"""`waiting`: documents that it needs are not made yet. `busy`: somebody else is at work on it."""


LEAST_IMAGES = 20
"""Before so many were tried, no share of failures is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run as it travels to workers."""

    root: Path
    recipe: Recipe
    execution: Execution

    @property
    def folder(self) -> DatasetFolder:
        return DatasetFolder(self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardOutcome:
    """What was done now; what was there before is not counted."""

    end: ShardEnd
    num_ok: int = 0
    num_rejected: int = 0
    num_failed: int = 0

    def fails_more_than(self, rate: float) -> bool:
        """Whether a greater share failed; no share counts before some images were tried."""
        num_tried = self.num_ok + self.num_rejected + self.num_failed
        return num_tried >= LEAST_IMAGES and self.num_failed > rate * num_tried


OnImages = Callable[[int], None]
"""Told after each identity how many images it had."""


class ShardWorker:
    """Not to be shared between threads; many may be at work on one dataset."""

    def __init__(self, job: Job, *, worker: str) -> None:
        self._job = job
        self._worker = worker
        self._crew: StageCrew | None = None

    def work(
        self, stage: str, shard: Shard, stop: StopSignal, *, on_images: OnImages = lambda _: None
    ) -> ShardOutcome:
        """Do what is left of a shard in a stage.

        Raises:
            LivePortraitError: when nothing can be made (weights, packages), or nothing written down.
        """
        folder, retry_failed = self._job.folder, self._job.execution.retry_failed
        completion = folder.completion(stage, shard.number)
        done = read_mark(completion)
        if done is not None and not (retry_failed and done.num_failed):
            return ShardOutcome(end="done")
        try:
            with Ledger(folder.ledger(stage, shard.number)) as ledger:
                completion.unlink(missing_ok=True)
                outcome = self._work(stage, shard, ledger, stop, on_images)
                if outcome.end == "done":
                    if self._job.recipe.pictures.storage == "tar":
                        pack(ledger, folder, stage=stage, shard=shard.number)
                    mark(completion, completion_of(ledger.state))
        except BusyError as busy:
            logger.info("%s", busy)
            return ShardOutcome(end="busy")
        logger.info("stage %s, shard %d: %s", stage, shard.number, outcome)
        return outcome

    def close(self) -> None:
        """Let go of the models."""
        if self._crew is not None:
            self._crew.close()
        self._crew = None

    def _work(
        self, stage: str, shard: Shard, ledger: Ledger, stop: StopSignal, on_images: OnImages
    ) -> ShardOutcome:
        tally = _Tally()
        for identity, planned in self._planned(stage, shard):
            retry = self._job.execution.retry_failed
            wanted = [
                one.image_id for one in planned if ledger.state.is_open(one.image_id, retry_failed=retry)
            ]
            if not wanted:
                continue
            if stop.is_set or tally.outcome("stopped").fails_more_than(self._job.execution.max_failure_rate):
                return tally.outcome("stopped")
            finished = self._crew_for(stage, shard).make(identity, planned, wanted, ledger.state)
            if finished is None:
                tally.waits = True
                continue
            ledger.add(finished)
            tally.count(finished)
            on_images(len(finished))
        return tally.outcome("waiting" if tally.waits else "done")

    def _planned(self, stage: str, shard: Shard) -> list[tuple[PlannedIdentity, list[PlannedImage]]]:
        """The shard's part of the plan that the stage makes."""
        folder = self._job.folder
        limits = {"start": shard.start, "stop": shard.stop}
        identities = read_range(folder.planned_identities, PlannedIdentity, column="index", **limits)
        images = read_range(folder.planned_images, PlannedImage, column="identity_index", **limits)
        of_identity: dict[str, list[PlannedImage]] = {one.identity_id: [] for one in identities}
        for planned in in_stage(images, stage):
            of_identity[planned.identity_id].append(planned)
        return [(identity, of_identity[identity.identity_id]) for identity in identities]

    def _crew_for(self, stage: str, shard: Shard) -> StageCrew:
        """The stage's models, at work on this shard."""
        if self._crew is None or self._crew.stage != stage:
            self.close()
            self._crew = open_crew(
                stage, self._job.folder, self._job.recipe, self._job.execution, worker=self._worker
            )
        self._crew.turn_to(shard)
        return self._crew


@dataclass(slots=True)
class _Tally:
    num_ok: int = 0
    num_rejected: int = 0
    num_failed: int = 0
    waits: bool = False

    def count(self, finished: list[Finished]) -> None:
        for one in finished:
            match one.record.status:
                case "ok":
                    self.num_ok += 1
                case "rejected":
                    self.num_rejected += 1
                case "failed":
                    self.num_failed += 1

    def outcome(self, end: ShardEnd) -> ShardOutcome:
        return ShardOutcome(
            end=end, num_ok=self.num_ok, num_rejected=self.num_rejected, num_failed=self.num_failed
        )
