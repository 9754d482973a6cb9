"""An animation at a glance: source, driving and result at a few moments."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from liveportrait.animation.files import Moment
from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.errors import SettingError
from liveportrait.media.alpha import USUAL_BACKGROUND_RGB, as_seen
from liveportrait.media.contact_sheet import Row, contact_sheet, thumbnail
from liveportrait.media.picture_files import save_picture
from liveportrait.media.settings import SinkSettings

NUM_COLUMNS = 8

MOST_OF_IT = 0.6
"""Crops that fill more of the picture's longer side than this are shown with all of the picture."""
MARGIN = 0.1
"""What else is shown around a crop, in sides of it."""


class ContactSheet:
    """A watcher of `animate_file` that keeps thumbnails of some moments, evenly spread."""

    def __init__(
        self, *, num_columns: int = NUM_COLUMNS, background_rgb: tuple[int, int, int] = USUAL_BACKGROUND_RGB
    ) -> None:
        if num_columns < 1:
            raise SettingError(f"A contact sheet has 1 column or more; got {num_columns}.")
        self._num_columns = num_columns
        self._background_rgb = background_rgb
        self._moments: list[Moment] = []

    def see(self, moment: Moment, *, num_frames: int) -> None:
        if moment.result.index in _spread(num_frames, self._num_columns):
            shown = as_seen(moment.result, background_rgb=self._background_rgb)
            self._moments.append(_small(moment, shown))

    def save(self, path: Path, *, settings: SinkSettings | None = None) -> None:
        """Write the sheet as a picture."""
        moments = self._moments
        rows = [Row(label="source", pictures=[moment.source for moment in moments])]
        driving = [moment.driving for moment in moments if moment.driving is not None]
        if len(driving) == len(moments):
            rows.append(Row(label="driving", pictures=driving))
        rows.append(Row(label="result", pictures=[moment.result.image for moment in moments]))
        captions = [f"{float(moment.result.pts_seconds):.1f} s" for moment in moments]
        save_picture(contact_sheet(rows, captions), path, settings=settings)


def _spread(num_frames: int, num_columns: int) -> set[int]:
    last = max(1, num_columns - 1)
    return {round(column * (num_frames - 1) / last) for column in range(num_columns)}


def _small(moment: Moment, result: FrameRGB) -> Moment:
    """Thumbnails; of a large scene with a small face the part around the face."""
    source = moment.source
    if result.shape == source.shape:
        result = _around(result, moment.box_xyxy)
    return moment._replace(
        source=thumbnail(_around(source, moment.box_xyxy)),
        driving=None if moment.driving is None else thumbnail(moment.driving),
        result=replace(moment.result, image=thumbnail(result), alpha=None),
    )


def _around(picture: FrameRGB, box_xyxy: BoxXYXY) -> UInt8[ndarray, "_ _ 3"]:
    height, width = picture.shape[:2]
    low, high = box_xyxy[:2], box_xyxy[2:]
    if float((high - low).max()) > MOST_OF_IT * max(height, width):
        return picture
    margin = MARGIN * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = (high + margin).astype(int)
    return picture[top:bottom, left:right]
