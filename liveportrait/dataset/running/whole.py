"""A run from its recipe to its tables."""

from dataclasses import dataclass

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.planning.facts import read_facts as read_plan_facts
from liveportrait.dataset.running.collecting import Collected, collect
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.executors.protocol import Executor
from liveportrait.dataset.running.guard import begin
from liveportrait.dataset.running.plan_reading import num_planned, write_missing_prompts
from liveportrait.dataset.running.shard_worker import Job
from liveportrait.dataset.running.stages import stages_of
from liveportrait.dataset.running.status import StageStatus, status_of
from liveportrait.dataset.running.worker import WorkerEnd, WorkerOutcome
from liveportrait.errors import SettingError
from liveportrait.media.progress import Progress, silent
from liveportrait.stopping import StopSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """How a session ended, and how far the run is."""

    workers: tuple[WorkerOutcome, ...]
    stages: tuple[StageStatus, ...]
    collected: Collected | None
    """None where images are left to make."""

    @property
    def is_complete(self) -> bool:
        return self.collected is not None

    @property
    def ends(self) -> frozenset[WorkerEnd]:
        return frozenset(worker.end for worker in self.workers)

    @property
    def num_failed(self) -> int:
        """Images that could not be made, in this session or before."""
        return sum(stage.num_failed for stage in self.stages)


def run_dataset(
    folder: DatasetFolder,
    recipe: Recipe,
    execution: Execution,
    executor: Executor,
    stop: StopSignal,
    *,
    progress: Progress = silent,
) -> RunSummary:
    """Make what is left to make; when all of it is finished, write the tables.

    Raises:
        SettingError: when the folder was begun with another recipe or plan.
        LivePortraitError: when nothing can be made, or nothing written down.
    """
    _check_documents(folder, recipe)
    begin(folder, recipe, execution)
    write_missing_prompts(folder, stop)
    # Workers elsewhere may have another working folder.
    job = Job(root=folder.root.resolve(), recipe=recipe, execution=execution)
    workers = executor.run(job, stop, progress=progress)
    runs = stages_of(recipe)
    found = status_of(folder, shard_identities=recipe.shard_identities)
    stages = tuple(status for status in found if status.stage in runs)
    finished = all(status.num_open == 0 for status in stages)
    return RunSummary(
        workers=tuple(workers),
        stages=stages,
        collected=collect_all(folder, recipe) if finished else None,
    )


def _check_documents(folder: DatasetFolder, recipe: Recipe) -> None:
    """Refuse at once what would fail for every document."""
    source = read_plan_facts(folder.plan_facts).settings.source
    takes_files = isinstance(recipe.documents, FolderConfig)
    if takes_files and source == "sampled":
        raise SettingError(
            f"{folder.root} plans people by attributes, and there are no files of their documents; say who "
            "draws them from words (--documents words)."
        )
    if not takes_files and source == "folder":
        raise SettingError(
            f"{folder.root} plans people on files; take their documents from there (--documents files)."
        )


def collect_all(folder: DatasetFolder, recipe: Recipe) -> Collected:
    """The tables of all that was made, by this recipe's methods or, earlier, by others."""
    return collect(
        folder,
        stages=list(num_planned(folder)),
        shard_identities=recipe.shard_identities,
        recogniser=recipe.measuring.vectors_by,
    )
