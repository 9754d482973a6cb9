"""One row per image: what is planned, and what was made of it."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from liveportrait.dataset.schema.parameters import AnimationParameters, Composition

Role: TypeAlias = Literal["doc", "live"]
Method: TypeAlias = Literal["folder", "t2i", "e", "a", "p"]
"""How an image comes about. Documents: `folder` a file that exists, `t2i` text to image. Live images, by
FLUXSynID's letters: `e` this library's animation, `a` Arc2Face, `p` PuLID."""

ImageStatus: TypeAlias = Literal["ok", "rejected", "failed"]
"""`rejected`: made and stored, but a check refused it. `failed`: there is no image; see the failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """One image to be made. Written once, never changed."""

    image_id: str
    """See `ids.document_image_id` and `ids.live_image_id`."""
    identity_id: str
    identity_index: int
    """`PlannedIdentity.index`; the table is ordered by it, then: document, e, a, p, each by slot."""
    role: Role
    method: Method
    slot: int
    """Counts the live images of one method and identity from 0; 0 for the document."""
    seed: int
    """Of everything random in the making of it; 63 bits."""
    guidance: float | None = None
    """Of a picture that is made from words; None leaves it to the generator."""
    parent_image_id: str | None = None
    """The image it is made from: for live images the document."""
    preset: str | None = None
    """Where the parameters were drawn from."""
    composition: Composition | None = None
    """Of animations alone, as are `parameters`."""
    parameters: AnimationParameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """A model that had a part in an image."""

    id: str
    revision: str | None = None
    sha256: str | None = None
    licence: str
    """SPDX identifier or `LicenseRef-...`."""
    restrictions: str | None = None
    """In words: what its licence forbids to do with the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """Where the bytes are, and which."""

    path: str
    """Within the dataset's folder, with `/`: of the file, or of the tar shard it is a member of."""
    offset: int | None = None
    """Of the image's first byte within the shard; None for a file of its own."""
    num_bytes: int
    sha256: str
    """Of the image's own bytes, 64 hex digits."""
    width: int
    height: int
    format: str
    """As Pillow names it, in capitals: PNG, JPEG, WEBP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFigure:
    """One further number about an image."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceFigures:
    """What was measured on the finished image; None where it cannot be."""

    num_faces: int
    bbox_xyxy: tuple[float, ...] | None = None
    """Of the largest face, in pixels: left, top, right, bottom."""
    pitch_deg: float | None = None
    yaw_deg: float | None = None
    roll_deg: float | None = None
    """Of the head, absolute, by the convention of `liveportrait.motion.rotation`."""
    eye_open_ratio: float | None = None
    """Mean of both eyes, as `liveportrait.face.ratios` has it; so has it the lips' one."""
    lip_open_ratio: float | None = None
    identity_cosine: float | None = None
    """To the document, by the recogniser among `model_refs`; None for documents."""
    sharpness: float | None = None
    quality: tuple[QualityFigure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """One image as it was made. The fields of its parts are columns of the table, `face`'s with a prefix."""

    planned: PlannedImage = field(metadata={"inline": ""})
    stored: StoredImage | None = field(default=None, metadata={"inline": ""})
    """None where nothing could be made."""
    face: FaceFigures | None = field(default=None, metadata={"inline": "measured_"})
    """Columns `measured_num_faces` and so on; None where nobody looked."""
    parent_sha256: str | None = None
    """Of the bytes of the parent image that this one was made from."""
    model_refs: tuple[ModelRef, ...] = ()
    status: ImageStatus
    reason: str | None = None
    """Why it was rejected or failed, in a word or a sentence."""
    licence: str
    """Of the image: SPDX identifier or `LicenseRef-...`."""
    attempt: int = 0
    """The try that made it; see `ids.seed_of_attempt`."""
