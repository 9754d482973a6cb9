"""Stills from files: any common kind, told by its content, upright, as sRGB with the alpha kept apart."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from liveportrait.arrays import Alpha, FrameRGB
from liveportrait.errors import MediaError
from liveportrait.media.color_profiles import srgb_from
from liveportrait.media.limits import check_size
from liveportrait.media.paths import AnyPath
from liveportrait.media.reading import check_readable

logger = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
"""What Pillow may open here; its other readers are old, rare, or start programs (EPS)."""

_MOVING = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
"""Kinds whose further pictures are frames; TIFF has pages, MPO (among JPEGs) other views."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by its EXIF orientation (EXIF 2.32, tag 0x0112)."""


class NotAnImageError(MediaError):
    """The content is that of no picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One decoded picture."""

    image: FrameRGB
    alpha: Alpha | None
    """None when every pixel is opaque."""


def read_image(path: AnyPath) -> Still:
    """Decode a picture; of several the first.

    Raises:
        MediaError: when it is none that can be read.
    """
    path = Path(path)
    with opened_image(path) as picture:
        return decoded(picture, path)


@contextmanager
def opened_image(path: Path) -> Iterator[Image.Image]:
    """A picture whose header was read and whose size is within the limit; nothing is decoded yet."""
    check_readable(path)
    with _in_words(path):
        picture = Image.open(path, formats=FORMATS)
    with picture:
        check_size(path, picture.size)
        yield picture


def num_frames(picture: Image.Image, path: Path) -> int:
    """How many pictures the file moves through; 1 for a still, whatever else it carries."""
    with _in_words(path):
        return getattr(picture, "n_frames", 1) if picture.format in _MOVING else 1


def decoded(picture: Image.Image, path: Path) -> Still:
    """The pixels of an opened picture; of a moving one those of the frame that it stands at."""
    with _in_words(path):
        picture.load()
        turn = _TURNS.get(_exif_orientation(picture))
        upright = picture if turn is None else picture.transpose(turn)
        return Still(image=srgb_from(upright), alpha=_alpha_of(upright))


def _exif_orientation(picture: Image.Image) -> int:
    """1..8; 1 is upright, and what a damaged EXIF block is taken for."""
    try:
        return picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception as error:  # as below: the picture may be sound where its EXIF block is not
        logger.warning("the picture's EXIF block is damaged (%s); it is taken as it lies", error)
        return 1


def _alpha_of(picture: Image.Image) -> Alpha | None:
    if not picture.has_transparency_data:
        return None
    alpha = np.array(picture.convert("RGBA").getchannel("A"))
    return None if alpha.min() == 255 else alpha


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What goes wrong inside, as a `MediaError` that names the file."""
    try:
        yield
    except MediaError as error:
        raise MediaError(f"{path}: {error}") from error
    except UnidentifiedImageError as error:
        raise NotAnImageError(
            f"{path}: this is no picture that can be read; expected {', '.join(FORMATS)}. {_advice(path)}"
        ) from error
    except Exception as error:  # damaged files make Pillow's parsers raise nearly anything
        raise MediaError(f"{path}: the picture is damaged: {error or type(error).__name__}") from error


def _advice(path: Path) -> str:
    """A phone's HEIC is the one kind that people bring and Pillow cannot read."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1"):
        return "It is HEIC: save it as JPEG or PNG."
    return "The extension does not matter, the content does."
