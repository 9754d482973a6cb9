"""Runs with fakes, and what two of them have in common."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.executors.local import InThisProcess
from liveportrait.dataset.running.whole import RunSummary, run_dataset
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows
from tests.dataset.running.fakes import ONE_WORKER, RECIPE


@dataclass(slots=True)
class StopAfter:
    """A `StopSignal` that is set when so many images are finished, if it is told of them."""

    num_images: int
    num_done: int = 0

    @property
    def is_set(self) -> bool:
        return self.num_done >= self.num_images

    def count(self, done: int, total: int | None) -> None:
        self.num_done = done


NEVER = StopAfter(num_images=1_000_000_000)


def run_here(
    folder: DatasetFolder,
    recipe: Recipe = RECIPE,
    execution: Execution = ONE_WORKER,
    *,
    stop_after: int = 1_000_000_000,
) -> RunSummary:
    """In this process."""
    stop = StopAfter(stop_after)
    return run_dataset(folder, recipe, execution, InThisProcess(), stop, progress=stop.count)


def records(folder: DatasetFolder) -> list[ImageRecord]:
    """The finished table."""
    return list(read_rows(folder.images, ImageRecord))


def bytes_of_results(folder: DatasetFolder) -> dict[str, str]:
    """Hashes of all that must not depend on how often, where and by whom the work was done."""
    wanted = [folder.images, folder.identities, *(folder.root / "embeddings").glob("*")]
    pictures = [path for top in ("images", "shards") for path in (folder.root / top).rglob("*")]
    files = [path for path in wanted + pictures if path.is_file()]
    return {folder.relative(path): _sha256(path) for path in sorted(files)}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
