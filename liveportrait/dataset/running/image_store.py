"""Images in their places: written whole or not at all, read from files of their own or from tar shards."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import PictureFormat, PictureSettings
from liveportrait.dataset.schema.images import PlannedImage, StoredImage
from liveportrait.dataset.stored_images import stored_content
from liveportrait.media.image_writer import STILL_FORMATS, encode_image
from liveportrait.media.pending_file import write_bytes, write_error
from liveportrait.media.settings import Mark, SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedImage:
    """An image as the bytes of its file."""

    content: bytes
    extension: PictureFormat
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def encoded(frame: FrameRGB, planned: PlannedImage, settings: PictureSettings) -> EncodedImage:
    """The bytes of its file; the same frame gives the same."""
    extension = settings.document_format if planned.role == "doc" else settings.live_format
    # A document from a folder may be a photograph.
    mark: Mark = "none" if planned.method == "folder" else "generated"
    content = encode_image(
        frame,
        alpha=None,
        kind=STILL_FORMATS[f".{extension}"],
        settings=SinkSettings(quality=settings.quality, mark=mark),
    )
    height, width = frame.shape[:2]
    return EncodedImage(content=content, extension=extension, width=width, height=height)


@dataclass(frozen=True, slots=True)
class ImageStore:
    """The images of one dataset."""

    folder: DatasetFolder

    def put(self, image: EncodedImage, planned: PlannedImage) -> StoredImage:
        """Write it in a file of its own, in place of an earlier one.

        Raises:
            MediaError: when it cannot be written; then nothing is left of it.
        """
        target = self.folder.image(planned.identity_id, planned.image_id, extension=image.extension)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(target, error) from error
        write_bytes(target, image.content)
        return StoredImage(
            path=self.folder.relative(target),
            num_bytes=len(image.content),
            sha256=image.sha256,
            width=image.width,
            height=image.height,
            format=STILL_FORMATS[f".{image.extension}"],
        )

    def content(self, stored: StoredImage) -> bytes:
        """The bytes of an image, as they should be.

        Raises:
            DatasetError: when they are missing or others.
        """
        return stored_content(self.folder, stored)

    def frame(self, stored: StoredImage) -> FrameRGB:
        """The picture; written by us, so it is upright, opaque and sRGB."""
        with Image.open(io.BytesIO(self.content(stored)), formats=[stored.format]) as picture:
            return np.asarray(picture.convert("RGB"))

    def path(self, stored: StoredImage) -> Path:
        """Of the file with the image in it."""
        return self.folder.root / stored.path

    def sweep(self, identity_id: str) -> None:
        """Remove what killed writers left; only who holds the ledger of the identity's shard may do it."""
        place = self.folder.image(identity_id, "any", extension="png").parent
        for left in place.glob(".liveportrait-*.part"):
            left.unlink(missing_ok=True)
