"""The seam of paste-back: how badly the drawn crop fits its frame where it fades into it."""

import cv2
import numpy as np

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.evaluation.pixel_errors import mean_absolute_error
from liveportrait.face.paste_back import PastePlace


def seam_error(frame: FrameRGB, crop: CropRGB, place: PastePlace) -> float:
    """Mean |crop - frame| (0..1) over the soft border; nan where the border lies outside of the frame.

    The soft border hides a small step and shows a large one as a ghost: measured is the step,
    not what is left of it.
    """
    part = frame[place.rows, place.columns]
    height, width = part.shape[:2]
    warped = cv2.warpAffine(crop, place.part_from_crop[:2], (width, height), flags=cv2.INTER_LINEAR)
    fading = (place.weights > 0) & (place.weights < 1)
    return mean_absolute_error(warped, part, fading.astype(np.float32))
