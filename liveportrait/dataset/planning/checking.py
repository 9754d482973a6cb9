"""Is a plan still as it was written?"""

import hashlib
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.facts import PlanFacts, read_facts


def check_plan(folder: DatasetFolder) -> PlanFacts:
    """The plan's facts; raises where its tables are not those that were planned."""
    facts = read_facts(folder.plan_facts)
    written = {
        folder.planned_identities: facts.identities_sha256,
        folder.planned_images: facts.images_sha256,
    }
    for path, sha256 in written.items():
        if not path.is_file() or table_sha256(path) != sha256:
            raise DatasetError(
                f"{path}: this is not the table that was planned; remove {folder.plan} and plan again, "
                "with the same settings it becomes the same."
            )
    return facts


def table_sha256(path: Path) -> str:
    """Of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
