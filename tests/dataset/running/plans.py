"""Small plans, by the planner itself."""

from collections.abc import Sequence
from pathlib import Path

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.config import DocumentSource, LiveConfig, PlanConfig, SampledSource
from liveportrait.dataset.planning.plan import make_plan


def plan_of_prompts(
    root: Path, *, num_identities: int = 10, num_slots: int = 2, methods: Sequence[str] = ("e",)
) -> DatasetFolder:
    """People who are to be drawn."""
    live = LiveConfig(num_animations=num_slots, num_pulid=num_slots if "p" in methods else 0)
    source = SampledSource(num_identities=num_identities)
    return _planned(root, source, PlanConfig(live=live, root_seed=5))


def plan_of_files(root: Path, documents: Path, *, num_slots: int = 2) -> DatasetFolder:
    """People on the pictures of a folder."""
    live = LiveConfig(num_animations=num_slots)
    return _planned(root, DocumentSource(folder=documents), PlanConfig(live=live, root_seed=5))


def _planned(root: Path, source: DocumentSource | SampledSource, config: PlanConfig) -> DatasetFolder:
    folder = DatasetFolder(root)
    make_plan(source, folder, config=config)
    return folder
