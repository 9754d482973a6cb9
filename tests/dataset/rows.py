"""Rows as a run would make them."""

from datetime import UTC, datetime

from liveportrait.dataset.schema.failures import FailurePlace, FailureRow
from liveportrait.dataset.schema.identities import Attribute, PlannedIdentity
from liveportrait.dataset.schema.images import (
    FaceFigures,
    ImageRecord,
    ModelRef,
    PlannedImage,
    QualityFigure,
    StoredImage,
)
from liveportrait.dataset.schema.parameters import AnimationParameters

IDENTITY = PlannedIdentity(
    index=0,
    identity_id="00c0ffee0000",
    source="sampled",
    requested_attributes=(Attribute(name="ages", value="30-39"), Attribute(name="hair", value="red")),
    attributes=(Attribute(name="ages", value="30-39"),),
    rules_fired=(2, 0),
    age="30-39",
    prompt_seed=1,
    document_seed=2**63 - 1,
)
PLANNED = PlannedImage(
    image_id="00c0ffee0000.live_0_e",
    identity_id="00c0ffee0000",
    identity_index=0,
    role="live",
    method="e",
    slot=0,
    seed=7,
    parent_image_id="00c0ffee0000.doc",
    preset="mild",
    composition="library",
    parameters=AnimationParameters(yaw_deg=-3.5, lip_open_ratio=0.25),
)
MODEL = ModelRef(id="mini", revision="1", sha256="ab" * 32, licence="MIT")
MADE = ImageRecord(
    planned=PLANNED,
    stored=StoredImage(path="images/x.png", num_bytes=3, sha256="cd" * 32, width=4, height=5, format="PNG"),
    face=FaceFigures(
        num_faces=1,
        bbox_xyxy=(1.0, 2.0, 3.0, 4.0),
        yaw_deg=-3.0,
        quality=(QualityFigure(name="contrast", value=0.5),),
    ),
    parent_sha256="ef" * 32,
    model_refs=(MODEL, MODEL),
    status="ok",
    licence="MIT",
)
FAILED = ImageRecord(planned=PLANNED, status="failed", reason="no face", licence="MIT", attempt=2)
FACELESS = ImageRecord(planned=PLANNED, face=FaceFigures(num_faces=0), status="rejected", licence="MIT")
FAILURE = FailureRow(
    place=FailurePlace(stage="live", identity_id="00c0ffee0000", image_id=PLANNED.image_id, slot=0),
    error_class="NoFaceError",
    message="no face, nowhere: \u00e9",
    traceback_digest="0" * 16,
    worker="0",
    time_utc=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
)
EVERY = (IDENTITY, PLANNED, MADE, FAILED, FACELESS, FAILURE)
