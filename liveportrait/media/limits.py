"""How large a picture may be, so that a small hostile file cannot fill the memory."""

from pathlib import Path

from liveportrait.errors import MediaError

MAX_PIXELS = 2**27
"""134 megapixels, 400 MB as RGB: four times an 8K picture, above every common camera."""


def check_size(path: Path, size_wh: tuple[int, int]) -> None:
    """Raise if a picture of this size would not be decoded."""
    width, height = size_wh
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"{path}: the picture is {width} x {height}, which is more than the {MAX_PIXELS // 10**6} "
            f"megapixels that are read; make it smaller first."
        )
