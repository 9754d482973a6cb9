"""The images of people, ready to be written elsewhere: in the format that is asked, signed or not."""

import hashlib
import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image

from liveportrait.dataset.exporting.content_credentials import ContentSigner
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import Person
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.rows import to_record
from liveportrait.dataset.stored_images import stored_content
from liveportrait.media.image_writer import StillFormat, encode_image
from liveportrait.media.settings import SinkSettings

logger = logging.getLogger(__name__)

FormatChoice: TypeAlias = Literal["as stored", "PNG", "JPEG"]

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """What an exporter asks for; an image that is stored so keeps its bytes."""

    document: FormatChoice = "as stored"
    live: FormatChoice = "as stored"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One image as it is exported."""

    record: ImageRecord
    content: bytes
    image_format: str

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.image_format]

    @property
    def name(self) -> str:
        """What comes after the identity: `doc`, `live_0_e`."""
        return self.record.planned.image_id.partition(".")[2]

    @property
    def facts(self) -> dict[str, Any]:
        """The image's row, with what is true of these bytes."""
        facts = to_record(self.record)
        for place in ("path", "offset"):
            del facts[place]
        return facts | {
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "num_bytes": len(self.content),
            "format": self.image_format,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonPictures:
    """A person and all pictures of them."""

    person: Person
    document: Picture
    live: tuple[Picture, ...]

    @property
    def all(self) -> tuple[Picture, ...]:
        return (self.document, *self.live)

    @property
    def facts(self) -> dict[str, Any]:
        """Of the person: who was asked for."""
        identity = self.person.identity
        return {
            "identity_id": identity.identity_id,
            "gender": identity.gender,
            "age": identity.age,
            "origin": identity.origin,
            "attributes": {each.name: each.value for each in identity.attributes},
        }


def pictures_of(
    people: Iterable[Person], folder: DatasetFolder, *, formats: Formats, signer: ContentSigner | None
) -> Iterator[PersonPictures]:
    """One person after another; live images are signed with the document as it is exported.

    Who has no good document is passed over: in every layout live images belong to one.
    """
    for person in people:
        if person.document is None:
            logger.warning("%s has no good document and is left out", person.identity_id)
            continue
        document = _picture(person.document, folder, formats.document, signer, parent=None)
        yield PersonPictures(
            person=person,
            document=document,
            live=tuple(
                _picture(image, folder, formats.live, signer, parent=document) for image in person.live
            ),
        )


def _picture(
    record: ImageRecord,
    folder: DatasetFolder,
    choice: FormatChoice,
    signer: ContentSigner | None,
    *,
    parent: Picture | None,
) -> Picture:
    assert record.stored is not None
    content = stored_content(folder, record.stored)
    image_format = record.stored.format
    if choice not in ("as stored", image_format):
        content, image_format = _converted(content, record, choice), choice
    if signer is not None and record.planned.method != "folder":
        made_from = None if parent is None else (parent.content, parent.image_format)
        content = signer.signed(content, record, image_format=image_format, parent=made_from)
    return Picture(record=record, content=content, image_format=image_format)


def _converted(content: bytes, record: ImageRecord, image_format: StillFormat) -> bytes:
    """Encoded anew; a document of the user's may be a photograph and gets no mark of ours."""
    mark: Literal["none", "generated"] = "none" if record.planned.method == "folder" else "generated"
    with Image.open(io.BytesIO(content), formats=list(EXTENSIONS)) as picture:
        frame = np.asarray(picture.convert("RGB"))
    settings = SinkSettings(quality=JPEG_QUALITY, mark=mark)
    return encode_image(frame, alpha=None, kind=image_format, settings=settings)
