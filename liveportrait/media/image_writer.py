"""Stills as the bytes of their files: JPEG, PNG and WebP, marked as generated."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image, PngImagePlugin

from liveportrait.arrays import Alpha, FrameRGB
from liveportrait.errors import MediaError
from liveportrait.media.alpha import over_background
from liveportrait.media.marks import xmp_packet
from liveportrait.media.settings import SinkSettings

StillFormat: TypeAlias = Literal["JPEG", "PNG", "WEBP"]

STILL_FORMATS: Mapping[str, StillFormat] = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def still_format(path: Path) -> StillFormat:
    """The kind of still that an extension stands for."""
    kind = STILL_FORMATS.get(path.suffix.lower())
    if kind is None:
        raise MediaError(
            f"{path}: expected one of {', '.join(STILL_FORMATS)} for a picture, got {path.suffix!r}."
        )
    return kind


def encode_image(image: FrameRGB, *, alpha: Alpha | None, kind: StillFormat, settings: SinkSettings) -> bytes:
    """A still as the bytes of its file; JPEG, which has no alpha, gets the background."""
    if alpha is not None and kind != "JPEG":
        picture = Image.fromarray(np.dstack([image, alpha]))
    else:
        picture = Image.fromarray(over_background(image, alpha, background_rgb=settings.background_rgb))
    options = _OPTIONS[kind] | ({"quality": settings.quality} if kind != "PNG" else {})
    if settings.mark == "generated":
        options |= _mark_options(kind)
    buffer = io.BytesIO()
    try:
        picture.save(buffer, format=kind, **options)
    except (OSError, ValueError) as error:
        height, width = image.shape[:2]
        raise MediaError(f"a picture of {width} x {height} cannot be written as {kind}: {error}") from error
    return buffer.getvalue()


def _mark_options(kind: StillFormat) -> dict[str, Any]:
    if kind != "PNG":
        return {"xmp": xmp_packet()}
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp_packet().decode())
    return {"pnginfo": text}


_OPTIONS: dict[StillFormat, dict[str, Any]] = {
    "JPEG": {"subsampling": "4:4:4"},  # lips and eyes live in chroma
    "PNG": {"compress_level": 3},  # twice as fast as the default 6, some 5 % larger
    "WEBP": {"method": 4},
}
