"""Stored colours to sRGB: embedded ICC profiles, CMYK, grey, palettes, 16 bits a channel."""

import io
import logging

import numpy as np
from PIL import Image, ImageCms

from liveportrait.arrays import FrameRGB
from liveportrait.errors import MediaError

logger = logging.getLogger(__name__)

_WITH_PROFILE = frozenset({"RGB", "L", "CMYK"})
"""The modes that a colour engine converts as they are; all others become RGB first."""


def srgb_from(picture: Image.Image) -> FrameRGB:
    """The colours of a decoded picture as sRGB; its alpha is left out."""
    if picture.mode in ("I", "F"):
        raise MediaError(
            "the picture has 32 bits a channel; expected 8 or 16, so save it with 16 bits or less."
        )
    if picture.mode.startswith("I;16"):
        picture = _eight_bits(picture)
    profile = picture.info.get("icc_profile")
    if profile:
        picture = _converted(picture, profile)
    return np.array(picture.convert("RGB"))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of 16 bits, rounded: 65535 is white, as 255 is."""
    grey = np.asarray(picture).astype(np.uint32)
    return Image.fromarray(((grey + 128) // 257).astype(np.uint8))


def _converted(picture: Image.Image, profile: bytes) -> Image.Image:
    """Through the profile to sRGB; a profile that is broken or fits another mode is passed over."""
    plain = picture if picture.mode in _WITH_PROFILE else picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return plain
        converted = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        logger.warning("the embedded colour profile is not usable (%s); colours are taken as sRGB", error)
        return plain
    assert converted is not None
    return converted
