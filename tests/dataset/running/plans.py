"""Small plans, written as the planner writes them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from liveportrait.dataset import ids
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import Method, PlannedImage
from liveportrait.dataset.schema.parameters import AnimationParameters
from liveportrait.dataset.schema.tables import write_rows

ROOT_SEED = 5


def plan_of_prompts(
    root: Path, *, num_identities: int = 10, num_slots: int = 2, methods: Sequence[Method] = ("e",)
) -> DatasetFolder:
    """People who are to be drawn."""
    identities = [
        PlannedIdentity(
            index=index,
            identity_id=ids.sampled_identity_id(ROOT_SEED, index),
            source="sampled",
            prompt_seed=index,
            document_seed=index,
        )
        for index in range(num_identities)
    ]
    return _write(root, identities, "t2i", num_slots, methods, document_folder=None)


def plan_of_files(root: Path, documents: Sequence[Path], *, num_slots: int = 2) -> DatasetFolder:
    """People on pictures, which all lie in one folder."""
    identities = [
        PlannedIdentity(
            index=index,
            identity_id=ids.document_identity_id(_sha256(path)),
            source="folder",
            prompt_seed=index,
            document_seed=index,
            document_path=path.name,
            document_sha256=_sha256(path),
        )
        for index, path in enumerate(documents)
    ]
    return _write(root, identities, "folder", num_slots, ("e",), document_folder=documents[0].parent)


def _write(
    root: Path,
    identities: Sequence[PlannedIdentity],
    document_method: Method,
    num_slots: int,
    methods: Sequence[Method],
    *,
    document_folder: Path | None,
) -> DatasetFolder:
    folder = DatasetFolder(root)
    folder.plan.mkdir(parents=True)
    facts = {"document_folder": None if document_folder is None else str(document_folder)}
    folder.plan_facts.write_text(json.dumps(facts))
    write_rows(identities, folder.planned_identities, row_type=PlannedIdentity)
    images = (
        image for identity in identities for image in _images(identity, document_method, num_slots, methods)
    )
    write_rows(images, folder.planned_images, row_type=PlannedImage)
    return folder


def _images(
    identity: PlannedIdentity, document_method: Method, num_slots: int, methods: Sequence[Method]
) -> Iterable[PlannedImage]:
    document_id = ids.document_image_id(identity.identity_id)
    yield PlannedImage(
        image_id=document_id,
        identity_id=identity.identity_id,
        identity_index=identity.index,
        role="doc",
        method=document_method,
        slot=0,
        seed=ids.seed_of(ROOT_SEED, identity.identity_id, stage="document"),
    )
    for slot in range(num_slots):
        for method in sorted(methods):
            yield PlannedImage(
                image_id=ids.live_image_id(identity.identity_id, slot=slot, method=method),
                identity_id=identity.identity_id,
                identity_index=identity.index,
                role="live",
                method=method,
                slot=slot,
                seed=ids.seed_of(ROOT_SEED, identity.identity_id, stage=method, slot=slot),
                parent_image_id=document_id,
                composition="library",
                parameters=AnimationParameters(yaw_deg=float(5 * slot - 5), smile=0.3),
            )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
