"""What workers need of a plan beside its two tables."""

from collections import Counter
from pathlib import Path

from filelock import FileLock

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.document_place import read_document_place
from liveportrait.dataset.planning.facts import read_facts
from liveportrait.dataset.prompts.template import TemplateWriter
from liveportrait.dataset.prompts.writing import write_prompts
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.running.stages import DOCUMENTS, LIVE_ORDER
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import PlannedImage
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.dataset.schema.tables import read_columns, read_matching, read_range, read_rows
from liveportrait.stopping import StopSignal


def num_identities(folder: DatasetFolder) -> int:
    """Of the plan."""
    return read_facts(folder.plan_facts).num_identities


def document_folder(folder: DatasetFolder) -> Path | None:
    """Where the documents lie, if they are files."""
    return read_document_place(folder.document_place)


def write_missing_prompts(folder: DatasetFolder, stop: StopSignal) -> None:
    """By the template, where people were drawn from attributes and nobody wrote prompts for them yet.

    Raises:
        DatasetError: when another writer has begun, and is to finish first.
    """
    if read_facts(folder.plan_facts).settings.source == "folder":
        return
    with FileLock(folder.run_lock):
        if not folder.prompts.exists():
            write_prompts(folder, TemplateWriter(), stop=stop)


def prompts_of(folder: DatasetFolder, shard: Shard) -> dict[str, str]:
    """The prompts of a shard's identities; empty where documents are files."""
    if not folder.prompts.exists():
        return {}
    identities = read_range(
        folder.planned_identities, PlannedIdentity, column="index", start=shard.start, stop=shard.stop
    )
    wanted = {identity.identity_id for identity in identities}
    prompts = read_matching(folder.prompts, Prompt, column="identity_id", values=wanted)
    return {prompt.identity_id: prompt.text for prompt in prompts}


def num_planned(folder: DatasetFolder) -> dict[str, int]:
    """Images of each stage that has any, in the order the stages run in."""
    table = read_columns(folder.planned_images, PlannedImage, columns=["role", "method"])
    counts = Counter[str]()
    for row in table.group_by(["role", "method"]).aggregate([([], "count_all")]).to_pylist():
        counts[DOCUMENTS if row["role"] == "doc" else row["method"]] += row["count_all"]
    return {stage: counts[stage] for stage in (DOCUMENTS, *LIVE_ORDER) if counts[stage]}


def planned_identity(folder: DatasetFolder, identity_id: str) -> PlannedIdentity:
    """The row of one person."""
    for identity in read_rows(folder.planned_identities, PlannedIdentity):
        if identity.identity_id == identity_id:
            return identity
    raise DatasetError(f"The plan has no identity {identity_id!r}.")


def planned_images_of(folder: DatasetFolder, identity: PlannedIdentity) -> list[PlannedImage]:
    """All images of one person, in the plan's order."""
    return read_range(
        folder.planned_images,
        PlannedImage,
        column="identity_index",
        start=identity.index,
        stop=identity.index + 1,
    )
