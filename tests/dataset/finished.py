"""A finished dataset of people who are coloured squares, as a run would leave it."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from liveportrait.dataset.embeddings import Embeddings, save_embeddings
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.ids import document_image_id, live_image_id
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import Attribute, IdentityRecord, PlannedIdentity
from liveportrait.dataset.schema.images import (
    FaceFigures,
    ImageRecord,
    ModelRef,
    PlannedImage,
    Role,
    StoredImage,
)
from liveportrait.dataset.schema.parameters import AnimationParameters
from liveportrait.dataset.schema.tables import write_rows
from tests.dataset.people import people

MINI = ModelRef(id="liveportrait/mini", revision="1", sha256="cd" * 32, licence="MIT")
FLUX = ModelRef(
    id="black-forest-labs/FLUX.1-dev",
    licence="LicenseRef-FLUX-1-dev-Non-Commercial",
    restrictions="no biometric processing",
)
GENDERS, AGES = ("Female", "Male", "Non-binary"), ("15-19", "30-39")


def identity_id(code: int) -> str:
    return f"{code:012x}"


def write_finished(
    root: Path, *, num_identities: int = 6, num_live: int = 2, spoilt: Sequence[str] = ()
) -> DatasetFolder:
    """Identity k is `identity_id(k)`; images whose name is among the spoilt ones failed."""
    folder = DatasetFolder(root)
    root.mkdir(parents=True)
    identities = [_identity(code) for code in range(num_identities)]
    records = [
        _record(folder, identity, slot, spoilt) for identity in identities for slot in range(-1, num_live)
    ]
    write_rows(records, folder.images, row_type=ImageRecord)
    write_rows(
        (
            IdentityRecord(planned=each, status="complete", num_ok=num_live + 1, num_rejected=0, num_failed=0)
            for each in identities
        ),
        folder.identities,
        row_type=IdentityRecord,
    )
    write_rows([], folder.failures, row_type=FailureRow)
    embeddings = people(num_identities, num_live=num_live)
    stored = np.array([name not in spoilt for name in embeddings.image_ids], dtype=bool)
    save_embeddings(embeddings.where(stored), root)
    folder.dataset_facts.write_text(
        json.dumps({"schema_version": 1, "software": "liveportrait 0.1.0", "recipe": {}, "digest": "ab"})
    )
    return folder


def embeddings_of(num_identities: int = 6, num_live: int = 2) -> Embeddings:
    """The vectors that `write_finished` stores."""
    return people(num_identities, num_live=num_live)


def _identity(code: int) -> PlannedIdentity:
    gender, age = GENDERS[code % 3], AGES[code // 3 % 2]
    attributes = (
        Attribute(name="ages", value=age),
        Attribute(name="genders", value=gender),
        Attribute(name="nose_shape", value="Rounded, broad"),
    )
    return PlannedIdentity(
        index=code,
        identity_id=identity_id(code),
        source="sampled",
        requested_attributes=attributes,
        attributes=attributes,
        gender=gender,
        age=age,
        origin=None,
        prompt_seed=code + 1,
        document_seed=2**62 + code,
    )


def _record(
    folder: DatasetFolder, identity: PlannedIdentity, slot: int, spoilt: Sequence[str]
) -> ImageRecord:
    planned = _planned(identity, slot)
    row = ImageRecord(planned=planned, status="ok", licence="CC0-1.0", model_refs=_models(planned.role))
    if planned.image_id in spoilt:
        return replace(row, status="failed", reason="no face", model_refs=())
    name, extension = ("PNG", "png") if slot < 0 else ("JPEG", "jpg")
    path = folder.image(identity.identity_id, planned.image_id, extension=extension)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = picture(identity.index, slot, format_name=name)
    path.write_bytes(content)
    return replace(
        row,
        stored=StoredImage(
            path=folder.relative(path),
            num_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            width=16,
            height=16,
            format=name,
        ),
        face=_face(identity, planned),
    )


def _planned(identity: PlannedIdentity, slot: int) -> PlannedImage:
    name = identity.identity_id
    if slot < 0:
        return PlannedImage(
            image_id=document_image_id(name),
            identity_id=name,
            identity_index=identity.index,
            role="doc",
            method="t2i",
            slot=0,
            seed=identity.document_seed,
        )
    return PlannedImage(
        image_id=live_image_id(name, slot=slot, method="e"),
        identity_id=name,
        identity_index=identity.index,
        role="live",
        method="e",
        slot=slot,
        seed=1000 * identity.index + slot,
        parent_image_id=document_image_id(name),
        preset="mild",
        composition="library",
        parameters=AnimationParameters(yaw_deg=4.0 * slot - 2.0 + identity.index, pitch_deg=1.0),
    )


def _face(identity: PlannedIdentity, planned: PlannedImage) -> FaceFigures:
    """Half of the yaw that was asked for comes, on top of the document's."""
    asked = 0.0 if planned.parameters is None else planned.parameters.yaw_deg
    return FaceFigures(
        num_faces=1,
        pitch_deg=0.0,
        yaw_deg=10.0 + identity.index + 0.5 * asked,
        roll_deg=0.0,
        eye_open_ratio=0.3,
        lip_open_ratio=0.05,
        identity_cosine=None if planned.role == "doc" else 0.8 + 0.01 * planned.slot,
    )


def _models(role: Role) -> tuple[ModelRef, ...]:
    return (FLUX,) if role == "doc" else (MINI,)


def picture(code: int, slot: int, *, format_name: str = "PNG") -> bytes:
    """A plain square that differs between people and slots."""
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), (code * 20 % 256, 60 + slot * 40, 90)).save(stream, format=format_name)
    return stream.getvalue()
