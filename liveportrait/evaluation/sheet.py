"""Contact sheets: driver and results one under the other, to be looked at."""

from collections.abc import Sequence

import cv2
import numpy as np

from liveportrait.arrays import FrameRGB, FramesRGB
from liveportrait.evaluation.cross_reenactment import PairResult
from liveportrait.evaluation.self_reenactment import ClipResult
from liveportrait.media.panels import side_by_side

_CELL_PX = 160
_LABEL_PX = 18


def self_sheet(results: Sequence[ClipResult]) -> FrameRGB:
    """A block a clip: the true frames, then what each method made of the first."""
    return _stacked(
        [
            _block(
                result.clip, [("true", result.shown), *((row.method, row.shown) for row in result.methods)]
            )
            for result in results
        ]
    )


def cross_sheet(results: Sequence[PairResult]) -> FrameRGB:
    """A block a pair: the driver's frames, then each method's."""
    return _stacked(
        [
            _block(
                f"{result.source} led by {result.driving}",
                [("driver", result.shown), *((row.method, row.shown) for row in result.methods)],
            )
            for result in results
        ]
    )


def _block(title: str, rows: Sequence[tuple[str, FramesRGB]]) -> FrameRGB:
    return _stacked(
        [
            part
            for name, pictures in rows
            for part in (
                _label(f"{name}   {title}", len(pictures)),
                side_by_side(_squares(pictures), height_px=_CELL_PX),
            )
        ]
    )


def _squares(pictures: FramesRGB) -> list[FrameRGB]:
    """Middles of the pictures, all of one size."""
    squares = []
    for picture in pictures:
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        middle = picture[top : top + side, left : left + side]
        squares.append(cv2.resize(middle, (_CELL_PX, _CELL_PX), interpolation=cv2.INTER_AREA))
    return squares


def _label(text: str, num_cells: int) -> FrameRGB:
    strip = np.full((_LABEL_PX, num_cells * _CELL_PX, 3), 255, np.uint8)
    return cv2.putText(
        strip, text, (4, _LABEL_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA
    )


def _stacked(parts: FramesRGB) -> FrameRGB:
    """One under the other, flush left on white."""
    width = max(part.shape[1] for part in parts)
    padded = [
        np.pad(part, ((0, 0), (0, width - part.shape[1]), (0, 0)), constant_values=255) for part in parts
    ]
    return np.concatenate(padded)
