"""Rows of pictures over time on one page, with names and times."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray
from PIL import Image, ImageDraw, ImageFont

from liveportrait.arrays import FrameRGB, FramesRGB

PAPER, INK, PALE = (255, 255, 255), (40, 40, 40), (130, 130, 130)
CELL_HEIGHT_PX = 176
WIDEST_CELL = 16 / 9
"""Width over height; wider pictures are shown smaller."""
GAP_PX = 6
MARGIN_PX = 18
LABEL_PX = 84
CAPTION_PX = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of pictures."""

    label: str
    pictures: FramesRGB


def contact_sheet(rows: Sequence[Row], captions: Sequence[str]) -> FrameRGB:
    """The page; every row has a picture for each caption."""
    rows = [Row(label=row.label, pictures=[thumbnail(picture) for picture in row.pictures]) for row in rows]
    cell_width = max(picture.shape[1] for row in rows for picture in row.pictures)
    width = 2 * MARGIN_PX + LABEL_PX + len(captions) * (cell_width + GAP_PX) - GAP_PX
    height = 2 * MARGIN_PX + len(rows) * (CELL_HEIGHT_PX + GAP_PX) + CAPTION_PX - GAP_PX
    page = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(page)
    for line, row in enumerate(rows):
        top = MARGIN_PX + line * (CELL_HEIGHT_PX + GAP_PX)
        middle = top + CELL_HEIGHT_PX / 2
        pen.text((MARGIN_PX, middle), row.label, INK, ImageFont.load_default(19), anchor="lm")
        for column, picture in enumerate(row.pictures):
            left = _left(column, cell_width) + (cell_width - picture.shape[1]) // 2
            page.paste(Image.fromarray(picture), (left, top + (CELL_HEIGHT_PX - len(picture)) // 2))
    for column, caption in enumerate(captions):
        place = _left(column, cell_width) + cell_width / 2, height - MARGIN_PX
        pen.text(place, caption, PALE, ImageFont.load_default(15), anchor="mb")
    return np.asarray(page)


def thumbnail(picture: FrameRGB) -> UInt8[ndarray, "_ _ 3"]:
    """The picture as it stands in a cell."""
    height, width = picture.shape[:2]
    scale = min(CELL_HEIGHT_PX / height, CELL_HEIGHT_PX * WIDEST_CELL / width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _left(column: int, cell_width: int) -> int:
    return MARGIN_PX + LABEL_PX + column * (cell_width + GAP_PX)
